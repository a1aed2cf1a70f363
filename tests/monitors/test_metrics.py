"""What is counted of checks, and what is to be probed."""

from datetime import timedelta

import pytest
from django.conf import LazySettings

from monitors import metrics, regions
from monitors.metrics import LAGS
from monitors.models import Monitor, Region, Tally
from monitors.probes import Outcome, Result
from monitors.seen import Seen
from monitors.tasks import record as record_task
from tests.make import make_monitor
from tests.monitors.scenes import DOUBT, DOWN, START, UP, at, hear

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def seen(lag: float, outcome: Outcome = UP) -> Seen:
    """A result that comes at START, so many seconds late."""
    return Seen(1, START - lag * SECOND - outcome.duration_ms * SECOND / 1000, outcome)


def test_results_are_counted_by_what_they_say() -> None:
    regions.number("paris")
    metrics.count("paris", [seen(0), seen(0), seen(0, DOWN), seen(0, Outcome(Result.DEGRADED, 1))], START)
    metrics.count("paris", [seen(0, DOUBT)], START)
    (counted,) = metrics.checks()
    assert counted.region == "paris"
    assert counted.results == {Result.UP: 2, Result.DEGRADED: 1, Result.DOWN: 1, Result.UNKNOWN: 1}


def test_how_late_they_came_does_not_count_how_long_the_check_took() -> None:
    regions.number("paris")
    metrics.count("paris", [seen(0.3), seen(0.3, DOWN), seen(4), seen(9_000)], START)
    metrics.count("paris", [seen(0.3)], START)
    (counted,) = metrics.checks()
    assert dict(zip((*LAGS, None), counted.lag, strict=True)) == {
        **dict.fromkeys(LAGS, 0),
        0.5: 3,
        5.0: 1,
        None: 1,
    }
    assert counted.lag_sum == pytest.approx(9_004.9)


def test_a_region_that_there_is_not_counts_nothing() -> None:
    metrics.count("atlantis", [seen(0)], START)
    assert not Tally.objects.exists()
    assert not Region.objects.exists()


def test_results_that_cannot_be_are_not_counted() -> None:
    regions.number("paris")
    naive = Seen(1, START.replace(tzinfo=None), UP)
    metrics.count("paris", [naive, Seen(1, at(-60 * 24 * 60), UP)], START)
    (counted,) = metrics.checks()
    assert not any(counted.results.values())


def test_what_comes_from_a_worker_is_counted_and_notes_that_it_was_heard() -> None:
    monitor = make_monitor(regions=["paris"])
    slot = Monitor.objects.get(pk=monitor.pk).due_at
    record_task("paris", [Seen(monitor.pk, slot, UP).to_json()])
    assert [counted.results[Result.UP] for counted in metrics.checks()] == [1]
    assert Region.objects.get(name="paris").heard_at is not None


def test_what_is_due_longest_tells_how_far_behind_probing_is() -> None:
    for seconds, enabled in ((3, True), (-5, True), (60, False)):
        monitor = make_monitor(now=START, enabled=enabled)
        Monitor.objects.filter(pk=monitor.pk).update(due_at=START - seconds * SECOND)
    assert metrics.schedule(START).overdue == 3
    assert metrics.schedule(START - 9 * SECOND).overdue == 0


def test_the_shortest_wait_is_that_of_the_monitor_that_is_checked_most_often() -> None:
    assert metrics.schedule(START).longest_wait is None
    make_monitor(now=START, interval=600, timeout=10)
    make_monitor(now=START, interval=60, timeout=5)
    make_monitor(now=START, interval=5, timeout=5, enabled=False)
    assert metrics.schedule(START).longest_wait == 65 * SECOND


def test_nothing_is_due_while_the_rest_rests(settings: LazySettings) -> None:
    make_monitor(now=START)
    settings.DEGRADED_MODE = True
    assert metrics.schedule(START + timedelta(hours=1)) == metrics.Schedule(0.0, None)


def test_enabled_monitors_are_counted_by_what_they_say() -> None:
    up, _new, off = (make_monitor(now=at(-1)) for _ in range(3))
    for minute in range(2):
        hear(up, minute, UP)
        hear(off, minute, UP)
    Monitor.objects.filter(pk=off.pk).update(enabled=False)
    assert metrics.verdicts() == {"new": 1, "up": 1}
