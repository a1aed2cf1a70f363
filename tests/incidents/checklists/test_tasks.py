"""Checklists open with what begins, are worked on together, and tell the team once when something is late."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import translation

from incidents import post, promises
from incidents.checklists import defaults, opening, overdue, social, tasks
from incidents.models import Checklist, ChecklistItem, Incident, Note, Task, TeamChannel, TeamMessage
from tests.incidents.make import NOW, minutes, open_incident, schedule, update_incident
from tests.make import make_component, make_page

pytestmark = pytest.mark.django_db


def desk(incident: Incident) -> str:
    return reverse("admin:incidents_task_desk", args=["incident", incident.pk])


def make_channel(**values: Any) -> TeamChannel:
    return TeamChannel.objects.create(name="ops", service="slack", url="https://a.example/1", **values)


def told(event: str) -> list[str]:
    messages = TeamMessage.objects.filter(event=event).order_by("id")
    return [message.values["title"]["en"] for message in messages]


def test_an_incident_opens_the_usual_list_in_both_languages_with_times() -> None:
    incident = open_incident(make_page())
    first = incident.tasks.all()[0]
    assert first.text_en == "Agree who leads the repair and who writes to customers"
    assert first.text_fr == "Convenir de qui dirige la réparation et de qui écrit aux clients"
    assert first.due_at == NOW + minutes(5)
    assert all(item.text_fr and item.text_fr != item.text_en for item in ChecklistItem.objects.all())
    assert Checklist.objects.get(kind="outage").name_fr == "Panne"
    assert [task.offers for task in incident.tasks.all() if task.offers] == ["social", "social"]


def test_a_maintenance_counts_from_its_planned_start_and_moves_with_it() -> None:
    page = make_page()
    maintenance = schedule(page, make_component(page))
    start = maintenance.scheduled_for
    assert maintenance.tasks.all()[0].due_at == start
    done = maintenance.tasks.all()[1]
    tasks.done(maintenance, done.pk, User.objects.create_user("ada"), NOW)

    opening.moved(maintenance, timedelta(days=1))

    assert maintenance.tasks.all()[0].due_at == start + timedelta(days=1)
    assert maintenance.tasks.all()[1].due_at == start


def test_staff_write_their_own_list_and_turn_off_what_they_do_not_want() -> None:
    page = make_page()
    defaults.ensure("outage")
    assert not defaults.ensure("outage")
    own = Checklist.objects.create(page=page, kind="outage", name_en="Ours")
    ChecklistItem.objects.create(checklist=own, text_en="Call Ada")
    assert [str(task) for task in open_incident(page).tasks.all()] == ["Call Ada"]
    assert open_incident(make_page()).tasks.count() == 9

    Checklist.objects.update(enabled=False)
    assert open_incident(make_page()).tasks.count() == 0


def test_what_is_over_and_what_is_a_drill_opens_nothing() -> None:
    assert open_incident(make_page(), status="resolved").tasks.count() == 0
    assert open_incident(make_page(hidden=True)).tasks.count() == 0


def test_a_list_is_worked_on_together(staff: Client, owner: User) -> None:
    incident = open_incident(make_page(time_zone="Europe/Paris"))
    first, second = incident.tasks.all()[:2]

    def do(what: str, **values: Any) -> int:
        return staff.post(desk(incident), {"do": what, **values}).status_code

    assert do(f"done:{first.pk}") == 302
    first.refresh_from_db()
    assert (first.done_by, first.done_at is not None) == (owner, True)
    do(f"undone:{first.pk}")
    first.refresh_from_db()
    assert (first.done_by, first.done_at) == (None, None)

    do(f"down:{first.pk}")
    assert [task.pk for task in incident.tasks.all()[:2]] == [second.pk, first.pk]
    do(f"up:{first.pk}")
    do(f"up:{first.pk}")
    assert [task.pk for task in incident.tasks.all()[:2]] == [first.pk, second.pk]

    do(f"save:{first.pk}", text="Ring Bob", assignee=owner.pk, due_at="2026-11-22T16:30")
    first.refresh_from_db()
    assert (str(first), first.assignee, first.due_at) == ("Ring Bob", owner, NOW + minutes(90))
    with translation.override("fr"):
        assert str(first) == "Ring Bob"

    do("add", text="Buy coffee")
    assert str(incident.tasks.last()) == "Buy coffee"
    do(f"remove:{second.pk}")
    assert not Task.objects.filter(pk=second.pk).exists()
    before = incident.tasks.count()
    defaults.ensure("security")
    do("open", list=Checklist.objects.get(kind="security").pk)
    assert incident.tasks.count() == before + 7
    do("note", text="<b>Disk</b> is full")
    assert Note.objects.get().author == owner
    said = staff.get(desk(incident)).content.decode()
    assert "&lt;b&gt;Disk&lt;/b&gt; is full" in said
    assert "Ring Bob" in said


def test_what_was_refused_comes_back_as_it_was_typed(staff: Client) -> None:
    incident = open_incident(make_page())
    task = incident.tasks.all()[0]
    answer = staff.post(desk(incident), {"do": f"save:{task.pk}", "text": "Ring Bob", "due_at": "soon"})
    assert answer.status_code == 400
    assert 'value="Ring Bob"' in answer.content.decode()
    assert 'value="soon"' in answer.content.decode()
    assert staff.post(desk(incident), {"do": "add", "text": ""}).status_code == 400
    assert staff.post(desk(incident), {"do": "note", "text": ""}).status_code == 400


@pytest.mark.parametrize("what", ["", "steal", "done:x", "done:99999999999999999999", "done", "save:²"])
def test_a_button_that_does_not_exist_does_nothing(staff: Client, what: str) -> None:
    assert staff.post(desk(open_incident(make_page())), {"do": what}).status_code == 404


def test_a_task_of_another_incident_is_out_of_reach(staff: Client) -> None:
    mine, other = open_incident(make_page()), open_incident(make_page())
    task = other.tasks.all()[0]
    for what in ("done", "remove", "save", "up"):
        staff.post(desk(mine), {"do": f"{what}:{task.pk}", "text": "Mine now"})
    task.refresh_from_db()
    assert (task.done_at, task.text_en) == (None, "Agree who leads the repair and who writes to customers")


def test_each_button_takes_its_own_permission(client: Client) -> None:
    incident = open_incident(make_page())
    task = incident.tasks.all()[0]
    eve = User.objects.create_user("eve", is_staff=True)
    client.force_login(eve)
    assert client.get(desk(incident)).status_code == 403
    eve.user_permissions.add(Permission.objects.get(codename="view_task"))
    assert client.get(desk(incident)).status_code == 200
    for what in (f"done:{task.pk}", f"remove:{task.pk}", "add", "open", "note"):
        assert client.post(desk(incident), {"do": what, "text": "x"}).status_code == 403
    eve.user_permissions.add(Permission.objects.get(codename="add_note"))
    assert client.post(desk(incident), {"do": "note", "text": "x"}).status_code == 302


def test_a_task_that_is_late_is_told_once_and_again_for_another_time() -> None:
    make_channel()
    incident = open_incident(make_page())
    task = incident.tasks.all()[0]
    assert overdue.tick(NOW + minutes(4)) == 0
    assert overdue.tick(NOW + minutes(5)) == 1
    assert overdue.tick(NOW + minutes(6)) == 0
    assert told("task.overdue") == ["Overdue: Agree who leads the repair and who writes to customers"]

    tasks.change(incident, task.pk, "Ring Bob", None, NOW + minutes(7))
    assert overdue.tick(NOW + minutes(8)) == 1
    assert told("task.overdue")[1:] == ["Overdue: Ring Bob"]

    tasks.done(incident, incident.tasks.all()[1].pk, User.objects.create_user("ada"), NOW)
    update_incident(incident, "resolved")
    assert overdue.tick(NOW + minutes(500)) == 0


def test_of_what_was_left_undone_long_ago_nobody_is_told() -> None:
    make_channel()
    open_incident(make_page())
    assert overdue.tick(NOW + minutes(60 * 24 * 9)) == 0
    assert overdue.tick(NOW + minutes(60 * 24 * 6)) > 0


def test_a_promise_is_reminded_of_before_and_told_when_late_each_once() -> None:
    make_channel()
    incident = open_incident(make_page(), next_update_at=NOW + minutes(30))
    for at in (24, 25, 26, 29, 30, 31, 90):
        promises.tick(NOW + minutes(at))
    assert told("promise.due") == ["An update is due: Payments fail"]
    assert told("promise.overdue") == ["The promised update is overdue: Payments fail"]

    update_incident(incident, "identified", now=NOW + minutes(91), next_update_at=NOW + minutes(93))
    for at in (91.5, 92.5, 94):
        promises.tick(NOW + minutes(at))
    assert (len(told("promise.due")), len(told("promise.overdue"))) == (2, 2)


def test_a_promise_that_was_kept_or_needs_no_keeping_is_not_told() -> None:
    make_channel()
    incident = open_incident(make_page(), next_update_at=NOW + minutes(30))
    update_incident(incident, "identified", next_update_at=None)
    gone = open_incident(make_page(), next_update_at=NOW + minutes(30))
    update_incident(gone, "resolved")
    assert promises.tick(NOW + minutes(60)) == 0


def test_who_looks_late_tells_only_that_it_is_late() -> None:
    make_channel()
    open_incident(make_page(), next_update_at=NOW + minutes(30))
    promises.tick(NOW + minutes(300))
    assert (told("promise.due"), len(told("promise.overdue"))) == ([], 1)


def test_the_team_hears_what_is_posted_and_not_what_was_rolled_back() -> None:
    make_channel(language="fr")
    incident = open_incident(make_page(), title_fr="Les paiements échouent", body_en="We **look** into it.")
    update_incident(incident, "resolved")
    assert told("update.posted") == ["Investigating: Payments fail", "Resolved: Payments fail"]
    first = TeamMessage.objects.filter(event="update.posted").order_by("id")[0].values
    assert first["title"]["fr"] == "Enquête en cours\u00a0: Les paiements échouent"
    assert first["text"]["en"].splitlines() == ["We look into it.", "Posted by itself."]


def test_the_team_hears_that_an_update_was_taken_back_and_by_whom(owner: User) -> None:
    make_channel()
    incident = open_incident(make_page(), hold=minutes(1))
    post.undo(incident.updates.get(), NOW, owner)
    assert told("update.withdrawn") == ["Taken back: Payments fail"]
    values = TeamMessage.objects.get(event="update.withdrawn").values
    assert values["text"]["en"] == "ada took an update back before anybody was told."


def test_social_texts_come_in_both_languages_and_lengths_with_their_own_links() -> None:
    page = make_page(name="Acme", url="https://status.example.com", default_language="en")
    incident = open_incident(page, title_fr="Les paiements échouent", body_fr="Nous **cherchons**.")
    update_incident(incident, "identified", next_update_at=NOW + minutes(30))
    incident = Incident.objects.get()
    made = social.ready(incident)
    assert [(each.language, each.limit) for each in made] == [
        ("en", 280), ("en", 500), ("fr", 280), ("fr", 500),
    ]  # fmt: skip
    english, french = made[0].text, made[2].text
    assert english.startswith("Acme – Identified: Payments fail\n\nNews.\n\nNext update before")
    assert english.endswith(f"https://status.example.com/incidents/{incident.public_id}/")
    assert french.endswith(f"https://status.example.com/fr/incidents/{incident.public_id}/")
    assert "Cause identifiée\u00a0: Les paiements échouent" in french
    assert made[0].used <= 280
