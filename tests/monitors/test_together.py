"""Several monitors changed at once: a form, a look at what would change, and then all of it or nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.http import HttpResponse
from django.test import Client

from monitors import together
from monitors.models import Monitor, RegionVerdict, Verdict
from monitors.together import Change
from tests.make import make_monitor, make_page
from tests.monitors.admin_pages import Staff, words
from tests.monitors.scenes import hear_all, make_watched
from tests.people import make_staff

pytestmark = pytest.mark.django_db
LIST = "/admin/monitors/monitor/"


def ask(staff: Staff, monitors: list[Monitor], step: str = "", **values: Any) -> HttpResponse:
    chosen = [monitor.pk for monitor in monitors]
    steps = {step: "1"} if step else {"index": "0"}
    return staff.client.post(
        LIST, {"action": "change_together", "_selected_action": chosen, **steps, **values}
    )


def text_of(answer: HttpResponse) -> str:
    assert answer.status_code == 200
    return words(answer.content.decode())


def make_some() -> list[Monitor]:
    page = make_page()
    return [make_monitor(page=page, name=name, tags=tags) for name, tags in (("a", ["eu"]), ("b", []))]


def test_it_asks_shows_and_only_then_changes(staff: Staff) -> None:
    monitors = make_some()
    assert "2 monitors are chosen" in text_of(ask(staff, monitors))
    values = {"interval": "30", "tags_added": "shop", "tags_removed": "eu"}
    shown = text_of(ask(staff, monitors, "look", **values))
    assert "Interval 60 → 30 Tags eu → shop" in shown
    assert "Nothing is changed yet." in shown
    assert set(Monitor.objects.values_list("interval", flat=True)) == {60}
    assert ask(staff, monitors, "sure", **values).status_code == 302
    assert list(Monitor.objects.values_list("interval", "tags")) == [(30, ["shop"]), (30, ["shop"])]


def test_what_is_left_empty_stays_as_it_is(staff: Staff) -> None:
    (monitor, _other) = make_some()
    before = Monitor.objects.values().get(pk=monitor.pk)
    ask(staff, [monitor], "sure", timeout="7")
    after = Monitor.objects.values().get(pk=monitor.pk)
    assert {name for name in before if before[name] != after[name]} == {"timeout", "changed_at", "due_at"}


def test_back_at_the_form_nothing_is_lost(staff: Staff) -> None:
    page = ask(staff, make_some(), "edit", interval="30", pausing="pause", pause_reason="Moves").content
    for kept in ('value="30"', 'value="Moves"', 'value="pause"'):
        assert kept in page.decode(), kept


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"interval": "0"}, "greater than or equal to 1"),
        ({"interval": "often"}, "whole number"),
        ({"regions": "../x"}, "names of small letters"),
        ({"tags_added": "a\u202eb"}, "control characters"),
        ({"pause_reason": "why"}, "Choose “pause”"),
        ({"pausing": "explode"}, "Select a valid choice"),
        ({"pausing": "pause", "paused_until": "soon"}, "Write a day and a time"),
        ({"interval": "5"}, "A check must not take longer than the interval."),
        ({"pausing": "pause", "paused_until": "2020-01-01T00:00"}, "This time is past."),
        ({"tags_added": ",".join(map(str, range(20)))}, "At most 20 tags."),
    ],
)
def test_what_fits_one_of_them_not_is_refused_for_all(staff: Staff, values: Any, said: str) -> None:
    monitors = make_some()
    for step in ("look", "sure"):
        assert said in text_of(ask(staff, monitors, step, **values))
    assert set(Monitor.objects.values_list("interval", "enabled")) == {(60, True)}


def test_what_does_not_fit_by_now_is_refused_whole() -> None:
    first, last = make_some()
    Monitor.objects.filter(pk=last.pk).update(timeout=40)
    with pytest.raises(ValueError, match="b"):
        together.apply([first.pk, last.pk], Change(numbers={"interval": 30}), datetime.now(UTC))
    assert set(Monitor.objects.values_list("interval", flat=True)) == {60}


def test_a_pause_makes_them_silent_and_resuming_checks_them_at_once(staff: Staff) -> None:
    _component, monitor = make_watched()
    hear_all(monitor, "uu")
    until = datetime.now(UTC) + timedelta(days=1)
    pause = {"pausing": "pause", "pause_reason": "Moves", "paused_until": f"{until:%Y-%m-%dT%H:%M}"}
    ask(staff, [monitor], "sure", **pause)
    monitor.refresh_from_db()
    assert (monitor.enabled, monitor.pause_reason) == (False, "Moves")
    assert monitor.paused_until == until.replace(second=0, microsecond=0)
    assert not Verdict.objects.exists()
    before = datetime.now(UTC)
    ask(staff, [monitor], "sure", pausing="resume")
    monitor.refresh_from_db()
    assert (monitor.enabled, monitor.pause_reason, monitor.paused_until) == (True, "", None)
    assert monitor.due_at > before


def test_a_time_is_on_the_clock_of_each_ones_page(staff: Staff) -> None:
    east = make_monitor(page=make_page(time_zone="Asia/Tokyo"))
    west = make_monitor(page=make_page(time_zone="America/Los_Angeles"))
    ask(staff, [east, west], "sure", pausing="pause", paused_until="2199-06-01T12:00")
    times = dict(Monitor.objects.values_list("pk", "paused_until"))
    assert times[east.pk] == datetime(2199, 6, 1, 3, tzinfo=UTC)
    assert times[west.pk] == datetime(2199, 6, 1, 19, tzinfo=UTC)


def test_other_regions_are_asked_and_the_old_ones_forgotten(staff: Staff) -> None:
    monitors = make_some()
    ask(staff, monitors, "sure", regions="ams, nyc")
    assert set(RegionVerdict.objects.values_list("region", flat=True)) == {"ams", "nyc"}
    assert RegionVerdict.objects.count() == 4


def test_tags_alone_disturb_no_check(staff: Staff) -> None:
    monitors = make_some()
    before = list(Monitor.objects.values_list("changed_at"))
    ask(staff, monitors, "sure", tags_added="shop")
    assert list(Monitor.objects.values_list("changed_at")) == before


def test_each_change_is_in_the_log(staff: Staff) -> None:
    ask(staff, make_some(), "sure", interval="30")
    said = list(LogEntry.objects.values_list("change_message", flat=True))
    assert said == ["Interval 60 → 30"] * 2


@pytest.mark.parametrize("role", ["viewer", "communicator"])
def test_only_who_may_change_one_may_change_many(client: Client, role: str) -> None:
    monitors = make_some()
    client.force_login(make_staff(role))
    body = {"action": "change_together", "_selected_action": [each.pk for each in monitors], "sure": "1"}
    client.post(LIST, body | {"interval": "30"})
    assert set(Monitor.objects.values_list("interval", flat=True)) == {60}
