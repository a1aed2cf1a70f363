"""What is due, when, and for whom."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pyrage
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from monitors.models import Monitor, Region
from monitors.schedule import HORIZON, claim, hasten, next_slot
from monitors.sealing import Keys, SealError, opened
from tests.make import make_monitor, make_page

NOW = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def due(monitor: Monitor, at: datetime) -> Monitor:
    Monitor.objects.filter(pk=monitor.pk).update(due_at=at)
    return monitor


def claimed(now: datetime) -> list[tuple[int, str]]:
    return [(int(str(item["monitor"])), str(item["slot"])) for batch in claim(now) for item in batch.items]


@given(st.integers(1, 2**31), st.integers(10, 86_400), st.integers(0, 10 * 365 * 86_400_000))
def test_slots_are_a_grid_of_the_interval(monitor_id: int, interval: int, milliseconds: int) -> None:
    after = NOW + timedelta(milliseconds=milliseconds)
    slot = next_slot(monitor_id, interval, after)
    step = timedelta(seconds=interval)
    assert after < slot <= after + step
    assert next_slot(monitor_id, interval, slot) == slot + step
    assert next_slot(monitor_id, interval, slot - timedelta(milliseconds=1)) == slot


def test_phases_are_spread_over_the_interval() -> None:
    slots = [next_slot(number, 30, NOW) for number in range(1, 3001)]
    per_second = Counter(int((slot - NOW).total_seconds()) for slot in slots)
    assert set(per_second) == set(range(30))
    assert max(per_second.values()) <= 102


@pytest.mark.django_db
def test_what_is_due_within_a_second_is_claimed_once_and_moves_to_its_next_slot() -> None:
    slot = NOW + 0.75 * SECOND
    # Once a day: of half a minute, the next slot of one id in a hundred is within this second as well.
    monitor = due(make_monitor(interval=86_400, timeout=7), slot)
    later = due(make_monitor(), NOW + SECOND)
    [batch] = claim(NOW)
    assert batch.region == "default"
    assert batch.items == (
        {
            "monitor": monitor.pk,
            "slot": "2026-11-22T12:00:01+00:00",
            "kind": "http",
            "config": {"url": "https://example.com/"},
            "timeout": 7,
            "after": 0.75,
            "secrets": "",
        },
    )
    assert claim(NOW) == []
    monitor.refresh_from_db()
    assert monitor.due_at == next_slot(monitor.pk, 86_400, slot)
    later.refresh_from_db()
    assert later.due_at == NOW + SECOND


@pytest.mark.django_db
def test_slots_missed_while_nobody_asked_are_skipped() -> None:
    monitor = due(make_monitor(interval=60), NOW - timedelta(hours=5))
    assert claimed(NOW) == [(monitor.pk, NOW.isoformat())]
    monitor.refresh_from_db()
    assert NOW + SECOND <= monitor.due_at < NOW + timedelta(seconds=61)


@pytest.mark.django_db
def test_a_check_that_comes_late_leaves_out_a_slot_within_the_next_second() -> None:
    monitor = make_monitor(interval=60)
    slot = next_slot(monitor.pk, 60, NOW)
    now = slot - SECOND / 2
    due(monitor, slot - 3 * SECOND)
    assert claimed(now) == [(monitor.pk, now.isoformat())]
    assert claimed(now) == []
    monitor.refresh_from_db()
    assert monitor.due_at == slot + 60 * SECOND


@pytest.mark.django_db
def test_a_tick_that_comes_a_little_late_keeps_the_slot() -> None:
    monitor = due(make_monitor(), NOW - SECOND)
    assert claimed(NOW) == [(monitor.pk, (NOW - SECOND).isoformat())]


@pytest.mark.django_db
def test_disabled_monitors_are_never_due() -> None:
    due(make_monitor(enabled=False), NOW)
    assert claim(NOW) == []


@pytest.mark.django_db
def test_what_calls_by_itself_is_never_asked() -> None:
    due(make_monitor(kind="heartbeat", config={}), NOW)
    assert claim(NOW) == []


@pytest.mark.django_db
def test_secrets_travel_sealed_to_each_region_s_own_key() -> None:
    near, far = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    for name, identity in (("near", near), ("far", far)):
        Region.objects.create(name=name, recipient=str(identity.to_public()))
    secrets = {"password": "correct horse"}
    due(make_monitor(regions=["near", "far"], secrets=json.dumps(secrets)), NOW)
    batches = {batch.region: batch.items[0] for batch in claim(NOW)}
    assert "correct horse" not in str(batches)
    for name, identity in (("near", near), ("far", far)):
        item = batches[name]
        found = opened(
            str(item["secrets"]), "http", {"url": "https://example.com/"}, Keys(probe=str(identity))
        )
        assert found == secrets
    with pytest.raises(SealError):
        opened(str(batches["far"]["secrets"]), "http", {"url": "https://example.com/"}, Keys(probe=str(near)))


# Looking again


def asked_at(monitor: Monitor) -> datetime:
    monitor.refresh_from_db()
    return monitor.due_at


def make_claimed(interval: int = 60, recheck: int = 10) -> tuple[Monitor, datetime]:
    """A monitor and the slot for which it was just asked."""
    monitor = make_monitor(interval=interval, timeout=1, recheck=recheck)
    slot = next_slot(monitor.pk, interval, NOW)
    due(monitor, slot)
    assert claimed(slot) == [(monitor.pk, slot.isoformat())]
    return monitor, slot


@pytest.mark.django_db
def test_it_looks_again_soon_and_then_on_the_grid_as_ever() -> None:
    monitor, slot = make_claimed()
    hasten({monitor.pk: slot}, slot + 0.1 * SECOND)
    again = slot + 10 * SECOND
    assert asked_at(monitor) == again
    hasten({monitor.pk: slot}, slot + 5 * SECOND)
    assert asked_at(monitor) == again
    assert claimed(again) == [(monitor.pk, again.isoformat())]
    assert asked_at(monitor) == slot + 60 * SECOND


@pytest.mark.django_db
def test_it_never_looks_again_later_than_it_would_have_anyway() -> None:
    for recheck in (59.5, 60, 3600):
        monitor, slot = make_claimed(recheck=int(recheck + 0.5))
        hasten({monitor.pk: slot}, slot + SECOND)
        assert asked_at(monitor) == slot + 60 * SECOND


@pytest.mark.django_db
def test_after_a_result_that_took_its_time_it_looks_again_at_once_but_for_no_time_that_was_asked_for() -> (
    None
):
    monitor, slot = make_claimed(recheck=5)
    now = slot + 10.25 * SECOND
    hasten({monitor.pk: slot}, now)
    assert asked_at(monitor) == slot + 12 * SECOND
    # Nobody has been asked for it yet at that very time.
    assert asked_at(monitor) >= now + HORIZON


@pytest.mark.django_db
def test_a_late_region_does_not_ask_for_what_is_under_way() -> None:
    monitor, slot = make_claimed()
    hasten({monitor.pk: slot}, slot + 0.1 * SECOND)
    again = slot + 10 * SECOND
    assert claimed(again - 0.5 * SECOND) == [(monitor.pk, again.isoformat())]
    hasten({monitor.pk: slot}, again)
    assert asked_at(monitor) >= again + SECOND


@pytest.mark.django_db
@pytest.mark.parametrize("recheck", [1, 2, 10])
def test_two_slots_are_never_closer_than_a_second(recheck: int) -> None:
    for interval in (1, 2, 3):
        monitor, slot = make_claimed(interval, recheck)
        slots, now = [slot], slot
        for step in range(20):
            now += timedelta(milliseconds=300 + 7 * step)
            hasten({monitor.pk: slots[-1]}, now)
            slots += [datetime.fromisoformat(at) for number, at in claimed(now) if number == monitor.pk]
        assert slots == sorted(slots)
        assert min(after - before for before, after in pairwise(slots)) >= SECOND


@pytest.mark.django_db
def test_it_does_not_look_again_within_a_second_before_it_would_have_anyway() -> None:
    # The slot of a check that came late lies beside the grid.
    monitor, slot = make_claimed(recheck=59)
    Monitor.objects.filter(pk=monitor.pk).update(due_at=slot + 59.5 * SECOND)
    hasten({monitor.pk: slot}, slot + SECOND)
    assert asked_at(monitor) == slot + 59.5 * SECOND


@pytest.mark.django_db
def test_a_disabled_monitor_is_not_looked_at_again() -> None:
    monitor, slot = make_claimed()
    Monitor.objects.filter(pk=monitor.pk).update(enabled=False)
    hasten({monitor.pk: slot}, slot)
    assert asked_at(monitor) == slot + 60 * SECOND


@pytest.mark.django_db
def test_each_region_gets_its_own_batches_of_at_most_200() -> None:
    page = make_page()
    Monitor.objects.bulk_create(
        Monitor(page=page, name=str(number), kind="tcp", regions=["ams", "nyc"], due_at=NOW)
        for number in range(450)
    )
    batches = claim(NOW)
    assert [(batch.region, len(batch.items)) for batch in batches] == [
        (region, size) for region in ("ams", "nyc") for size in (200, 200, 50)
    ]


@pytest.mark.django_db(transaction=True)
def test_five_beats_at_once_claim_every_slot_once() -> None:
    page = make_page()
    Monitor.objects.bulk_create(
        Monitor(page=page, name=str(number), kind="tcp", due_at=NOW) for number in range(300)
    )

    def beat(_number: int) -> list[tuple[int, str]]:
        try:
            return claimed(NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        slots = [slot for found in pool.map(beat, range(5)) for slot in found]
    assert len(slots) == len(set(slots))
    # A monitor whose next slot is within the horizon may have been asked for that one too.
    assert sum(slot == NOW.isoformat() for _monitor, slot in slots) == 300


@pytest.mark.django_db
def test_claiming_costs_two_queries(django_assert_max_num_queries: object) -> None:
    page = make_page()
    Monitor.objects.bulk_create(
        Monitor(page=page, name=str(number), kind="tcp", due_at=NOW) for number in range(500)
    )
    with django_assert_max_num_queries(4):  # type: ignore[operator] (two of them the savepoint)
        assert sum(len(batch.items) for batch in claim(NOW)) == 500
