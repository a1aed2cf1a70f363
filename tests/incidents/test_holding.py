"""The seconds after a post, on the screens of staff."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.models import Draft, Incident, Update
from subscribers.models import Delivery
from tests.incidents.make import make_subscriber, open_incident, schedule
from tests.make import make_component, make_page
from tests.people import make_staff

pytestmark = pytest.mark.django_db


def place(update: Update, do: str) -> str:
    kind, pk = (
        ("incident", update.incident_id) if update.incident_id else ("maintenance", update.maintenance_id)
    )
    return reverse(f"admin:incidents_{kind}_{do}", args=[pk, update.public_id])


def posted(staff: Client, page, **fields: str) -> Update:
    typed = {"title_en": "Payments fail", "body_en": "We look into it.", "impact": "major"}
    typed |= {"status": "investigating", "update_id": "abcdef012345", "notify": "on"}
    address = reverse("admin:incidents_incident_add") + f"?page={page.public_id}"
    response = staff.post(address, typed | fields)
    assert response.status_code == 302, response.context["form"].errors
    return Update.objects.get()


def test_a_post_is_held_and_offers_to_be_undone_or_sent(staff) -> None:
    page = make_page(hold=30)
    make_subscriber(page)
    update = posted(staff, page)
    assert update.held_until is not None
    assert Delivery.objects.get().due_at == update.held_until > timezone.now() + timedelta(seconds=20)
    text = staff.get(reverse("admin:incidents_incident_change", args=[update.incident_id])).text
    assert place(update, "undo") in text
    assert place(update, "send_now") in text


def test_it_is_sent_at_once_where_staff_want_that_or_the_page_holds_nothing(staff) -> None:
    choices = (({"at_once": "on"}, make_page(hold=30)), ({}, make_page(hold=0)))
    for number, (fields, page) in enumerate(choices):
        update = posted(staff, page, **fields, update_id=f"abcdef01234{number}")
        assert update.held_until is None
        text = staff.get(reverse("admin:incidents_incident_change", args=[update.incident_id])).text
        assert place(update, "undo") not in text
        Incident.everything.all().delete()


def test_undoing_the_first_update_gives_back_what_was_typed(staff) -> None:
    page = make_page()
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


def test_undoing_a_further_update_gives_its_text_back_where_it_was_typed(staff) -> None:
    incident = open_incident(make_page(), now=timezone.now())
    change = reverse("admin:incidents_incident_change", args=[incident.pk])
    typed = {"status": "resolved", "impact": "major", "body_en": "Over.", "update_id": "abcdef012345"}
    assert staff.post(change, typed).status_code == 302
    update = Update.objects.get(public_id="abcdef012345")
    response = staff.post(place(update, "undo"), follow=True)
    assert response.redirect_chain[-1][0] == change
    assert response.context["form"]["body_en"].value() == "Over."
    assert Incident.objects.get().status == "investigating"


def test_a_maintenance_is_undone_the_same_way(staff) -> None:
    now = timezone.now()
    times = {"scheduled_for": now + timedelta(hours=1), "scheduled_until": now + timedelta(hours=2)}
    maintenance = schedule(make_page(), now=now, hold=timedelta(seconds=20), **times)
    response = staff.post(place(maintenance.updates.get(), "undo"), follow=True)
    assert response.context["form"]["title_en"].value() == "New switches"


def test_sending_now_tells_subscribers_at_once(staff) -> None:
    page = make_page()
    make_subscriber(page)
    update = posted(staff, page)
    staff.post(place(update, "send_now"))
    assert Delivery.objects.get().due_at <= timezone.now()
    response = staff.post(place(update, "undo"), follow=True)
    assert "It is too late" in response.text
    assert Incident.objects.exists()


def test_undoing_twice_answers_clearly(staff) -> None:
    update = posted(staff, make_page())
    staff.post(place(update, "undo"))
    for do in ("undo", "send_now"):
        response = staff.post(place(update, do), follow=True)
        assert "This was undone already." in response.text


def test_only_who_may_post_undoes_and_only_by_a_button(client) -> None:
    incident = open_incident(make_page(), now=timezone.now(), hold=timedelta(seconds=20))
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
