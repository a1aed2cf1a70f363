"""Latency by the hour and by the day: nothing is left out, nothing counts twice."""

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors import narrow, partitions, record
from monitors.latency import histogram, rollups
from monitors.models import Latecomer, LatencyDay, LatencyHour, Monitor, Observation, Rolled
from monitors.probes import Outcome, Result
from monitors.reasons import Reason
from monitors.seen import Seen
from tests.make import make_monitor
from tests.monitors.scenes import DOUBT, START, UP

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
Key = tuple[int, int, datetime]
Summary = tuple[int, int, float, tuple[int, ...]]


def up(milliseconds: float) -> Outcome:
    return Outcome(Result.UP, milliseconds)


def seen_of(monitor: Monitor, slot: datetime, outcome: Outcome) -> Seen:
    return Seen(monitor.pk, slot, outcome)


def tell(results: Sequence[Seen], now: datetime, region: str = "default") -> int:
    return record.record_batch(region, results, now).taken


def from_raw(unit: str) -> dict[Key, Summary]:
    """What must stand in the table, from every observation there is, in Python."""
    groups: dict[Key, list[tuple[Result, float]]] = {}
    for row in Observation.objects.all():
        said = narrow.unpack(row.seen)
        start = row.slot.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        start = start.replace(hour=0) if unit == "day" else start
        if said.result != Result.UNKNOWN:
            milliseconds = sum(narrow.unpack_phases(row.phases))
            groups.setdefault((row.monitor_id, said.region, start), []).append((said.result, milliseconds))
    return {key: summary(values) for key, values in groups.items()}


def summary(values: Iterable[tuple[Result, float]]) -> Summary:
    values = list(values)
    durations = [each for result, each in values if result != Result.DOWN and each > 0]
    counts: dict[int, int] = {}
    for each in durations:
        counts[histogram.step(each)] = counts.get(histogram.step(each), 0) + 1
    packed = tuple(step << histogram.COUNT_BITS | counts[step] for step in sorted(counts))
    bad = sum(result == Result.DOWN for result, _each in values)
    return len(values), bad, pytest.approx(max(durations, default=0), rel=1e-6), packed


def kept(model: type[LatencyHour] | type[LatencyDay]) -> dict[Key, Summary]:
    return {
        (row.monitor_id, row.region_id, row.start): (row.count, row.bad, row.slowest_ms, tuple(row.histogram))
        for row in model.objects.all()
    }


def assert_exact() -> None:
    """Everything observed, and nothing else, is in both tables."""
    assert Observation.objects.exists()
    assert kept(LatencyHour) == from_raw("hour")
    assert kept(LatencyDay) == from_raw("day")


def test_an_hour_says_how_many_how_many_bad_and_how_long() -> None:
    monitor = make_monitor(now=START - HOUR)
    outcomes = [
        up(10),
        up(20),
        up(30),
        Outcome.failed(Reason.TIMEOUT, 10_000.0),
        DOUBT,
        Outcome(Result.DEGRADED, 900),
    ]
    tell([seen_of(monitor, START + n * MINUTE, each) for n, each in enumerate(outcomes)], START + 6 * MINUTE)
    rollups.roll(START - MINUTE)
    rollups.roll(START + HOUR)
    (row,) = LatencyHour.objects.all()
    assert (row.start, row.count, row.bad) == (START, 5, 1)
    assert row.slowest_ms == pytest.approx(900, rel=0.002)
    assert sum(packed & histogram.MOST for packed in row.histogram) == 4
    assert histogram.quantiles([row.histogram], [0.5]) == [pytest.approx(20, rel=0.03)]
    assert_exact()


def test_a_day_is_a_day_of_utc() -> None:
    monitor = make_monitor(now=START - HOUR)
    midnight = START.replace(hour=0) + timedelta(days=1)
    tell([seen_of(monitor, midnight - MINUTE, UP), seen_of(monitor, midnight, UP)], midnight)
    rollups.roll(midnight + HOUR)
    assert sorted(row.start for row in LatencyDay.objects.all()) == [midnight - timedelta(days=1), midnight]
    assert_exact()


def test_observations_from_before_it_first_ran_are_in_it() -> None:
    monitor = make_monitor(now=START - HOUR)
    for hour in range(8):
        tell([seen_of(monitor, START + hour * HOUR, UP)], START + hour * HOUR)
    while rollups.roll(START + 9 * HOUR):
        pass
    assert len(kept(LatencyHour)) == 8
    assert_exact()


def test_it_goes_on_where_it_stopped_and_adds_nothing_twice() -> None:
    monitor = make_monitor(now=START - HOUR)
    rollups.roll(START)
    for minute in range(0, 60, 2):
        slot = START + minute * MINUTE
        tell([seen_of(monitor, slot, up(minute + 1))], slot)
        rollups.roll(slot)
        rollups.roll(slot)
    rollups.roll(START + 2 * HOUR)
    rollups.roll(START + 2 * HOUR)
    assert sum(row.count for row in LatencyHour.objects.all()) == 30
    assert_exact()


def test_what_comes_late_is_added_with_the_next_turn() -> None:
    monitor = make_monitor(now=START - HOUR, regions=["default", "paris"])
    tell([seen_of(monitor, START, UP)], START)
    rollups.roll(START + HOUR)
    assert len(kept(LatencyHour)) == 1
    late = [seen_of(monitor, START + MINUTE, up(40)), seen_of(monitor, START + 2 * MINUTE, DOUBT)]
    tell(late, START + HOUR, "paris")
    assert Latecomer.objects.count() == 2
    assert len(kept(LatencyHour)) == 1
    assert rollups.roll(START + HOUR) == 0
    assert len(kept(LatencyHour)) == 2
    assert_exact()
    tell([seen_of(monitor, START + 3 * MINUTE, up(50))], START + HOUR, "paris")
    rollups.roll(START + 2 * HOUR)
    assert_exact()
    assert not Latecomer.objects.exists()


def test_the_clock_may_go_back() -> None:
    monitor = make_monitor(now=START - HOUR)
    tell([seen_of(monitor, START, UP)], START)
    while rollups.roll(START + 24 * HOUR):
        pass
    tell([seen_of(monitor, START + HOUR, UP)], START + HOUR)
    rollups.roll(START + HOUR)
    assert Rolled.objects.get().until > START + 23 * HOUR
    assert_exact()


def test_much_that_is_behind_is_taken_in_parts() -> None:
    monitor = make_monitor(now=START - HOUR)
    rollups.roll(START)
    tell([seen_of(monitor, START + 30 * HOUR, UP)], START + 30 * HOUR)
    assert rollups.roll(START + 40 * HOUR) == rollups.TURN
    assert Rolled.objects.get().until == START - timedelta(minutes=5) + rollups.TURN * rollups.MOST
    while rollups.roll(START + 40 * HOUR):
        pass
    assert_exact()


@settings(deadline=None, max_examples=15)
@given(st.randoms(use_true_random=False))
def test_whatever_comes_in_whatever_order_all_of_it_counts_once(chance: random.Random) -> None:
    with transaction.atomic():
        monitors = [make_monitor(now=START - HOUR, regions=["default", "paris"]) for _ in range(2)]
        now = START
        for _ in range(chance.randrange(1, 15)):
            now += chance.choice((MINUTE, 7 * MINUTE, 50 * MINUTE))
            if chance.random() < 0.4:
                rollups.roll(now + chance.choice((timedelta(), -HOUR)))
            results = [
                seen_of(
                    chance.choice(monitors),
                    now - chance.choice((timedelta(), MINUTE, 20 * MINUTE, 3 * HOUR)),
                    chance.choice(
                        (
                            up(chance.uniform(0.001, 90_000)),
                            up(0.0),
                            UP,
                            DOUBT,
                            Outcome.failed(Reason.DNS, 5.0),
                        )
                    ),
                )
                for _ in range(chance.randrange(1, 5))
            ]
            tell(results, now, chance.choice(("default", "paris")))
        while rollups.roll(now + HOUR):
            pass
        assert kept(LatencyHour) == from_raw("hour")
        assert kept(LatencyDay) == from_raw("day")
        transaction.set_rollback(True)


def test_what_is_old_goes_and_what_is_of_no_monitor() -> None:
    gone, monitor = make_monitor(now=START - HOUR), make_monitor(now=START - HOUR)
    tell([seen_of(each, START, UP) for each in (gone, monitor)], START)
    rollups.roll(START + HOUR)
    gone.delete()
    assert rollups.tidy(START + 35 * 24 * HOUR) == 2
    assert [row.monitor_id for row in LatencyHour.objects.all()] == [monitor.pk]
    assert rollups.tidy(START + 36 * 24 * HOUR) == 1
    assert not LatencyHour.objects.exists()
    assert [row.monitor_id for row in LatencyDay.objects.all()] == [monitor.pk]
    assert rollups.tidy(START + 401 * 24 * HOUR) == 1
    assert not LatencyDay.objects.exists()


def test_a_row_of_observations_takes_sixty_bytes_at_most() -> None:
    rows = 20_000
    partitions.ensure([START.date()])
    many = [
        seen_of(Monitor(pk=1 + number % 500), START + number * timedelta(seconds=1), up(12.5))
        for number in range(rows)
    ]
    partitions.insert("default", many)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [partitions.partition(START.date())])
        size = cursor.fetchone()[0]
    # With its index and whatever else belongs to it.
    assert size / rows <= 60


@given(st.floats(0.01, 300_000))
def test_a_step_is_exact_to_two_percent(milliseconds: float) -> None:
    assert histogram.milliseconds(histogram.step(milliseconds)) == pytest.approx(milliseconds, rel=0.02)


@given(st.lists(st.floats(0.02, 60_000), min_size=1, max_size=300), st.sampled_from((0.5, 0.95)))
def test_a_quantile_is_that_of_the_durations_themselves(durations: list[float], share: float) -> None:
    packed = [histogram.step(each) << histogram.COUNT_BITS | 1 for each in durations]
    place = -(-share * len(durations) // 1) - 1
    exact = sorted(durations)[int(place)]
    assert histogram.quantiles([packed], [share]) == [pytest.approx(exact, rel=0.0201)]


@given(st.lists(st.lists(st.floats(0.02, 60_000), max_size=50), max_size=5))
def test_merging_is_the_histogram_of_all(parts: list[list[float]]) -> None:
    def packed(durations: Iterable[float]) -> list[int]:
        return [histogram.step(each) << histogram.COUNT_BITS | 1 for each in durations]

    steps = Counter(histogram.step(each) for part in parts for each in part)
    added = [step << histogram.COUNT_BITS | count for step, count in sorted(steps.items())]
    shares = (0.01, 0.5, 0.95, 1.0)
    assert histogram.quantiles(map(packed, parts), shares) == histogram.quantiles([added], shares)


def test_nothing_has_no_quantile() -> None:
    assert histogram.quantiles([], [0.5]) == histogram.quantiles([[], []], [0.5]) == [None]
