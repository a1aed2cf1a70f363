"""Pauses that end by themselves; pauses, copies and dependencies in the form."""

from datetime import UTC, datetime, timedelta

import pytest

from monitors import pausing, tasks
from monitors.models import Feed, Monitor, RegionVerdict
from monitors.status import Status
from tests.make import make_component, make_monitor, make_page
from tests.monitors.admin_pages import Staff, errors, initial
from tests.monitors.scenes import at, make_watched

pytestmark = pytest.mark.django_db
HTTP = {"name": "Website", "kind": "http", "http__url": "https://example.com/"}


def test_a_pause_ends_at_its_time_and_not_before() -> None:
    _component, monitor = make_watched(enabled=False, pause_reason="Moves", paused_until=at(60))
    assert pausing.resume_due(at(59)) == 0
    assert pausing.resume_due(at(60)) == 1
    monitor.refresh_from_db()
    assert (monitor.enabled, monitor.pause_reason, monitor.paused_until) == (True, "", None)
    assert monitor.changed_at == at(60)
    assert monitor.due_at == at(60) + timedelta(seconds=1)
    assert pausing.resume_due(at(61)) == 0


def test_a_pause_without_an_end_stays() -> None:
    make_watched(enabled=False, pause_reason="For good")
    assert pausing.resume_due(at(1_000_000)) == 0


def test_the_tick_ends_pauses() -> None:
    past = datetime.now(UTC) - timedelta(minutes=1)
    _component, monitor = make_watched(enabled=False, paused_until=past)
    tasks.sweep()
    monitor.refresh_from_db()
    assert monitor.enabled


def test_staff_pause_with_a_reason_and_until_when_on_the_pages_clock(staff: Staff) -> None:
    monitor = make_monitor(page=make_page(time_zone="Europe/Paris"))
    pause = {"enabled": None, "pause_reason": "Moves house", "paused_until": "2199-06-01T12:00"}
    assert errors(staff.send("monitor", monitor.pk, **pause)) == {}
    monitor.refresh_from_db()
    assert monitor.paused_until == datetime(2199, 6, 1, 10, tzinfo=UTC)
    assert 'value="2199-06-01T12:00"' in staff.open("monitor", monitor.pk).content.decode()
    assert errors(staff.send("monitor", monitor.pk, enabled="on")) == {}
    monitor.refresh_from_db()
    assert (monitor.pause_reason, monitor.paused_until) == ("", None)


@pytest.mark.parametrize(
    ("until", "said"), [("2020-01-01T12:00", "This time is past."), ("soon", "Write a day and a time")]
)
def test_a_pause_ends_in_the_future(staff: Staff, until: str, said: str) -> None:
    monitor = make_monitor()
    refused = errors(staff.send("monitor", monitor.pk, enabled=None, paused_until=until))
    assert list(refused) == ["paused_until"]
    assert said in refused["paused_until"]


# --- Behind


def test_a_monitor_stands_behind_one_of_its_page(staff: Staff) -> None:
    root = make_monitor()
    assert errors(staff.send("monitor", page=root.page_id, **HTTP, behind=root.pk)) == {}
    assert Monitor.objects.get(name="Website").behind == root


def test_not_behind_one_of_another_page(staff: Staff) -> None:
    page, elsewhere = make_page(), make_monitor()
    refused = errors(staff.send("monitor", page=page.pk, **HTTP, behind=elsewhere.pk))
    assert refused == {"behind": "This monitor is on another page."}
    own = make_monitor(page=page)
    assert list(errors(staff.send("monitor", own.pk, behind=elsewhere.pk))) == ["behind"]


@pytest.mark.parametrize("around", [1, 2, 3])
def test_none_stands_behind_itself_however_far_around(staff: Staff, around: int) -> None:
    page = make_page()
    first = last = make_monitor(page=page, name="first")
    for number in range(around):
        last = make_monitor(page=page, name=f"m{number}", behind=last)
    refused = errors(staff.send("monitor", first.pk, behind=last.pk))
    assert refused == {
        "behind": f"{last.name} is itself behind this monitor: one of them must stand in front."
    }


def test_none_stands_behind_itself_at_once(staff: Staff) -> None:
    monitor = make_monitor()
    assert list(errors(staff.send("monitor", monitor.pk, behind=monitor.pk))) == ["behind"]


# --- Copies


def test_a_copy_is_the_form_filled_in_and_nothing_is_saved(staff: Staff) -> None:
    component = make_component()
    source = make_monitor(
        {component: Status.PARTIAL_OUTAGE},
        name="Shop",
        interval=30,
        tags=["eu"],
        regions=["ams"],
        config={"url": "https://shop.example.com/", "body": "x"},
        secrets='{"token": "s3cret"}',
        paused_until=at(1),
        enabled=False,
    )
    page = staff.client.get(f"/admin/monitors/monitor/add/?copy_of={source.pk}")
    filled = initial(page)

    assert Monitor.objects.count() == 1
    assert (filled["name"], filled["interval"], filled["tags"]) == ("Copy of Shop", 30, "eu")
    assert (filled["http-url"], filled["copy_of"]) == ("https://shop.example.com/", source.pk)
    assert (filled["feeds-0-component"], filled["feeds-0-impact"]) == (component.pk, "partial_outage")
    assert staff.client.post("/admin/monitors/monitor/add/", filled).status_code == 302
    copy = Monitor.objects.exclude(pk=source.pk).get()
    assert (copy.secrets, copy.regions, copy.enabled) == ('{"token": "s3cret"}', ["ams"], True)
    assert Feed.objects.filter(monitor=copy).get().impact == "partial_outage"
    assert RegionVerdict.objects.filter(monitor=copy).exists()


def test_the_secrets_of_a_copy_go_nowhere_else(staff: Staff) -> None:
    source = make_monitor(secrets='{"token": "s3cret"}')
    filled = initial(staff.client.get(f"/admin/monitors/monitor/add/?copy_of={source.pk}"))
    answer = staff.client.post("/admin/monitors/monitor/add/", filled | {"http-url": "https://evil.example/"})
    assert list(errors(answer)) == ["http-token"]
    assert Monitor.objects.count() == 1


@pytest.mark.parametrize("asked", ["999999", "-1", "x", "1 OR 1=1", "9" * 40, ""])
def test_a_copy_of_nothing_is_an_empty_form(staff: Staff, asked: str) -> None:
    make_page()
    answer = staff.client.get("/admin/monitors/monitor/add/", {"copy_of": asked})
    assert answer.status_code == 200
    assert initial(answer).get("name", "") == ""
