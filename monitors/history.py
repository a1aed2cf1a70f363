"""The reader of spans for a page: 90 days of every component, and what holds now.

One query, whatever the number of components; it reads the spans that reach into the window and
never an observation. All components of a page are told until the same moment.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitors.days import DayRun, days_of, midnights
from monitors.instants import instant, moment
from monitors.models import Page
from monitors.proving.past import Past, read
from monitors.spans import Said, lay, merged
from monitors.status import Source, Status
from monitors.uptime import Weights, as_of, coverage_of, cut, millis_of, spent_from

DAYS = 90
_STAFF, _MONITOR = Source.STAFF.value, f"{Source.MONITOR}:"


@dataclass(frozen=True, slots=True)
class HistoryValue:
    """One component: what holds now, and its past 90 calendar days in the page's time zone.

    `status_since` is None where the present status is older than the days. `declared`: no monitor
    says so but staff. Figures are thousandths of a percent, floored: uptime by the page's weights
    (None without data), coverage as the part of all the days that is not unknown. `since` is when
    the component was first watched; the time before it is unknown.
    """

    status: Status
    status_since: datetime | None
    declared: bool
    first_day: date
    until: datetime
    runs: tuple[DayRun, ...]
    uptime_millis: int | None
    coverage_millis: int
    since: datetime | None


def history(page: Page, now: datetime) -> dict[int, HistoryValue]:
    """Every component of the page, hidden ones included, by primary key."""
    past = read(page.pk, now - timedelta(days=DAYS + 2))
    window = _Window(page, until_of(past.values(), now), now)
    return {id_: window.value(each) for id_, each in past.items()}


def until_of(past: Collection[Past], now: datetime) -> datetime:
    """As of when the figures of all these components are told."""
    at, last = instant(now), 0
    for each in past:
        for edge in (*each.starts, *each.ends):
            if edge is not None and last < edge <= at:
                last = edge
    return as_of(now, moment(last) if last else None)


class _Window:
    """The days of one page until one moment."""

    def __init__(self, page: Page, until: datetime, now: datetime) -> None:
        zone = ZoneInfo(page.time_zone)
        self.until = until
        self.first_day = until.astimezone(zone).date() - timedelta(days=DAYS - 1)
        self.edges = [instant(edge) for edge in midnights(zone, self.first_day, DAYS)]
        self.start, self.end, self.now = self.edges[0], instant(until), instant(now)
        self.costs = Weights(page.weight_major, page.weight_partial, page.weight_degraded).thousandths()

    def value(self, past: Past) -> HistoryValue:
        said = past.spans
        seen = lay(said, self.start, self.now + 1, merged)
        since, _end, status = seen[-1]
        watched = [] if past.since is None else cut(seen, max(past.since, self.start), self.end)
        [spent] = spent_from(watched, [self.start])
        return HistoryValue(
            status=status,
            status_since=moment(since) if since > self.start else None,
            declared=_declared(said, self.now),
            first_day=self.first_day,
            until=self.until,
            runs=days_of(watched, self.edges),
            uptime_millis=millis_of(spent, self.costs),
            coverage_millis=coverage_of(spent, self.end - self.start),
            since=None if past.since is None else moment(past.since),
        )


def _declared(spans: Iterable[Said[int]], now: int) -> bool:
    saying = [source for source, _status, start, end in spans if (end is None or end > now) and start <= now]
    return _STAFF in saying and not any(source.startswith(_MONITOR) for source in saying)
