"""The reader of spans for a page: 90 days of every component, and what holds now.

One query, whatever the number of components; it reads the spans that reach into the window and
never an observation. All components of a page are told until the same moment.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from monitors.models import Page
from monitors.spans import Interval, SpanValue, timeline
from monitors.status import Source, Status, source_kind
from monitors.uptime import DayRun, Weights, as_of, coverage_millis, daily, midnights, totals, uptime_millis

DAYS = 90
INSTANT = timedelta(microseconds=1)


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
    firsts, spans = _read(page.pk, now)
    edges = [edge for each in spans.values() for span in each for edge in (span.start, span.end) if edge]
    until = as_of(now, max((edge for edge in edges if edge <= now), default=None))
    window = _Window(page, until, now)
    return {id_: window.value(first, spans[id_]) for id_, first in firsts.items()}


class _Window:
    """The days of one page until one moment."""

    def __init__(self, page: Page, until: datetime, now: datetime) -> None:
        self.now = now
        self.until = until
        self.zone = ZoneInfo(page.time_zone)
        self.first_day = until.astimezone(self.zone).date() - timedelta(days=DAYS - 1)
        self.start = midnights(self.zone, self.first_day, DAYS)[0]
        self.weights = Weights(page.weight_major, page.weight_partial, page.weight_degraded)

    def value(self, since: datetime | None, spans: Sequence[SpanValue]) -> HistoryValue:
        seen = timeline(spans, self.start, self.now + INSTANT)
        present = seen[-1]
        past = [] if since is None else _between(seen, max(since, self.start), self.until)
        spent = totals(past)
        return HistoryValue(
            status=present.status,
            status_since=present.start if present.start > self.start else None,
            declared=_declared(spans, self.now),
            first_day=self.first_day,
            until=self.until,
            runs=daily(past, self.zone, self.first_day, DAYS),
            uptime_millis=uptime_millis(spent, self.weights),
            coverage_millis=coverage_millis(spent, self.until - self.start),
            since=since,
        )


def _between(intervals: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    return [
        Interval(interval.status, max(interval.start, start), min(interval.end, end))
        for interval in intervals
        if interval.start < end and interval.end > start
    ]


def _declared(spans: Iterable[SpanValue], now: datetime) -> bool:
    kinds = {
        source_kind(span.source)
        for span in spans
        if span.start <= now and (span.end is None or span.end > now)
    }
    return Source.STAFF in kinds and Source.MONITOR not in kinds


def _read(page_id: int, now: datetime) -> tuple[dict[int, datetime | None], dict[int, list[SpanValue]]]:
    """When each component was first watched, and its spans that may reach into the window."""
    firsts: dict[int, datetime | None] = {}
    spans: dict[int, list[SpanValue]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.id, first.at, s.source, s.status, lower(s.during), upper(s.during)
            FROM monitors_component c
            LEFT JOIN LATERAL (
                SELECT lower(f.during) AS at FROM monitors_span f
                WHERE f.component_id = c.id AND (f.source = 'staff' OR f.source LIKE 'monitor:%%')
                ORDER BY lower(f.during) LIMIT 1
            ) first ON true
            LEFT JOIN monitors_span s ON s.component_id = c.id
                AND coalesce(upper(s.during), 'infinity') > %s
            WHERE c.page_id = %s""",
            [now - timedelta(days=DAYS + 2), page_id],
        )
        for id_, first, source, status, start, end in cursor:
            firsts[id_] = first
            if source is not None:
                spans[id_].append(SpanValue(source, Status(status), start, end))
    return firsts, spans
