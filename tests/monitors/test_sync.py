"""What staff change: monitors, feeds, components; what is shown meanwhile and afterwards."""

import pytest

from monitors import record
from monitors.models import Component, Feed, Monitor, Page, RegionVerdict, Span, Verdict
from monitors.seen import Seen
from monitors.status import Status
from tests.make import make_component, make_monitor
from tests.monitors.scenes import DOWN, UP, at, hear, hear_all, make_watched, spans

pytestmark = pytest.mark.django_db

OPERATIONAL, PARTIAL, MAJOR, UNKNOWN = (
    Status.OPERATIONAL,
    Status.PARTIAL_OUTAGE,
    Status.MAJOR_OUTAGE,
    Status.UNKNOWN,
)


def save(monitor: Monitor, minute: float, **values: object) -> None:
    Monitor.objects.filter(pk=monitor.pk).update(**values)
    record.sync_monitor(Monitor.objects.get(pk=monitor.pk), at(minute))


def test_a_component_without_monitors_is_what_staff_declared_at_first_operational() -> None:
    assert spans(make_component(now=at(0))) == [("staff", OPERATIONAL, 0, None)]


def test_the_word_of_staff_ends_when_the_first_of_several_monitors_speaks() -> None:
    component, first = make_watched()
    second = make_monitor([component], now=at(-1))
    seen = [Seen(first.pk, at(1), UP), Seen(second.pk, at(2), UP)]
    record.record_batch("default", seen, at(2))
    assert spans(component, "staff") == [("staff", OPERATIONAL, -10, 1)]


def test_watching_a_component_twice_changes_nothing() -> None:
    component = make_component(now=at(0))
    touched = Page.objects.get(pk=component.page_id).touched_at
    record.watch_component(component, at(5))
    assert spans(component) == [("staff", OPERATIONAL, 0, None)]
    assert Page.objects.get(pk=component.page_id).touched_at == touched


def test_a_new_monitor_is_due_at_once() -> None:
    _component, monitor = make_watched()
    monitor.refresh_from_db()
    assert monitor.due_at == at(-1) + record.FIRST_CHECK


def test_a_changed_monitor_keeps_its_verdict_until_the_changed_check_speaks() -> None:
    component, monitor = make_watched()
    hear_all(monitor, "ud")
    save(monitor, 1.5, config={"url": "https://example.org/"})
    # A result of what was watched before, and a run that began before: neither counts.
    assert hear(monitor, 1.25, DOWN).taken == 0
    hear(monitor, 2, DOWN)
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, None)]
    hear(monitor, 3, DOWN)
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, 2), ("monitor", MAJOR, 2, None)]


def test_a_disabled_monitor_says_nothing_and_its_component_is_not_green() -> None:
    component, monitor = make_watched()
    hear(monitor, 0, UP)
    save(monitor, 5, enabled=False)
    assert spans(component) == [("staff", OPERATIONAL, -10, 0), ("monitor", OPERATIONAL, 0, 5)]
    assert not Verdict.objects.exists()
    assert hear(monitor, 6, UP).taken == 0


def test_an_enabled_monitor_speaks_again_once_it_is_heard() -> None:
    component, monitor = make_watched()
    hear(monitor, 0, UP)
    save(monitor, 5, enabled=False)
    save(monitor, 9, enabled=True)
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, 5)]
    hear(monitor, 10, UP)
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, 5), ("monitor", OPERATIONAL, 10, None)]


def test_an_impact_changed_while_down_shows_from_then() -> None:
    component, monitor = make_watched()
    hear_all(monitor, "dd")
    monitor.feeds.update(impact=PARTIAL)
    save(monitor, 5)
    assert spans(component, "monitor") == [("monitor", MAJOR, 0, 5), ("monitor", PARTIAL, 5, None)]


def test_a_component_fed_later_shows_what_the_monitor_says_already() -> None:
    _component, monitor = make_watched()
    hear_all(monitor, "dd")
    other = make_component(page=monitor.page, now=at(0))
    Feed.objects.create(monitor=monitor, component=other, impact=PARTIAL)
    record.watch_component(other, at(5))
    assert spans(other) == [("staff", OPERATIONAL, 0, 5), ("monitor", PARTIAL, 5, None)]


def test_a_component_that_loses_its_last_monitor_returns_to_what_staff_last_declared() -> None:
    component = make_component(now=at(-10))
    record.declare([component.pk], "staff", Status.DEGRADED_PERFORMANCE, at(-5))
    monitor = make_monitor([component], now=at(-1))
    hear_all(monitor, "uu")
    monitor.feeds.all().delete()
    save(monitor, 5)
    assert spans(component) == [
        ("staff", OPERATIONAL, -10, -5),
        ("staff", Status.DEGRADED_PERFORMANCE, -5, 0),
        ("monitor", OPERATIONAL, 0, 5),
        ("staff", Status.DEGRADED_PERFORMANCE, 5, None),
    ]


def test_a_component_that_keeps_a_monitor_does_not() -> None:
    component, first = make_watched()
    second = make_monitor([component], now=at(-1))
    hear_all(first, "u")
    hear_all(second, "u")
    first.feeds.all().delete()
    record.watch_component(component, at(5))
    assert spans(component)[1:] == [("monitor", OPERATIONAL, 0, 5), ("monitor", OPERATIONAL, 0, None)]


def test_a_deleted_monitor_leaves_its_history() -> None:
    component, monitor = make_watched()
    hear_all(monitor, "udd")
    record.delete_monitor(monitor, at(5))
    assert spans(component) == [
        ("staff", OPERATIONAL, -10, 0),
        ("monitor", OPERATIONAL, 0, 1),
        ("monitor", MAJOR, 1, 5),
        ("staff", OPERATIONAL, 5, None),
    ]
    assert not RegionVerdict.objects.exists()


def test_a_region_taken_away_decides_no_more() -> None:
    component, monitor = make_watched(regions=["ams", "nyc"])
    for region in monitor.regions:
        hear_all(monitor, "uu", region=region)
    hear_all(monitor, "dd", first=2, region="ams")
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, None)]
    save(monitor, 5, regions=["ams"])
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, 5), ("monitor", MAJOR, 5, None)]
    assert list(RegionVerdict.objects.values_list("region", flat=True)) == ["ams"]


def test_a_region_added_does_not_make_it_unknown() -> None:
    component, monitor = make_watched()
    hear_all(monitor, "uu")
    save(monitor, 2, regions=["default", "nyc", "sin"])
    hear(monitor, 3, UP)
    assert spans(component, "monitor") == [("monitor", OPERATIONAL, 0, None)]


# --- What incidents and staff declare


def declare(component: Component, source: str, status: Status, minute: float) -> None:
    record.declare([component.pk], source, status, at(minute))


def test_declaring_replaces_what_the_source_said_from_then_on() -> None:
    component = make_component(now=at(0))
    declare(component, "incident:a", MAJOR, 5)
    declare(component, "incident:a", PARTIAL, 8)
    assert spans(component, "incident") == [("incident", MAJOR, 5, 8), ("incident", PARTIAL, 8, None)]
    declare(component, "incident:a", PARTIAL, 9)
    assert spans(component, "incident") == [("incident", MAJOR, 5, 8), ("incident", PARTIAL, 8, None)]
    declare(component, "incident:a", UNKNOWN, 4)
    assert spans(component, "incident") == [("incident", UNKNOWN, 4, None)]


def test_sources_do_not_touch_each_other() -> None:
    component = make_component(now=at(0))
    declare(component, "incident:a", MAJOR, 5)
    declare(component, "incident:b", PARTIAL, 5)
    record.release("incident:a", at(7))
    assert spans(component, "incident") == [("incident", MAJOR, 5, 7), ("incident", PARTIAL, 5, None)]


def test_releasing_some_components_leaves_the_others() -> None:
    first, second = make_component(now=at(0)), make_component(now=at(0))
    record.declare([first.pk, second.pk], "incident:a", MAJOR, at(5))
    record.release("incident:a", at(7), [first.pk])
    assert spans(first, "incident") == [("incident", MAJOR, 5, 7)]
    assert spans(second, "incident") == [("incident", MAJOR, 5, None)]


def test_releasing_at_the_time_of_declaring_leaves_nothing() -> None:
    component = make_component(now=at(0))
    declare(component, "incident:a", MAJOR, 5)
    record.release("incident:a", at(5))
    record.release("incident:a", at(6))
    assert spans(component, "incident") == []


def test_a_source_of_no_known_kind_is_refused() -> None:
    component = make_component(now=at(0))
    with pytest.raises(ValueError, match="gossip"):
        declare(component, "gossip:a", MAJOR, 5)
    assert Span.objects.count() == 1


def test_staff_declare_a_component_that_nobody_watches() -> None:
    component, monitor = make_watched()
    record.declare_by_staff(component, PARTIAL, at(-2))
    assert spans(component) == [("staff", OPERATIONAL, -10, -2), ("staff", PARTIAL, -2, None)]
    hear(monitor, 0, UP)
    record.declare_by_staff(component, MAJOR, at(1))
    assert spans(component)[1:] == [("staff", PARTIAL, -2, 0), ("monitor", OPERATIONAL, 0, None)]


def test_a_disabled_monitor_that_loses_its_component_gives_it_back_to_staff() -> None:
    component, monitor = make_watched()
    hear(monitor, 0, UP)
    save(monitor, 5, enabled=False)
    monitor.feeds.all().delete()
    record.sync_monitor(monitor, at(6), formerly=[component.pk])
    assert spans(component)[-1] == ("staff", OPERATIONAL, 6, None)


def test_a_deleted_page_takes_everything_with_it() -> None:
    component, monitor = make_watched()
    hear(monitor, 0, UP)
    record.delete_page(component.page, at(5))
    assert not Page.objects.exists()
    assert not Span.objects.exists()


def test_a_deleted_component_leaves_its_monitor() -> None:
    component, monitor = make_watched()
    hear(monitor, 0, UP)
    record.delete_component(component, at(5))
    assert hear(monitor, 6, UP).taken == 1
    assert not Span.objects.exists()
    assert Page.objects.get(pk=monitor.page_id).touched_at == at(5)
