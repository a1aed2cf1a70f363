"""How allauth behaves here: nobody signs up, links lead to this application, and nowhere else."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from statuspage.people import known, letters, proof, refused, seen
from statuspage.people.backend import Staff
from subscribers.network import network

_PROOFS = {
    "reauthenticate": _("With your password"),
    "mfa_reauthenticate": _("With a code of your app, or a recovery code"),
    "mfa_reauthenticate:webauthn": _("With a passkey"),
}


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts of staff."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        # One sentence for all: nobody learns which accounts there are.
        **dict.fromkeys(
            ("email_password_mismatch", "username_password_mismatch", "invalid_login"),
            _("That name and that password do not belong together."),
        ),
        "too_many_login_attempts": _(
            "Too many tries. Please wait five minutes, or use a passkey, which always works."
        ),
        "incorrect_password": _("That is not your password."),
        "enter_current_password": _("That is not your password."),
        "rate_limited": _("Too many tries. Please wait a few minutes."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Only an invitation makes an account, or a provider that was told to."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Ways back stay on this host, whatever other hosts we answer to."""
        return bool(url) and url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Past our own proxies alone; of an IPv6 address, the network that one customer has."""
        found = network(request).removesuffix("/64")
        return "0.0.0.0" if found == "unknown" else found  # noqa: S104 (no address to listen on)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return known.counted_as(request, credentials.get("email") or credentials.get("username") or "")

    def is_reauthentication_required(self, *, app: str, **_more: Any) -> bool:
        """Not from somebody who has signed in a moment ago."""
        request = context.request
        return not proof.lately(request, request.user, timezone.now())

    def get_login_stages(self) -> list[str]:
        """Of allauth's steps of a sign-in, the one that we need."""
        return ["statuspage.people.second_factor.Stage"]

    def pre_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse | None:
        """However they come: only active staff sign in."""
        answer: HttpResponse | None
        if not Staff().user_can_authenticate(user):
            answer = self.respond_user_inactive(request, user)
            return answer
        answer = super().pre_login(request, user, **how)
        return answer

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """The audit log learns whose account was tried."""
        refused.note(credentials, timezone.now())

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        """The browser is known from now on, and the session is in the list."""
        response: HttpResponse = super().post_login(request, user, **how)
        known.remember(request, response, user)
        seen.note(request, timezone.now())
        return response

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Under our own address: the request's Host is whatever somebody wrote there."""
        uid, _dash, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.APP_URL}{path}"

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Under our own address, for the same reason."""
        return f"{settings.APP_URL}{reverse('account_confirm_email', args=[emailconfirmation.key])}"

    def get_email_verification_redirect_url(self, email_address: Any) -> str:
        """To one's own account, or to the sign-in on the way there."""
        return reverse("people:account")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """To one's own account."""
        return reverse("people:account")

    def send_password_reset_mail(self, user: User, email: str, told: dict[str, Any]) -> None:
        """Only to accounts that have a password: others sign in where they are administered."""
        if user.has_usable_password() and Staff().user_can_authenticate(user):
            super().send_password_reset_mail(user, email, told)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """In our own words."""
        methods: list[dict[str, str]] = super().get_reauthentication_methods(user)
        return [{**method, "description": str(_PROOFS[method["id"]])} for method in methods]

    def send_notification_mail(
        self, template_prefix: str, user: User, context: Any = None, email: str | None = None
    ) -> None:
        """To the address of the account, which need not have been confirmed."""
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def render_mail(
        self, template_prefix: str, email: str, told: dict[str, Any], headers: Any = None
    ) -> EmailMultiAlternatives:
        """In our own words."""
        return letters.account(template_prefix, email, told)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Later by a moment: nobody waits for the mail server, and nobody can tell who was written to."""
        letters.send_behind(self.render_mail(template_prefix, email, context))
