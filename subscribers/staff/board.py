"""How far the telling of a notice is, channel by channel, and why some of it failed.

Each answer is one statement on the deliveries of one notice (or of the few on a list), however many others
there are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Func, Max, QuerySet, Value
from django.db.models.expressions import Combinable

from subscribers import outbox
from subscribers.channels import CHANNELS
from subscribers.events import PERSONAL as PERSONAL
from subscribers.models import Delivery, DeliveryState, Notice

# What "now" is when it is said how fast something goes.
LATELY = timedelta(seconds=10)
# Different reasons that are told one by one.
REASONS = 50

_PROGRESS = f"""
SELECT channel,
    count(*) FILTER (WHERE state = '{DeliveryState.PENDING}'),
    count(*) FILTER (WHERE state = '{DeliveryState.SENT}'),
    count(*) FILTER (WHERE state = '{DeliveryState.DEAD}'),
    count(*) FILTER (WHERE state = '{DeliveryState.CANCELLED}'),
    count(*) FILTER (WHERE state = '{DeliveryState.SENT}' AND finished_at > %(lately)s),
    coalesce(sum(attempts), 0), coalesce(max(attempts), 0),
    min(finished_at) FILTER (WHERE state = '{DeliveryState.SENT}'),
    percentile_disc(0.5) WITHIN GROUP (ORDER BY finished_at) FILTER (WHERE state = '{DeliveryState.SENT}'),
    max(finished_at) FILTER (WHERE state = '{DeliveryState.SENT}'),
    min(due_at) FILTER (WHERE state = '{DeliveryState.PENDING}')
FROM subscribers_delivery WHERE notice_id = %(notice)s
GROUP BY GROUPING SETS ((channel), ())
"""  # noqa: S608 (only our own constants)

# What differs from one address to the next in what a server says: addresses, and ids of messages.
_PERSONAL_PARTS = r"<[^>]*>|[^\s<>:;,]+@[^\s<>:;,]+|\m[0-9A-Za-z._-]*\d{4,}[0-9A-Za-z._-]*"


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
class Total:
    """For how many a notice was written, and how many of them still wait or could not be told."""

    told: int
    waiting: int
    failed: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Deliveries that failed for one reason."""

    channel: str
    reason: str
    number: int
    last: datetime | None


def progress(notice_id: int, now: datetime) -> list[Progress]:
    """How far a notice (primary key) is: each channel, and all together last; none where nobody is told."""
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS, {"notice": notice_id, "lately": now - LATELY})
        found = [Progress(row[0] or "", *row[1:]) for row in cursor.fetchall()]
    order = [*CHANNELS, ""]
    known = [each for each in found if each.number]
    return sorted(known, key=lambda each: order.index(each.channel) if each.channel in order else -1)


def totals(notices: Collection[Notice]) -> dict[int, Total]:
    """Where each of the few notices on a list stands, by primary key.

    What waits and what failed stands in an index of its own; what has arrived is counted nowhere.
    """
    ids = [notice.pk for notice in notices]
    subjects = {notice.subject for notice in notices}
    news = Delivery.objects.order_by().filter(notice__in=ids)
    waiting = _by_notice(news.filter(state=DeliveryState.PENDING, subject__in=subjects))
    failed = _by_notice(news.filter(state=DeliveryState.DEAD))
    uncounted = [notice.pk for notice in notices if notice.told is None]
    counted = _by_notice(Delivery.objects.order_by().filter(notice__in=uncounted)) if uncounted else {}
    return {
        notice.pk: Total(
            told=counted.get(notice.pk, 0) if notice.told is None else notice.told,
            waiting=waiting.get(notice.pk, 0),
            failed=failed.get(notice.pk, 0),
        )
        for notice in notices
    }


def _by_notice(deliveries: QuerySet[Delivery]) -> dict[int, int]:
    return dict(deliveries.values_list("notice_id").annotate(number=Count("pk")))


def dead(
    notice_id: int | None = None, channel: str | None = None, reason: str | None = None
) -> QuerySet[Delivery]:
    """What failed for good: of a notice (primary key), on a channel, for a reason of failures().

    Without a notice it is all news that failed, but no question that one address was asked.
    """
    failed = Delivery.objects.filter(state=DeliveryState.DEAD)
    if notice_id is None:
        failed = failed.exclude(subject__startswith=outbox.of_one(""))
    else:
        failed = failed.filter(notice=notice_id)
    if channel is not None:
        failed = failed.filter(channel=channel)
    return failed if reason is None else failed.annotate(reason=_reason()).filter(reason=reason)


def _reason() -> Combinable:
    arguments: list[Any] = [F("error"), Value(_PERSONAL_PARTS), Value("…"), Value("g")]
    return Func(*arguments, function="regexp_replace")


def failures(deliveries: QuerySet[Delivery]) -> list[Failure]:
    """Dead deliveries by channel and reason, the most frequent first; the rarest are left out."""
    rows = (
        deliveries.annotate(reason=_reason())
        .order_by()
        .values_list("channel", "reason")
        .annotate(number=Count("pk"), last=Max("finished_at"))
        .order_by("-number", "channel", "reason")
    )
    return [Failure(*row) for row in rows[:REASONS]]
