"""Recorders beside the one who rolls, on real connections: they wait for nobody, and nothing is lost."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction

from monitors import partitions
from monitors.latency import rollups
from monitors.models import Latecomer, Monitor, Observation, Rolled
from tests.make import make_monitor
from tests.monitors.scenes import START
from tests.monitors.test_rollups import HOUR, MINUTE, assert_exact, seen_of, tell, up

pytestmark = pytest.mark.django_db(transaction=True)

WAITING = "SELECT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
NOW = START + 2 * HOUR


@pytest.fixture(autouse=True)
def _nothing_observed(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        # Not a model's tables: the test runner does not empty them.
        cursor.execute("TRUNCATE monitors_observed, monitors_latencyhour, monitors_latencyday")
    partitions.ensure([START.date()])


@pytest.fixture
def monitor(_nothing_observed: None) -> Monitor:
    """One whose first ten minutes are rolled already."""
    monitor = make_monitor(now=START - HOUR, regions=["default", "paris"])
    for minute in range(10):
        tell_one(monitor, minute, now=START + 10 * MINUTE)
    assert rollups.roll(START + 12 * MINUTE) == 1
    for minute in range(10, 20):
        tell_one(monitor, minute, now=START + 20 * MINUTE)
    return monitor


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def tell_one(monitor: Monitor, minute: float, region: str = "default", now: datetime = NOW) -> int:
    slot = START + timedelta(minutes=minute)
    return tell([seen_of(monitor, slot, up(minute + 1))], now, region)


def begin(pool: ThreadPoolExecutor, work: Callable[[], object]) -> "Future[object]":
    """Works on a connection of its own, that waits for no lock for ever."""

    def run() -> object:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '20s'")
            return work()
        finally:
            connection.close()

    return pool.submit(run)


def waiting(work: "Future[object]") -> int:
    """The process of the database that waits for us, once there is one."""
    with connection.cursor() as cursor:
        while not work.done():
            cursor.execute(WAITING)
            if row := cursor.fetchone():
                return int(row[0])
    raise AssertionError(f"It is over and waited for nothing: {work.result()}")


def roll_to_the_end(now: datetime = NOW) -> None:
    while rollups.roll(now):
        pass
    assert not Latecomer.objects.exists()


def test_no_recorder_waits_while_observations_are_added(monitor: Monitor, pool: ThreadPoolExecutor) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM monitors_latencyhour FOR UPDATE")
        rolling = begin(pool, partial(rollups.roll, NOW))
        waiting(rolling)
        # Of a time that was added before, of the one that is being added, and of one that is to come.
        for minute in (0.5, 15.5, 110):
            assert begin(pool, partial(tell_one, monitor, minute, "paris")).result() == 1
        assert not rolling.done()
        assert Latecomer.objects.count() == 2
    assert rolling.result()
    roll_to_the_end()
    assert_exact()


def test_what_is_stored_when_a_turn_begins_is_waited_for(monitor: Monitor, pool: ThreadPoolExecutor) -> None:
    other = make_monitor(now=START - HOUR)
    with transaction.atomic():
        # Of the turn before: it left all of it to whoever rolls, but what was late by then.
        tell([seen_of(monitor, START + n * MINUTE, up(n)) for n in (25, 26)], NOW, "paris")
        rolling = begin(pool, partial(rollups.roll, NOW))
        waiting(rolling)
        assert begin(pool, partial(tell_one, other, 16.5)).result() == 1
        assert not rolling.done()
    assert rolling.result()
    roll_to_the_end()
    assert_exact()


def test_the_first_of_all_turns_waits_for_those_before_it(monitor: Monitor, pool: ThreadPoolExecutor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE monitors_rolled, monitors_latencyhour, monitors_latencyday")
    with transaction.atomic():
        # Older than all that anybody sees.
        tell_one(monitor, -30, "paris")
        rolling = begin(pool, partial(rollups.roll, NOW))
        waiting(rolling)
    assert rolling.result()
    roll_to_the_end()
    assert_exact()


def test_one_who_dies_while_adding_is_gone_on_for(monitor: Monitor, pool: ThreadPoolExecutor) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM monitors_latencyday FOR UPDATE")
        rolling = begin(pool, partial(rollups.roll, NOW))
        cursor.execute("SELECT pg_cancel_backend(%s)", [waiting(rolling)])
        with pytest.raises(OperationalError):
            rolling.result()
    rolled = Rolled.objects.get()
    assert rolled.added < rolled.until
    tell_one(monitor, 15.5, "paris")
    roll_to_the_end()
    assert Rolled.objects.get().added == Rolled.objects.get().until
    assert_exact()


def test_two_who_roll_at_once_add_nothing_twice(monitor: Monitor, pool: ThreadPoolExecutor) -> None:
    for each in [begin(pool, partial(rollups.roll, NOW)) for _ in range(3)]:
        each.result()
    roll_to_the_end()
    assert_exact()


def test_recorders_and_those_who_roll_go_on_beside_each_other(pool: ThreadPoolExecutor) -> None:
    monitors = [make_monitor(now=START - HOUR, regions=["default", "paris"]) for _ in range(4)]
    rollups.roll(START)

    def tell_all(region: str, chance: random.Random) -> None:
        for minute in range(60):
            slot = START + minute * MINUTE
            tell([seen_of(each, slot, up(chance.uniform(1, 500))) for each in monitors], slot, region)

    def roll_all() -> None:
        for minute in range(60):
            rollups.roll(START + minute * MINUTE)

    telling: list[Callable[[], None]] = [
        partial(tell_all, region, random.Random(region)) for region in ("default", "paris")
    ]
    for work in [begin(pool, each) for each in (*telling, roll_all, roll_all)]:
        work.result()
    roll_to_the_end()
    assert Observation.objects.count() == 480
    assert_exact()
