"""A preview shows what a post would become, by the real renderers, and leaves nothing behind."""

import json
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from incidents.choosing import control
from incidents.models import Draft, Incident, Update
from monitors.models import Page, Span
from monitors.status import Status
from subscribers.models import Delivery, Notice
from tests.incidents.make import make_subscriber, open_incident, schedule
from tests.incidents.test_admin import declaration, news
from tests.make import make_component, make_page

pytestmark = pytest.mark.django_db


def rows() -> tuple[Any, ...]:
    """All that a post writes."""
    counted = tuple(model.objects.count() for model in (Incident, Update, Notice, Delivery, Span))
    return (*counted, *Page.objects.values_list("touched_at", flat=True))


def test_it_shows_page_mail_webhook_and_readers_and_leaves_nothing_behind(staff: Client) -> None:
    page = make_page(name="Acme", languages=["en", "fr"])
    checkout = make_component(page, name_en="Checkout")
    make_subscriber(page)
    make_subscriber(page, channel="webhook", address="https://a.example/hook")
    before = rows()
    fields = declaration(
        body_en="**Cards** fail.", **{control(checkout): "major_outage"}, workaround_en="Wait."
    )
    answer = staff.post(f"/admin/preview/incident/{page.public_id}/", fields)
    assert "Goes to <strong>2 people</strong> (" in answer.text
    assert "page at once, messages after 20 seconds" in answer.text
    assert [(str(each.component), each.after) for each in answer.context["rehearsal"].changes] == [
        ("Checkout", "major_outage")
    ]
    body = json.loads(answer.context["webhook"])
    assert body["type"] == "incident.created"
    assert body["data"]["workaround"]
    subjects = [mail.subject for _language, mail in answer.context["mails"]]
    assert subjects == [
        "[Acme] Investigating: Payments fail",
        "[Acme] Enquête en cours\N{NO-BREAK SPACE}: Les paiements échouent",
    ]
    update_id = Draft.objects.get().update_id
    shown = staff.get(f"/admin/preview/of/{update_id}/page/fr/")
    assert "Les paiements échouent" in shown.text
    assert "sandbox" in shown["Content-Security-Policy"]
    assert "script-src 'none'" in shown["Content-Security-Policy"]
    assert shown["X-Frame-Options"] == "SAMEORIGIN"
    mail = staff.get(f"/admin/preview/of/{update_id}/mail/en/")
    assert "<strong>Cards</strong> fail." in mail.text
    assert rows() == before


def test_an_update_is_previewed_as_it_would_stand(staff: Client) -> None:
    page = make_page()
    checkout = make_component(page)
    incident = open_incident(page, {checkout: Status.MAJOR_OUTAGE})
    before = rows()
    fields = news(status="resolved", body_en="All is well.")
    answer = staff.post(f"/admin/preview/incident/{page.public_id}/{incident.pk}/", fields)
    assert json.loads(answer.context["webhook"])["type"] == "incident.resolved"
    shown = staff.get(f"/admin/preview/of/{fields['update_id']}/own/en/")
    assert "All is well." in shown.text
    assert rows() == before
    staff.post(f"/admin/incidents/incident/{incident.pk}/change/", fields)
    incident.refresh_from_db()
    assert incident.status == "resolved"
    assert not Draft.objects.exists()


def test_a_maintenance_is_previewed_too(staff: Client) -> None:
    page = make_page()
    maintenance = schedule(page, make_component(page))
    fields = {"status": "in_progress", "body_en": "We begin.", "update_id": "0123456789ab"}
    fields["scheduled_until"] = "2026-11-22T16:00"
    answer = staff.post(f"/admin/preview/maintenance/{page.public_id}/{maintenance.pk}/", fields)
    assert answer.context["rehearsal"], answer.context["form"].errors
    assert "Nobody is notified." in answer.text


def test_what_cannot_be_posted_is_said_instead(staff: Client) -> None:
    page = make_page()
    address = f"/admin/preview/incident/{page.public_id}/"
    answer = staff.post(address, declaration(title_en="", title_fr=""))
    assert "There is nothing to show yet:" in answer.text
    assert "Write this in at least one language." in answer.text
    answer = staff.post(address, declaration(body_en="kept"), headers={"hx-request": "true"})
    assert "<html" not in answer.text
    assert staff.get("/admin/preview/of/000000000000/page/en/").status_code == 404
    for wrong in ("/admin/preview/nothing/x/", f"/admin/preview/incident/{page.public_id}/99/"):
        assert staff.post(wrong, declaration()).status_code == 404
    stranger = open_incident(make_page())
    assert staff.post(f"{address}{stranger.pk}/", news()).status_code == 404


def test_from_its_page_one_posts_or_goes_back_with_every_word(staff: Client) -> None:
    page = make_page()
    fields = declaration(body_en='My "words" </textarea>')
    answer = staff.post(f"/admin/preview/incident/{page.public_id}/", fields)
    typed = dict(answer.context["typed"])
    assert typed == fields
    back = staff.post("/admin/incidents/incident/add/", typed | {"use": "typed"})
    assert "My &quot;words&quot; &lt;/textarea&gt;" in back.text
    assert Incident.objects.count() == 0
    staff.post("/admin/incidents/incident/add/", typed)
    assert Incident.objects.get().updates.get().body_en == 'My "words" </textarea>'


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_nobody_who_posts(staff: Client) -> None:
    page = make_page()
    incident = open_incident(page)
    held, asked = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
            held.set()
            asked.wait()
        connection.close()

    holder = threading.Thread(target=hold, daemon=True)
    holder.start()
    held.wait()
    try:
        answer = staff.post(f"/admin/preview/incident/{page.public_id}/{incident.pk}/", news())
    finally:
        asked.set()
        holder.join()
    assert "Somebody is posting at this very moment" in answer.text


def test_the_count_of_readers_is_asked_by_itself(staff: Client) -> None:
    page = make_page(hold=0)
    checkout = make_component(page)
    make_subscriber(page, checkout)
    address = f"/admin/preview/reach/incident/{page.public_id}/"
    some = staff.post(address, {"notify": "on", control(checkout): "major_outage"})
    assert "Goes to <strong>1 person</strong>" in some.text
    assert "page and messages at once" in some.text
    assert "Goes to <strong>0 people</strong>" in staff.post(address, {"notify": "on"}).text
    assert "Nobody is notified." in staff.post(address, {}).text
