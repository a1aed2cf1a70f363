"""Maintenance, incidents and monitors at the same time: what readers see, what it costs, who is warned."""

from collections.abc import Callable
from datetime import date, time
from functools import partial

import pytest

from incidents import overlaps, post, series
from incidents.models import Incident, Maintenance, Series
from monitors import record
from monitors.history import history
from monitors.models import Component, Page, Span
from monitors.spans import SpanValue, timeline
from monitors.status import Status
from tests.incidents.make import NOW, minutes, open_incident, schedule, update_incident, update_maintenance
from tests.incidents.test_series import make_plan
from tests.make import make_component, make_page

pytestmark = pytest.mark.django_db

UP, MAINTENANCE = Status.OPERATIONAL, Status.UNDER_MAINTENANCE
DEGRADED, PARTIAL, MAJOR = Status.DEGRADED_PERFORMANCE, Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE
Run = list[tuple[float, float, Status]]


def shown(component: Component, until: float = 120) -> Run:
    rows = Span.objects.filter(component=component)
    spans = [SpanValue(row.source, Status(row.status), row.during.lower, row.during.upper) for row in rows]
    found = timeline(spans, NOW, NOW + minutes(until))
    return [((one.start - NOW) / minutes(1), (one.end - NOW) / minutes(1), one.status) for one in found]


class Day:
    """Two hours in which things happen at their minutes, whatever their order in the table."""

    def __init__(self, component: Component) -> None:
        self.component, self.events = component, list[tuple[float, Callable[[], object]]]()
        self.incident: Incident | None = None
        self.maintenance: Maintenance | None = None

    def down(self, start: float, end: float) -> None:
        for at, status in ((start, MAJOR), (end, UP)):
            verb = partial(record.declare, [self.component.pk], "monitor:1", status, NOW + minutes(at))
            self.events.append((at, verb))

    def planned(self, start: float, end: float, **changes: float) -> None:
        self.maintenance = schedule(
            self.component.page,
            self.component,
            scheduled_for=NOW + minutes(start),
            scheduled_until=NOW + minutes(end),
        )
        for name, at in changes.items():
            self.events.append((at, partial(getattr(self, f"_{name}"), NOW + minutes(at))))
        for at in range(0, 121, 5):
            self.events.append((at, partial(post.tick, NOW + minutes(at))))

    def _finished(self, now) -> None:
        update_maintenance(self.maintenance, "completed", now=now, body_en="")

    def _cancelled(self, now) -> None:
        update_maintenance(self.maintenance, "cancelled", now=now, body_en="")

    def _extended(self, now) -> None:
        until = self.maintenance.scheduled_until + minutes(10)
        update_maintenance(self.maintenance, "in_progress", now=now, body_en="", scheduled_until=until)

    def _begun(self, now) -> None:
        update_maintenance(self.maintenance, "in_progress", now=now, body_en="")

    def broken(self, start: float, end: float, status: Status) -> None:
        def begin() -> None:
            page, now = self.component.page, NOW + minutes(start)
            self.incident = open_incident(page, {self.component: status}, now=now)

        def resolve() -> None:
            update_incident(self.incident, "resolved", now=NOW + minutes(end))

        self.events += [(start, begin), (end, resolve)]

    def passes(self) -> None:
        for _at, event in sorted(self.events, key=lambda each: each[0]):
            event()


# What happens, what readers see of two hours, and what it costs: the arithmetic in minutes.
TABLE = {
    "a monitor that is down in a maintenance costs nothing": (
        lambda day: (day.planned(20, 70), day.down(30, 60)),
        [(0, 20, UP), (20, 70, MAINTENANCE), (70, 120, UP)],
        100_000,  # 70 of 70
    ),
    "one that is down for longer counts from the end": (
        lambda day: (day.planned(20, 70), day.down(30, 90)),
        [(0, 20, UP), (20, 70, MAINTENANCE), (70, 90, MAJOR), (90, 120, UP)],
        71_428,  # 50 of 70
    ),
    "an incident within it is seen and counts": (
        lambda day: (day.planned(20, 70), day.down(30, 60), day.broken(40, 60, PARTIAL)),
        [(0, 20, UP), (20, 40, MAINTENANCE), (40, 60, PARTIAL), (60, 70, MAINTENANCE), (70, 120, UP)],
        93_333,  # 90 - 0.3 × 20 = 84 of 90
    ),
    "an incident before it stays until it is resolved, monitors are silenced": (
        lambda day: (day.down(5, 60), day.broken(10, 40, PARTIAL), day.planned(20, 70)),
        [(0, 5, UP), (5, 20, MAJOR), (20, 40, PARTIAL), (40, 70, MAINTENANCE), (70, 120, UP)],
        76_666,  # 90 - 15 - 0.3 × 20 = 69 of 90
    ),
    "an incident outlives it": (
        lambda day: (day.planned(20, 70), day.broken(30, 100, DEGRADED)),
        [(0, 20, UP), (20, 30, MAINTENANCE), (30, 100, DEGRADED), (100, 120, UP)],
        100_000,  # degraded costs nothing
    ),
    "finished early, what is down counts at once": (
        lambda day: (day.planned(20, 70, finished=50), day.down(40, 60)),
        [(0, 20, UP), (20, 50, MAINTENANCE), (50, 60, MAJOR), (60, 120, UP)],
        88_888,  # 80 of 90
    ),
    "extended, it covers what would have counted": (
        lambda day: (day.planned(20, 70, extended=65), day.down(60, 80)),
        [(0, 20, UP), (20, 80, MAINTENANCE), (80, 120, UP)],
        100_000,  # 60 of 60
    ),
    "begun early, it covers what comes before its time": (
        lambda day: (day.planned(20, 70, begun=10), day.down(12, 20)),
        [(0, 10, UP), (10, 70, MAINTENANCE), (70, 120, UP)],
        100_000,  # 60 of 60
    ),
    "cancelled, it covers nothing": (
        lambda day: (day.planned(20, 70, cancelled=10), day.down(30, 60)),
        [(0, 30, UP), (30, 60, MAJOR), (60, 120, UP)],
        75_000,  # 90 of 120
    ),
    "two that overlap end with the later": (
        lambda day: (day.planned(20, 50), day.planned(40, 70), day.down(30, 60)),
        [(0, 20, UP), (20, 70, MAINTENANCE), (70, 120, UP)],
        100_000,  # 70 of 70
    ),
}


@pytest.mark.parametrize(("happens", "expected", "uptime"), TABLE.values(), ids=TABLE)
def test_what_readers_see_and_what_it_costs(happens: Callable, expected: Run, uptime: int) -> None:
    page = make_page()
    component = make_component(page, now=NOW)
    day = Day(component)
    happens(day)
    day.passes()
    assert shown(component) == expected
    assert history(page, NOW + minutes(120))[component.pk].uptime_millis == uptime


def kinds(page: Page, *components: Component, start: float = 60, end: float = 120) -> list[str]:
    found = overlaps.found(page, components, NOW + minutes(start), NOW + minutes(end))
    return [overlap.kind for overlap in found]


def test_other_maintenances_of_the_same_components_at_the_same_time_are_found() -> None:
    page = make_page()
    shop, search = make_component(page), make_component(page)
    planned = schedule(page, shop)
    assert kinds(page, shop) == ["maintenance"]
    assert kinds(page, shop, start=119, end=200) == ["maintenance"]
    assert (kinds(page, shop, start=120, end=200), kinds(page, shop, start=0, end=60)) == ([], [])
    assert (kinds(page, search), kinds(page)) == ([], [])
    both = overlaps.found(page, [shop, search], NOW + minutes(60), NOW + minutes(90))
    assert [overlap.components for overlap in both] == [(shop,)]
    assert overlaps.found(page, [shop], NOW + minutes(60), NOW + minutes(90), planned) == []
    update_maintenance(planned, "cancelled")
    assert kinds(page, shop) == []


def test_open_incidents_that_say_something_of_them_are_found_first() -> None:
    page = make_page()
    shop, search = make_component(page), make_component(page)
    schedule(page, shop)
    incident = open_incident(page, {shop: MAJOR})
    assert (kinds(page, shop), kinds(page, search)) == (["incident", "maintenance"], [])
    update_incident(incident, "monitoring", {shop: UP})
    assert kinds(page, shop) == ["maintenance"]


def test_what_comes_again_and_is_not_announced_yet_is_found() -> None:
    page = make_page()
    shop = make_component(page)
    plan = make_plan(shop, first_date=date(2026, 11, 22), start_time=time(15), rule="FREQ=DAILY", announced=1)
    series.begin(page, plan, NOW)
    day = 24 * 60
    assert kinds(page, shop, start=60, end=90) == ["maintenance"]
    assert kinds(page, shop, start=5 * day + 100, end=5 * day + 110) == ["series"]
    assert kinds(page, shop, start=5 * day + 150, end=5 * day + 160) == []
    Series.objects.update(rule="FREQ=NEVER")
    assert kinds(page, shop, start=5 * day + 100, end=5 * day + 110) == []
