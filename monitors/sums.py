"""The sum behind a figure: every interval of a window with its weight, its source, and what it counts for.

Whoever adds up the rows comes to the same digits. Closed months are added up from what was frozen.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from monitors import frozen, months
from monitors.models import Component, FrozenMonth, Page
from monitors.past import Past, read
from monitors.proof import Row, Sum
from monitors.reckoning import Reckoner
from monitors.uptime import Weights, digits, rows
from monitors.windows import LONGEST, as_told


def intervals(component: Component, start: datetime, end: datetime, weights: Weights) -> tuple[Row, ...]:
    """What a component was from `start` to `end`, as far as it was watched, by what is said now."""
    past = read(component.page_id, start, end, [component.pk])[component.pk]
    return _rows(past, start, end, weights)


def sums(
    page: Page, now: datetime, component_ids: Collection[int], keys: Sequence[str]
) -> dict[int, dict[str, Sum]]:
    """Sums by component (primary keys) and figure: keys of WINDOWS, and months such as "2026-10".

    A month that is neither frozen nor running, nor closed a moment ago, is left out. Raises ValueError
    for a key that is neither.
    """
    reckoner = Reckoner(page, as_told(page, now))
    there = [*reckoner.windows, reckoner.month, reckoner.last_month]
    windows = {window.key: window for window in there if window.key in keys}
    closed = {
        key: months.called(key) for key in keys if key not in {window.key for window in reckoner.windows}
    }
    kept = {
        (row.component_id, months.named(row.month)): row
        for row in FrozenMonth.objects.filter(component__in=component_ids, month__in=closed.values())
    }
    pasts = read(page.pk, now - LONGEST, component_ids=component_ids)
    found: dict[int, dict[str, Sum]] = {id_: {} for id_ in pasts}
    for id_, past in pasts.items():
        for key in keys:
            row = kept.get((id_, key))
            if row is not None:
                found[id_][key] = of_month(row)
            elif key in windows:
                window = windows[key]
                added = _rows(past, window.start, window.end, reckoner.weights)
                found[id_][key] = _sum(key, window.start, window.end, added)
    return found


def of_month(row: FrozenMonth) -> Sum:
    """The sum of a closed month, from what was frozen and corrected."""
    flat = [(start, end, *value) for start, end, value in frozen.from_json(row.intervals)]
    return _sum(months.named(row.month), row.start, row.end, tuple(rows(flat, months.weights_of(row))))


def _rows(past: Past, start: datetime, end: datetime, weights: Weights) -> tuple[Row, ...]:
    flat = [(since, until, *value) for since, until, value in months.merged(past, start, end)]
    return tuple(rows(flat, weights))


def _sum(key: str, start: datetime, end: datetime, added: Iterable[Row]) -> Sum:
    added = tuple(added)
    observed = sum((row.counted for row in added), Decimal(0))
    lost = sum((row.lost for row in added), Decimal(0))
    return Sum(key, start, end, added, observed, lost, digits(observed, lost))
