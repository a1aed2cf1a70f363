"""Calendar months of a page: where they begin and end, and the freezing of those that are closed.

A month is frozen once, from its spans, an hour after it closed in the page's zone: late results still
count until then, and nothing but a correction changes it afterwards.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection, transaction

from monitors.instants import instant, length, moment
from monitors.models import Component, FrozenMonth, Page
from monitors.proving import frozen
from monitors.proving.past import Past, read
from monitors.spans import decided, lay
from monitors.speaking import lock_components, touch
from monitors.uptime import Weights, coverage_of, millis_of

logger = logging.getLogger(__name__)

GRACE = timedelta(hours=1)


def bounds(zone: ZoneInfo, month: date) -> tuple[datetime, datetime]:
    """When the month of a day begins and ends in a zone, in UTC."""
    first = month.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    start, end = (datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for day in (first, after))
    return start, end


def named(month: date) -> str:
    """A month as figures are called by it, such as "2026-10"."""
    return f"{month:%Y-%m}"


def called(name: str) -> date:
    """The first day of the month of that name. Raises ValueError."""
    return datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC).date()


def freeze(now: datetime) -> int:
    """Freezes every month that closed an hour ago or earlier and is not frozen yet; returns how many rows.

    May run twice at once: what is there already stays. A page that fails holds up no other.
    """
    return sum(_try_page(page, now) for page in Page.objects.defer("dead_man_url"))


def _try_page(page: Page, now: datetime) -> int:
    try:
        return _freeze_page(page, now)
    except OperationalError:
        raise
    except Exception:
        logger.exception("The closed months of page %s could not be frozen", page.pk)
        return 0


def _freeze_page(page: Page, now: datetime) -> int:
    zone = ZoneInfo(page.time_zone)
    running = (now - GRACE).astimezone(zone).date().replace(day=1)
    missing = _missing(page, running)
    for month, ids in sorted(missing.items()):
        _freeze_month(page, month, ids, now)
    return sum(map(len, missing.values()))


def _missing(page: Page, running: date) -> dict[date, list[int]]:
    """Components by the months before `running` in which they were watched and that are not frozen.

    When months end is reckoned here as everywhere: the database may know other zones.
    """
    found: dict[date, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_WATCHED, [page.pk])
        watched = cursor.fetchall()
        first = min((at for _id, at in watched), default=None)
        closed = [] if first is None else list(_closed(ZoneInfo(page.time_zone), first, running))
        if closed:
            columns = [*zip(*watched, strict=True), *zip(*closed, strict=True)]
            cursor.execute(_UNFROZEN, [list(column) for column in columns])
            for id_, month in cursor:
                found[month].append(id_)
    return found


def _closed(zone: ZoneInfo, first: datetime, running: date) -> Iterator[tuple[date, datetime]]:
    """The months from that of `first` until `running`, each with its end."""
    month = first.astimezone(zone).date().replace(day=1)
    while month < running:
        _start, end = bounds(zone, month)
        yield month, end
        month = (month + timedelta(days=32)).replace(day=1)


# Components of a page, and when each was first watched.
_WATCHED = """
SELECT c.id, first.at FROM monitors_component c
JOIN LATERAL (
    SELECT lower(f.during) AS at FROM monitors_span f
    WHERE f.component_id = c.id AND (f.source = 'staff' OR f.source LIKE 'monitor:%%')
    ORDER BY lower(f.during) LIMIT 1
) first ON true
WHERE c.page_id = %s
"""
_UNFROZEN = """
SELECT w.id, m.month FROM unnest(%s::bigint[], %s::timestamptz[]) AS w (id, at)
JOIN unnest(%s::date[], %s::timestamptz[]) AS m (month, ends) ON m.ends > w.at
WHERE NOT EXISTS (SELECT FROM monitors_frozenmonth k WHERE k.component_id = w.id AND k.month = m.month)
"""


@transaction.atomic
def _freeze_month(page: Page, month: date, ids: Collection[int], now: datetime) -> None:
    # A correction of the same month waits, and then finds it frozen.
    lock_components(ids)
    start, end = bounds(ZoneInfo(page.time_zone), month)
    targets = dict(Component.objects.filter(pk__in=ids).values_list("pk", "sla_target"))
    rows = [
        _frozen(page, id_, past, FrozenMonth(month=month, start=start, end=end, frozen_at=now))
        for id_, past in read(page.pk, start, end, ids).items()
    ]
    for row in rows:
        target = targets[row.component_id]
        row.target_millis = None if target is None else int(target * 1000)
    FrozenMonth.objects.bulk_create(rows, ignore_conflicts=True)
    touch([page.pk], now)


def _frozen(page: Page, component_id: int, past: Past, row: FrozenMonth) -> FrozenMonth:
    row.component_id, row.time_zone = component_id, page.time_zone
    row.weight_major, row.weight_partial = page.weight_major, page.weight_partial
    row.weight_degraded = page.weight_degraded
    row.base = frozen.to_json(merged(past, row.start, row.end, corrected=False))
    fill(row, merged(past, row.start, row.end))
    return row


def merged(past: Past, start: datetime, end: datetime, *, corrected: bool = True) -> frozen.Kept:
    """What spans come to in a window, from when the component was first watched, with who decides it."""
    if past.since is None:
        return []
    said = [span for span in past.spans if corrected or not frozen.is_correction(span[0])]
    laid = lay(said, max(instant(start), past.since), instant(end), decided)
    return [(moment(since), moment(until), value) for since, until, value in laid]


def fill(row: FrozenMonth, intervals: frozen.Kept) -> None:
    """Sets what follows from the intervals of a month; saves nothing."""
    spent = frozen.spent(intervals)
    row.intervals = frozen.to_json(intervals)
    row.spent = {status.value: time for status, time in spent.items()}
    row.uptime_millis = millis_of(spent, weights_of(row).thousandths())
    row.coverage_millis = coverage_of(spent, (row.end - row.start) // length(1))


def again(row: FrozenMonth, intervals: frozen.Kept) -> FrozenMonth:
    """The same month, had these been its intervals; saves nothing."""
    other = FrozenMonth(
        month=row.month,
        start=row.start,
        end=row.end,
        weight_major=row.weight_major,
        weight_partial=row.weight_partial,
        weight_degraded=row.weight_degraded,
    )
    fill(other, intervals)
    return other


def weights_of(row: FrozenMonth | Page) -> Weights:
    """The weights that a month was frozen with, or those of a page now."""
    return Weights(row.weight_major, row.weight_partial, row.weight_degraded)
