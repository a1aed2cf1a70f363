"""How far the telling of a notice is, on each channel and together: counted second by second, then added up.

The database answers with a few rows for each second in which something was sent: to sort a million times for
the moment by which half of them had arrived would take it longer than all else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from subscribers.channels import CHANNELS
from subscribers.models import DeliveryState

# What "now" is when it is said how fast something goes.
LATELY = timedelta(seconds=10)

# Seconds begin where "lately" does.
_SECONDS = f"""
SELECT channel, state, count(*), sum(attempts), max(attempts), min(finished_at), max(finished_at), min(due_at)
FROM subscribers_delivery WHERE notice_id = %(notice)s
GROUP BY channel, state,
    CASE WHEN state = '{DeliveryState.SENT}' THEN date_bin('1 second', finished_at, %(lately)s) END
"""  # noqa: S608 (only our own constants)


@dataclass(frozen=True, slots=True)
class Progress:
    """The deliveries of a notice on one channel; "" is all of them together."""

    channel: str
    waiting: int
    sent: int
    failed: int
    cancelled: int
    # Sent in the last ten seconds.
    lately: int
    attempts: int
    most_attempts: int
    first: datetime | None
    # To the second where many are sent in one.
    half: datetime | None
    last: datetime | None
    # When the next of those that wait is tried.
    due_at: datetime | None

    @property
    def label(self) -> str:
        """A message id: what the channel is called; "" for all."""
        return CHANNELS[self.channel].label if self.channel in CHANNELS else self.channel

    @property
    def number(self) -> int:
        """All there are."""
        return self.waiting + self.sent + self.failed + self.cancelled

    @property
    def rate_now(self) -> float:
        """Sent per second, over the last ten."""
        return self.lately / LATELY.total_seconds()

    @property
    def rate(self) -> float | None:
        """Sent per second from the first to the last; None where that is no time at all."""
        if self.first is None or self.last is None or self.last <= self.first:
            return None
        return self.sent / (self.last - self.first).total_seconds()


@dataclass(frozen=True, slots=True)
class _Second:
    """The deliveries of a channel in one state; of those sent, the ones of one second."""

    channel: str
    state: str
    number: int
    attempts: int
    most_attempts: int
    first: datetime | None
    last: datetime | None
    due_at: datetime


def counted(notice_id: int, now: datetime) -> list[Progress]:
    """How far a notice (primary key) is: each channel, and all together last; none where nobody is told."""
    lately = now - LATELY
    with connection.cursor() as cursor:
        cursor.execute(_SECONDS, {"notice": notice_id, "lately": lately})
        seconds = [_Second(*row) for row in cursor.fetchall()]
    if not seconds:
        return []
    there = {second.channel for second in seconds}
    names = [*sorted(there - set(CHANNELS)), *(name for name in CHANNELS if name in there)]
    each = [_added(name, [one for one in seconds if one.channel == name], lately) for name in names]
    return [*each, _added("", seconds, lately)]


def _added(channel: str, seconds: Sequence[_Second], lately: datetime) -> Progress:
    sent = [second for second in seconds if second.state == DeliveryState.SENT]
    return Progress(
        channel=channel,
        waiting=_number(seconds, DeliveryState.PENDING),
        sent=_number(sent, DeliveryState.SENT),
        failed=_number(seconds, DeliveryState.DEAD),
        cancelled=_number(seconds, DeliveryState.CANCELLED),
        lately=sum(second.number for second in sent if second.first and second.first >= lately),
        attempts=sum(second.attempts for second in seconds),
        most_attempts=max(second.most_attempts for second in seconds),
        first=min((second.first for second in sent if second.first), default=None),
        half=_half(sent),
        last=max((second.last for second in sent if second.last), default=None),
        due_at=min((one.due_at for one in seconds if one.state == DeliveryState.PENDING), default=None),
    )


def _number(seconds: Iterable[_Second], state: DeliveryState) -> int:
    return sum(second.number for second in seconds if second.state == state)


def _half(sent: Sequence[_Second]) -> datetime | None:
    """When half had arrived: within its second, as if they had come evenly."""
    left = (sum(second.number for second in sent) + 1) // 2
    for first, last, number in sorted((s.first, s.last, s.number) for s in sent if s.first and s.last):
        if left <= number:
            return first + (last - first) * ((left - 1) / max(number - 1, 1))
        left -= number
    return None
