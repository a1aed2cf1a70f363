"""Every figure of every component of a page: rolling windows, months, budget, and what was corrected.

A handful of queries, whatever the number of components. Rolling figures and the running month come from
spans; closed months are told as they were frozen.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from monitors.history import until_of
from monitors.instants import instant, length, moment
from monitors.models import Component, FrozenMonth, Page
from monitors.proving import corrected, months
from monitors.proving.past import Past, last_change, read
from monitors.proving.proof import WINDOWS, Budget, CorrectionValue, Figure, MonthValue, Proof
from monitors.proving.reckoning import Reckoner
from monitors.status import Status
from monitors.uptime import Weights, as_of, budget

# Closed months that are told of at most.
MONTHS = 24
_TOLD = (
    *("component_id", "month", "start", "end", "uptime_millis", "coverage_millis", "spent", "target_millis"),
    *("weight_major", "weight_partial", "weight_degraded", "frozen_at", "sequence"),
)
# The longest window, with what clocks and zones may add.
LONGEST = timedelta(days=368)


def proof(page: Page, now: datetime, component_ids: Collection[int] | None = None) -> dict[int, Proof]:
    """Components of a page (all, or some) by primary key, with all that is told of their uptime."""
    targets = dict(Component.objects.filter(page=page).values_list("pk", "sla_target"))
    ids = None if component_ids is None else [id_ for id_ in component_ids if id_ in targets]
    pasts = read(page.pk, now - LONGEST, component_ids=ids)
    until = until_of(pasts.values(), now) if ids is None else as_told(page, now)
    return proof_of(page, until, pasts, targets)


def proof_of(
    page: Page, until: datetime, pasts: Mapping[int, Past], targets: Mapping[int, Decimal | None]
) -> dict[int, Proof]:
    """The same for whoever read what was said of them since LONGEST ago, and knows until when it is told."""
    reckoner = Reckoner(page, until)
    frozen, corrections = _frozen(list(pasts), reckoner.today), corrected.of(list(pasts))
    return {
        id_: _proof(reckoner, past, _millis(targets.get(id_)), frozen[id_], corrections[id_])
        for id_, past in pasts.items()
    }


def as_told(page: Page, now: datetime) -> datetime:
    """Until when the rolling figures of a page are told."""
    return as_of(now, last_change(page.pk, as_of(now, None), now))


def _millis(target: Decimal | None) -> int | None:
    return None if target is None else int(target * 1000)


def _proof(
    reckoner: Reckoner,
    past: Past,
    target: int | None,
    frozen: Sequence[MonthValue],
    corrections: Sequence[CorrectionValue],
) -> Proof:
    stretches = reckoner.watched(past)
    figures = reckoner.figures(stretches, [*reckoner.windows, reckoner.month])
    running = _open(figures.pop(reckoner.month.key), reckoner.month_end, reckoner.weights, target)
    # A page that moved west may be in a month again that was frozen where it was before.
    unfrozen = [] if _there(reckoner.month.key, frozen) else [running]
    last = reckoner.last_month
    if past.since is not None and past.since < instant(last.end) and not _there(last.key, frozen):
        unfrozen.append(_open(reckoner.closed(stretches), last.end, reckoner.weights, target))
    return Proof(
        since=None if past.since is None else moment(past.since),
        until=reckoner.until,
        windows=tuple(figures[key] for key in WINDOWS),
        months=(*unfrozen, *frozen),
        budget=running.budget,
        corrections=tuple(corrections),
    )


def _there(key: str, frozen: Iterable[MonthValue]) -> bool:
    return any(month.figure.key == key for month in frozen)


def _open(figure: Figure, end: datetime, weights: Weights, target: int | None) -> MonthValue:
    """A month that is not frozen: it runs, or closed a moment ago."""
    return MonthValue(
        figure=figure,
        frozen=False,
        frozen_at=None,
        sequence=0,
        weights=(weights.major, weights.partial, weights.degraded),
        budget=_budget(figure, end, weights, target),
    )


def _budget(figure: Figure, end: datetime, weights: Weights, target: int | None) -> Budget | None:
    if target is None:
        return None
    spent = {status: time // length(1) for status, time in figure.spent}
    watched = end - figure.start - figure.unwatched
    return budget(spent, watched // length(1), weights.thousandths(), target)


def _frozen(component_ids: Collection[int], today: date) -> dict[int, list[MonthValue]]:
    """The newest closed months of components, the newest first."""
    rows = FrozenMonth.objects.filter(component__in=list(component_ids), month__gte=oldest(today))
    found: dict[int, list[MonthValue]] = defaultdict(list)
    # A row of a model would cost more than all that is made of it.
    for row in rows.order_by("-month").values_list(*_TOLD, named=True):
        found[row.component_id].append(_closed(row))
    return found


def oldest(today: date) -> date:
    """The first day of the oldest closed month that is told of."""
    return (today.replace(day=15) - timedelta(days=MONTHS * 30.4375)).replace(day=1)


def _closed(row: Any) -> MonthValue:
    """A closed month as it was frozen and corrected."""
    weights = months.weights_of(row)
    spent = {Status(status): time for status, time in row.spent.items()}
    figure = Figure(
        key=months.named(row.month),
        start=row.start,
        end=row.end,
        millis=row.uptime_millis,
        coverage_millis=row.coverage_millis,
        spent=tuple((status, length(spent[status])) for status in Status if spent.get(status)),
        unwatched=row.end - row.start - length(sum(spent.values())),
    )
    return MonthValue(
        figure=figure,
        frozen=True,
        frozen_at=row.frozen_at,
        sequence=row.sequence,
        weights=(weights.major, weights.partial, weights.degraded),
        budget=_budget(figure, row.end, weights, row.target_millis),
    )
