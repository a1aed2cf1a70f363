"""Staff plan, press, move and end maintenances from the admin; nothing typed is lost, nobody acts unseen."""

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from incidents.choosing import control
from incidents.models import Maintenance, Series
from incidents.series import Announced
from monitors.ids import public_id
from monitors.models import Component, Page
from monitors.status import Status
from subscribers.models import Notice
from tests.incidents.make import minutes, open_incident, schedule
from tests.make import make_component, make_page

pytestmark = pytest.mark.django_db

ADD = "/admin/incidents/maintenance/add/"
ADD_SERIES = "/admin/incidents/series/add/"
LIST_SERIES = "/admin/incidents/series/"
PARIS = ZoneInfo("Europe/Paris")


def address(maintenance: Maintenance) -> str:
    return f"/admin/incidents/maintenance/{maintenance.pk}/change/"


def of(series: Series, what: str = "change") -> str:
    return f"/admin/incidents/series/{series.pk}/{what}/"


def minute(at: Any) -> str:
    return at.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")


def planned(page: Page | None = None, *components: Component, **values: Any) -> Maintenance:
    start = timezone.now().replace(second=0, microsecond=0) + timedelta(days=3)
    times = {"scheduled_for": start, "scheduled_until": start + minutes(60), "now": timezone.now()}
    return schedule(page or make_page(time_zone="Europe/Paris"), *components, **times | values)


def press(status: str, **values: Any) -> dict[str, Any]:
    return {"status": status, "notify": "on", "update_id": public_id()} | values


def plan(*components: Component, **values: Any) -> dict[str, Any]:
    fields = {
        "title_en": "Restart",
        "body_en": "We restart.",
        "first_date": f"{(timezone.now().astimezone(PARIS) + timedelta(days=1)).date()}",
        "start_time": "02:30",
        "minutes": "60",
        "repeats": "weekly",
        "every": "1",
        "ends": "never",
        "announced": "8",
        "reminders": ["1440", "60"],
        "notify": "on",
        "follow": "keep",
    }
    return fields | {control(component): "on" for component in components} | values


def test_one_press_starts_it_extends_it_and_finishes_it(staff: Client) -> None:
    maintenance = planned()
    end = maintenance.scheduled_until
    staff.post(address(maintenance), press("in_progress"))
    staff.post(address(maintenance), press("in_progress", extend="30"))
    answer = staff.post(address(maintenance), press("completed"), follow=True)
    maintenance.refresh_from_db()
    assert (maintenance.status, maintenance.scheduled_until) == ("completed", end + minutes(30))
    bodies = list(maintenance.updates.order_by("id").values_list("body_en", flat=True))
    assert bodies[1] == "The maintenance has started."
    assert bodies[2].startswith("The maintenance is now planned to end on ")
    assert bodies[3] == "The maintenance is completed."
    assert "Posted: “Completed”." in answer.text


def test_one_press_twice_posts_once(staff: Client) -> None:
    maintenance = planned()
    fields = press("in_progress")
    staff.post(address(maintenance), fields)
    answer = staff.post(address(maintenance), fields, follow=True)
    assert "nothing was posted again" in answer.text
    assert maintenance.updates.count() == 2


@pytest.mark.parametrize(
    "values", [{"extend": "31"}, {"extend": "-15"}, {"status": "completed"}, {"status": ""}]
)
def test_what_no_button_offers_changes_nothing(staff: Client, values: dict[str, str]) -> None:
    maintenance = planned()
    answer = staff.post(address(maintenance), press("scheduled") | values)
    assert answer.status_code == 200
    assert maintenance.updates.count() == 1


def test_it_is_moved_with_a_sentence_of_our_own_in_both_languages(staff: Client) -> None:
    maintenance = planned()
    start = maintenance.scheduled_for + timedelta(days=1)
    staff.post(address(maintenance), press("scheduled", scheduled_for=minute(start)))
    maintenance.refresh_from_db()
    assert (maintenance.scheduled_for, maintenance.scheduled_until) == (start, start + minutes(60))
    update = maintenance.updates.first()
    assert update is not None
    # Before midnight it ends on another day: "from", not "on".
    assert re.match(r"The maintenance was moved\. Planned (on|from) ", update.body_en)
    assert update.body_fr.startswith("La maintenance a été déplacée. ")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"scheduled_for": "2001-01-01T00:00"}, "This start has already passed"),
        ({"scheduled_until": "2001-01-01T00:00"}, "A maintenance ends after it starts."),
        ({"scheduled_for": "yesterday"}, "Enter a valid date/time."),
        ({}, "Write this in at least one language."),
    ],
)
def test_a_move_that_cannot_be_says_why(staff: Client, values: dict[str, str], sentence: str) -> None:
    maintenance = planned()
    answer = staff.post(address(maintenance), press("scheduled", **values))
    assert sentence in answer.text
    assert maintenance.updates.count() == 1


def test_whoever_schedules_what_overlaps_sees_it_first(staff: Client) -> None:
    page = make_page(time_zone="Europe/Paris")
    shop = make_component(page)
    other = planned(page, shop, title_en="Old switches")
    open_incident(page, {shop: Status.MAJOR_OUTAGE}, now=timezone.now())
    fields = {
        "title_en": "New routers",
        "body_en": "We replace them.",
        "scheduled_for": minute(other.scheduled_for + minutes(30)),
        "scheduled_until": minute(other.scheduled_for + minutes(90)),
        "update_id": public_id(),
        control(shop): "on",
    }
    answer = staff.post(ADD, fields)
    assert "Old switches" in answer.text
    assert "Payments fail" in answer.text
    assert "Send it again" in answer.text
    assert Maintenance.objects.count() == 1
    seen = answer.context["form"]["overlapping"].value()
    staff.post(ADD, fields | {"overlapping": "maintenance-1"})
    assert Maintenance.objects.count() == 1
    staff.post(ADD, fields | {"overlapping": seen})
    assert Maintenance.objects.count() == 2
    assert "At the same time, on the same components" in staff.get(address(other)).text


def test_title_and_reminders_change_without_an_update(staff: Client) -> None:
    maintenance = planned()
    fields = {"title_en": "Newer switches", "title_fr": "", "reminders": ["60", "15"]}
    answer = staff.post(f"/admin/incidents/maintenance/{maintenance.pk}/details/", fields, follow=True)
    maintenance.refresh_from_db()
    assert (maintenance.title_en, maintenance.reminders) == ("Newer switches", [60, 15])
    assert (maintenance.updates.count(), Notice.objects.count()) == (1, 1)
    assert "Nobody was notified." in answer.text
    for wrong in (
        {"title_en": " ", "title_fr": ""},
        {"title_en": "x" * 201},
        {"title_en": "x", "reminders": ["61"]},
    ):
        answer = staff.post(f"/admin/incidents/maintenance/{maintenance.pk}/details/", wrong, follow=True)
        assert "messagelist" in answer.text
        maintenance.refresh_from_db()
        assert maintenance.title_en == "Newer switches"


def test_it_shows_the_next_dates_and_plans_nothing_yet(staff: Client) -> None:
    make_page(time_zone="Europe/Paris")
    answer = staff.post(ADD_SERIES, plan(preview="1", first_date="2027-03-26", repeats="daily"))
    assert "Every day" in answer.text
    starts = [f"{at.astimezone(PARIS):%m-%d %H:%M}" for at in answer.context["preview"][1]]
    assert starts[:4] == ["03-26 02:30", "03-27 02:30", "03-28 03:30", "03-29 02:30"]
    assert Series.objects.count() == 0


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({}, "FREQ=WEEKLY"),
        ({"repeats": "daily", "every": "3"}, "FREQ=DAILY;INTERVAL=3"),
        ({"weekdays": ["1", "3"], "every": "2"}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH"),
        ({"repeats": "monthly", "monthly": "day"}, "FREQ=MONTHLY"),
        ({"repeats": "monthly", "monthly": "last_day"}, "FREQ=MONTHLY;BYMONTHDAY=-1"),
        (
            {"repeats": "monthly", "monthly": "weekday", "place": "-1", "weekday": "6"},
            "FREQ=MONTHLY;BYDAY=-1SU",
        ),
        ({"repeats": "yearly"}, "FREQ=YEARLY"),
        ({"repeats": "daily", "ends": "until", "until": "2990-12-31"}, "FREQ=DAILY;UNTIL=29901231"),
        ({"repeats": "daily", "ends": "count", "count": "5"}, "FREQ=DAILY;COUNT=5"),
        (
            {"repeats": "own", "rule": "rrule:freq=monthly; byday=mo,tu;bysetpos=1"},
            "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1",
        ),
    ],
)
def test_what_is_chosen_becomes_a_rule_and_is_shown_so_again(
    staff: Client, values: dict[str, Any], rule: str
) -> None:
    component = make_component(make_page(time_zone="Europe/Paris"))
    staff.post(ADD_SERIES, plan(component, **values))
    one = Series.objects.get()
    assert (one.rule, list(one.components.all())) == (rule, [component])
    form = staff.get(of(one)).context["form"]
    shown = {name: form[name].value() for name in values}
    shown = {
        name: [str(each) for each in value] if isinstance(value, list) else str(value)
        for name, value in shown.items()
    }
    assert shown == values | ({"rule": rule} if "rule" in values else {})
    assert staff.get(LIST_SERIES).status_code == 200


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"repeats": "own", "rule": "FREQ=SECONDLY"}, "rule"),
        ({"repeats": "own", "rule": "FREQ=DAILY;COUNT=100000"}, "rule"),
        ({"repeats": "own", "rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "rule"),
        ({"repeats": "own", "rule": ""}, "rule"),
        ({"repeats": "own", "rule": "x" * 301}, "rule"),
        ({"repeats": "daily", "minutes": "1500"}, "rule"),
        ({"repeats": "hourly"}, "repeats"),
        ({"every": "0"}, "every"),
        ({"weekdays": ["7"]}, "weekdays"),
        ({"ends": "until"}, "until"),
        ({"ends": "count"}, "count"),
        ({"ends": "count", "count": "1001"}, "count"),
        ({"first_date": "0202-01-01"}, "first_date"),
        ({"first_date": "tomorrow"}, "first_date"),
        ({"start_time": "25:00"}, "start_time"),
        ({"minutes": "10081"}, "minutes"),
        ({"announced": "91"}, "announced"),
        ({"title_en": ""}, "title_en"),
        ({"body_en": ""}, "body_en"),
        ({"body_en": "x" * 10_001}, "body_en"),
    ],
)
def test_what_cannot_recur_says_why_and_keeps_what_was_typed(
    staff: Client, values: dict[str, Any], field: str
) -> None:
    make_page(time_zone="Europe/Paris")
    answer = staff.post(ADD_SERIES, plan(**values))
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert answer.context["form"]["start_time"].value() == plan(**values)["start_time"]
    assert Series.objects.count() == 0


def test_no_rule_is_followed_from_a_year_that_nobody_means(staff: Client) -> None:
    make_page(time_zone="Europe/Paris")
    strange = {"first_date": "0001-01-01", "repeats": "own", "rule": "FREQ=WEEKLY;WKST=SU"}
    answer = staff.post(ADD_SERIES, plan(preview="1", **strange))
    assert answer.context["form"].errors["first_date"] == ["Please check the year of this date."]
    assert answer.context["preview"] is None


def test_a_change_says_what_became_of_what_is_announced(staff: Client) -> None:
    make_page(time_zone="Europe/Paris")
    staff.post(ADD_SERIES, plan(repeats="daily"))
    one = Series.objects.get()
    assert one.maintenances.count() >= 7
    seen = staff.get(of(one)).context["form"]["seen"].value()
    changed = plan(repeats="daily", every="2", start_time="04:00", follow="follow", seen=seen)
    answer = staff.post(of(one), changed, follow=True)
    assert "announced ones cancelled." in answer.text
    assert one.maintenances.filter(status="cancelled").exists()
    answer = staff.post(of(one), changed)
    assert "Somebody else changed this meanwhile." in answer.text
    assert answer.context["form"]["every"].value() == "2"
    again = staff.post(of(one), changed | {"seen": answer.context["form"]["seen"].value()}, follow=True)
    assert "Saved." in again.text


def test_it_is_ended_and_resumed(staff: Client) -> None:
    make_page(time_zone="Europe/Paris")
    staff.post(ADD_SERIES, plan())
    one = Series.objects.get()
    answer = staff.post(of(one, "end"), {"follow": Announced.FOLLOW.value}, follow=True)
    assert "Ended: nothing more is announced." in answer.text
    assert set(one.maintenances.values_list("status", flat=True)) == {"cancelled"}
    staff.post(of(one, "resume"))
    one.refresh_from_db()
    assert one.enabled
    assert staff.get(of(one, "end")).status_code == 405


def test_who_may_only_look_sees_it_and_changes_nothing(client: Client) -> None:
    page = make_page(time_zone="Europe/Paris")
    maintenance = planned(page)
    viewer = User.objects.create_user("vera", password="a long enough password", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__in=["view_series", "view_maintenance"]))
    owner = User.objects.create_superuser("ada")
    client.force_login(owner)
    client.post(ADD_SERIES, plan())
    one = Series.objects.get()
    client.force_login(viewer)
    assert client.get(of(one)).context.get("form") is None
    assert client.get(LIST_SERIES).status_code == 200
    for path in (
        of(one),
        of(one, "end"),
        of(one, "resume"),
        ADD_SERIES,
        f"{ADD_SERIES}?page={page.public_id}",
    ):
        assert client.post(path, plan(seen="")).status_code == 403
    assert (
        client.post(f"/admin/incidents/maintenance/{maintenance.pk}/details/", {"title_en": "x"}).status_code
        == 403
    )
    assert client.post(address(maintenance), press("cancelled")).status_code == 403
    one.refresh_from_db()
    assert one.enabled
