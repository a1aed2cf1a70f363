"""What a result that says something new brings about: a look again soon, until it is confirmed or gone."""

from datetime import timedelta

import pytest

from monitors.models import Monitor
from tests.monitors.scenes import DOUBT, DOWN, UP, at, hear, make_watched

pytestmark = pytest.mark.django_db

GRID = timedelta(seconds=60)


def asked(monitor: Monitor, minute: float, outcome: object) -> timedelta:
    """After which time the monitor is looked at again, once this was heard at that minute."""
    Monitor.objects.filter(pk=monitor.pk).update(due_at=at(minute) + GRID)
    hear(monitor, minute, outcome)  # type: ignore[arg-type]
    return Monitor.objects.get(pk=monitor.pk).due_at - at(minute)


def test_what_is_not_confirmed_is_looked_at_again_soon() -> None:
    _component, monitor = make_watched(recheck=10)
    soon = timedelta(seconds=10)
    assert asked(monitor, 0, UP) == GRID
    assert asked(monitor, 1, DOWN) == soon
    assert asked(monitor, 2, UP) == GRID
    assert asked(monitor, 3, DOWN) == soon
    assert asked(monitor, 4, DOWN) == GRID
    assert asked(monitor, 5, UP) == soon
    assert asked(monitor, 6, UP) == GRID


def test_what_the_checker_doubts_is_not() -> None:
    _component, monitor = make_watched(recheck=10)
    assert asked(monitor, 0, UP) == GRID
    assert asked(monitor, 1, DOUBT) == GRID
