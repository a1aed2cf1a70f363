"""What is kept of failures, and when a monitor is looked at again."""

from datetime import datetime, timedelta

import pytest

from monitors import record
from monitors.models import Evidence, Monitor
from monitors.probes import Outcome, Result
from monitors.seen import KEPT
from tests.monitors.scenes import DEGRADED, DOUBT, DOWN, UP, at, hear, hear_all, make_watched

pytestmark = pytest.mark.django_db


def kept(monitor: Monitor) -> list[float]:
    """The minutes of which a failure is kept."""
    rows = Evidence.objects.filter(monitor=monitor).order_by("slot")
    return [(row.slot - at(0)) / timedelta(minutes=1) for row in rows]


@pytest.mark.parametrize(
    ("results", "minutes"),
    [
        ("uuuu", []),
        # The first of a run and the one that turned it, not those after them.
        ("udddd", [1, 2]),
        ("uduud", [1, 4]),
        ("udduudd", [1, 2, 5, 6]),
        # Of every run against what is said, the better ones too.
        ("uddggg", [1, 2, 3, 4]),
        # What the checker itself could not do is no evidence against anything.
        ("u????", []),
        ("u?d?d", [2]),
        ("dddd", [0, 1]),
    ],
)
def test_first_failures_and_turns_are_kept(results: str, minutes: list[float]) -> None:
    _component, monitor = make_watched()
    hear_all(monitor, results)
    assert kept(monitor) == minutes


def test_what_came_is_kept_with_it() -> None:
    _component, monitor = make_watched()
    failed = Outcome(
        Result.DOWN, 12.0, "status", 503, (1.0, 2.0, 0.0, 9.0, 0.0), {"status": "503"}, "<h1>Sorry"
    )
    hear(monitor, 0, failed)
    row = Evidence.objects.get(monitor=monitor)
    assert (row.region, row.slot) == ("default", at(0))
    assert Outcome.from_json(row.outcome) == failed


def test_a_reason_that_nobody_here_knows_is_not_kept() -> None:
    _component, monitor = make_watched()
    hear(monitor, 0, Outcome(Result.DOWN, 12.0, "of_another_version"))
    assert Outcome.from_json(Evidence.objects.get(monitor=monitor).outcome).reason is None


def test_the_newest_twenty_of_each_monitor_are_kept() -> None:
    _component, monitor = make_watched()
    _other, few = make_watched()
    hear_all(few, "d")
    hear_all(monitor, "ud" * 30)
    assert kept(monitor) == [float(minute) for minute in range(21, 61, 2)]
    assert kept(few) == [0]


def test_after_thirty_days_it_is_gone() -> None:
    _component, monitor = make_watched()
    hear_all(monitor, "uduud")
    record.forget(at(4) + KEPT)
    assert kept(monitor) == [4]
    record.forget(at(5) + KEPT)
    assert kept(monitor) == []


def due(monitor: Monitor) -> datetime:
    return Monitor.objects.get(pk=monitor.pk).due_at


def wait_a_minute(monitor: Monitor, minute: float) -> None:
    Monitor.objects.filter(pk=monitor.pk).update(due_at=at(minute + 1))


@pytest.mark.parametrize("outcome", [DOWN, DEGRADED], ids=["down", "degraded"])
def test_a_result_that_says_something_new_is_checked_again_soon(outcome: Outcome) -> None:
    _component, monitor = make_watched(recheck=10)
    hear(monitor, 0, UP)
    wait_a_minute(monitor, 1)
    hear(monitor, 1, outcome)
    assert due(monitor) == at(1) + timedelta(seconds=10)


def test_so_is_one_that_may_come_back() -> None:
    _component, monitor = make_watched(recheck=10)
    hear_all(monitor, "udd")
    wait_a_minute(monitor, 3)
    hear(monitor, 3, UP)
    assert due(monitor) == at(3) + timedelta(seconds=10)


def test_one_that_confirms_or_agrees_or_is_in_doubt_is_not() -> None:
    _component, monitor = make_watched(recheck=10)
    hear_all(monitor, "ud")
    for minute, outcome in [(2, DOWN), (3, DOWN), (4, DOUBT)]:
        wait_a_minute(monitor, minute)
        hear(monitor, minute, outcome)
        assert due(monitor) == at(minute + 1)


def test_once_in_doubt_it_is_down_from_the_first_failure_after_a_few_seconds() -> None:
    component, monitor = make_watched(recheck=10, confirm_down=3)
    hear(monitor, 0, UP)
    seconds = 60
    for _ in range(3):
        wait_a_minute(monitor, seconds / 60)
        hear(monitor, seconds / 60, DOWN)
        seconds = (due(monitor) - at(0)) // timedelta(seconds=1)
    assert component.spans.get(source__startswith="monitor", during__upper_inf=True).during.lower == at(1)
    assert seconds == 140  # 60, 70 and 80, and then a minute later
