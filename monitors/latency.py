"""Latency over time, for charts: what the hours and days say of a monitor, a region, a component.

Only read here (`rollups` writes). A point without a check is there all the same, with a count of nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import connection

from monitors import histogram

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Window(StrEnum):
    """How far back a chart goes."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    YEAR = "365d"

    @property
    def points(self) -> int:
        """How many points it has; the last one goes on."""
        return {"24h": 24, "7d": 168, "30d": 30, "90d": 90, "365d": 365}[self.value]

    @property
    def step(self) -> timedelta:
        """From one point to the next: an hour, or a day of UTC."""
        return HOUR if self in (Window.DAY, Window.WEEK) else DAY

    def starts(self, now: datetime) -> tuple[datetime, ...]:
        """When each point begins."""
        last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        if self.step == DAY:
            last = last.replace(hour=0)
        return tuple(last - number * self.step for number in reversed(range(self.points)))


@dataclass(frozen=True, slots=True)
class Point:
    """What was seen from `start` on. Durations are those of checks that did not find the target down."""

    start: datetime
    count: int = 0
    bad: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    slowest_ms: float | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    start: datetime
    count: int
    bad: int
    slowest_ms: float
    histogram: list[int]


def of_monitors(monitor_ids: Collection[int], window: Window, now: datetime) -> dict[int, tuple[Point, ...]]:
    """The points of each of these monitors, from all of its regions together."""
    rows = _read("l.monitor_id", "", "l.monitor_id", monitor_ids, window, now)
    return {id_: _points(rows.get(id_, {}), window, now) for id_ in monitor_ids}


def of_regions(monitor_id: int, window: Window, now: datetime) -> dict[str, tuple[Point, ...]]:
    """The points of one monitor, by the name of each region that was heard of it."""
    join = "JOIN monitors_region g ON g.id = l.region_id"
    rows = _read("g.name", join, "l.monitor_id", [monitor_id], window, now)
    return {name: _points(rows[name], window, now) for name in sorted(rows)}


def of_components(
    component_ids: Collection[int], window: Window, now: datetime
) -> dict[int, tuple[Point, ...]]:
    """The points of each of these components, from all monitors that feed it."""
    join = "JOIN monitors_feed f ON f.monitor_id = l.monitor_id"
    rows = _read("f.component_id", join, "f.component_id", component_ids, window, now)
    return {id_: _points(rows.get(id_, {}), window, now) for id_ in component_ids}


def _read(
    key: str, join: str, of: str, ids: Collection[int], window: Window, now: datetime
) -> dict[Any, dict[datetime, list[_Row]]]:
    table = "monitors_latencyhour" if window.step == HOUR else "monitors_latencyday"
    starts = window.starts(now)
    rows: dict[Any, dict[datetime, list[_Row]]] = defaultdict(lambda: defaultdict(list))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT {key}, l.start, l.count, l.bad, l.slowest_ms, l.histogram FROM {table} l {join}
            WHERE {of} = ANY(%s) AND l.start BETWEEN %s AND %s""",  # noqa: S608 (nothing of it is given)
            [list(ids), starts[0], starts[-1]],
        )
        for name, *values in cursor:
            row = _Row(*values)
            rows[name][row.start].append(row)
    return rows


def _points(rows: Mapping[datetime, Collection[_Row]], window: Window, now: datetime) -> tuple[Point, ...]:
    return tuple(_point(start, rows.get(start, ())) for start in window.starts(now))


def _point(start: datetime, rows: Collection[_Row]) -> Point:
    counts = histogram.merge(row.histogram for row in rows)
    slowest = max((row.slowest_ms for row in rows), default=0.0)

    def at_most(share: float) -> float | None:
        found = histogram.quantile(counts, share)
        return None if found is None else min(found, slowest)

    return Point(
        start,
        sum(row.count for row in rows),
        sum(row.bad for row in rows),
        at_most(0.5),
        at_most(0.95),
        slowest if counts else None,
    )
