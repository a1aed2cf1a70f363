"""Webhooks: every event in order, signed as Standard Webhooks 1.0 asks.

Only 2xx is success, no redirect is followed, and 410 ends the subscription. What a receiver sends
back is never kept or shown: it may be anybody's server.
"""

import base64
import hmac
import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import ClassVar

from django.utils.translation import gettext_noop

from monitors import outbound
from monitors.network.addresses import check_url
from monitors.reasons import OutboundError, Reason, UrlRefused
from subscribers.channels.base import AddressError, Clock, Means, Message, Outcome, Result, masked
from subscribers.channels.bodies import Bodies
from subscribers.channels.flight import at_once

log = logging.getLogger(__name__)

# Seconds. A first attempt is short, so that many new messages to receivers that hang do not hold
# up the rest; whoever is merely slow has the 20 s of the specification from the second one on.
FIRST_DEADLINE = 5.0
HURRIED_DEADLINE = 2.0
DEADLINE = 20.0
# So many that hung within so many seconds make us hurry.
MANY = 15
HURRY = 60.0
GONE = 410


class Patience:
    """How long an answer is waited for, in seconds: while many hang, first attempts are shorter."""

    def __init__(self) -> None:
        self._hung: deque[float] = deque(maxlen=MANY)

    def of(self, attempt: int) -> float:
        """For an attempt, the first being 1."""
        if attempt > 1:
            return DEADLINE
        many = len(self._hung) == MANY and time.monotonic() - self._hung[0] < HURRY
        return HURRIED_DEADLINE if many else FIRST_DEADLINE

    def lost(self) -> None:
        """Somebody did not answer in time."""
        self._hung.append(time.monotonic())


class Webhook:
    """A signed POST to software."""

    label: ClassVar[str] = gettext_noop("Webhook")
    address_label: ClassVar[str] = gettext_noop("Webhook URL")
    input_type: ClassVar[str] = "url"
    every_event: ClassVar[bool] = True
    answers_ping: ClassVar[bool] = True
    # Standard Webhooks 1.0, "Retry schedule": 75 h in all.
    schedule: ClassVar[tuple[timedelta, ...]] = tuple(
        timedelta(seconds=seconds)
        for seconds in (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
    )

    def __init__(self) -> None:
        # Of this process: a turn of sending is too short to find out who hangs.
        self._patience = Patience()

    def clean(self, address: str, means: Means) -> str:
        """In canonical ASCII form, not plainly private. Raises AddressError."""
        try:
            return check_url(address.strip(), means.webhook_allow)
        except UrlRefused as refused:
            raise AddressError(refused.sentence) from None

    def shown(self, address: str) -> str:
        """Its host and its end: there may be a token in it."""
        return masked(address)

    def send(self, messages: Iterable[Message], means: Means, clock: Clock) -> Iterator[Sequence[Outcome]]:
        """Many at once, so that a receiver that hangs holds up nobody."""
        bodies = Bodies(means)
        return at_once(messages, lambda message: _send(message, bodies, self._patience, means, clock))


async def _send(message: Message, bodies: Bodies, patience: Patience, means: Means, clock: Clock) -> Outcome:
    try:
        body = bodies.body(message)
        headers = signed(message, body, means, clock())
    except Exception as error:  # whatever is wrong with this one must not stop the others
        log.warning("Delivery %s cannot be made: %s: %s", message.delivery_id, type(error).__name__, error)
        return Outcome(message.delivery_id, Result.BROKEN, f"{type(error).__name__}: {error}")
    deadline = patience.of(message.attempt)
    try:
        answer = await outbound.post(message.address, body, headers, deadline, means.webhook_allow)
    except OutboundError as error:
        if error.reason == Reason.TIMEOUT:
            patience.lost()
        return Outcome(message.delivery_id, Result.FAILED, error.sentence)
    return judge(message.delivery_id, answer, clock())


def signed(message: Message, body: bytes, means: Means, at: datetime) -> dict[str, str]:
    """The headers of a request: the id of the delivery, the time of this attempt, the signature."""
    sealed = [message.sealed_secret, *([message.sealed_previous] if message.sealed_previous else [])]
    seconds = str(int(at.timestamp()))
    content = b".".join((message.id.encode(), seconds.encode(), body))
    return {
        "Content-Type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": seconds,
        # While a secret is being replaced, with both: receivers take either.
        "webhook-signature": " ".join(sign(means.unseal(secret), content) for secret in sealed),
    }


def sign(secret: str, content: bytes) -> str:
    """The signature of `id.timestamp.body` with a secret (`whsec_…`). Raises ValueError for none."""
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    if not key:
        raise ValueError("a webhook without a secret")
    return "v1," + base64.b64encode(hmac.digest(key, content, "sha256")).decode()


def judge(delivery_id: int, answer: outbound.Exchange, now: datetime) -> Outcome:
    """What an answer means for a message: only 2xx is success."""
    if 200 <= answer.status < 300:
        return Outcome(delivery_id, Result.SENT)
    result = Result.GONE if answer.status == GONE else Result.FAILED
    wait = retry_after(answer.headers.get("retry-after", ""), now)
    return Outcome(delivery_id, result, f"HTTP {answer.status}", wait)


def retry_after(value: str, now: datetime) -> timedelta | None:
    """What a Retry-After asks for (RFC 9110 10.2.3); None where it asks for nothing sensible."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value[:12]), 10**9))
    try:
        at = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
