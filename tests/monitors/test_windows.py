"""Rolling windows and months: up and down and unknown and maintenance are the window exactly."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.instants import instant, moment
from monitors.models import Page
from monitors.proving import frozen, months
from monitors.proving.past import Past
from monitors.proving.proof import WINDOWS
from monitors.proving.reckoning import Reckoner
from monitors.spans import Said, decided, lay
from monitors.status import Status, merge
from monitors.uptime import Weights, budget, digits, millis_of, rows

UP, MAINTENANCE, UNKNOWN, DEGRADED, PARTIAL, MAJOR = Status
HOUR = timedelta(hours=1)
SOURCES = ("monitor:1", "monitor:2", "staff", "incident:a", "maintenance:m", "correction:1", "correction:12")
# Clock changes both ways, half an hour of one, a leap day, a year's last second, a zone of 45 minutes.
MOMENTS = [
    ("Europe/Paris", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Paris", datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC)),
    ("Europe/Paris", datetime(2026, 10, 31, 23, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
    ("Etc/UTC", datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)),
    ("Etc/UTC", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 11, 30, 18, 15, tzinfo=UTC)),
    ("America/St_Johns", datetime(2026, 11, 1, 4, 30, tzinfo=UTC)),
]


def make_unsaved_page(
    zone: str, weights: tuple[Decimal, ...] = (Decimal(1), Decimal("0.3"), Decimal(0))
) -> Page:
    major, partial, degraded = weights
    return Page(time_zone=zone, weight_major=major, weight_partial=partial, weight_degraded=degraded)


@st.composite
def pasts(draw: st.DrawFn, until: datetime) -> Past:
    """What several sources said in the year before `until`, and what a clock put after it."""
    span = timedelta(days=draw(st.sampled_from([1, 40, 370])))
    found: list[Said[int]] = []
    for source in draw(st.sets(st.sampled_from(SOURCES), min_size=1)):
        # Also after the present, as when a clock was ahead by an hour or a day.
        offsets = draw(
            st.sets(st.timedeltas(-span, draw(st.sampled_from([timedelta(0), HOUR, 24 * HOUR]))), max_size=6)
        )
        edges = [instant(until + offset) for offset in sorted(offsets)]
        for start, end in pairwise(edges):
            found.append((source, draw(st.sampled_from(Status)), start, end))
        if edges and draw(st.booleans()):
            found.append((source, draw(st.sampled_from(Status)), edges[-1], None))
    watched = [start for source, _status, start, _end in found if source.startswith(("monitor", "staff"))]
    return Past.of(min(watched, default=None), found)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Reckoner, Past, Weights]:
    zone, at = draw(st.sampled_from(MOMENTS))
    until = at + draw(st.sampled_from([timedelta(0), timedelta(seconds=1), -HOUR, HOUR, 24 * HOUR]))
    weights = draw(st.tuples(*[st.decimals(0, 1, places=3)] * 3))
    return Reckoner(make_unsaved_page(zone, weights), until), draw(pasts(until)), Weights(*weights)


def brute(past: Past, start: datetime, end: datetime) -> dict[Status, int]:
    """Microseconds by status, asking anew for every stretch between two edges of anything."""
    first, last = instant(start), instant(end)
    if past.since is None or past.since >= last:
        return {}
    first = max(first, past.since)
    inside = {e for _s, _t, a, b in past.spans for e in (a, b) if e is not None and first < e < last}
    spent: dict[Status, int] = {}
    for since, until in pairwise(sorted({first, last, *inside})):
        holding = [
            (source, status) for source, status, a, b in past.spans if a <= since and (b is None or b > since)
        ]
        status = merge(holding)
        spent[status] = spent.get(status, 0) + until - since
    return spent


@given(cases())
@settings(max_examples=300)
def test_every_window_is_its_parts_exactly_and_nothing_is_negative(
    case: tuple[Reckoner, Past, Weights],
) -> None:
    reckoner, past, _weights = case
    stretches = reckoner.watched(past)
    figures = [*reckoner.figures(stretches, [*reckoner.windows, reckoner.month]).values()]
    for each in [*figures, reckoner.closed(stretches)]:
        assert all(time > timedelta(0) for _status, time in each.spent)
        assert each.unwatched >= timedelta(0)
        assert sum((time for _status, time in each.spent), each.unwatched) == each.end - each.start
        assert {status: instant(moment(0) + time) for status, time in each.spent} == brute(
            past, each.start, each.end
        )
        assert each.millis is None or 0 <= each.millis <= 100_000
        assert 0 <= each.coverage_millis <= 100_000


@given(cases())
@settings(max_examples=300)
def test_whoever_adds_up_the_rows_comes_to_the_same_digits(case: tuple[Reckoner, Past, Weights]) -> None:
    reckoner, past, weights = case
    stretches = reckoner.watched(past)
    figures = reckoner.figures(stretches, reckoner.windows) | {"closed": reckoner.closed(stretches)}
    for each in figures.values():
        flat = [(a, b, *value) for a, b, value in months.merged(past, each.start, each.end)]
        added = list(rows(flat, weights))
        assert digits(sum(r.counted for r in added), sum(r.lost for r in added)) == each.millis  # type: ignore[arg-type]
        assert all(before.end == after.start for before, after in pairwise(added))
        # What a reader of the table sees is all that it takes.
        assert all(row.lost == row.counted * (row.weight or 0) for row in added)


@given(cases())
def test_corrections_laid_over_what_was_frozen_are_what_spans_come_to(
    case: tuple[Reckoner, Past, Weights],
) -> None:
    reckoner, past, _weights = case
    start, end = reckoner.last_month.start, reckoner.last_month.end
    over = [
        (source, status, moment(a), end if b is None else moment(b))
        for source, status, a, b in past.spans
        if frozen.is_correction(source)
    ]
    base = months.merged(past, start, end, corrected=False)
    whole = frozen.overlaid(base, over)
    assert whole == months.merged(past, start, end)
    assert frozen.from_json(frozen.to_json(whole)) == whole


def test_windows_begin_at_the_pages_midnights_and_the_day_is_24_hours() -> None:
    # 22 November, 15:00 in Paris (UTC+1); clocks went back on 25 October.
    until = datetime(2026, 11, 22, 14, tzinfo=UTC)
    reckoner = Reckoner(make_unsaved_page("Europe/Paris"), until)
    assert [(window.key, window.start) for window in reckoner.windows] == [
        ("24h", datetime(2026, 11, 21, 14, tzinfo=UTC)),
        ("7d", datetime(2026, 11, 15, 23, tzinfo=UTC)),
        ("30d", datetime(2026, 10, 23, 22, tzinfo=UTC)),
        ("90d", datetime(2026, 8, 24, 22, tzinfo=UTC)),
        ("365d", datetime(2025, 11, 22, 23, tzinfo=UTC)),
    ]
    assert [window.key for window in reckoner.windows] == list(WINDOWS)
    assert (reckoner.month.key, reckoner.month.start) == ("2026-11", datetime(2026, 10, 31, 23, tzinfo=UTC))
    assert reckoner.last_month.key == "2026-10"


@pytest.mark.parametrize(
    ("zone", "month", "hours"),
    [
        ("Europe/Paris", date(2026, 3, 1), 743),
        ("Europe/Paris", date(2026, 10, 1), 745),
        ("Australia/Lord_Howe", date(2026, 4, 1), 720.5),
        ("Etc/UTC", date(2028, 2, 1), 696),
        ("Etc/UTC", date(2026, 12, 1), 744),
    ],
)
def test_a_month_is_as_long_as_its_clock_says(zone: str, month: date, hours: float) -> None:
    start, end = months.bounds(ZoneInfo(zone), month)
    assert end - start == timedelta(hours=hours)
    assert months.called(months.named(month)) == month


@given(
    st.dictionaries(st.sampled_from(Status), st.integers(0, 30 * 86_400_000_000)),
    st.integers(0, 40 * 86_400_000_000),
    st.integers(1000, 100_000),
)
def test_a_budget_is_never_told_better_than_it_is(spent: dict[Status, int], rest: int, target: int) -> None:
    weights = Weights(Decimal(1), Decimal("0.3"), Decimal("0.001"))
    length = sum(spent.values()) + rest
    found = budget(spent, length, weights.thousandths(), target)
    out = spent.get(MAINTENANCE, 0) + spent.get(UNKNOWN, 0)
    lost = Decimal(spent.get(MAJOR, 0))
    lost += spent.get(PARTIAL, 0) * Decimal("0.3") + spent.get(DEGRADED, 0) * Decimal("0.001")
    exact = Decimal(length - out) * (100_000 - target) / 100_000 - lost
    assert found.left == found.total - found.spent
    assert exact / 1_000_000 - 2 < found.left <= exact / 1_000_000
    # Of a closed month the budget says what the digits say.
    millis = millis_of(spent, weights.thousandths())
    assert found.met or found.left < 0
    assert rest or found.met == (millis is None or millis >= target)


def test_lay_says_who_decides_and_joins_what_is_the_same() -> None:
    said: list[Said[int]] = [
        ("monitor:1", UP, 0, None),
        ("monitor:2", UP, 5, 10),
        ("incident:a", MAJOR, 7, 9),
    ]
    assert lay(said, 0, 20, decided) == [
        (0, 7, (UP, "monitor:1")),
        (7, 9, (MAJOR, "incident:a")),
        (9, 20, (UP, "monitor:1")),
    ]
