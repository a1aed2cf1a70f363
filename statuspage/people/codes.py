"""Codes of the second factor: none counts twice, in whichever process it arrives.

Time steps are remembered with the secret itself (RFC 6238 section 5.2): neither the step of a code that was
taken nor one before it is taken again.
"""

from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.contrib.auth.models import User
from django.db import transaction

from statuspage.people.second_factor import SecondFactors


def spend(user: User, code: str) -> Authenticator | None:
    """The authenticator that a code belongs to, once; None where it belongs to none, or was taken."""
    typed = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
    return next((each for each in typed if _takes(each, code)), None)


def _takes(authenticator: Authenticator, code: str) -> bool:
    if authenticator.type != Authenticator.Type.TOTP:
        return bool(authenticator.wrap().validate_code(code))
    step = _step(decrypt(authenticator.data["secret"]), code)
    return step is not None and _first(authenticator.pk, step)


def _step(secret: str, code: str) -> int | None:
    """The time step that a code is of, among those that clocks of phones may be at now."""
    for step in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return int(step)
    return None


def _first(pk: int, step: int) -> bool:
    with transaction.atomic():
        held = Authenticator.objects.select_for_update().get(pk=pk)
        if held.data.get("step", -1) >= step:
            return False
        held.data["step"] = step
        held.save(update_fields=["data"])
    return True


class _Once:
    """The code field of allauth's forms, with `spend` behind it."""

    user: User
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        """Raises ValidationError; tries are counted for each account."""
        succeed = check_rate_limit(self.user)
        code: str = self.cleaned_data["code"]
        found = spend(self.user, code)
        if found is None:
            raise SecondFactors().validation_error("incorrect_code")
        found.user = self.user
        self.authenticator = found
        succeed()
        return code


class SignInCode(_Once, AuthenticateForm):  # type: ignore[misc]
    """The code of a sign-in."""


class AgainCode(_Once, ReauthenticateForm):  # type: ignore[misc]
    """The code of somebody who is signed in."""
