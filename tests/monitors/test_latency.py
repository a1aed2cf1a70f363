"""The points of charts."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from monitors import record
from monitors.latency import charts, rollups
from monitors.latency.course import Window, midnight
from monitors.models import Component, Monitor
from monitors.probes import Outcome, Result
from monitors.seen import Seen
from tests.make import make_component, make_monitor
from tests.monitors.scenes import DOWN, START

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NOW = START + 3 * HOUR + 20 * MINUTE


def make_seen() -> tuple[Component, list[Monitor]]:
    """A component with two monitors: an hour of 100 ms and one of 300 ms, from two regions."""
    component = make_component(now=START - HOUR)
    monitors = [
        make_monitor([component], now=START - HOUR, regions=["default", "paris"], interval=60)
        for _ in range(2)
    ]
    rollups.roll(START)
    for monitor, hour, milliseconds in ((monitors[0], 0, 100.0), (monitors[1], 1, 300.0)):
        for region in ("default", "paris"):
            slot = START + hour * HOUR
            record.record_batch(
                region,
                [Seen(monitor.pk, slot + n * MINUTE, Outcome(Result.UP, milliseconds)) for n in range(9)],
                slot + HOUR,
            )
    record.record_batch("default", [Seen(monitors[1].pk, START + 2 * HOUR, DOWN)], START + 2 * HOUR)
    rollups.roll(NOW)
    return component, monitors


def test_a_component_shows_what_all_of_its_monitors_saw() -> None:
    component, _monitors = make_seen()
    points = charts.of_components([component.pk], Window.DAY, NOW)[component.pk]
    assert len(points) == 24
    assert points[-1].start == START + 3 * HOUR
    first, second, third, last = points[-4:]
    assert (first.count, first.bad, second.count, third.count, third.bad) == (18, 0, 18, 1, 1)
    assert first.p50_ms == pytest.approx(100, rel=0.02)
    assert second.p95_ms == pytest.approx(300, rel=0.02)
    assert second.slowest_ms == pytest.approx(300, rel=0.002)
    assert (third.p50_ms, third.slowest_ms, last.count) == (None, None, 0)


def test_a_day_has_all_of_it() -> None:
    component, _monitors = make_seen()
    points = charts.of_components([component.pk], Window.QUARTER, NOW)[component.pk]
    assert len(points) == 90
    assert points[-1].start == START.replace(hour=0)
    assert (points[-1].count, points[-1].bad, points[-2].count) == (37, 1, 0)
    assert points[-1].p50_ms == pytest.approx(100, rel=0.02)
    assert points[-1].p95_ms == pytest.approx(300, rel=0.02)


def test_nothing_is_slower_than_the_slowest() -> None:
    _component, monitors = make_seen()
    for point in charts.of_monitors([monitors[0].pk], Window.WEEK, NOW)[monitors[0].pk]:
        if point.count:
            assert point.p50_ms is not None
            assert point.p95_ms is not None
            assert point.slowest_ms is not None
            assert point.p50_ms <= point.p95_ms <= point.slowest_ms


def test_a_monitor_shows_each_region_apart() -> None:
    _component, monitors = make_seen()
    found = charts.of_regions(monitors[1].pk, Window.DAY, NOW)
    assert {name: sum(point.count for point in points) for name, points in found.items()} == {
        "default": 10,
        "paris": 9,
    }


def test_what_was_never_checked_has_points_of_nothing() -> None:
    component, monitor = make_component(), make_monitor()
    for points in (
        charts.of_components([component.pk], Window.MONTH, NOW)[component.pk],
        charts.of_monitors([monitor.pk], Window.MONTH, NOW)[monitor.pk],
    ):
        assert len(points) == 30
        assert not any(point.count for point in points)
    assert charts.of_regions(monitor.pk, Window.DAY, NOW) == {}


def count_until(now: datetime) -> None:
    """As many times as it takes: what is far behind is added in parts."""
    while rollups.roll(now):
        pass


def test_days_are_told_when_they_are_over_and_counted() -> None:
    component, _monitors = make_seen()
    end = midnight(START) + DAY
    count_until(end + 2 * HOUR)
    assert charts.whole_days([component.pk], end + 59 * MINUTE) == {}
    points = charts.whole_days([component.pk], end + HOUR)[component.pk]
    assert len(points) == 90
    assert (points[-1].start, points[-1].count) == (midnight(START), 37)
    points = charts.whole_days([component.pk], end + 2 * DAY)[component.pk]
    assert points[-1].start == midnight(START), "of a day that is not counted yet, nothing is told"


def test_how_long_somebody_elses_page_takes_says_nothing_of_a_component() -> None:
    component, monitors = make_seen()
    Monitor.objects.filter(pk=monitors[0].pk).update(kind="upstream")
    points = charts.of_components([component.pk], Window.DAY, NOW)[component.pk]
    assert [point.count for point in points[-4:]] == [0, 18, 1, 0]
    Monitor.objects.filter(pk=monitors[1].pk).update(kind="heartbeat")
    count_until(NOW + 2 * DAY)
    assert charts.whole_days([component.pk], NOW + 2 * DAY) == {}


def test_days_cost_two_queries_whatever_the_number_of_components(django_assert_num_queries: Any) -> None:
    ids = [make_seen()[0].pk for _each in range(3)]
    count_until(NOW + DAY)
    for some in (ids[:1], ids):
        with django_assert_num_queries(2):
            assert len(charts.whole_days(some, NOW + DAY)) == len(some)


@pytest.mark.parametrize("window", Window)
def test_points_follow_each_other(window: Window) -> None:
    starts = window.starts(NOW)
    assert len(starts) == window.points
    assert {after - before for before, after in pairwise(starts)} == {window.step}
    assert starts[-1] <= NOW < starts[-1] + window.step
