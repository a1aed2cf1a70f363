"""How far the telling of a notice is, where those of a list stand, and why some of it failed.

Each answer is a statement or two on the deliveries of one notice (or of the few on a list), however many
others there are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Func, Max, QuerySet, Value
from django.db.models.expressions import Combinable

from subscribers import outbox
from subscribers.events import PERSONAL as PERSONAL
from subscribers.models import Delivery, DeliveryState, Notice
from subscribers.staff.progress import Progress, counted

# A notice for at least so many is counted once for whoever looks, and again after so long: counting takes a
# moment itself.
MANY, AGAIN = 100_000, timedelta(seconds=10)
# Different reasons that are told one by one.
REASONS = 50

# What differs from one address to the next in what a server says: addresses, and ids of messages.
_PERSONAL_PARTS = r"<[^>]*>|[^\s<>:;,]+@[^\s<>:;,]+|\m[0-9A-Za-z._-]*\d{4,}[0-9A-Za-z._-]*"
_remembered: dict[int, tuple[datetime, list[Progress]]] = {}


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
    """How far a notice (primary key) is: each channel, and all together last; none where nobody is told.

    Of very many it is as of at most ten seconds ago.
    """
    at, known = _remembered.get(notice_id, (now - AGAIN, []))
    if known and at <= now < at + AGAIN:
        return known
    found = counted(notice_id, now)
    for old in [id_ for id_, (at, _known) in list(_remembered.items()) if at + AGAIN <= now]:
        _remembered.pop(old, None)
    if found and found[-1].number >= MANY:
        _remembered[notice_id] = now, found
    return found


def look_again() -> None:
    """Count anew next time: something was started by whoever looks."""
    _remembered.clear()


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
