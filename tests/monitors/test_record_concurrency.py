"""Several at once: recorders, sweepers, staff and deleters, on real connections."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection, transaction

from monitors import record
from monitors.models import Component, Monitor, Observation, Span
from monitors.seen import Seen
from monitors.status import Status
from tests.make import make_component, make_monitor
from tests.monitors.scenes import DOWN, UP, at, hear, hear_all, make_watched, spans

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_observations(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        # Not a model's table: the test runner does not empty it.
        cursor.execute("TRUNCATE monitors_observed")


def at_once(*works: Callable[[], object]) -> list[object]:
    """Runs all of them from the same moment, each on a connection of its own."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        try:
            start.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(run, work) for work in works]]


def delete_monitors(monitors: list[Monitor], minute: float) -> None:
    for monitor in monitors:
        record.delete_monitor(monitor, at(minute))


def test_the_same_batch_recorded_twice_at_once_counts_once() -> None:
    component = make_component(now=at(-10))
    monitors = [make_monitor([component], now=at(-1), confirm_down=1) for _ in range(20)]
    for minute, outcome in enumerate([UP, DOWN, UP, UP]):
        batch = [Seen(monitor.pk, at(minute), outcome) for monitor in monitors]
        recorded = at_once(
            partial(record.record_batch, "default", batch, at(minute)),
            partial(record.record_batch, "default", batch[::-1], at(minute)),
        )
        assert sorted(each.taken for each in recorded) == [0, 20]  # type: ignore[attr-defined]
    assert Observation.objects.count() == 80
    assert spans(component, "monitor:") == [
        *[("monitor", Status.OPERATIONAL, 0, 1)] * 20,
        *[("monitor", Status.MAJOR_OUTAGE, 1, 2)] * 20,
        *[("monitor", Status.OPERATIONAL, 2, None)] * 20,
    ]


def test_regions_at_once_do_not_contradict_each_other() -> None:
    component = make_component(now=at(-10))
    regions = ["ams", "nyc", "sin"]
    monitors = [make_monitor([component], now=at(-1), regions=regions) for _ in range(10)]
    for minute, outcome in enumerate([UP, DOWN, DOWN, DOWN, UP, UP]):
        batch = [Seen(monitor.pk, at(minute), outcome) for monitor in monitors]
        at_once(*[partial(record.record_batch, region, batch, at(minute)) for region in regions])
    assert spans(component, "monitor:") == [
        *[("monitor", Status.OPERATIONAL, 0, 1)] * 10,
        *[("monitor", Status.MAJOR_OUTAGE, 1, 4)] * 10,
        *[("monitor", Status.OPERATIONAL, 4, None)] * 10,
    ]


def test_regions_whose_rows_nobody_made_are_still_one_after_the_other() -> None:
    component = make_component(now=at(-10))
    monitor = make_monitor([component], now=at(-1), regions=["ams", "nyc"])
    monitor.region_verdicts.all().delete()
    at_once(
        lambda: hear(monitor, 0, UP, "ams"),
        lambda: hear(monitor, 0, UP, "nyc"),
        lambda: record.sweep(at(0)),
    )
    assert spans(component, "monitor:") == [("monitor", Status.OPERATIONAL, 0, None)]


def test_a_monitor_deleted_meanwhile_costs_only_its_own_results() -> None:
    component, kept = make_watched()
    page = component.page
    for round_ in range(5):
        doomed = [make_monitor([make_component(page, now=at(-10))], now=at(-1)) for _ in range(5)]
        batch = [Seen(monitor.pk, at(round_), UP) for monitor in [kept, *doomed]]

        at_once(
            partial(record.record_batch, "default", batch, at(round_)),
            partial(delete_monitors, doomed, round_),
        )
    assert spans(component, "monitor:") == [("monitor", Status.OPERATIONAL, 0, None)]
    assert not Span.objects.filter(component=component, during__upper_inf=True).exclude(
        source=f"monitor:{kept.pk}"
    )


def test_a_component_deleted_meanwhile_costs_only_its_own_spans() -> None:
    component, monitor = make_watched()
    for round_ in range(5):
        other = make_component(component.page, now=at(-10))
        monitor.feeds.create(component=other, impact=Status.PARTIAL_OUTAGE)

        outcome = DOWN if round_ % 2 else UP
        at_once(partial(hear, monitor, round_, outcome), partial(record.delete_component, other, at(round_)))
    assert not Component.objects.exclude(pk=component.pk).exists()


def test_a_monitor_disabled_meanwhile_is_silent_whoever_came_first() -> None:
    component, monitor = make_watched()
    hear_all(monitor, "u")

    def disable() -> None:
        with transaction.atomic():
            Monitor.objects.filter(pk=monitor.pk).update(enabled=False)
            record.sync_monitor(Monitor.objects.get(pk=monitor.pk), at(2))

    at_once(
        disable, lambda: hear(monitor, 1, DOWN), lambda: hear(monitor, 3, UP), lambda: record.sweep(at(9))
    )
    assert not Span.objects.filter(component=component, during__upper_inf=True).exists()
