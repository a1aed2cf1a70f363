"""Latency over time, for charts: what the hours and days say of a monitor, a region, a component.

Only read here (`rollups` writes). A point without a check is there all the same, with a count of nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection

from monitors.latency import histogram
from monitors.latency.course import DAY, HOUR, Course, Point, Window, last_day, midnight
from monitors.models import Rolled
from monitors.probes import PROBES


def of_monitors(monitor_ids: Collection[int], window: Window, now: datetime) -> dict[int, Course]:
    """The points of each of these monitors, from all of its regions together."""
    found = _read("l.monitor_id", "", "l.monitor_id = ANY(%s)", [list(monitor_ids)], window, now)
    return {id_: found(id_) for id_ in monitor_ids}


def of_regions(monitor_id: int, window: Window, now: datetime) -> dict[str, Course]:
    """The points of one monitor, by the name of each region that was heard of it."""
    join = "JOIN monitors_region g ON g.id = l.region_id"
    found = _read("g.name", join, "l.monitor_id = %s", [monitor_id], window, now)
    return {name: found(name) for name in sorted(found.seen)}


def of_components(component_ids: Collection[int], window: Window, now: datetime) -> dict[int, Course]:
    """The points of each of these components, from all monitors that feed it and time what they watch."""
    untimed = [kind for kind, probe in PROBES.items() if not probe.timed]
    join = "JOIN monitors_feed f USING (monitor_id) JOIN monitors_monitor m ON m.id = l.monitor_id"
    which = "f.component_id = ANY(%s) AND m.kind <> ALL(%s)"
    found = _read("f.component_id", join, which, [list(component_ids), untimed], window, now)
    return {id_: found(id_) for id_ in component_ids}


def whole_days(component_ids: Collection[int], until: datetime) -> dict[int, Course]:
    """The past 90 days of UTC that are over, and wholly counted, for whoever tells things until then.

    Left out are components of which no time was measured in them.
    """
    counted = Rolled.objects.values_list("added", flat=True).first()
    if counted is None:
        return {}
    last = min(last_day(until), midnight(counted) - DAY)
    courses = of_components(component_ids, Window.QUARTER, last)
    return {id_: points for id_, points in courses.items() if any(point.p50_ms for point in points)}


@dataclass(frozen=True, slots=True)
class _Found:
    """The points of each name in which anything was seen."""

    starts: tuple[datetime, ...]
    seen: Mapping[Any, Mapping[datetime, Point]]

    def __call__(self, name: object) -> Course:
        """One name's points, those of nothing among them."""
        seen = self.seen.get(name, {})
        return tuple(seen.get(start) or Point(start) for start in self.starts)


def _read(key: str, join: str, which: str, values: Collection[Any], window: Window, now: datetime) -> _Found:
    table = "monitors_latencyhour" if window.step == HOUR else "monitors_latencyday"
    starts = window.starts(now)
    seen: dict[Any, dict[datetime, Point]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT {key}, l.start, l.count, l.bad, l.slowest_ms, l.histogram FROM {table} l {join}
            WHERE {which} AND l.start BETWEEN %s AND %s ORDER BY 1, 2""",  # noqa: S608 (nothing of it is given)
            [*values, starts[0], starts[-1]],
        )
        # Point by point: the histograms of all would be a hundred times what is made of them.
        for (name, start), rows in groupby(cursor, key=itemgetter(0, 1)):
            seen[name][start] = _point(start, list(rows))
    return _Found(starts, seen)


def _point(start: datetime, rows: Sequence[tuple[Any, ...]]) -> Point:
    _names, _starts, count, bad, slowest, histograms = zip(*rows, strict=True)
    half, most = histogram.quantiles(histograms, (0.5, 0.95))
    if half is None or most is None:
        return Point(start, sum(count), sum(bad))
    longest = max(slowest)
    return Point(start, sum(count), sum(bad), min(half, longest), min(most, longest), longest)
