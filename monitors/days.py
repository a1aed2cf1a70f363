"""Calendar days of a zone, each with its worst status: what bars and calendars are drawn from.

Pure. A day is as long as its clock says, 23 to 25 hours where clocks change.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitors.instants import SECOND, instant
from monitors.spans import Interval
from monitors.status import Status

# From, until (`instants`) and what it was.
Stretch = tuple[int, int, Status]
Seconds = tuple[tuple[Status, int], ...]


@dataclass(frozen=True, slots=True)
class DayRun:
    """Equal calendar days in a row: the worst status of each.

    `seconds` of one such day by status without operational, the worst first, a second begun
    counting as whole; empty for days before anything was watched.
    """

    days: int
    status: Status
    seconds: tuple[tuple[Status, int], ...] = ()


# The same runs come again in every component that is well.
_plain = lru_cache(maxsize=1024)(DayRun)
_MILDNESS = {status: -status.severity for status in Status}
_UP, _UNKNOWN = Status.OPERATIONAL, Status.UNKNOWN


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
    stretches = [(instant(each.start), instant(each.end), each.status) for each in intervals]
    return days_of(stretches, [instant(edge) for edge in midnights(zone, first_day, days)])


def days_of(stretches: Sequence[Stretch], edges: Sequence[int]) -> tuple[DayRun, ...]:
    """The same, of stretches, for the days between `edges`."""
    runs: list[DayRun] = []
    days, status = 0, _UNKNOWN
    seconds: Seconds = ()
    for more, next_status, next_seconds in _days(stretches, edges):
        if days and (next_status is not status or next_seconds != seconds):
            runs.append(_run(days, status, seconds))
            days = 0
        days, status, seconds = days + more, next_status, next_seconds
    return (*runs, _run(days, status, seconds)) if days else ()


def _run(days: int, status: Status, seconds: Seconds) -> DayRun:
    return DayRun(days, status, seconds) if seconds else _plain(days, status)


def _days(stretches: Sequence[Stretch], edges: Sequence[int]) -> Iterator[tuple[int, Status, Seconds]]:
    """One day after the other; those with nothing, or nothing but operational, at one go."""
    day, last = 0, len(edges) - 1
    nearest = 0
    while day < last:
        start, end = edges[day], edges[day + 1]
        while nearest < len(stretches) and stretches[nearest][1] <= start:
            nearest += 1
        if nearest == len(stretches):
            yield last - day, _UNKNOWN, ()
            return
        since, until, status = stretches[nearest]
        after = day + 1
        if since >= end:
            after = bisect_right(edges, since) - 1
            yield after - day, _UNKNOWN, ()
        elif since > start or until < end:
            yield _day(stretches, nearest, start, end)
        elif status == _UP:
            after = bisect_right(edges, until) - 1
            yield after - day, _UP, ()
        else:
            yield 1, status, ((status, (end - start) // SECOND),)
        day = after


def _day(stretches: Sequence[Stretch], nearest: int, start: int, end: int) -> tuple[int, Status, Seconds]:
    spent: dict[Status, int] = {}
    while nearest < len(stretches) and stretches[nearest][0] < end:
        since, until, status = stretches[nearest]
        if status is not _UP:
            time = (until if until < end else end) - (since if since > start else start)
            spent[status] = spent.get(status, 0) + time
        nearest += 1
    worst_first = sorted(spent, key=_MILDNESS.__getitem__) if len(spent) > 1 else [*spent]
    seconds = tuple([(status, -(-spent[status] // SECOND)) for status in worst_first])
    return 1, worst_first[0] if worst_first else _UP, seconds
