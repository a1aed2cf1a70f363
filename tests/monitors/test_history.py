"""90 days of a page, read from spans."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from monitors import record
from monitors.days import DayRun
from monitors.history import HistoryValue, history
from monitors.models import Component
from monitors.status import Status
from tests.make import make_component, make_monitor, make_page
from tests.monitors.scenes import DOWN, START, UP, at, hear, make_watched

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
OPERATIONAL, MAJOR, UNKNOWN = Status.OPERATIONAL, Status.MAJOR_OUTAGE, Status.UNKNOWN


def say(component: Component, *steps: tuple[Status | None, datetime]) -> None:
    """What a monitor says of a component, step by step; None: nothing any more."""
    record.release("staff", steps[0][1], [component.pk])
    for status, time in steps:
        if status is None:
            record.release("monitor:1", time, [component.pk])
        else:
            record.declare([component.pk], "monitor:1", status, time)


def read(component: Component, now: datetime) -> HistoryValue:
    component.page.refresh_from_db()
    return history(component.page, now)[component.pk]


def test_by_hand() -> None:
    # 90 days that end on 20 November 2026, 12:00 UTC begin on 23 August: 89.5 days = 2,148 hours.
    # Watched since 1 September, 12:00: 80 days = 1,920 hours; down 3 hours, unknown 5.
    # Uptime = 1 - 3 / (1,920 - 5) = 99.84334...; coverage = (1,920 - 5) / 2,148 = 89.15270... %
    first = datetime(2026, 9, 1, 12, tzinfo=UTC)
    component = make_component(now=first)
    outage = datetime(2026, 10, 1, 12, tzinfo=UTC)
    silence = datetime(2026, 10, 2, 22, tzinfo=UTC)
    say(
        component,
        (OPERATIONAL, first),
        (MAJOR, outage),
        (OPERATIONAL, outage + 3 * HOUR),
        (UNKNOWN, silence),
        (OPERATIONAL, silence + 5 * HOUR),
    )
    value = read(component, START)
    assert (value.first_day, value.until, value.since) == (date(2026, 8, 23), START, first)
    assert (value.uptime_millis, value.coverage_millis) == (99_843, 89_152)
    assert value.runs == (
        DayRun(9, UNKNOWN),
        DayRun(30, OPERATIONAL),
        DayRun(1, MAJOR, ((MAJOR, 3 * 3600),)),
        DayRun(1, UNKNOWN, ((UNKNOWN, 2 * 3600),)),
        DayRun(1, UNKNOWN, ((UNKNOWN, 3 * 3600),)),
        DayRun(48, OPERATIONAL),
    )
    assert (value.status, value.status_since, value.declared) == (
        OPERATIONAL,
        silence + 5 * HOUR,
        False,
    )


def test_the_weights_are_the_pages() -> None:
    page = make_page(weight_partial=Decimal("0.5"))
    component = make_component(page, now=START - 10 * HOUR)
    record.declare([component.pk], "incident:a", Status.PARTIAL_OUTAGE, START - HOUR)
    assert read(component, START).uptime_millis == 95_000


def test_days_are_those_of_the_pages_time_zone() -> None:
    page = make_page(time_zone="Europe/Paris")
    component = make_component(page, now=START - 200 * DAY)
    say(component, (OPERATIONAL, START - 200 * DAY), (MAJOR, datetime(2026, 10, 24, 22, tzinfo=UTC)))
    record.declare([component.pk], "monitor:1", OPERATIONAL, datetime(2026, 10, 25, 23, tzinfo=UTC))
    # Midnight to midnight in Paris on the day when clocks went back: 25 hours.
    runs = read(component, START).runs
    assert runs[1] == DayRun(1, MAJOR, ((MAJOR, 25 * 3600),))
    assert sum(run.days for run in runs) == 90


def test_a_component_that_nobody_ever_watched_has_no_figure() -> None:
    component = make_component(now=START)
    component.spans.all().delete()
    value = read(component, START)
    assert (value.status, value.declared, value.since) == (UNKNOWN, False, None)
    assert (value.uptime_millis, value.coverage_millis) == (None, 0)
    assert value.runs == (DayRun(90, UNKNOWN),)


def test_an_incident_told_of_the_time_before_anything_was_watched_costs_nothing() -> None:
    component = make_component(now=START - 2 * HOUR)
    record.declare([component.pk], "incident:a", MAJOR, START - 5 * HOUR)
    record.release("incident:a", START - 3 * HOUR)
    value = read(component, START)
    assert (value.uptime_millis, value.since) == (100_000, START - 2 * HOUR)


def test_what_holds_at_this_very_moment_is_seen() -> None:
    component = make_component(now=at(-60))
    record.declare([component.pk], "incident:a", MAJOR, at(7))
    value = read(component, at(7))
    assert (value.status, value.status_since, value.until) == (MAJOR, at(7), at(7))


def test_a_status_older_than_the_days_has_no_beginning() -> None:
    component = make_component(now=START - 200 * DAY)
    value = read(component, START)
    assert (value.status, value.status_since, value.since) == (OPERATIONAL, None, START - 200 * DAY)
    assert value.uptime_millis == value.coverage_millis == 100_000


def test_staff_declare_until_a_monitor_speaks() -> None:
    component, monitor = make_watched()
    assert read(component, at(0)).declared
    hear(monitor, 0, UP)
    assert not read(component, at(1)).declared


def test_figures_move_with_the_hour_or_a_change_and_for_all_components_alike() -> None:
    page = make_page()
    still, moving = make_component(page, now=START - DAY), make_component(page, now=START - DAY)
    monitor = make_monitor([moving], now=at(-1))
    hear(monitor, 0, UP)
    assert history(page, at(20)) == history(page, at(50))
    hear(monitor, 1, DOWN)
    hear(monitor, 2, DOWN)
    later = history(page, at(55))
    assert later[still.pk].until == later[moving.pk].until == at(1)
    assert history(page, at(61))[still.pk].until == at(60)


def test_what_ended_before_the_days_is_not_in_them() -> None:
    component = make_component(now=START - 300 * DAY)
    say(component, (MAJOR, START - 300 * DAY), (OPERATIONAL, START - 91 * DAY))
    assert read(component, START).uptime_millis == 100_000


def test_the_whole_page_is_one_query(django_assert_num_queries: Any) -> None:
    page = make_page()
    for _ in range(30):
        make_component(page, now=START - DAY)
    with django_assert_num_queries(1):
        assert len(history(page, START)) == 30


def test_other_pages_are_not_read() -> None:
    page = make_page()
    make_component(now=START)
    assert history(page, START) == {}
