"""One's own account: name, language, time zone, sessions; and what allauth's screens lack here."""

from typing import Any

from allauth.account.views import EmailView, PasswordChangeView
from allauth.mfa.base.views import IndexView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from monitors import clock
from statuspage.people import addresses, codes, proof, seen, wishes
from statuspage.people.forms import AccountForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Everything about one's own account, or the way there."""
    user = _user(request)
    form = AccountForm(request.POST or None, user=user, wish=wishes.of(user))
    if request.method == "POST" and form.is_valid():
        form.save()
        translation.activate(form.cleaned_data["language"] or translation.get_language_from_request(request))
        messages.success(request, _("Your account was changed."))
        return redirect("people:account")
    context = {
        "form": form,
        "factors": proof.factors(user),
        "sessions": seen.of(user),
        "current": request.session.session_key,
        "zone": clock.zone(),
    }
    return render(request, "people/account.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """Ends one of one's sessions, or all the others."""
    number = request.POST.get("session", "")
    only = int(number) if number.isdecimal() and len(number) < 19 else None
    if number and only is None:
        return redirect("people:account")
    ended = seen.end(_user(request), but=request.session.session_key or "", only=only)
    told = ngettext("%(number)s session was ended.", "%(number)s sessions were ended.", ended)
    messages.success(request, told % {"number": ended})
    return redirect("people:account")


class ChangePassword(PasswordChangeView):  # type: ignore[misc]
    """For accounts that have a password here."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Who signs in through a provider changes it there."""
        if request.user.is_authenticated and not request.user.has_usable_password():
            messages.info(request, _("Your account has no password here: you sign in through your provider."))
            return redirect("people:account")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer


class ChangeAddress(EmailView):  # type: ignore[misc]
    """Another address, once it is confirmed; until then the account keeps the one it has."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """What an administrator wrote into an account is its address."""
        if request.user.is_authenticated:
            addresses.settle(_user(request))
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """An account has one address: only opening the link in the mail makes another one it."""
        if "action_primary" in request.POST:
            return redirect("account_email")
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer


class Factors(IndexView):  # type: ignore[misc]
    """What there is of second factors, and what can be added."""

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Says whether one is required."""
        required = settings.SECOND_FACTOR == "required"
        return {**super().get_context_data(**context), "second_factor_required": required}


class AddApp(ActivateTOTPView):  # type: ignore[misc]
    """An authenticator app: its first code is its first use."""

    def form_valid(self, form: Any) -> HttpResponse:
        """The session has the second factor from now on, and that code is taken."""
        response: HttpResponse = super().form_valid(form)
        user = _user(self.request)
        codes.spend(user, form.cleaned_data["code"])
        proof.by_new_factor(self.request, user, "totp")
        return response


class AddPasskey(AddWebAuthnView):  # type: ignore[misc]
    """A passkey: that it was made is its first use."""

    def form_valid(self, form: Any) -> HttpResponse:
        """The session has the second factor from now on."""
        response: HttpResponse = super().form_valid(form)
        proof.by_new_factor(self.request, _user(self.request), "webauthn")
        return response


def _user(request: HttpRequest) -> User:
    # login_required lets nobody else through.
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
