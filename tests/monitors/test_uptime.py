"""Uptime, coverage and days: exact, floored, and true across clock changes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.days import DayRun, daily, midnights
from monitors.spans import Interval
from monitors.status import Status, worst
from monitors.uptime import WHOLE, Weights, as_of, coverage_millis, totals, uptime_millis

UP, MAINTENANCE, UNKNOWN, DEGRADED, PARTIAL, MAJOR = Status
PARIS = ZoneInfo("Europe/Paris")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
# Windows of days with a clock change, a leap day, and neither.
DAYS = [
    (PARIS, date(2026, 3, 28)),
    (PARIS, date(2026, 10, 24)),
    (LORD_HOWE, date(2026, 4, 4)),
    (LORD_HOWE, date(2026, 10, 3)),
    (ZoneInfo("Etc/UTC"), date(2028, 2, 28)),
    (ZoneInfo("Asia/Kathmandu"), date(2026, 11, 20)),
]


def make_intervals(start: datetime, *parts: tuple[Status, timedelta]) -> list[Interval]:
    intervals = []
    for status, length in parts:
        intervals.append(Interval(status, start, start + length))
        start += length
    return intervals


@pytest.mark.parametrize(
    ("spent", "millis"),
    [
        ({UP: HOUR}, 100_000),
        ({MAJOR: HOUR}, 0),
        ({UP: HOUR, MAJOR: HOUR}, 50_000),
        # 1 - 0.3 / 2 = 85 %
        ({UP: HOUR, PARTIAL: HOUR}, 85_000),
        ({UP: HOUR, DEGRADED: HOUR}, 100_000),
        # Out of both sides: 1 - 1 / 4
        ({UP: 3 * HOUR, MAJOR: HOUR, UNKNOWN: 9 * HOUR, MAINTENANCE: 9 * HOUR}, 75_000),
        # 2/3 = 66.666…, floored
        ({UP: 2 * HOUR, MAJOR: HOUR}, 66_666),
        # A microsecond in 90 days is not 100 %.
        ({UP: timedelta(days=90), MAJOR: timedelta(microseconds=1)}, 99_999),
        # No data is no figure.
        ({UNKNOWN: HOUR}, None),
        ({MAINTENANCE: HOUR}, None),
        ({}, None),
    ],
)
def test_uptime_is(spent: dict[Status, timedelta], millis: int | None) -> None:
    assert uptime_millis(spent, Weights()) == millis


def test_weights_are_the_pages_own() -> None:
    weights = Weights(major=Decimal("0.5"), partial=Decimal("0.125"), degraded=Decimal("0.001"))
    assert uptime_millis({UP: HOUR, MAJOR: HOUR}, weights) == 75_000
    assert uptime_millis({UP: HOUR, PARTIAL: HOUR}, weights) == 93_750
    assert uptime_millis({UP: HOUR, DEGRADED: HOUR}, weights) == 99_950


spends = st.dictionaries(st.sampled_from(Status), st.timedeltas(timedelta(0), timedelta(days=90)))


@given(spends, st.tuples(*[st.decimals(0, 1, places=3)] * 3))
def test_uptime_agrees_with_fractions_and_never_rounds_up(
    spent: dict[Status, timedelta], weights: tuple[Decimal, Decimal, Decimal]
) -> None:
    def micros(status: Status) -> int:
        return spent.get(status, timedelta(0)) // timedelta(microseconds=1)

    observed = sum(micros(status) for status in (UP, DEGRADED, PARTIAL, MAJOR))
    lost = sum(
        Fraction(weight) * micros(status)
        for weight, status in zip(weights, (MAJOR, PARTIAL, DEGRADED), strict=True)
    )
    figure = uptime_millis(spent, Weights(*weights))
    if not observed:
        assert figure is None
    else:
        assert figure == (WHOLE * (1 - lost / observed)).__floor__()


def test_coverage_is_what_is_not_unknown_floored() -> None:
    assert coverage_millis({UP: HOUR, MAINTENANCE: HOUR, UNKNOWN: HOUR}, 3 * HOUR) == 66_666
    assert coverage_millis({UP: HOUR}, 4 * HOUR) == 25_000
    assert coverage_millis({}, timedelta(0)) == 0


def test_rolling_figures_move_only_with_the_hour_or_a_change() -> None:
    hour = datetime(2026, 11, 22, 14, tzinfo=UTC)
    now = hour + timedelta(minutes=40)
    assert as_of(now, None) == hour
    assert as_of(now, hour - timedelta(minutes=1)) == hour
    assert as_of(now, hour + timedelta(minutes=10)) == hour + timedelta(minutes=10)
    assert as_of(hour, hour + timedelta(minutes=10)) == hour


@st.composite
def covered(draw: st.DrawFn) -> tuple[ZoneInfo, date, int, list[Interval]]:
    """Intervals that cover some days of a zone exactly."""
    zone, first_day = draw(st.sampled_from(DAYS))
    days = draw(st.integers(1, 4))
    start, *_between, end = midnights(zone, first_day, days)
    seconds = int((end - start).total_seconds())
    cuts = draw(st.sets(st.integers(1, seconds - 1), max_size=8))
    edges = [start, *(start + cut * SECOND for cut in sorted(cuts)), end]
    return zone, first_day, days, [Interval(draw(st.sampled_from(Status)), a, b) for a, b in pairwise(edges)]


@given(covered())
def test_up_and_down_and_unknown_and_maintenance_are_the_window_exactly(
    case: tuple[ZoneInfo, date, int, list[Interval]],
) -> None:
    zone, first_day, days, intervals = case
    start, *_between, end = midnights(zone, first_day, days)
    assert sum(totals(intervals).values(), timedelta()) == end - start


@given(covered())
def test_days_agree_with_counting_every_second_of_them(
    case: tuple[ZoneInfo, date, int, list[Interval]],
) -> None:
    zone, first_day, days, intervals = case
    runs = daily(intervals, zone, first_day, days)
    assert sum(run.days for run in runs) == days
    assert all((a.status, a.seconds) != (b.status, b.seconds) for a, b in pairwise(runs))
    each = [run for run in runs for _ in range(run.days)]
    for run, (start, end) in zip(each, pairwise(midnights(zone, first_day, days)), strict=True):
        spent = totals(
            Interval(i.status, max(i.start, start), min(i.end, end))
            for i in intervals
            if i.start < end and i.end > start
        )
        assert run.status == worst(spent)
        seconds = {status: length // SECOND for status, length in spent.items() if status != UP}
        assert dict(run.seconds) == seconds


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (PARIS, date(2026, 3, 29), Decimal(23)),
        (PARIS, date(2026, 10, 25), Decimal(25)),
        (LORD_HOWE, date(2026, 4, 5), Decimal("24.5")),
        (LORD_HOWE, date(2026, 10, 4), Decimal("23.5")),
        (ZoneInfo("Etc/UTC"), date(2028, 2, 29), Decimal(24)),
    ],
)
def test_a_day_is_as_long_as_its_clock_says(zone: ZoneInfo, day: date, hours: Decimal) -> None:
    start, end = midnights(zone, day, 1)
    [run] = daily([Interval(MAJOR, start, end)], zone, day, 1)
    assert run.seconds == ((MAJOR, int(hours * 3600)),)


def test_equal_days_are_one_run() -> None:
    zone, first = ZoneInfo("Etc/UTC"), date(2026, 9, 1)
    start = datetime(2026, 9, 1, tzinfo=UTC)
    day = timedelta(days=1)
    intervals = make_intervals(start + 10 * day, (UP, 30 * day), (MAJOR, HOUR), (UP, 49 * day - HOUR))
    assert daily(intervals, zone, first, 90) == (
        DayRun(10, UNKNOWN),
        DayRun(30, UP),
        DayRun(1, MAJOR, ((MAJOR, 3600),)),
        DayRun(48, UP),
        DayRun(1, UNKNOWN),
    )


def test_a_day_shows_its_worst_and_the_seconds_of_all_but_operational() -> None:
    start = datetime(2026, 9, 1, tzinfo=UTC)
    parts = ((UP, HOUR), (UNKNOWN, 2 * SECOND), (PARTIAL, 3 * SECOND), (MAINTENANCE, HOUR), (PARTIAL, SECOND))
    [run] = daily(make_intervals(start, *parts), ZoneInfo("Etc/UTC"), date(2026, 9, 1), 1)
    assert run == DayRun(1, PARTIAL, ((PARTIAL, 4), (UNKNOWN, 2), (MAINTENANCE, 3600)))


def test_a_second_begun_counts_as_whole() -> None:
    start = datetime(2026, 9, 1, tzinfo=UTC)
    [run] = daily(
        make_intervals(start, (MAJOR, timedelta(microseconds=1))), ZoneInfo("Etc/UTC"), date(2026, 9, 1), 1
    )
    assert run == DayRun(1, MAJOR, ((MAJOR, 1),))
