"""What all chats share: each posts one card to the incoming webhook of one channel there.

The address is a secret, because whoever has it can post: it stands in no error and no log. What a service
sends back is read for one thing alone, whether the webhook is gone, and is never kept or shown.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext_noop

from monitors import outbound
from monitors.network.addresses import DEFAULT_PORTS, check_url, literal
from monitors.network.guard import Allow
from monitors.network.guard import forms as forms_of
from monitors.reasons import OutboundError, UrlRefused
from subscribers.channels.base import AddressError, Clock, Means, Message, Outcome, Result, masked
from subscribers.channels.chat_card import Card, card
from subscribers.channels.flight import at_once
from subscribers.channels.webhook import retry_after

log = logging.getLogger(__name__)

# Seconds. A first attempt is short, so that many that hang do not hold up the rest.
FIRST_DEADLINE = 5.0
DEADLINE = 15.0
# Units of text in a card's body, and components, from what is usual down to what always fits.
ROOMS = ((3_000, 20), (1_500, 15), (700, 8), (200, 3), (60, 0))
HEADERS = {"Content-Type": "application/json; charset=utf-8"}

Body = dict[str, Any]


class Chat:
    """An incoming webhook of a chat: a subclass says which addresses are its own, and what it posts."""

    label: ClassVar[str]
    # A message id: what is wrong with an address that is not one of the service.
    wrong: ClassVar[str]
    # Statuses that say that the webhook or its channel is no more.
    gone: ClassVar[frozenset[int]] = frozenset({404, 410})
    # How long a body may be: what the service takes, with some reserve.
    longest: ClassVar[int] = 24_000
    address_label: ClassVar[str] = gettext_noop("Address of the incoming webhook")
    input_type: ClassVar[str] = "url"
    every_event: ClassVar[bool] = False
    answers_ping: ClassVar[bool] = True
    # A day: what is older than that, nobody wants to read in a chat.
    schedule: ClassVar[tuple[timedelta, ...]] = tuple(
        timedelta(minutes=minutes) for minutes in (0, 0.2, 1, 5, 15, 30, 60, 120, 240, 480, 480)
    )

    def clean(self, address: str, means: Means) -> str:
        """The address in its normal form, of this service alone. Raises AddressError."""
        try:
            url = check_url(address.strip(), means.webhook_allow)
        except UrlRefused as refused:
            raise AddressError(refused.sentence) from None
        parts = urlsplit(url)._replace(fragment="")
        if _is_allowed(parts, means.webhook_allow):
            return parts.geturl()
        if parts.hostname is None or not (proper := self.proper(parts)):
            raise AddressError(self.wrong)
        return proper

    def shown(self, address: str) -> str:
        """Its host and its end."""
        return masked(address)

    def send(self, messages: Iterable[Message], means: Means, clock: Clock) -> Iterator[Sequence[Outcome]]:
        """Many at once, so that a service that hangs holds up nobody."""
        return at_once(messages, lambda message: self._send(message, means, clock))

    def body(self, message: Message, means: Means) -> Body:
        """What is posted. Raises whatever the notice gives cause for."""
        return self.fitted(card(message, means))

    def fitted(self, whole: Card) -> Body:
        """A card in the service's own format, cut to what it takes."""
        posted: Body = {}
        for room, components in ROOMS:
            posted = self.compose(replace(whole, components=_first(whole, components)), room)
            if self.weight(posted) <= self.longest:
                break
        return posted

    def proper(self, parts: SplitResult) -> str:
        """The normal form of an address of this service; "" for any other."""
        raise NotImplementedError

    def compose(self, card: Card, room: int) -> Body:
        """A card in the service's own format, its body in at most `room` units."""
        raise NotImplementedError

    def weight(self, body: Body) -> int:
        """How long a body is, as the service counts."""
        return len(encoded(body))

    def is_gone(self, status: int, answer: Mapping[str, Any]) -> bool:
        """Whether an answer (its JSON, {} without one) says that nothing can ever be posted there again."""
        return status in self.gone

    async def _send(self, message: Message, means: Means, clock: Clock) -> Outcome:
        try:
            body = encoded(self.body(message, means))
        except Exception as error:  # whatever is wrong with this one must not stop the others
            log.warning(
                "Delivery %s cannot be made: %s: %s", message.delivery_id, type(error).__name__, error
            )
            return Outcome(message.delivery_id, Result.BROKEN, f"{type(error).__name__}: {error}")
        deadline = FIRST_DEADLINE if message.attempt == 1 else DEADLINE
        try:
            answer = await outbound.post(message.address, body, HEADERS, deadline, means.webhook_allow)
        except OutboundError as error:
            return Outcome(message.delivery_id, Result.FAILED, error.sentence)
        return self.judge(message.delivery_id, answer, clock)

    def judge(self, delivery_id: int, answer: outbound.Exchange, clock: Clock) -> Outcome:
        """What an answer of the service means for a message."""
        if 200 <= answer.status < 300:
            return Outcome(delivery_id, Result.SENT)
        said = _json(answer.body)
        result = Result.GONE if self.is_gone(answer.status, said) else Result.FAILED
        wait = retry_after(answer.headers.get("retry-after", ""), clock()) or _seconds(said)
        return Outcome(delivery_id, result, f"HTTP {answer.status}", wait)


def encoded(body: Body) -> bytes:
    """JSON without spaces, in UTF-8."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _is_allowed(parts: SplitResult, allow: Allow) -> bool:
    """Whether it plainly is in a network that the operator allows: a gateway of their own, or a test."""
    host = literal(parts.hostname or "")
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    return host is not None and all(allow.covers(form, port) for form in forms_of(host))


def _first(whole: Card, number: int) -> tuple[tuple[str, str], ...]:
    """So many components; what is left out is counted in a line of its own."""
    left = len(whole.components) - number
    if left <= 0:
        return whole.components
    return (*whole.components[:number], ("…", f"+ {left}"))


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _seconds(said: Mapping[str, Any]) -> timedelta | None:
    """Discord's `retry_after`: seconds, also parts of one."""
    seconds = said.get("retry_after")
    if isinstance(seconds, (int, float)) and 0 <= seconds <= 10**6:
        return timedelta(seconds=seconds)
    return None
