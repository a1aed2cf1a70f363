"""The second factor: its secrets are encrypted like every other secret field, with DATA_KEYS."""

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitors.fields import cipher
from statuspage.people import proof


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """TOTP, passkeys and recovery codes."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("That is not the code. Each code works once, for about a minute."),
        "cannot_delete_authenticator": _(
            "This is your only second factor, and one is required: add another one first."
        ),
    }

    def encrypt(self, text: str) -> str:
        """On the way to the database."""
        return cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """On the way back."""
        return cipher().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last one stays where one is required."""
        others = Authenticator.objects.filter(user=authenticator.user, type__in=proof.FACTORS)
        return settings.SECOND_FACTOR != "required" or bool(others.exclude(pk=authenticator.pk).exists())

    def generate_authenticator_name(self, user: User, type: str) -> str:
        """A name for one that was given none."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}

    def get_totp_issuer(self) -> str:
        """What the app on the phone calls us."""
        return f"Status console {self._get_site_name()}"


class Stage(AuthenticateStage):  # type: ignore[misc]
    """Asks for the second factor, unless a trusted provider has done so just now."""

    def _should_handle(self, request: HttpRequest) -> bool:
        records = get_authentication_records(request, self.login.user)
        return not any(map(proof.trusted, records)) and super()._should_handle(request)


def forget(user: User) -> int:
    """Takes every second factor from an account, whose owner has lost theirs. Returns how many."""
    gone: int = Authenticator.objects.filter(user=user).delete()[0]
    return gone
