"""Monitors behind others: who explains whom, whoever comes first and whatever staff change."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from monitors import record
from monitors.dependency import chain
from monitors.models import Component, Monitor, Verdict
from monitors.seen import Seen
from monitors.status import Status
from tests.make import make_component, make_monitor, make_page
from tests.monitors.scenes import DOWN, UP, at, hear, hear_all, make_watched, spans

pytestmark = pytest.mark.django_db

UP_, DOWN_, UNKNOWN = Status.OPERATIONAL, Status.MAJOR_OUTAGE, Status.UNKNOWN


def make_behind(root: Monitor, component: Component, **values: object) -> Monitor:
    return make_monitor([component], now=at(-1), behind=root, **values)  # type: ignore[arg-type]


def make_pair(**values: object) -> tuple[Component, Monitor, Monitor]:
    """A component, the monitor that feeds it, and the one that this is behind; one result confirms."""
    component = make_component(now=at(-10))
    root = make_monitor(page=component.page, now=at(-1), confirm_down=1, confirm_up=1)
    return component, make_behind(root, component, confirm_down=1, confirm_up=1, **values), root


def verdict(monitor: Monitor) -> tuple[str, datetime, int | None]:
    found = Verdict.objects.get(monitor=monitor)
    return found.verdict, found.since, found.root_id


def save(monitor: Monitor, minute: float, **values: object) -> None:
    for name, value in values.items():
        setattr(monitor, name, value)
    monitor.save()
    record.sync_monitor(monitor, at(minute))


def test_what_is_told_names_the_root_and_since_when_it_is_down_itself() -> None:
    component, monitor, root = make_pair()
    hear_all(monitor, "uddd")
    hear_all(root, "uudd")
    assert verdict(monitor) == ("unknown", at(1), root.pk)
    assert verdict(root) == ("down", at(2), None)
    assert spans(component, "monitor") == [
        ("monitor", UP_, 0, 1),
        ("monitor", DOWN_, 1, 2),
        ("monitor", UNKNOWN, 2, None),
    ]


def test_the_reason_of_its_own_failure_stays() -> None:
    _component, monitor, root = make_pair()
    hear_all(monitor, "ud")
    hear_all(root, "ud")
    assert Verdict.objects.get(monitor=monitor).reason == "timeout"


def test_the_farthest_that_is_down_is_the_root() -> None:
    component, middle, root = make_pair()
    last = make_behind(middle, component, confirm_down=1)
    for monitor in (last, middle, root):
        hear(monitor, 0, UP)
    hear(last, 1, DOWN)
    hear(middle, 1, DOWN)
    assert verdict(last) == ("unknown", at(1), middle.pk)
    hear(root, 1, DOWN)
    assert verdict(last) == ("unknown", at(1), root.pk)
    assert verdict(middle) == ("unknown", at(1), root.pk)
    hear(root, 2, UP)
    assert verdict(last) == ("unknown", at(1), middle.pk)
    assert verdict(middle) == ("down", at(1), None)


def test_a_root_further_up_explains_although_the_one_between_is_up() -> None:
    component, middle, root = make_pair()
    last = make_behind(middle, component, confirm_down=1)
    hear(middle, 0, UP)
    hear(root, 0, DOWN)
    hear(last, 0, DOWN)
    assert verdict(last) == ("unknown", at(0), root.pk)
    assert ("monitor", UNKNOWN, 0, None) in spans(component, "monitor")
    assert not component.spans.filter(status=DOWN_).exclude(source=f"monitor:{root.pk}").exists()


def test_one_batch_with_both_tells_the_same_as_two() -> None:
    component, monitor, root = make_pair()
    batch = [
        Seen(each.pk, at(minute), outcome)
        for each in (monitor, root)
        for minute, outcome in enumerate([UP, DOWN, DOWN, UP])
    ]
    record.record_batch("default", batch, at(4))
    assert spans(component, "monitor") == [
        ("monitor", UP_, 0, 1),
        ("monitor", UNKNOWN, 1, 3),
        ("monitor", UP_, 3, None),
    ]


def test_a_root_that_falls_silent_explains_nothing_more() -> None:
    component, monitor, root = make_pair(regions=["ams"])
    hear_all(monitor, "ud", region="ams")
    hear_all(root, "ud")
    hear_all(monitor, "ddddd", first=2, region="ams")
    record.sweep(at(6))
    assert verdict(root)[0] == "unknown"
    assert verdict(monitor) == ("down", at(1), None)
    assert spans(component, "monitor")[1:] == [("monitor", UNKNOWN, 1, 2), ("monitor", DOWN_, 2, None)]


def test_a_root_that_staff_disable_explains_nothing_more() -> None:
    component, monitor, root = make_pair()
    hear_all(monitor, "ud")
    hear_all(root, "ud")
    save(root, 5, enabled=False)
    assert verdict(monitor) == ("down", at(1), None)
    assert spans(component, "monitor")[1:] == [("monitor", UNKNOWN, 1, 5), ("monitor", DOWN_, 5, None)]


def test_a_root_that_is_deleted_explains_nothing_more() -> None:
    component, monitor, root = make_pair()
    hear_all(monitor, "ud")
    hear_all(root, "ud")
    record.delete_monitor(root, at(5))
    assert verdict(monitor) == ("down", at(1), None)
    assert spans(component, "monitor")[1:] == [("monitor", UNKNOWN, 1, 5), ("monitor", DOWN_, 5, None)]


def test_a_root_that_is_deleted_with_its_page_explains_nothing_on_others() -> None:
    root = make_monitor(page=make_page(), now=at(-1), confirm_down=1)
    component = make_component(now=at(-10))
    monitor = make_behind(root, component, confirm_down=1)
    hear_all(monitor, "ud")
    hear_all(root, "ud")
    assert verdict(monitor) == ("unknown", at(1), root.pk)
    record.delete_page(root.page, at(5))
    assert verdict(monitor) == ("down", at(1), None)
    assert spans(component, "monitor")[-1] == ("monitor", DOWN_, 5, None)


def test_what_staff_put_behind_another_is_explained_from_then_on() -> None:
    component, monitor = make_watched(confirm_down=1)
    root = make_monitor(page=component.page, now=at(-1), confirm_down=1)
    hear_all(monitor, "ud")
    hear_all(root, "ud")
    save(monitor, 3, behind=root)
    assert verdict(monitor) == ("unknown", at(1), root.pk)
    save(monitor, 5, behind=None)
    assert verdict(monitor) == ("down", at(1), None)
    assert spans(component, "monitor") == [
        ("monitor", UP_, 0, 1),
        ("monitor", DOWN_, 1, 3),
        ("monitor", UNKNOWN, 3, 5),
        ("monitor", DOWN_, 5, None),
    ]


def test_in_a_circle_nothing_explains_anything() -> None:
    component, monitor, root = make_pair()
    Monitor.objects.filter(pk=root.pk).update(behind=monitor)
    hear_all(monitor, "ud")
    hear_all(root, "ud")
    assert verdict(monitor) == ("down", at(1), None)
    assert verdict(root) == ("down", at(1), None)
    Monitor.objects.filter(pk=monitor.pk).update(behind=monitor)
    hear(monitor, 2, UP)
    assert verdict(monitor) == ("up", at(2), None)
    assert spans(component, "monitor")[-1] == ("monitor", UP_, 2, None)


@given(st.dictionaries(st.integers(1, 6), st.integers(1, 6)))
def test_every_chain_ends(behind: dict[int, int]) -> None:
    for monitor in behind:
        found = chain(monitor, behind)
        assert len(set(found)) == len(found)
        assert monitor not in found
        for near, far in zip((monitor, *found), found, strict=False):
            assert behind[near] == far


@pytest.mark.django_db(transaction=True)
def test_both_turning_at_once_are_told_as_one_after_the_other() -> None:
    component, _middle, root = make_pair()
    behind = [make_behind(root, component, confirm_down=1, confirm_up=1) for _ in range(6)]
    # A lower key than its root: locks are still taken in one order.
    other = make_monitor(page=component.page, now=at(-1), confirm_down=1, confirm_up=1)
    save(root, -0.5, behind=other)
    for minute, outcome in enumerate([UP, DOWN, UP, DOWN]):
        batches = [[each] for each in (other, root)] + [behind[:3], behind[3:], behind[::-1]]
        start = threading.Barrier(len(batches))

        def send(
            batch: list[Monitor],
            start: threading.Barrier = start,
            minute: int = minute,
            outcome: object = outcome,
        ) -> None:
            try:
                start.wait()
                seen = [Seen(each.pk, at(minute), outcome) for each in batch]  # type: ignore[arg-type]
                record.record_batch("default", seen, at(minute))
            finally:
                connection.close()

        with ThreadPoolExecutor(len(batches)) as pool:
            list(pool.map(send, batches))
    for each in (root, *behind):
        assert verdict(each) == ("unknown", at(3), other.pk)
    fed = [span for span in spans(component, "monitor") if span[1] != UP_]
    assert fed == [("monitor", UNKNOWN, 1, 2)] * 6 + [("monitor", UNKNOWN, 3, None)] * 6
