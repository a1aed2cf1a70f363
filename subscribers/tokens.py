"""The signed links and forms that strangers hand back to us.

Each purpose has its own salt, so that a token is good for nothing else; SECRET_KEY_FALLBACKS keep
old mails working after a rotation. Nothing is stored.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.core.signing import BadSignature, Signer, TimestampSigner

FORM_LIFE = timedelta(hours=24)
# Whoever is faster did not read the form.
FORM_LEAST = timedelta(seconds=1)
CONFIRM_LIFE = timedelta(days=7)


class TokenRefused(ValueError):
    """A token that we did not sign, or that is too old."""


class TooSoon(TokenRefused):
    """A form that comes back faster than people write; it may come again with the same token."""


def for_form(page_id: str, now: datetime) -> str:
    """Goes into the form of a page (public id): proves that we showed it, and when."""
    return Signer(salt="subscribers.form").sign(f"{page_id}.{round(now.timestamp() * 1000)}")


def check_form(token: str, page_id: str, now: datetime) -> None:
    """Raises TokenRefused where the form of this page was not shown in 24 hours, TooSoon if only just now."""
    of_page, _dot, shown = _plain(Signer(salt="subscribers.form"), token).rpartition(".")
    if of_page != page_id or not shown.isdecimal():
        raise TokenRefused
    age = now - datetime.fromtimestamp(int(shown) / 1000, UTC)
    if age > FORM_LIFE:
        raise TokenRefused
    if age < FORM_LEAST:
        raise TooSoon


def for_confirming(notice_id: str) -> str:
    """Goes into the mail that asks to confirm (public id of its notice)."""
    return TimestampSigner(salt="subscribers.confirm").sign(notice_id)


def read_confirming(token: str) -> str:
    """The public id of the notice, for 7 days. Raises TokenRefused."""
    return _read(TimestampSigner(salt="subscribers.confirm"), token, CONFIRM_LIFE)


def for_leaving(subscriber_id: str) -> str:
    """Goes into every message: the subscriber's public id, good forever (RFC 8058 section 3.1)."""
    return _signed("subscribers.leave", subscriber_id)


def read_leaving(token: str) -> str:
    """The subscriber's public id. Raises TokenRefused."""
    return _plain(Signer(salt="subscribers.leave"), token)


def for_managing(subscriber_id: str) -> str:
    """Goes into every message: opens the subscriber's own page, good until they are erased."""
    return _signed("subscribers.manage", subscriber_id)


def read_managing(token: str) -> str:
    """The subscriber's public id. Raises TokenRefused."""
    return _plain(Signer(salt="subscribers.manage"), token)


def _signed(salt: str, value: str) -> str:
    """As `Signer(salt=salt).sign(value)`, which takes three times as long: there are two in every mail."""
    signature = hmac.digest(_key(salt, settings.SECRET_KEY), value.encode(), "sha256")
    return f"{value}:{urlsafe_b64encode(signature).decode().rstrip('=')}"


@lru_cache(maxsize=8)
def _key(salt: str, secret: str) -> bytes:
    return sha256(f"{salt}signer{secret}".encode()).digest()


def _plain(signer: Signer, token: str) -> str:
    try:
        return signer.unsign(token)
    except BadSignature:
        raise TokenRefused from None


def _read(signer: TimestampSigner, token: str, life: timedelta) -> str:
    try:
        return signer.unsign(token, max_age=life)
    except BadSignature:
        raise TokenRefused from None
