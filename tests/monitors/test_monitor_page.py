"""The page of one monitor: how it stands, its latency, what failed and what was met, each observation."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from monitors import partitions, record, told
from monitors.latency import rollups
from monitors.latency.course import Point
from monitors.latency.drawing import drawn
from monitors.models import Monitor
from monitors.probes import Outcome, Result
from monitors.reasons import Reason
from monitors.seen import Seen
from tests.make import make_component, make_monitor
from tests.monitors.admin_pages import Staff, words
from tests.people import make_staff

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    """However long ago this module was read: the page shows an hour of checks."""
    with time_machine.travel(NOW):
        yield


def make_heard(outcomes: list[Outcome]) -> Monitor:
    """A monitor that was heard each minute, the last time a minute ago."""
    first = NOW - timedelta(minutes=len(outcomes))
    partitions.ensure({first.date(), NOW.date()})
    monitor = make_monitor([make_component(now=first)], now=first - timedelta(minutes=1), name="Shop")
    for number, outcome in enumerate(outcomes):
        slot = first + timedelta(minutes=number)
        record.record_batch("default", [Seen(monitor.pk, slot, outcome)], slot)
    return monitor


def up(milliseconds: float) -> Outcome:
    return Outcome(Result.UP, milliseconds, status_code=200, phases=(1, 2, 3, milliseconds - 7, 1))


DOWN = Outcome(
    Result.DOWN, 30.0, Reason.STATUS, 503, (1, 2, 3, 4, 20), {"status": "503"}, "<b>out of order</b>"
)


def see(staff: Staff, monitor: Monitor, **query: str) -> str:
    answer = staff.client.get(f"/admin/monitors/monitor/{monitor.pk}/seen/", query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_each_check_is_told_with_its_reason(staff: Staff) -> None:
    monitor = make_heard([up(40), up(50), DOWN, DOWN])
    text = words(see(staff, monitor))
    assert "Down since" in text
    assert text.count("Down HTTP 503") == 2
    assert text.count("Up HTTP 200") == 2
    assert "50 ms" in text


def test_each_check_is_told_with_what_was_met(staff: Staff) -> None:
    code = Outcome(Result.DOWN, 0.0, Reason.JOB_CODE, facts={"code": "3"})
    assert words(see(staff, make_heard([up(40), code]))).count("The job ended with exit code 3.") == 3


def test_what_failed_alone_is_shown(staff: Staff) -> None:
    text = words(see(staff, make_heard([up(40), DOWN]), wrong=""))
    assert "Down HTTP 503" in text
    assert "Up HTTP 200" not in text


def test_a_failure_keeps_what_came_as_text(staff: Staff) -> None:
    monitor = make_heard([up(40), DOWN, DOWN])
    page = see(staff, monitor)
    assert "&lt;b&gt;out of order&lt;/b&gt;" in page
    assert "<b>out" not in page
    assert "Transferred" in page


def test_what_was_met_is_told_in_the_readers_language() -> None:
    met = {"cause": "timeout", "days": "3", "of_a_newer_version": "x"}
    assert told.met(met)[0] == ("Cause", "No complete answer in time.")
    with translation.override("fr"):
        assert told.met(met)[1:] == [("Jours restants", "3"), ("of_a_newer_version", "x")]


def test_who_may_not_change_it_sees_neither_what_came_nor_where_a_job_calls(
    staff: Staff, client: Client
) -> None:
    monitor = make_heard([up(40), DOWN, DOWN])
    staff.send("monitor", monitor.pk, kind="heartbeat")
    monitor.refresh_from_db()
    assert f"/ping/{monitor.ping_id}" in see(staff, monitor)
    client.force_login(make_staff("viewer"))
    page = client.get(f"/admin/monitors/monitor/{monitor.pk}/seen/").content.decode()
    assert "out of order" not in page
    assert str(monitor.ping_id) not in page
    assert "Down" in page


def test_earlier_checks_are_a_link_away(staff: Staff) -> None:
    monitor = make_heard([up(40)] * 3)
    earlier = (NOW - timedelta(minutes=90)).isoformat()
    assert "No check in this time." in see(staff, monitor, before=earlier)
    assert words(see(staff, monitor)).count("Up HTTP 200") == 3


@pytest.mark.parametrize(
    "before", ["x", "2020-01-01", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00", "1" * 500]
)
def test_a_time_that_makes_no_sense_shows_what_there_is(staff: Staff, before: str) -> None:
    see(staff, make_heard([up(40)]), before=before)


def test_latency_is_drawn_and_told_in_a_table(staff: Staff) -> None:
    monitor = make_heard([up(40), up(60), DOWN])
    rollups.roll(NOW + timedelta(minutes=10))
    page = see(staff, monitor)
    assert '<svg class="latency"' in page
    assert "Latency from default, 24 hours" in page
    assert 'role="img"' in page
    assert "style=" not in page.split('class="latency"')[1].split("</section>")[0]


def test_a_course_has_gaps_where_nothing_is_known() -> None:
    def point(value: float | None, bad: int = 0) -> Point:
        return Point(NOW, 2 if value else 0, bad, value, value, value)

    drawing = drawn([point(50), point(None), point(100, bad=1), point(25)])
    assert drawing.top == 100
    assert drawing.half == "M0 52h20M40 4h20V76h20"
    assert drawing.bad == "M41 120v-18.0h18V120z"
    assert drawn([]).half == ""


def test_no_page_for_no_monitor(staff: Staff, django_assert_max_num_queries: Any) -> None:
    assert staff.client.get("/admin/monitors/monitor/999999/seen/").status_code == 404
    monitor = make_heard([up(40)] * 5 + [DOWN] * 5)
    with django_assert_max_num_queries(14):
        see(staff, monitor)
