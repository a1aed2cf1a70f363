"""Uptime: 1 − weighted downtime / observed time, as every page prints beside the number.

Pure and exact: whole microseconds and whole thousandths, never a float. Figures are floored,
never rounded up; maintenance and unknown are taken out of both sides; no data is None.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitors.spans import Interval
from monitors.status import Status, worst

# 100 % in thousandths of a percent.
WHOLE = 100_000
MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
# Time in these is observed time.
OBSERVED = (
    Status.OPERATIONAL,
    Status.DEGRADED_PERFORMANCE,
    Status.PARTIAL_OUTAGE,
    Status.MAJOR_OUTAGE,
)


@dataclass(frozen=True, slots=True)
class Weights:
    """What a second of each status costs: 0 to 1, at most three decimals."""

    major: Decimal = Decimal(1)
    partial: Decimal = Decimal("0.3")
    degraded: Decimal = Decimal(0)

    def thousandths(self) -> tuple[tuple[Status, int], ...]:
        """The weight of each status that has one, in thousandths."""
        return (
            (Status.MAJOR_OUTAGE, int(self.major * 1000)),
            (Status.PARTIAL_OUTAGE, int(self.partial * 1000)),
            (Status.DEGRADED_PERFORMANCE, int(self.degraded * 1000)),
        )


@dataclass(frozen=True, slots=True)
class DayRun:
    """Equal calendar days in a row: the worst status of each.

    `seconds` of one such day by status without operational, the worst first, a second begun
    counting as whole; empty for days before anything was watched.
    """

    days: int
    status: Status
    seconds: tuple[tuple[Status, int], ...] = ()


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
    observed = sum(spent.get(status, timedelta()) // MICROSECOND for status in OBSERVED)
    if not observed:
        return None
    lost = sum(
        spent.get(status, timedelta()) // MICROSECOND * weight for status, weight in weights.thousandths()
    )
    return (observed * 1000 - lost) * WHOLE // (observed * 1000)


def coverage_millis(spent: Mapping[Status, timedelta], window: timedelta) -> int:
    """How much of the window is not unknown, in thousandths of a percent, floored."""
    known = sum((time for status, time in spent.items() if status != Status.UNKNOWN), timedelta())
    return known * WHOLE // window if window else 0


def as_of(now: datetime, last_change: datetime | None) -> datetime:
    """Until when rolling figures are computed: the last full hour (UTC), or a later change.

    So they move only with the hour or when something changed, and the same page stays the same
    bytes in between.
    """
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if last_change is None or last_change <= hour:
        return hour
    return min(last_change.astimezone(UTC), now.astimezone(UTC))


@lru_cache(maxsize=64)
def midnights(zone: ZoneInfo, first_day: date, days: int) -> tuple[datetime, ...]:
    """The instants (UTC) at which `days` calendar days of a zone begin, and that of their end."""
    dates = (first_day + timedelta(days=number) for number in range(days + 1))
    return tuple(datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for day in dates)


def daily(intervals: Iterable[Interval], zone: ZoneInfo, first_day: date, days: int) -> tuple[DayRun, ...]:
    """The calendar days of `zone` from `first_day`, equal ones in a row joined.

    Intervals are in order and without overlaps. A day that they do not reach is unknown; one that
    they cover in part is judged by that part.
    """
    runs: list[DayRun] = []
    for run in _runs(intervals, midnights(zone, first_day, days)):
        if runs and (runs[-1].status, runs[-1].seconds) == (run.status, run.seconds):
            run = DayRun(runs.pop().days + run.days, run.status, run.seconds)
        runs.append(run)
    return tuple(runs)


def _runs(intervals: Iterable[Interval], edges: Sequence[datetime]) -> Iterator[DayRun]:
    """One day after the other; those with nothing, or nothing but operational, at one go."""
    waiting = [interval for interval in reversed(list(intervals)) if interval.end > edges[0]]
    day = 0
    while day < len(edges) - 1:
        start, end = edges[day], edges[day + 1]
        nearest = waiting[-1] if waiting else None
        after = day + 1
        if nearest is None or nearest.start >= end:
            after = len(edges) - 1 if nearest is None else bisect_right(edges, nearest.start) - 1
            yield DayRun(after - day, Status.UNKNOWN)
        elif nearest.start > start or nearest.end < end:
            yield _day(waiting, start, end)
        elif nearest.status == Status.OPERATIONAL:
            after = bisect_right(edges, nearest.end) - 1
            yield DayRun(after - day, Status.OPERATIONAL)
        else:
            yield DayRun(1, nearest.status, ((nearest.status, (end - start) // SECOND),))
        while waiting and waiting[-1].end <= edges[after]:
            waiting.pop()
        day = after


def _day(waiting: Sequence[Interval], start: datetime, end: datetime) -> DayRun:
    spent: dict[Status, timedelta] = defaultdict(timedelta)
    for interval in reversed(waiting):
        if interval.start >= end:
            break
        spent[interval.status] += min(interval.end, end) - max(interval.start, start)
    seconds = tuple(
        (status, -(-spent[status] // SECOND))
        for status in sorted(spent, key=lambda status: -status.severity)
        if status != Status.OPERATIONAL
    )
    return DayRun(1, worst(spent) or Status.UNKNOWN, seconds)
