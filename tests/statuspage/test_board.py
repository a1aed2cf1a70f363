"""The board: what each panel says, who sees it, what it costs, and that none takes the board down."""

import logging
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.views.defaults import server_error

from incidents import board_maintenance
from incidents.models import Maintenance, TeamChannel, TeamMessage, Update
from monitors import ages, record, zones
from monitors.models import Component, Page
from monitors.status import Status
from statuspage.board import alarms, due, panels, places, published, told, wrong
from statuspage.models import Target
from subscribers.models import Delivery, DeliveryState, Notice
from tests.incidents.make import minutes, open_incident, schedule
from tests.make import make_component, make_page
from tests.statuspage.board_scene import make_outage, make_target, make_watched
from tests.subscribers.make import make_subscriber, notify

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.fixture
def owner() -> User:
    return User.objects.create_superuser("ada", password="a long enough password")


@pytest.fixture
def staff(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def viewer(client: Client, *codenames: str) -> Client:
    """Somebody on the staff with these permissions alone."""
    person = User.objects.create_user("eve", password="a long enough password", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(person)
    return client


def test_it_shows_what_is_wrong_promised_published_and_told(staff: Client) -> None:
    make_outage(timezone.now())
    text = staff.get("/admin/").text
    for said in (
        "Payments cannot be completed",
        "Our card processor’s certificate was replaced. A fix is on its way.",
        "promised update overdue for",
        "monitors say so, nothing posted yet",
        "New switches",
        "S3 Paris",
        "Failed 4 times in a row: The folder cannot be written.",
        "10 of 12 sent",
        "Declare an incident",
    ):
        assert said in text, said


def test_it_speaks_french(staff: Client) -> None:
    make_outage(timezone.now())
    text = staff.get("/admin/", headers={"accept-language": "fr"}).text
    for said in (
        "Ce qui ne va pas",
        "Les paiements n’aboutissent pas",
        "d’après les moniteurs",
        "10 envoyés sur 12",
    ):
        assert said in text, said


def test_without_a_page_it_says_where_to_begin(staff: Client) -> None:
    assert "There is no page yet" in staff.get("/admin/").text


def broken(name: str) -> Any:
    """A panel of which some part fails."""
    ok = {"NAME": "Beside", "SIDE": True, "PERMISSION": "", "TEMPLATE": "admin/board/due.html"}

    def fail(*_: object) -> dict[str, Any]:
        if name == "context":
            raise RuntimeError("boom")
        return {"promises": [SimpleNamespace(incident=None)]}

    return SimpleNamespace(**ok, context=fail)


@pytest.mark.parametrize("part", ["context", "template"])
def test_a_panel_that_fails_is_named_and_takes_no_other_down(
    staff: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    open_incident(make_page(), now=timezone.now())
    monkeypatch.setattr(panels, "PANELS", (broken(part), wrong))
    with caplog.at_level(logging.ERROR):
        answer = staff.get("/admin/")
    assert answer.status_code == 200
    assert "Beside" in answer.text
    assert "could not be shown" in answer.text
    assert "Payments fail" in answer.text
    assert "The panel due of the board failed" in caplog.text


@pytest.mark.parametrize(
    ("codename", "sees", "misses"),
    [
        ("view_incident", "panel-wrong", "panel-published"),
        ("view_target", "panel-published", "panel-wrong"),
        ("view_notice", "panel-told", "panel-due"),
        ("view_monitor", "as-of", "panel-wrong"),
    ],
)
def test_whoever_may_not_see_a_panel_does_not(client: Client, codename: str, sees: str, misses: str) -> None:
    make_outage(timezone.now())
    text = viewer(client, codename).get("/admin/").text
    assert sees in text
    assert misses not in text


def test_each_panel_says_what_is_needed_to_see_it() -> None:
    for panel in panels.PANELS:
        assert isinstance(panel, ModuleType)
        assert panel.PERMISSION.count(".") == 1 or panel.PERMISSION == "", panel
        assert str(panel.NAME)


def test_a_hundred_components_and_five_targets_take_at_most_forty_statements(
    staff: Client, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now()
    page = make_page()
    components = [make_component(page, now=now) for _number in range(100)]
    for component in components[:10]:
        open_incident(page, {component: Status.PARTIAL_OUTAGE}, now=now)
    for number in range(5):
        make_target(page, f"Target {number}", now)
    make_subscriber(page)
    notify(page, now=now)
    staff.get("/admin/")
    with django_assert_max_num_queries(40):
        assert staff.get("/admin/").status_code == 200


def test_more_pages_with_all_their_trouble_cost_no_further_statement(staff: Client) -> None:
    assert statements(staff, 2) == statements(staff, 3)


def statements(staff: Client, more: int) -> int:
    """What the board takes after so many more pages with an incident and a target each."""
    now = timezone.now()
    for _number in range(more):
        page = make_page()
        open_incident(page, {make_component(page, now=now): Status.MAJOR_OUTAGE}, now=now)
        make_target(page, "Copy", now)
    staff.get("/admin/now/")
    with CaptureQueriesContext(connection) as found:
        staff.get("/admin/now/")
    return len(found)


def test_the_part_that_refreshes_itself_is_the_board_alone(staff: Client) -> None:
    make_outage(timezone.now())
    text = staff.get("/admin/now/").text
    assert 'id="panel-wrong"' in text
    assert "<html" not in text


def test_whoever_is_signed_out_gets_no_form_instead_of_a_board(client: Client) -> None:
    answer = client.get("/admin/now/")
    assert answer.status_code == 401
    assert not answer.content


def standing_of(page: Page) -> wrong.Standing:
    found = wrong.context([page], User(), NOW)
    assert found is not None
    standing: wrong.Standing = found["standings"][0]
    return standing


def tone_of(page: Page) -> str:
    found = wrong.context([page], User(), NOW)
    assert found is not None
    return str(found["tone"])


def test_silence_is_no_green() -> None:
    page = make_page()
    make_component(page, now=NOW)
    assert tone_of(page) == "ok"
    unwatched = Component.objects.create(page=page, slug="new", name_en="New")
    assert [trouble.status for trouble in standing_of(page).troubles] == [Status.UNKNOWN]
    assert tone_of(page) == "minor"
    record.watch_component(unwatched, NOW)
    assert tone_of(page) == "ok"


def test_it_tells_who_says_that_a_component_is_in_trouble_and_since_when() -> None:
    page = make_page()
    search, checkout = (
        make_component(page, now=NOW - minutes(90)),
        make_component(page, now=NOW - minutes(90)),
    )
    make_watched(search, NOW - minutes(6))
    open_incident(page, {checkout: Status.MAJOR_OUTAGE}, now=NOW - minutes(3))
    first, second = standing_of(page).troubles
    assert (first.component, first.posted, first.observed, first.since) == (
        checkout,
        True,
        False,
        NOW - minutes(3),
    )
    assert (second.component, second.posted, second.observed, second.since) == (
        search,
        False,
        True,
        NOW - minutes(6),
    )


def test_an_incident_comes_with_what_was_said_last() -> None:
    incident = make_outage(NOW)
    found = {open.incident: open for open in standing_of(incident.page).incidents}
    assert found[incident].last == incident.updates.first()
    assert not found[incident].late
    assert [open.late for open in found.values() if open.incident != incident] == [True]


def test_the_promise_that_is_broken_longest_stands_first_and_none_at_all_last() -> None:
    page = make_page()
    for title, minute in (("Later", 20), ("Broken", -12), ("Silent", None)):
        at = None if minute is None else NOW + minutes(minute)
        open_incident(page, now=NOW - minutes(50), title_en=title, next_update_at=at)
    found = due.context([page], User(), NOW)
    assert found is not None
    assert [(str(each.incident), each.late) for each in found["promises"]] == [
        ("Broken", True),
        ("Later", False),
        ("Silent", False),
    ]
    assert found["tone"] == "major"
    assert found["promises"][2].said_at == NOW - minutes(50)


def test_where_nothing_is_open_nothing_is_promised() -> None:
    assert due.context([make_page()], User(), NOW) is None


def test_planned_work_stands_there_from_a_week_before_until_it_begins() -> None:
    page = make_page()
    component = make_component(page)
    for title, hours in (("Next month", 700), ("Tomorrow", 24), ("In a minute", 0.5), ("Running", -1)):
        start = NOW + timedelta(hours=hours)
        schedule(page, component, title_en=title, scheduled_for=start, scheduled_until=start + minutes(90))
    Maintenance.objects.filter(title_en="Running").update(status="in_progress")
    found = board_maintenance.context([page], User(), NOW)
    assert found is not None
    assert [maintenance.title_en for maintenance in found["coming"]] == ["In a minute", "Tomorrow"]
    assert found["tone"] == "maintenance"
    assert board_maintenance.context([make_page()], User(), NOW) is None


@pytest.mark.parametrize(
    ("values", "tone"),
    [
        ({}, "ok"),
        ({"enabled": False}, "none"),
        ({"published_at": None}, "major"),
        ({"published_at": NOW - timedelta(seconds=151)}, "major"),
        ({"failures": 1, "error": "Full."}, "minor"),
        ({"failures": 3, "error": "Full."}, "major"),
        ({"alarm": {"message": "Somebody else publishes here."}}, "major"),
        ({"receipt_error": {"message": "Not there."}}, "major"),
        ({"receipt_sequence": 48_210}, "unknown"),
        ({"config": {"path": "/srv/copy"}}, "unknown"),
    ],
)
def test_only_what_customers_were_seen_to_get_is_green(values: dict[str, Any], tone: str) -> None:
    page = make_page()
    make_target(page, "Copy", NOW, **values)
    found = published.context([page], User(), NOW)
    assert found is not None
    assert [row.tone for row in found["published"][0].rows] == [tone]


def test_a_page_that_is_published_nowhere_says_what_that_means(staff: Client) -> None:
    make_page()
    assert "Published nowhere else" in staff.get("/admin/").text


def test_it_counts_channel_by_channel_who_was_told_and_what_is_left_of_earlier_notices() -> None:
    page = make_page()
    for _number in range(3):
        make_subscriber(page)
    make_subscriber(page, channel="webhook", address="https://hooks.example.com/a")
    earlier, newest = notify(page, now=NOW - minutes(5)), notify(page, now=NOW)
    Delivery.objects.filter(notice=newest, channel="webhook").update(state=DeliveryState.DEAD)
    Delivery.objects.filter(notice=earlier).update(state=DeliveryState.SENT, finished_at=NOW)
    found = told.context([page], User(), NOW)
    assert found is not None
    assert found["notice"] == newest
    counts = [(each.channel, each.sent, each.waiting, each.failed) for each, _label in found["channels"]]
    assert sorted(counts) == [("email", 0, 3, 0), ("webhook", 0, 0, 1)]
    assert found["before"] == []
    Delivery.objects.filter(notice=earlier, channel="email").update(state=DeliveryState.PENDING)
    found = told.context([page], User(), NOW)
    assert found is not None
    assert [(each.notice, each.total.waiting) for each in found["before"]] == [(earlier, 3)]


def test_what_can_still_be_undone_says_so(staff: Client) -> None:
    now = timezone.now()
    page = make_page()
    make_subscriber(page)
    open_incident(page, now=now)
    assert "can still be undone" not in staff.get("/admin/").text
    Update.objects.update(held_until=now + minutes(5))
    assert "can still be undone" in staff.get("/admin/").text


def test_old_notices_and_what_only_software_is_told_are_no_news() -> None:
    page = make_page()
    make_subscriber(page)
    notify(page, now=NOW - timedelta(days=8))
    assert told.context([page], User(), NOW) is None


def test_notices_are_listed_by_what_happened(staff: Client) -> None:
    page = make_page()
    make_subscriber(page)
    notice = notify(page, now=NOW)
    Notice.objects.update(event="incident.resolved")
    for address in ("", f"{notice.pk}/change/", "?event=incident.resolved"):
        text = staff.get(f"/admin/subscribers/notice/{address}").text
        assert "Incident resolved" in text
        assert ">incident.resolved<" not in text
    listed = staff.get("/admin/subscribers/notice/?event=incident.created").context["cl"].result_list
    assert list(listed) == []


def test_every_screen_that_one_may_open_is_within_reach_and_no_other(client: Client) -> None:
    text = viewer(client, "view_incident", "view_target").get("/admin/").text
    assert 'href="/admin/incidents/incident/"' in text
    assert 'href="/admin/statuspage/target/"' in text
    assert "/admin/monitors/monitor/" not in text
    client.force_login(User.objects.create_superuser("ada", password="a long enough password"))
    request = client.get("/admin/").wsgi_request
    found = places.every_day(admin.site, request)
    found += [place for section in places.more(admin.site, request) for place in section.places]
    reached = {place.address for place in found}
    for model, each in admin.site._registry.items():
        if each.has_view_or_change_permission(request):
            assert f"/admin/{model._meta.label_lower.replace('.', '/')}/" in reached


def test_the_keys_are_listed_without_a_script_as_far_as_one_may_use_them(client: Client) -> None:
    text = viewer(client, "view_incident").get("/admin/keys/").text
    assert 'data-everywhere="i"' in text
    assert 'data-everywhere="d"' not in text


def test_a_list_of_an_application_is_no_board(staff: Client) -> None:
    text = staff.get("/admin/monitors/").text
    assert "/admin/monitors/monitor/" in text
    assert 'id="board"' not in text


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (None, "22 Nov 2026, 15:00"),
        ("Europe/Berlin", "22 Nov 2026, 15:00"),
        ("America/New_York", "22 Nov 2026, 09:00 (page: 15:00)"),
        ("UTC", "22 Nov 2026, 14:00 (page: 15:00)"),
        ("Asia/Tokyo", "22 Nov 2026, 23:00 (page: 15:00)"),
        ("Pacific/Auckland", "23 Nov 2026, 03:00 (page: 22 Nov 2026, 15:00)"),
    ],
)
def test_times_are_told_in_the_persons_zone_and_the_pages_beside_it(own: str | None, said: str) -> None:
    with timezone.override(ZoneInfo.no_cache(own) if own else None):
        assert zones.told(NOW, "Europe/Paris", "j M Y, H:i", "H:i") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3, "0 s"),
        (0.9, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_800, "2 d"),
    ],
)
def test_ages_are_as_short_as_can_be(seconds: float, said: str) -> None:
    assert ages.short(seconds) == said.replace(" ", "\N{NO-BREAK SPACE}")


def test_whoever_may_not_do_something_is_led_back(client: Client) -> None:
    answer = viewer(client, "view_incident").get("/admin/incidents/incident/add/")
    assert answer.status_code == 403
    assert "Your role does not allow it." in answer.text


def test_a_form_that_is_too_old_says_that_nothing_was_changed(owner: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    answer = strict.post("/admin/logout/", headers={"accept-language": "fr"})
    assert answer.status_code == 403
    assert "Ce formulaire est trop ancien" in answer.text


def test_what_is_broken_says_so_in_our_words(rf: RequestFactory) -> None:
    answer = server_error(rf.get("/admin/"))
    assert answer.status_code == 500
    assert "written down for those who run this" in answer.content.decode()


def make_team(page: Page) -> TeamChannel:
    return TeamChannel.objects.create(page=page, name="Ops", service="slack", url="https://hooks.slack.com/x")


def heard() -> list[str]:
    return [message.values["title"]["en"] for message in TeamMessage.objects.order_by("id")]


@pytest.mark.parametrize(
    "values",
    [
        {"failures": 3, "error": "Full."},
        {"published_at": NOW - timedelta(seconds=151)},
        {"receipt_error": {"message": "Not there."}, "receipt_at": NOW - minutes(4)},
    ],
)
def test_the_team_is_told_once_that_publishing_fails_and_once_that_it_works_again(
    values: dict[str, Any],
) -> None:
    page = make_page()
    make_team(page)
    target = make_target(page, "Copy", NOW)
    alarms.tell(NOW)
    assert heard() == []
    Target.objects.update(**values)
    for _look in range(2):
        alarms.tell(NOW)
    assert heard() == ["Publishing to “Copy” fails"]
    Target.objects.filter(pk=target.pk).update(
        failures=0, error="", published_at=NOW, receipt_error={}, receipt_at=NOW
    )
    for _look in range(2):
        alarms.tell(NOW)
    assert heard() == ["Publishing to “Copy” fails", "Publishing to “Copy” works again"]
    Target.objects.update(failures=3, error="Full.", published_at=NOW + minutes(1))
    alarms.tell(NOW + minutes(1))
    assert len(heard()) == 3


def test_a_page_that_is_published_but_not_seen_is_told_of_once_however_often_it_is_published() -> None:
    page = make_page()
    make_team(page)
    make_target(page, "Copy", NOW, receipt_error={"message": "Not there."})
    for minute in range(3):
        Target.objects.update(published_at=NOW + minutes(minute))
        alarms.tell(NOW + minutes(minute))
    assert len(heard()) == 1


def test_what_nobody_publishes_on_purpose_is_no_alarm() -> None:
    page = make_page(access="staff")
    make_team(page)
    make_target(page, "Private", NOW, failures=9)
    make_target(make_page(), "Elsewhere", NOW, failures=9)
    make_target(page, "Off", NOW, failures=9, enabled=False)
    alarms.tell(NOW)
    assert heard() == []
