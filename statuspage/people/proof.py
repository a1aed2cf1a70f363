"""What a session has proven: who it is, how lately, and whether by a second factor.

Only what happened in this very session for this very account counts.
"""

from datetime import datetime, timedelta

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

# Whoever signed in so lately need not do it again before a change of the keys to the account.
LATELY = timedelta(minutes=10)
# Recovery codes stand in for one of these, and are none themselves.
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def has_factor(user: User) -> bool:
    """Whether the account has a second factor."""
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def has_codes(user: User) -> bool:
    """Whether one can type a code, of an app or a recovery code."""
    return bool(Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN).exists())


def suffices(request: HttpRequest, user: User) -> bool:
    """Whether the session has all that it takes to reach the console."""
    if settings.SECOND_FACTOR != "required":
        return True
    return any(_by_factor(record) for record in get_authentication_records(request, user))


def _by_factor(record: dict[str, object]) -> bool:
    return record["method"] == "mfa" or trusted(record)


def trusted(record: dict[str, object]) -> bool:
    """Whether it is a sign-in by a provider that asks for the second factor itself."""
    return record["method"] == "socialaccount" and settings.OIDC_SECOND_FACTOR == "trusted"


def lately(request: HttpRequest, user: User, now: datetime) -> bool:
    """Whether the session proved a moment ago whose it is."""
    records = get_authentication_records(request, user)
    return any(now.timestamp() - record["at"] < LATELY.total_seconds() for record in records)


def by_new_factor(request: HttpRequest, user: User, kind: str) -> None:
    """Whoever has just shown that their new second factor works has used it."""
    record_authentication(request, user, "mfa", type=kind)


def factors(user: User) -> list[Authenticator]:
    """What the account has, recovery codes last."""
    return sorted(Authenticator.objects.filter(user=user), key=lambda each: each.type not in FACTORS)
