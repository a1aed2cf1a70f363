"""Uptime computed by hand: the arithmetic stands beside the digits, and sums come to the same ones."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from monitors import record
from monitors.instants import MICROSECOND
from monitors.models import Component, Correction, Page
from monitors.proving import corrections, months, sums, windows
from monitors.proving.proof import Figure, MonthValue, Proof
from monitors.proving.reckoning import Window, figure
from monitors.proving.touched import Wanted
from monitors.status import Status
from tests.make import make_component, make_page
from tests.monitors.scenes import START, at

pytestmark = pytest.mark.django_db

UP, MAINTENANCE, UNKNOWN, DEGRADED, PARTIAL, MAJOR = Status
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# (source, status or None for nothing any more, minute of the hour)
Step = tuple[str, Status | None, float]


def make_hour(steps: Iterable[Step], *, since: datetime | None = START - DAY, **values: object) -> Component:
    """A component watched since a day before the hour, and what was said of it in the hour."""
    component = make_component(make_page(**values), now=since)
    for source, status, minute in steps:
        if status is None:
            record.release(source, at(minute), [component.pk])
        else:
            record.declare([component.pk], source, status, at(minute))
    return component


def hour(component: Component, start: datetime = START) -> Figure:
    """The figure of one hour, which its sum must come to as well."""
    end = start + HOUR
    weights = months.weights_of(component.page)
    rows = sums.intervals(component, start, end, weights)
    spent: dict[Status, int] = {}
    for row in rows:
        spent[row.status] = spent.get(row.status, 0) + (row.end - row.start) // MICROSECOND
    found = figure(Window("hour", start, end), spent, weights.thousandths())
    observed = sum((row.counted for row in rows), Decimal(0))
    lost = sum((row.lost for row in rows), Decimal(0))
    added = int(Decimal(100_000) * (observed - lost) // observed) if observed else None
    assert found.millis == added
    assert sum((time for _status, time in found.spent), found.unwatched) == HOUR
    return found


def correct(component: Component, status: Status, first: float, last: float) -> Correction:
    wanted = Wanted(component, at(first), at(last), status)
    return corrections.correct(wanted, reason_en="why", reason_fr="", author=None, now=at(120))


def prove(page: Page, component: Component, now: datetime) -> Proof:
    return windows.proof(page, now)[component.pk]


def month(proof: Proof, key: str) -> MonthValue:
    [found] = [each for each in proof.months if each.figure.key == key]
    return found


def test_an_hour_without_trouble() -> None:
    # 3,600 s observed, none lost.
    found = hour(make_hour([]))
    assert (found.millis, found.coverage_millis) == (100_000, 100_000)


def test_a_partial_outage() -> None:
    # 10 min = 600 s partial at 0.3 are 180 s lost of 3,600: 1 - 180/3600 = 0.95
    found = hour(make_hour([("monitor:1", UP, 0), ("monitor:1", PARTIAL, 20), ("monitor:1", UP, 30)]))
    assert (found.millis, found.coverage_millis) == (95_000, 100_000)


def test_a_partial_outage_by_a_weight_of_the_pages_own() -> None:
    # 7 min = 420 s at 0.125 are 52.5 s lost of 3,600: 1 - 52.5/3600 = 0.98541666…, floored
    steps = [("monitor:1", UP, 0), ("monitor:1", PARTIAL, 20), ("monitor:1", UP, 27)]
    assert hour(make_hour(steps, weight_partial=Decimal("0.125"))).millis == 98_541


def test_maintenance_is_taken_out_of_both_sides() -> None:
    # Maintenance 12:10–12:40, in which the monitor saw 20 min down; after it 6 min down.
    # Observed 60 - 30 = 30 min; lost 6: 1 - 6/30 = 0.8. All of it is known.
    steps: list[Step] = [
        ("monitor:1", UP, 0),
        ("maintenance:m", MAINTENANCE, 10),
        ("monitor:1", MAJOR, 15),
        ("monitor:1", UP, 35),
        ("maintenance:m", None, 40),
        ("monitor:1", MAJOR, 50),
        ("monitor:1", UP, 56),
    ]
    found = hour(make_hour(steps))
    assert (found.millis, found.coverage_millis) == (80_000, 100_000)
    assert found.time(MAINTENANCE) == 30 * MINUTE
    assert found.time(MAJOR) == 6 * MINUTE


def test_unknown_is_taken_out_and_lowers_the_coverage() -> None:
    # Unknown 12:30–12:45: observed 45 min, lost 9: 1 - 9/45 = 0.8; covered 45/60 = 0.75.
    steps = [
        ("monitor:1", UP, 0),
        ("monitor:1", UNKNOWN, 30),
        ("monitor:1", MAJOR, 45),
        ("monitor:1", UP, 54),
    ]
    found = hour(make_hour(steps))
    assert (found.millis, found.coverage_millis) == (80_000, 75_000)


def test_the_overlap_of_two_monitors_counts_once_by_the_worst() -> None:
    # One says degraded 12:00–12:40 (weight 0.1), the other a major outage 12:30–12:50.
    # Degraded alone: 30 min × 0.1 = 3; major: 20 min × 1 = 20. 1 - 23/60 = 0.61666…, floored
    steps: list[Step] = [
        ("monitor:1", DEGRADED, 0),
        ("monitor:2", UP, 0),
        ("monitor:2", MAJOR, 30),
        ("monitor:1", UP, 40),
        ("monitor:2", UP, 50),
    ]
    found = hour(make_hour(steps, weight_degraded=Decimal("0.1")))
    assert found.millis == 61_666
    assert (found.time(DEGRADED), found.time(MAJOR)) == (30 * MINUTE, 20 * MINUTE)


def test_a_component_first_watched_mid_window() -> None:
    # First watched at 12:40: 20 min observed, 5 lost: 1 - 5/20 = 0.75; covered 20/60 = 0.33333…
    steps = [("monitor:1", MAJOR, 50), ("monitor:1", UP, 55)]
    found = hour(make_hour(steps, since=at(40)))
    assert (found.millis, found.coverage_millis) == (75_000, 33_333)
    assert found.unwatched == 40 * MINUTE


def test_a_component_that_nobody_watched_has_no_figure() -> None:
    component = make_hour([])
    component.spans.all().delete()
    found = hour(component)
    assert (found.millis, found.coverage_millis, found.unwatched) == (None, 0, HOUR)


def test_a_correction() -> None:
    # Down 12:10–12:40 is 30/60 = 0.5. Staff find that the last 20 min were partial:
    # 10 × 1 + 20 × 0.3 = 16 lost: 1 - 16/60 = 0.73333…
    component = make_hour([("monitor:1", MAJOR, 10), ("monitor:1", UP, 40)])
    assert hour(component).millis == 50_000
    correct(component, PARTIAL, 20, 40)
    assert hour(component).millis == 73_333
    # And then that 12:30–12:50 was maintenance: 40 min observed, 10 + 10 × 0.3 = 13 lost: 1 - 13/40 = 0.675
    newer = correct(component, MAINTENANCE, 30, 50)
    assert (hour(component).millis, hour(component).coverage_millis) == (67_500, 100_000)
    # Taken back, what was under it is seen again.
    corrections.correct(Wanted.taking_back(newer), reason_en="a slip", reason_fr="", author=None, now=at(130))
    assert hour(component).millis == 73_333


def test_the_hour_that_comes_twice() -> None:
    # In Paris clocks go from 3:00 back to 2:00 on 25 October 2026: October has 31 × 24 + 1 = 745 hours.
    # Down from the first 2:00 to the second 3:00, which is 00:00–02:00 UTC: 2 hours.
    # 1 - 2/745 = 0.997315436…; that day alone has 25 hours: 1 - 2/25.
    page = make_page(time_zone="Europe/Paris")
    component = make_component(page, now=datetime(2026, 9, 1, tzinfo=UTC))
    record.declare([component.pk], "incident:a", MAJOR, datetime(2026, 10, 25, 0, tzinfo=UTC))
    record.release("incident:a", datetime(2026, 10, 25, 2, tzinfo=UTC))
    october = month(prove(page, component, datetime(2026, 10, 31, 22, 30, tzinfo=UTC)), "2026-10").figure
    # The page's own midnight of 1 October is 22:00 UTC; until 22:00 of the last day 744 hours have passed.
    assert (october.start, october.end) == (
        datetime(2026, 9, 30, 22, tzinfo=UTC),
        datetime(2026, 10, 31, 22, tzinfo=UTC),
    )
    assert october.millis == 99_731  # 1 - 2/744 = 0.99731182…
    months.freeze(datetime(2026, 11, 1, 0, tzinfo=UTC))
    closed = month(prove(page, component, datetime(2026, 11, 2, tzinfo=UTC)), "2026-10")
    assert closed.frozen
    assert closed.figure.end - closed.figure.start == 745 * HOUR
    assert closed.figure.millis == 99_731  # 1 - 2/745 = 0.99731543…


def test_the_hour_that_does_not_come() -> None:
    # On 29 March 2026 clocks in Paris go from 2:00 to 3:00: the 7 days until that day's end are 167 hours.
    # Down from 1:30 to 3:30 by the clock, which is 00:30–01:30 UTC: 1 hour. 1 - 1/167 = 0.994011976…
    page = make_page(time_zone="Europe/Paris")
    component = make_component(page, now=datetime(2026, 1, 1, tzinfo=UTC))
    record.declare([component.pk], "incident:a", MAJOR, datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
    record.release("incident:a", datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    # 21:00 UTC is 23:00 there: one hour of the day is still to come, so 166 hours. 1 - 1/166 = 0.993975903…
    week = prove(page, component, datetime(2026, 3, 29, 21, tzinfo=UTC)).windows[1]
    assert (week.end - week.start, week.millis) == (166 * HOUR, 99_397)


def test_the_budget_of_a_month() -> None:
    # 99.9 % of November's 30 × 86,400 = 2,592,000 s leaves 2,592 s. Maintenance of 10 h = 36,000 s is out:
    # (2,592,000 - 36,000) × 0.001 = 2,556 s. Down 30 min = 1,800 s and partial 10.5 s × 0.3 = 3.15 s are
    # 1,803.15 s, against us 1,804. Left 2,556 - 1,804 = 752.
    first = datetime(2026, 11, 1, tzinfo=UTC)
    page = make_page()
    component = make_component(page, now=first - DAY, sla_target=Decimal("99.9"))
    for source, status, start, length in (
        ("maintenance:m", MAINTENANCE, first + DAY, 10 * HOUR),
        ("incident:a", MAJOR, first + 3 * DAY, 30 * MINUTE),
        ("incident:b", PARTIAL, first + 4 * DAY, timedelta(seconds=10.5)),
    ):
        record.declare([component.pk], source, status, start)
        record.release(source, start + length)
    found = prove(page, component, START).budget
    assert found is not None
    assert (found.total, found.spent, found.left, found.met) == (2_556, 1_804, 752, True)


def test_a_budget_that_is_spent() -> None:
    # 99.95 % of 2,592,000 s leaves 1,296 s; 20 days later an hour was lost: 1,296 - 3,600 = -2,304.
    page = make_page()
    component = make_component(page, now=datetime(2026, 10, 1, tzinfo=UTC), sla_target=Decimal("99.95"))
    record.declare([component.pk], "incident:a", MAJOR, START - DAY)
    record.release("incident:a", START - DAY + HOUR)
    found = prove(page, component, START).budget
    assert found is not None
    assert (found.total, found.left, found.met) == (1_296, -2_304, False)
