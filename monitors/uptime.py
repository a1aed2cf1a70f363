"""Uptime: 1 − weighted downtime / observed time, as every page prints beside the number.

Pure and exact: whole microseconds and whole thousandths, never a float. Figures are floored,
never rounded up; maintenance and unknown are taken out of both sides; no data is None.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from monitors.days import Stretch
from monitors.instants import MICROSECOND, SECOND
from monitors.proving.proof import Budget, Row
from monitors.spans import Interval
from monitors.status import Status

# 100 % in thousandths of a percent.
WHOLE = 100_000
# A weight of 1, in thousandths.
FULL = 1000
# Time in these is observed time.
OBSERVED = (
    Status.OPERATIONAL,
    Status.DEGRADED_PERFORMANCE,
    Status.PARTIAL_OUTAGE,
    Status.MAJOR_OUTAGE,
)
# Microseconds by status.
Spent = Mapping[Status, int]
# Thousandths that a second of each status costs.
Costs = tuple[tuple[Status, int], ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """What a second of each status costs: 0 to 1, at most three decimals."""

    major: Decimal = Decimal(1)
    partial: Decimal = Decimal("0.3")
    degraded: Decimal = Decimal(0)

    def thousandths(self) -> Costs:
        """The weight of each status that has one, in thousandths."""
        return (
            (Status.MAJOR_OUTAGE, int(self.major * FULL)),
            (Status.PARTIAL_OUTAGE, int(self.partial * FULL)),
            (Status.DEGRADED_PERFORMANCE, int(self.degraded * FULL)),
        )


def totals(intervals: Iterable[Interval]) -> dict[Status, timedelta]:
    """The time spent in each status; statuses without any are left out."""
    spent: dict[Status, timedelta] = defaultdict(timedelta)
    for interval in intervals:
        spent[interval.status] += interval.end - interval.start
    return dict(spent)


def uptime_millis(spent: Mapping[Status, timedelta], weights: Weights) -> int | None:
    """Uptime in thousandths of a percent, floored (99871 is 99.871 %); None without observed time.

    Raises nothing for weights outside of 0 to 1, but the figure is then none.
    """
    return millis_of({status: time // MICROSECOND for status, time in spent.items()}, weights.thousandths())


def millis_of(spent: Spent, costs: Costs) -> int | None:
    """The same, of microseconds."""
    observed = sum(spent.get(status, 0) for status in OBSERVED)
    if not observed:
        return None
    return (observed * FULL - lost_of(spent, costs)) * WHOLE // (observed * FULL)


def lost_of(spent: Spent, costs: Costs) -> int:
    """Weighted downtime in thousandths of a microsecond."""
    return sum(spent.get(status, 0) * weight for status, weight in costs)


def coverage_millis(spent: Mapping[Status, timedelta], window: timedelta) -> int:
    """How much of the window is not unknown, in thousandths of a percent, floored."""
    return coverage_of({status: time // MICROSECOND for status, time in spent.items()}, window // MICROSECOND)


def coverage_of(spent: Spent, window: int) -> int:
    """The same, of microseconds."""
    known = sum(time for status, time in spent.items() if status != Status.UNKNOWN)
    return known * WHOLE // window if window else 0


def spent_from(stretches: Sequence[Stretch], starts: Iterable[int]) -> list[dict[Status, int]]:
    """Microseconds by status from each of `starts` (the latest first) to the end of the stretches.

    Stretches are in order and without overlaps; one pass over them, however many starts.
    """
    found = []
    spent: dict[Status, int] = {}
    left = len(stretches)
    for start in starts:
        while left and stretches[left - 1][0] >= start:
            left -= 1
            since, until, status = stretches[left]
            spent[status] = spent.get(status, 0) + until - since
        so_far = dict(spent)
        if left and stretches[left - 1][1] > start:
            _since, until, status = stretches[left - 1]
            so_far[status] = so_far.get(status, 0) + until - start
        found.append(so_far)
    return found


def cut(stretches: Sequence[Stretch], start: int, end: int) -> list[Stretch]:
    """What of the stretches, which are in order, lies from `start` to `end`."""
    first, last = 0, len(stretches)
    while first < last and stretches[first][1] <= start:
        first += 1
    while first < last and stretches[last - 1][0] >= end:
        last -= 1
    found = list(stretches[first:last]) if start < end else []
    if found:
        found[0] = (max(found[0][0], start), *found[0][1:])
        found[-1] = (found[-1][0], min(found[-1][1], end), found[-1][2])
    return found


def budget(spent: Spent, length: int, costs: Costs, target_millis: int) -> Budget:
    """What a promise for a calendar month of `length` (microseconds) leaves; seconds, against us.

    The month counts without what was taken out of it so far: maintenance, unknown, and the time before
    the component was watched, which the caller takes off `length`. What is still to come counts as watched.
    """
    out = sum(time for status, time in spent.items() if status not in OBSERVED)
    allowed, lost = (length - out) * (WHOLE - target_millis), lost_of(spent, costs)
    total, used = allowed // (WHOLE * SECOND), -(-lost // (FULL * SECOND))
    return Budget(target_millis, total, used, total - used, met=lost * WHOLE <= allowed * FULL)


def rows(intervals: Iterable[tuple[datetime, datetime, Status, str]], weights: Weights) -> Iterator[Row]:
    """Every interval (from, until, status, source) with what it counts for."""
    by_status = dict.fromkeys(OBSERVED, Decimal(0)) | {
        Status.MAJOR_OUTAGE: weights.major,
        Status.PARTIAL_OUTAGE: weights.partial,
        Status.DEGRADED_PERFORMANCE: weights.degraded,
    }
    for start, end, status, source in intervals:
        seconds = Decimal((end - start) // MICROSECOND) / SECOND
        weight = by_status.get(status)
        counted = seconds if weight is not None else Decimal(0)
        yield Row(start, end, status, source, weight, seconds, counted, counted * (weight or 0))


def digits(observed: Decimal, lost: Decimal) -> int | None:
    """The figure by the two sums that a reader adds up from rows: 100,000 × (observed − lost) / observed."""
    if not observed:
        return None
    return int(WHOLE * (observed - lost) // observed)


def as_of(now: datetime, last_change: datetime | None) -> datetime:
    """Until when rolling figures are computed: the last full hour (UTC), or a later change.

    So they move only with the hour or when something changed, and the same page stays the same
    bytes in between.
    """
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if last_change is None or last_change <= hour:
        return hour
    return min(last_change.astimezone(UTC), now.astimezone(UTC))
