"""Staff post from the admin: through the verbs, once, and never losing a word."""

import threading
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from incidents import post
from incidents.choosing import control
from incidents.models import Incident, Maintenance, Update
from monitors.ids import public_id
from monitors.models import Page
from monitors.status import Status
from subscribers.models import Notice
from tests.incidents.make import minutes, open_incident, schedule, spans, update_incident
from tests.make import make_component, make_group, make_page

pytestmark = pytest.mark.django_db

ADD = "/admin/incidents/incident/add/"
ADD_MAINTENANCE = "/admin/incidents/maintenance/add/"
LIST = "/admin/incidents/incident/"
PARIS = ZoneInfo("Europe/Paris")


def incident_address(incident: Incident) -> str:
    return f"/admin/incidents/incident/{incident.pk}/change/"


def maintenance_address(maintenance: Maintenance) -> str:
    return f"/admin/incidents/maintenance/{maintenance.pk}/change/"


def declaration(**values: Any) -> dict[str, Any]:
    return {
        "title_en": "Payments fail",
        "title_fr": "Les paiements échouent",
        "body_en": "We look into **it**.",
        "body_fr": "Nous cherchons.",
        "impact": "major",
        "status": "investigating",
        "promise": "30",
        "notify": "on",
        "update_id": public_id(),
    } | values


def news(**values: Any) -> dict[str, Any]:
    fields = {"status": "identified", "impact": "major", "body_en": "Found.", "body_fr": "", "notify": "on"}
    return fields | {"promise": "", "update_id": public_id()} | values


def plan(page: Page, **values: Any) -> dict[str, Any]:
    start = timezone.now().astimezone(PARIS) + minutes(60)
    return {
        "title_en": "New switches",
        "body_en": "We replace switches.",
        "scheduled_for": start.strftime("%Y-%m-%dT%H:%M"),
        "scheduled_until": (start + minutes(60)).strftime("%Y-%m-%dT%H:%M"),
        "notify": "on",
        "update_id": public_id(),
    } | values


def test_it_declares_an_incident_and_links_the_public_page(staff: Client, owner: User) -> None:
    page = make_page(url="https://status.example.com")
    component = make_component(page)
    answer = staff.post(ADD, declaration(**{control(component): "major_outage"}), follow=True)
    incident = Incident.objects.get()
    update = incident.updates.get()
    assert (incident.title_fr, incident.impact, update.author) == ("Les paiements échouent", "major", owner)
    assert incident.next_update_at is not None
    assert abs(incident.next_update_at - timezone.now() - minutes(30)) < minutes(1)
    assert [span[1] for span in spans(component) if span[0] == "incident"] == ["major_outage"]
    assert answer.redirect_chain[-1][0] == incident_address(incident)
    assert f'<a href="https://status.example.com/incidents/{incident.public_id}/">' in answer.text
    assert "We look into <strong>it</strong>." in answer.text
    assert LogEntry.objects.get().user == owner


def test_it_posts_an_update_and_resolves(staff: Client) -> None:
    page = make_page()
    component = make_component(page)
    incident = open_incident(page, {component: Status.MAJOR_OUTAGE})
    staff.post(incident_address(incident), news(**{control(component): "partial_outage"}))
    assert [span[1] for span in spans(component) if span[3] is None and span[0] == "incident"] == [
        "partial_outage"
    ]
    answer = staff.post(incident_address(incident), news(status="resolved"), follow=True)
    incident.refresh_from_db()
    assert incident.status == "resolved"
    assert "Posted: “Resolved”." in answer.text
    assert "no longer affected" in answer.text


def test_the_same_form_sent_twice_posts_once(staff: Client) -> None:
    make_page()
    fields = declaration()
    staff.post(ADD, fields)
    answer = staff.post(ADD, fields, follow=True)
    assert "nothing was posted again" in answer.text
    assert (Incident.objects.count(), Notice.objects.count()) == (1, 1)
    incident = Incident.objects.get()
    fields = news()
    staff.post(incident_address(incident), fields)
    staff.post(incident_address(incident), fields)
    assert incident.updates.count() == 2


def test_another_text_from_the_same_form_is_kept_and_can_be_sent_again(staff: Client) -> None:
    incident = open_incident(make_page())
    fields = news()
    staff.post(incident_address(incident), fields)
    answer = staff.post(incident_address(incident), fields | {"body_en": "Something else."})
    assert "Something else." in answer.text
    assert incident.updates.count() == 2
    fresh = answer.context["form"]["update_id"].value()
    assert fresh != fields["update_id"]
    staff.post(incident_address(incident), fields | {"body_en": "Something else.", "update_id": fresh})
    assert incident.updates.count() == 3


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title_en": "", "title_fr": " "}, "title_en"),
        ({"title_en": "x" * 201}, "title_en"),
        ({"title_en": "a\x00b"}, "title_en"),
        ({"title_fr": "x" * 300_000}, "title_fr"),
        ({"body_en": "", "body_fr": ""}, "body_en"),
        ({"body_en": "x" * 900_000}, "body_en"),
        ({"body_fr": "a\x00b"}, "body_fr"),
        ({"impact": "huge"}, "impact"),
        ({"impact": ""}, "impact"),
        ({"status": "postmortem"}, "status"),
        ({"status": "scheduled"}, "status"),
        ({"status": ""}, "status"),
        ({"promise": "-5"}, "promise"),
        ({"promise": "999999999999"}, "promise"),
        ({"started_at": "2999-01-01T00:00"}, "started_at"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "2026-03-29T02:30"}, "started_at"),
        ({"update_id": "'; DROP TABLE"}, "__all__"),
        ({"update_id": ""}, "update_id"),
        ({"update_id": "x" * 900}, "__all__"),
    ],
)
def test_bad_input_gets_a_clear_error_and_nothing_is_lost(
    staff: Client, values: dict[str, str], field: str
) -> None:
    make_page(time_zone="Europe/Paris")
    answer = staff.post(ADD, declaration(body_fr="Ce que j’ai écrit.") | values)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert 'role="alert"' in answer.text
    if "body_fr" not in values:
        assert "Ce que j’ai écrit." in answer.text
    assert (Incident.objects.count(), Notice.objects.count()) == (0, 0)


def test_every_missing_text_is_told_at_once(staff: Client) -> None:
    make_page()
    answer = staff.post(ADD, {"update_id": public_id()})
    assert {"title_en", "body_en", "impact", "status"} == set(answer.context["form"].errors)


def test_a_megabyte_is_refused(staff: Client) -> None:
    make_page()
    answer = staff.post(ADD, declaration(body_en="x" * 1_000_000))
    assert answer.status_code == 400
    assert "at most 1 MB" in answer.text
    assert Incident.objects.count() == 0


def test_markup_in_a_text_stays_harmless(staff: Client) -> None:
    make_page()
    text = "<script>alert(1)</script> [x](javascript:alert(2)) ![p](https://evil.example/p.png)"
    answer = staff.post(ADD, declaration(title_en="<b>x</b>", body_en=text), follow=True)
    assert "<script>alert(1)" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert 'href="javascript' not in answer.text
    assert "<img" not in answer.text
    assert "&lt;b&gt;x&lt;/b&gt;" in answer.text


def test_unknown_components_and_those_of_other_pages_are_not_read(staff: Client) -> None:
    page, stranger = make_page(), make_component(make_page())
    component = make_component(page)
    fields = {control(stranger): "major_outage", "component-nothing": "major_outage"}
    staff.post(f"{ADD}?page={page.public_id}", declaration(**fields, **{control(component): ""}))
    assert Incident.objects.get().updates.get().changes.count() == 0
    answer = staff.post(f"{ADD}?page={page.public_id}", declaration(**{control(component): "exploded"}))
    assert list(answer.context["form"].errors) == [control(component)]
    assert "exploded" in str(answer.context["form"].errors)


def test_an_unknown_status_of_a_component_cannot_be_declared(staff: Client) -> None:
    component = make_component(make_page())
    answer = staff.post(ADD, declaration(**{control(component): "unknown"}))
    assert list(answer.context["form"].errors) == [control(component)]


def test_what_the_verb_refuses_comes_back_with_the_text(staff: Client) -> None:
    page = make_page()
    component = make_component(page)
    incident = open_incident(page, {component: Status.MAJOR_OUTAGE})
    answer = staff.post(
        incident_address(incident),
        news(status="resolved", body_en="All is well.", **{control(component): "partial_outage"}),
    )
    assert "leaves every component operational" in answer.text
    assert "All is well." in answer.text
    assert incident.updates.count() == 1


@pytest.mark.parametrize("status", ["postmortem", "scheduled", "completed", ""])
def test_an_impossible_transition_comes_back_with_the_text(staff: Client, status: str) -> None:
    incident = open_incident(make_page())
    answer = staff.post(incident_address(incident), news(status=status, body_en="My words."))
    assert list(answer.context["form"].errors) == ["status"]
    assert "My words." in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_database_error_in_the_middle_keeps_the_text_and_is_safe_to_send_again(staff: Client) -> None:
    incident = open_incident(make_page())
    fields = news(body_en='My "words" </textarea><script>')
    held, asked = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Incident.objects.select_for_update().get(pk=incident.pk)
            held.set()
            asked.wait()
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20ms'")
    answer = staff.post(incident_address(incident), fields)
    asked.set()
    holder.join()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "10"
    assert "My &quot;words&quot; &lt;/textarea&gt;&lt;script&gt;" in answer.text
    assert f'name="update_id" value="{fields["update_id"]}"' in answer.text
    assert "csrfmiddlewaretoken" in answer.text
    assert "lock timeout" not in answer.text
    assert incident.updates.count() == 1
    assert staff.post(incident_address(incident), fields).status_code == 302
    assert incident.updates.count() == 2
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_with_the_database_gone_the_text_is_kept_and_staff_stay_signed_in(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_page()
    fields = declaration(body_en="Everything is down.")
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nowhere")
        answer = staff.post(ADD, fields)
    assert answer.status_code == 503
    assert "Everything is down." in answer.text
    assert staff.post(ADD, fields).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_reading_while_the_database_is_gone_is_an_error_as_everywhere(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff.raise_request_exception = False
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "/nowhere")
        assert staff.get(ADD).status_code == 500


def test_the_language_of_a_page_decides_what_is_asked(staff: Client) -> None:
    make_page(languages=["fr"], default_language="fr")
    answer = staff.get(ADD)
    fields = set(answer.context["form"].fields)
    assert fields & {"title_en", "title_fr", "body_en", "body_fr"} == {"title_fr", "body_fr"}
    answer = staff.post(ADD, {"update_id": public_id(), "impact": "minor", "status": "investigating"})
    assert set(answer.context["form"].errors) == {"title_fr", "body_fr"}


def test_the_page_is_chosen_where_there_are_several(staff: Client) -> None:
    first, second = make_page(name="First"), make_page(name="Second")
    answer = staff.get(ADD)
    assert f"?page={first.public_id}" in answer.text
    staff.post(f"{ADD}?page={second.public_id}", declaration())
    assert Incident.objects.get().page == second
    assert staff.get(f"{ADD}?page=nonsense").status_code == 404


def test_without_a_page_it_says_so(staff: Client) -> None:
    assert "There is no page yet" in staff.get(ADD).text


def test_open_incidents_are_listed_first(staff: Client) -> None:
    page = make_page()
    closed = open_incident(page, title_en="Closed one", now=timezone.now())
    update_incident(closed, "resolved", now=timezone.now())
    open_incident(page, title_en="Open one", now=timezone.now() - minutes(600))
    text = staff.get(LIST).text
    assert text.index("Open one") < text.index("Closed one")


def test_groups_open_where_something_is_wrong(staff: Client) -> None:
    page = make_page()
    quiet, loud = make_group(page, name_en="Quiet"), make_group(page, name_en="Loud", position=1)
    for _number in range(6):
        make_component(page, group=quiet)
    broken = make_component(page, group=loud)
    for _number in range(5):
        make_component(page, group=loud)
    incident = open_incident(page, {broken: Status.MAJOR_OUTAGE})
    groups = {
        group.name: group.open for group in staff.get(incident_address(incident)).context["form"].choices()
    }
    assert groups == {"Quiet": False, "Loud": True}


def test_a_silent_update_notifies_nobody(staff: Client) -> None:
    make_page()
    fields = declaration()
    del fields["notify"]
    answer = staff.post(ADD, fields, follow=True)
    assert "Nobody is notified." in answer.text
    assert not Notice.objects.exists()


def test_it_schedules_a_maintenance_in_the_zone_of_the_page(staff: Client) -> None:
    page = make_page(time_zone="Europe/Paris")
    component = make_component(page)
    fields = plan(page, scheduled_for="2999-07-01T02:00", scheduled_until="2999-07-01T04:00")
    staff.post(ADD_MAINTENANCE, fields | {control(component): "on"})
    maintenance = Maintenance.objects.get()
    assert maintenance.scheduled_for.isoformat() == "2999-07-01T00:00:00+00:00"
    assert list(maintenance.components.all()) == [component]
    answer = staff.get(maintenance_address(maintenance))
    assert "1 Jul 2999, 02:00" in answer.text
    assert 'value="2999-07-01T04:00"' in answer.text


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title_en": ""}, "title_en"),
        ({"body_en": "\t"}, "body_en"),
        ({"scheduled_for": ""}, "scheduled_for"),
        ({"scheduled_for": "soon"}, "scheduled_for"),
        ({"scheduled_for": "2026-03-29T02:30"}, "scheduled_for"),
        ({"scheduled_until": "2020-01-01T00:00"}, "scheduled_until"),
        ({"scheduled_for": "2020-01-01T00:00", "scheduled_until": "2020-01-01T01:00"}, "scheduled_until"),
        ({"scheduled_until": "99999-01-01T00:00"}, "scheduled_until"),
        ({"update_id": "nonsense"}, "__all__"),
    ],
)
def test_a_bad_plan_comes_back_with_the_text(staff: Client, values: dict[str, str], field: str) -> None:
    page = make_page(time_zone="Europe/Paris")
    answer = staff.post(ADD_MAINTENANCE, plan(page) | {"body_fr": ""} | values)
    assert list(answer.context["form"].errors) == [field]
    assert Maintenance.objects.count() == 0


def test_it_moves_a_maintenance_on(staff: Client) -> None:
    page = make_page()
    component = make_component(page)
    now = timezone.now()
    maintenance = schedule(
        page, component, now=now, scheduled_for=now + minutes(60), scheduled_until=now + minutes(120)
    )
    address = maintenance_address(maintenance)
    until = staff.get(address).context["form"]["scheduled_until"].value()
    fields = {"body_en": "News.", "body_fr": "", "notify": "on", "scheduled_until": until}
    staff.post(address, fields | {"status": "in_progress", "update_id": public_id()})
    maintenance.refresh_from_db()
    assert (maintenance.status, maintenance.scheduled_until) == ("in_progress", now + minutes(120))
    later = (now + minutes(240)).astimezone(ZoneInfo(page.time_zone)).strftime("%Y-%m-%dT%H:%M")
    moved = {"status": "in_progress", "update_id": public_id(), "scheduled_until": later}
    staff.post(address, fields | moved)
    maintenance.refresh_from_db()
    assert abs(maintenance.scheduled_until - now - minutes(240)) < minutes(1)
    staff.post(address, fields | {"status": "completed", "update_id": public_id()})
    maintenance.refresh_from_db()
    assert maintenance.status == "completed"
    assert staff.get(address).context["form"] is None


def test_a_text_for_a_maintenance_that_ended_meanwhile_is_kept(staff: Client) -> None:
    now = timezone.now()
    maintenance = schedule(
        make_page(), now=now - minutes(20), scheduled_for=now - minutes(10), scheduled_until=now
    )
    post.tick(timezone.now())
    fields = {"status": "in_progress", "body_en": "My words.", "update_id": public_id(), "notify": "on"}
    answer = staff.post(maintenance_address(maintenance), fields | {"scheduled_until": "2999-01-01T00:00"})
    assert "My words." in answer.text
    assert "cannot follow" in answer.text


def test_the_first_screen_says_what_is_going_on(staff: Client) -> None:
    page = make_page()
    component = make_component(page, name_en="Checkout")
    now = timezone.now()
    open_incident(page, {component: Status.PARTIAL_OUTAGE}, now=now - minutes(60), title_en="Slow payments")
    schedule(page, now=now, scheduled_for=now + minutes(60), scheduled_until=now + minutes(61))
    text = staff.get("/admin/").text
    for expected in ("Declare an incident", "Slow payments", "New switches", "Checkout", "Partial outage"):
        assert expected in text
    Incident.objects.update(next_update_at=now - minutes(5))
    assert "update overdue for" in staff.get("/admin/").text


def test_it_speaks_french(staff: Client) -> None:
    page = make_page(time_zone="Europe/Paris")
    component = make_component(page, name_fr="Paiement")
    incident = open_incident(page, {component: Status.MAJOR_OUTAGE}, title_fr="Les paiements échouent")
    text = staff.get(incident_address(incident), headers={"accept-language": "fr"}).text
    for expected in (
        "Les paiements échouent",
        "Enquête en cours",
        "Panne majeure",
        "Publier une mise à jour",
        "22 novembre 2026 à 15\u00a0h\u00a000",
        "Pas de texte français\u00a0: les lecteurs voient l’anglais.",
    ):
        assert expected in text


def allow(user: User, *codenames: str) -> None:
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))


@pytest.mark.parametrize(
    ("permissions", "sees", "posts", "declares"),
    [
        ([], 403, 403, 403),
        (["view_incident"], 200, 403, 403),
        (["view_incident", "change_incident"], 200, 302, 403),
        (["add_incident"], 403, 403, 302),
        (["view_maintenance", "change_maintenance", "add_maintenance"], 403, 403, 403),
    ],
)
def test_permissions_decide_who_sees_and_who_posts(
    client: Client, permissions: list[str], sees: int, posts: int, declares: int
) -> None:
    incident = open_incident(make_page())
    person = User.objects.create_user("eve", password="a long enough password", is_staff=True)
    allow(person, *permissions)
    client.force_login(person)
    assert client.get(incident_address(incident)).status_code == sees
    assert client.post(incident_address(incident), news()).status_code == posts
    assert client.post(ADD, declaration()).status_code == declares
    assert client.get("/admin/").status_code == 200


def test_strangers_are_asked_to_sign_in(client: Client) -> None:
    incident = open_incident(make_page())
    for address in (ADD, LIST, incident_address(incident)):
        assert client.post(address, news()).status_code == 302
    assert Update.objects.count() == 1


def test_nothing_is_deleted_or_edited_raw(staff: Client) -> None:
    incident = open_incident(make_page())
    assert staff.post(f"/admin/incidents/incident/{incident.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get("/admin/incidents/update/").status_code == 404
    assert staff.get("/admin/incidents/incident/999999/change/").status_code == 302


def test_posting_needs_the_token_of_the_form(owner: User) -> None:
    make_page()
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert client.post(ADD, declaration()).status_code == 403
