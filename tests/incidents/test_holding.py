"""The seconds after a post, on the screens of staff."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.afterwards import postmortems
from incidents.models import Draft, Incident, Update
from subscribers.models import Delivery
from tests.incidents.make import make_subscriber, open_incident, schedule, update_incident
from tests.make import make_component, make_page
from tests.people import make_staff

pytestmark = pytest.mark.django_db


def place(update: Update, do: str) -> str:
    kind, pk = (
        ("incident", update.incident_id) if update.incident_id else ("maintenance", update.maintenance_id)
    )
    return reverse(f"admin:incidents_{kind}_{do}", args=[pk, update.public_id])


def typed_in(response: Any) -> dict[str, str]:
    """What a browser would send of the form that an answer shows, untouched; and what it hides of it."""
    form = response.context["form"]
    typed = {bound.html_name: bound.value() for bound in form if bound.value() not in (None, False)}
    hidden = re.findall(r'<input type="hidden" name="(initial-\w+)"(?: value="([^"]*)")?', response.text)
    return typed | {name: unescape(value) for name, value in hidden}


def posted(staff: Client, page, **fields: str) -> Update:
    typed = {"title_en": "Payments fail", "body_en": "We look into it.", "impact": "major"}
    typed |= {"status": "investigating", "update_id": "abcdef012345", "notify": "on"}
    address = reverse("admin:incidents_incident_add") + f"?page={page.public_id}"
    response = staff.post(address, typed | fields)
    assert response.status_code == 302, response.context["form"].errors
    return Update.objects.get()


def test_a_post_is_held_and_offers_to_be_undone_or_sent(staff) -> None:
    page = make_page(hold=300)
    make_subscriber(page)
    update = posted(staff, page)
    assert update.held_until is not None
    assert Delivery.objects.get().due_at == update.held_until > timezone.now() + timedelta(seconds=20)
    text = staff.get(reverse("admin:incidents_incident_change", args=[update.incident_id])).text
    assert place(update, "undo") in text
    assert place(update, "send_now") in text


def test_it_is_sent_at_once_where_staff_want_that_or_the_page_holds_nothing(staff) -> None:
    choices = (({"at_once": "on"}, make_page(hold=300)), ({}, make_page(hold=0)))
    for number, (fields, page) in enumerate(choices):
        update = posted(staff, page, **fields, update_id=f"abcdef01234{number}")
        assert update.held_until is None
        text = staff.get(reverse("admin:incidents_incident_change", args=[update.incident_id])).text
        assert place(update, "undo") not in text
        Incident.everything.all().delete()


def test_undoing_the_first_update_gives_back_what_was_typed(staff) -> None:
    page = make_page(hold=300)
    component = make_component(page)
    control = f"component-{component.public_id}"
    update = posted(staff, page, **{control: "major_outage", "scope_en": "Only cards"})
    response = staff.post(place(update, "undo"), follow=True)
    assert not Incident.objects.exists()
    assert "Undone: no subscriber was told" in response.text
    form = response.context["form"]
    assert form["title_en"].value() == "Payments fail"
    assert form["body_en"].value() == "We look into it."
    assert form[control].value() == "major_outage"
    draft = Draft.objects.get()
    assert draft.update_id != update.public_id
    typed = {name: values[0] for name, values in draft.fields.items()}
    again = staff.post(response.request["PATH_INFO"] + f"?page={page.public_id}", typed)
    assert again.status_code == 302
    assert Incident.objects.get().updates.get().body_en == "We look into it."


def test_what_the_first_update_pinned_and_promised_is_posted_when_its_draft_is(staff) -> None:
    page = make_page(hold=300)
    pinned = {"scope_en": "Only cards", "workaround_en": "Pay by invoice."}
    started = timezone.now() - timedelta(hours=2)
    told = f"{started.astimezone(ZoneInfo(page.time_zone)):%Y-%m-%dT%H:%M}"
    update = posted(staff, page, **pinned, promise="30", started_at=told)
    promised = Incident.objects.get().next_update_at
    shown = staff.post(place(update, "undo"), follow=True)
    assert (
        staff.post(
            reverse("admin:incidents_incident_add") + f"?page={page.public_id}", typed_in(shown)
        ).status_code
        == 302
    )
    incident = Incident.objects.get()
    assert {name: getattr(incident, name) for name in pinned} == pinned
    assert incident.next_update_at == promised.replace(second=0, microsecond=0)
    assert incident.started_at == started.replace(second=0, microsecond=0)


def test_a_promise_for_tomorrow_is_posted_when_its_draft_is(staff) -> None:
    page = make_page(hold=300)
    update = posted(staff, page, promise="1440")
    shown = staff.post(place(update, "undo"), follow=True)
    add = reverse("admin:incidents_incident_add") + f"?page={page.public_id}"
    assert staff.post(add, typed_in(shown)).status_code == 302
    promised = Incident.objects.get().next_update_at
    assert promised is not None
    assert promised > timezone.now() + timedelta(hours=23)


def test_what_a_further_update_pinned_is_posted_when_its_draft_is(staff) -> None:
    incident = open_incident(make_page(hold=300), now=timezone.now(), workaround_en="Wait.")
    change = reverse("admin:incidents_incident_change", args=[incident.pk])
    seen = {"initial-workaround_en": "Wait.", "initial-scope_en": ""}
    words = {"scope_en": "Only cards", "workaround_en": "Pay by invoice."}
    typed = {"status": "identified", "impact": "major", "body_en": "Found.", "update_id": "abcdef012345"}
    assert staff.post(change, typed | seen | words).status_code == 302
    shown = staff.post(place(Update.objects.get(public_id="abcdef012345"), "undo"), follow=True)
    again = typed_in(shown)
    assert (again["initial-workaround_en"], again["initial-scope_en"]) == ("Wait.", "")
    assert staff.post(change, again).status_code == 302
    incident.refresh_from_db()
    assert (incident.scope_en, incident.workaround_en) == ("Only cards", "Pay by invoice.")


def test_whoever_posts_what_was_undone_still_sees_what_somebody_else_changed(staff) -> None:
    incident = open_incident(make_page(hold=300), now=timezone.now())
    change = reverse("admin:incidents_incident_change", args=[incident.pk])
    typed = {"status": "identified", "impact": "major", "body_en": "Found.", "update_id": "abcdef012345"}
    staff.post(change, typed)
    shown = staff.post(place(Update.objects.get(public_id="abcdef012345"), "undo"), follow=True)
    update_incident(incident, "monitoring", now=timezone.now())
    response = staff.post(change, typed_in(shown))
    assert "somebody else was faster" in response.text


def test_undoing_a_further_update_gives_its_text_back_where_it_was_typed(staff) -> None:
    incident = open_incident(make_page(hold=300), now=timezone.now())
    change = reverse("admin:incidents_incident_change", args=[incident.pk])
    typed = {"status": "resolved", "impact": "major", "body_en": "Over.", "update_id": "abcdef012345"}
    assert staff.post(change, typed).status_code == 302
    update = Update.objects.get(public_id="abcdef012345")
    response = staff.post(place(update, "undo"), follow=True)
    assert response.redirect_chain[-1][0] == change
    assert response.context["form"]["body_en"].value() == "Over."
    assert Incident.objects.get().status == "investigating"


def test_an_undone_postmortem_is_back_where_it_was_written(staff, owner) -> None:
    now = timezone.now()
    incident = open_incident(make_page(), now=now)
    update_incident(incident, "resolved", now=now)
    texts = {"body_en": "What we learnt.", "body_fr": "", "seen": 0}
    found = postmortems.save(incident, **texts, for_review=True, now=now, author=owner)
    hold = timedelta(minutes=5)
    update = postmortems.publish(
        incident, seen=found.version, notify=True, hold=hold, now=now, reviewer=owner
    )
    response = staff.post(place(update, "undo"), follow=True)
    own = reverse("admin:incidents_incident_postmortem", args=[incident.pk])
    assert response.redirect_chain[-1][0] == own
    assert "Undone: no subscriber was told" in response.text
    assert response.context["form"]["body_en"].value() == "What we learnt."
    assert not Draft.objects.exists()


def test_a_maintenance_is_undone_the_same_way(staff) -> None:
    now = timezone.now()
    times = {"scheduled_for": now + timedelta(hours=1), "scheduled_until": now + timedelta(hours=2)}
    maintenance = schedule(make_page(), now=now, hold=timedelta(minutes=5), **times)
    response = staff.post(place(maintenance.updates.get(), "undo"), follow=True)
    assert response.context["form"]["title_en"].value() == "New switches"


def test_sending_now_tells_subscribers_at_once(staff) -> None:
    page = make_page(hold=300)
    make_subscriber(page)
    update = posted(staff, page)
    staff.post(place(update, "send_now"))
    assert Delivery.objects.get().due_at <= timezone.now()
    response = staff.post(place(update, "undo"), follow=True)
    assert "It is too late" in response.text
    assert Incident.objects.exists()


def test_undoing_twice_answers_clearly(staff) -> None:
    update = posted(staff, make_page(hold=300))
    staff.post(place(update, "undo"))
    for do in ("undo", "send_now"):
        response = staff.post(place(update, do), follow=True)
        assert "This was undone already." in response.text


def test_only_who_may_post_undoes_and_only_by_a_button(client) -> None:
    incident = open_incident(make_page(), now=timezone.now(), hold=timedelta(minutes=5))
    undo = place(incident.updates.get(), "undo")
    client.force_login(make_staff("viewer"))
    assert client.post(undo).status_code == 403
    assert undo not in client.get(reverse("admin:incidents_incident_change", args=[incident.pk])).text
    client.force_login(make_staff("communicator"))
    assert client.get(undo).status_code == 405
    assert client.post(undo).status_code == 302
    assert not Incident.objects.exists()


def test_an_update_of_something_else_is_not_found(staff) -> None:
    one, other = (open_incident(make_page(), now=timezone.now()) for _ in range(2))
    wrong = reverse("admin:incidents_incident_undo", args=[one.pk, other.updates.get().public_id])
    assert staff.post(wrong).status_code == 404
