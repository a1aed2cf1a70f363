"""Regions: their keys, when they were heard, and when they are silent."""

from datetime import timedelta
from typing import Any

import pyrage
import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitors import regions, tasks
from monitors.models import Monitor, Region
from monitors.probes import Outcome
from monitors.reasons import Reason
from monitors.regions import Changes
from monitors.state import GRACE
from tests.make import make_monitor
from tests.monitors.scenes import MINUTE, START, UP, at, hear

pytestmark = pytest.mark.django_db

NOTHING = Changes((), ())
SECOND = timedelta(seconds=1)
GONE = Outcome.failed(Reason.OFFLINE, 2_000.0)


def make_region(name: str = "paris", **values: object) -> Region:
    region = Region.objects.create(name=name, **values)
    Region.objects.filter(pk=region.pk).update(created_at=at(-60))
    return region


def watched_from(*names: str, **values: Any) -> Monitor:
    return make_monitor(now=at(-60), regions=list(names), **values)


def test_a_region_is_numbered_once() -> None:
    assert regions.number("paris") == regions.number("paris") != regions.number("oslo")


def test_only_regions_with_a_key_are_sealed_to(settings: LazySettings) -> None:
    settings.PROBE_KEY = ""
    make_region("oslo")
    make_region("paris", recipient="age1paris")
    assert regions.recipients() == {"paris": "age1paris"}


def test_the_applications_own_region_has_the_key_that_the_core_is_given_too(settings: LazySettings) -> None:
    identity = pyrage.x25519.Identity.generate()
    settings.PROBE_KEY = f"# one .env for all\n{identity}\n"
    assert regions.recipients() == {"default": str(identity.to_public())}
    make_region("default", recipient="age1own")
    assert regions.recipients() == {"default": "age1own"}


def test_hearing_is_noted_at_most_every_ten_seconds() -> None:
    region = make_region()
    for second in (0, 4, 9.9, 10, 12):
        regions.heard("paris", START + second * SECOND)
    region.refresh_from_db()
    assert region.heard_at == START + 10 * SECOND


def test_hearing_of_a_region_that_nobody_knows_makes_none() -> None:
    regions.heard("atlantis", START)
    assert not Region.objects.exists()


def test_a_region_is_silent_after_three_slots_and_a_minute_of_quiet() -> None:
    region = make_region()
    watched_from("paris", interval=60, timeout=10)
    regions.heard("paris", START)
    limit = START + 3 * MINUTE + 10 * SECOND + GRACE
    assert regions.silent(limit) == NOTHING
    assert regions.silent(limit + SECOND) == NOTHING
    region.refresh_from_db()
    assert (region.quiet_since, region.silent_since) == (limit + SECOND, None)
    assert regions.silent(limit + 60 * SECOND) == NOTHING
    assert regions.silent(limit + 61 * SECOND) == Changes(fell=("paris",), back=())
    assert regions.silent(limit + 99 * SECOND) == NOTHING
    region.refresh_from_db()
    assert (region.quiet_since, region.silent_since) == (limit + SECOND, limit + 61 * SECOND)


def test_a_region_that_is_heard_again_is_back_at_once() -> None:
    region = make_region(heard_at=START)
    watched_from("paris", interval=60)
    regions.silent(at(10))
    regions.silent(at(11))
    regions.heard("paris", at(12))
    assert regions.silent(at(12)) == Changes(fell=(), back=("paris",))
    region.refresh_from_db()
    assert (region.quiet_since, region.silent_since) == (None, None)


def test_a_core_that_starts_again_after_an_hour_tells_nobody() -> None:
    make_region(heard_at=START)
    watched_from("paris", interval=60)
    assert regions.silent(at(60)) == NOTHING
    regions.heard("paris", at(60) + 10 * SECOND)
    assert regions.silent(at(60) + 15 * SECOND) == NOTHING
    assert regions.silent(at(62)) == NOTHING


def test_the_monitor_that_is_checked_most_often_tells() -> None:
    make_region(heard_at=START)
    watched_from("paris", interval=3600)
    watched_from("paris", interval=10, timeout=5)
    regions.silent(at(1))
    assert regions.silent(at(2)).fell == ("paris",)


@pytest.mark.parametrize(
    "values",
    [{"enabled": False}, {"kind": "heartbeat"}, {"regions": ["oslo"]}],
    ids=["disabled", "called", "elsewhere"],
)
def test_a_region_that_nobody_asks_is_not_silent(values: dict[str, object]) -> None:
    make_region(heard_at=START)
    monitor = watched_from("paris", interval=60)
    Monitor.objects.filter(pk=monitor.pk).update(**values)
    regions.silent(at(60))
    assert regions.silent(at(70)) == NOTHING


def test_a_region_is_not_silent_once_nobody_asks_it_any_more() -> None:
    make_region(heard_at=START)
    watched_from("paris", interval=60)
    regions.silent(at(10))
    assert regions.silent(at(11)).fell == ("paris",)
    Monitor.objects.update(enabled=False)
    assert regions.silent(at(12)).back == ("paris",)


def test_only_the_region_that_says_nothing_is_silent() -> None:
    make_region("oslo", heard_at=at(10))
    make_region("paris", heard_at=START)
    watched_from("oslo", "paris", interval=60)
    regions.silent(at(10))
    assert regions.silent(at(11) + 5 * SECOND).fell == ("paris",)


def test_looking_while_nothing_changes_writes_nothing() -> None:
    make_region(heard_at=START)
    watched_from("paris", interval=60)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        regions.silent(at(1))
    assert len(queries) == 1
    before = _version()
    regions.silent(at(2))
    assert _version() == before


def _version() -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ctid FROM monitors_region")
        return cursor.fetchall()


# --- Doubt of its own network


def doubted(region: Region) -> tuple[object, object]:
    region.refresh_from_db()
    return region.offline_since, region.offline_at


@pytest.mark.parametrize("reason", [Reason.OFFLINE, Reason.UNWITNESSED])
def test_a_region_is_in_doubt_at_once_and_until_ten_minutes_after_the_last_such_check(reason: Reason) -> None:
    region, monitor = make_region(heard_at=START), watched_from("paris", interval=60)
    hear(monitor, 0, UP, "paris")
    regions.doubting(at(0.1))
    assert doubted(region) == (None, None)
    for minute in (1, 2):
        hear(monitor, minute, Outcome.failed(reason, 5.0), "paris")
        regions.doubting(at(minute + 0.1))
    assert doubted(region) == (at(1.1), at(2))
    assert regions.unwitnessed(region) == (reason == Reason.UNWITNESSED)
    hear(monitor, 3, UP, "paris")
    regions.doubting(at(11.9))
    assert doubted(region) == (at(1.1), at(2))
    regions.doubting(at(12))
    assert doubted(region) == (None, None)


def test_it_is_in_doubt_once_however_often_its_network_comes_and_goes() -> None:
    region, monitor = make_region(heard_at=START), watched_from("paris", interval=60)
    for minute, outcome in enumerate([GONE, UP, UP, GONE, UP]):
        hear(monitor, minute, outcome, "paris")
        regions.doubting(at(minute + 0.1))
    assert doubted(region) == (at(0.1), at(3))


def test_what_was_seen_long_ago_is_no_doubt() -> None:
    region, monitor = make_region(), watched_from("paris", interval=86_400)
    hear(monitor, 0, GONE, "paris")
    regions.doubting(at(10.1))
    assert doubted(region) == (None, None)


def test_other_regions_and_disabled_monitors_put_none_in_doubt() -> None:
    region, paused = make_region(), watched_from("paris", interval=60)
    both = watched_from("paris", "oslo", interval=60)
    hear(paused, 0, GONE, "paris")
    hear(both, 0, GONE, "oslo")
    Monitor.objects.filter(pk=paused.pk).update(enabled=False)
    regions.doubting(at(0.1))
    assert doubted(region) == (None, None)


def test_one_in_doubt_that_falls_silent_stays_so_until_it_is_heard() -> None:
    region, monitor = make_region(heard_at=START), watched_from("paris", interval=60)
    hear(monitor, 0, GONE, "paris")
    regions.doubting(at(0.1))
    for minute in (20, 22):
        regions.silent(at(minute))
        regions.doubting(at(minute))
    assert doubted(region) == (at(0.1), at(0))
    regions.heard("paris", at(23))
    regions.silent(at(23))
    regions.doubting(at(23))
    assert doubted(region) == (None, None)


def test_a_worker_says_how_many_witnesses_it_has(settings: LazySettings) -> None:
    region = make_region()
    said: list[tuple[Any, int | None]] = [
        ({"witnesses": 2}, 2),
        ({"witnesses": 0}, 0),
        ({"witnesses": -1}, None),
        ({"witnesses": "2"}, None),
        ({"witnesses": 10**9}, None),
        (None, None),
    ]
    for headers, known in said:
        Region.objects.filter(pk=region.pk).update(heard_at=None)
        tasks.record.apply(("paris", []), headers=headers)
        region.refresh_from_db()
        assert region.witnesses == known


def test_regions_without_witnesses_are_named_where_they_would_guess() -> None:
    for number, name in enumerate(("oslo", "paris", "rome")):
        make_region(name, witnesses=None if name == "rome" else int(name == "oslo"))
        for _ in range(3 - (number == 1)):
            watched_from("oslo", "rome", name)
    assert regions.without_witnesses() == []
    watched_from("paris", kind="heartbeat")
    watched_from("paris", enabled=False)
    assert regions.without_witnesses() == []
    watched_from("paris")
    assert regions.without_witnesses() == ["paris"]
