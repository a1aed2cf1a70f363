"""The sums behind figures: every interval of a window with its weight, its source, and what it counts for.

Whoever adds up the rows comes to the same digits. Closed months are added up from what was frozen.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime

from monitors.models import Component, FrozenMonth
from monitors.proving import adding, frozen, months
from monitors.proving.adding import Flat
from monitors.proving.past import Past, read
from monitors.proving.proof import Proof, Row, Sum
from monitors.uptime import Weights, rows

_WEIGHTS = ("weight_major", "weight_partial", "weight_degraded")
_READ = ("component_id", "month", "start", "end", "intervals", *_WEIGHTS)


def intervals(component: Component, start: datetime, end: datetime, weights: Weights) -> tuple[Row, ...]:
    """What a component was from `start` to `end`, as far as it was watched, by what is said now.

    For staff: it tells which monitor says so.
    """
    past = read(component.page_id, start, end, [component.pk])[component.pk]
    return tuple(rows(_flat(months.merged(past, start, end)), weights))


def running(proof: Proof, past: Past, weights: Weights) -> tuple[Sum, ...]:
    """The sums of all figures of a component that still move: rolling windows, then months not yet frozen.

    `past` reaches back as far as they do.
    """
    figures = [*proof.windows, *(month.figure for month in proof.months if not month.frozen)]
    first, last = min(each.start for each in figures), max(each.end for each in figures)
    return adding.together(figures, _flat(months.merged(past, first, last)), weights)


def closed(component_ids: Collection[int], since: date) -> dict[int, tuple[Sum, ...]]:
    """The sums of closed months of components (primary keys), the newest first. One query."""
    kept = FrozenMonth.objects.filter(component__in=list(component_ids), month__gte=since).order_by("-month")
    found: dict[int, list[Sum]] = defaultdict(list)
    for row in kept.only(*_READ):
        found[row.component_id].append(_of_month(row))
    return {id_: tuple(sums) for id_, sums in found.items()}


def _of_month(row: FrozenMonth) -> Sum:
    flat = _flat(frozen.from_json(row.intervals))
    return adding.alone(months.named(row.month), row.start, row.end, flat, months.weights_of(row))


def _flat(kept: frozen.Kept) -> Iterator[Flat]:
    return ((start, end, *value) for start, end, value in kept)
