"""The seconds after a post and all that comes afterwards, in Chromium: a whole flow, at both sizes."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from incidents.choosing import control
from incidents.models import Incident, Update
from monitors import record
from monitors.status import Status
from subscribers.models import Delivery
from tests.incidents.make import make_subscriber, minutes, open_incident, update_incident
from tests.incidents.test_browser import Tabs, assert_good
from tests.make import make_component, make_page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CHANGE = "/admin/incidents/incident/{}/change/"


def test_a_post_is_undone_in_time_written_anew_and_sent_now(tabs: Tabs) -> None:
    page = make_page(hold=300)
    make_component(page, name_en="Checkout")
    make_subscriber(page)
    tab = tabs(390, True)
    tab.goto("/admin/incidents/incident/add/")
    tab.get_by_label("Title in English").fill("Paymnets fail")
    tab.get_by_label("Text in English").fill("We look into it.")
    tab.get_by_label("Checkout").select_option("Major outage")
    tab.get_by_role("button", name="Declare the incident").click()
    held = tab.get_by_role("region", name="No subscriber has been told yet")
    expect(held.get_by_text("Seconds left:")).to_be_visible()
    assert_good(tab)
    held.get_by_role("button", name="Undo").click()
    expect(tab.get_by_text("Undone: no subscriber was told")).to_be_visible()
    assert not Incident.objects.exists()
    assert not Delivery.objects.exclude(state="cancelled").exists()
    title = tab.get_by_label("Title in English")
    expect(title).to_have_value("Paymnets fail")
    expect(tab.get_by_label("Checkout")).to_have_value("major_outage")
    title.fill("Payments fail")
    tab.get_by_role("button", name="Declare the incident").click()
    tab.get_by_role("button", name="Send now").click()
    expect(tab.get_by_text("It is being sent.")).to_be_visible()
    expect(held).to_have_count(0)
    assert Delivery.objects.get(state="pending").due_at <= timezone.now()


def test_when_the_seconds_are_over_the_buttons_go(tabs: Tabs) -> None:
    incident = open_incident(make_page(), now=timezone.now(), hold=timedelta(seconds=300))
    tab = tabs()
    tab.clock.install()
    tab.goto(CHANGE.format(incident.pk))
    expect(tab.get_by_role("button", name="Undo")).to_be_visible()
    tab.clock.fast_forward(301_000)
    expect(tab.get_by_text("The time is up")).to_be_visible()
    expect(tab.get_by_role("button", name="Undo")).to_be_hidden()


@pytest.mark.parametrize(("width", "dark", "language"), [(1280, False, "en"), (390, True, "fr")])
def test_the_screens_of_afterwards_are_accessible_and_fit(
    tabs: Tabs, width: int, dark: bool, language: str
) -> None:
    now, page = timezone.now(), make_page(time_zone="Europe/Paris")
    make_subscriber(page)
    component = make_component(page, name_en="Checkout", now=now - minutes(500))
    incident = open_incident(page, {component: Status.MAJOR_OUTAGE}, now=now - minutes(90))
    update_incident(incident, "resolved", now=now - minutes(30))
    open_incident(page, title_en="The same again", now=now - minutes(80))
    record.declare([component.pk], "monitor:1", Status.MAJOR_OUTAGE, now - minutes(99))
    record.release("monitor:1", now - minutes(31))
    first = incident.updates.last()
    assert first is not None
    tab = tabs(width, dark, locale=language)
    own = f"/admin/incidents/incident/{incident.pk}"
    texts = tab.locator("textarea[name=body_en]")

    tab.goto(f"{own}/update/{first.public_id}/")
    texts.fill("It is the **network**.")
    tab.locator("form.card .go").click()
    expect(tab.locator(".messagelist")).to_be_visible()
    assert_good(tab)
    tab.goto(f"{own}/update/{first.public_id}/")
    assert_good(tab)

    tab.goto(f"{own}/times/")
    tab.locator("input[name=attached]").check()
    assert_good(tab)
    tab.locator("form.card .go").click()
    tab.wait_for_url("**/change/")
    incident.refresh_from_db()
    assert incident.started_at == now - minutes(99)

    for path in ("merge/", "postmortem/"):
        tab.goto(f"{own}/{path}")
        assert_good(tab)
    texts.fill("What we learnt.")
    tab.locator("button[name=review]").click()
    tab.locator("#reviewed").wait_for()
    assert_good(tab)
    tab.locator("section .go").click()
    tab.locator(".held").wait_for()
    assert Update.objects.filter(status="postmortem").count() == 1

    tab.goto("/admin/incidents/incident/past/")
    assert_good(tab)
    tab.locator("form.card .go").click()
    tab.get_by_role("alert").wait_for()
    assert_good(tab)
    tab.locator("[name=title_en]").fill("Checkout was slow")
    texts.fill("It was slow for an hour.")
    tab.locator("[name=started_at]").fill("2026-03-29T01:30:00")
    tab.locator("[name=resolved_at]").fill("2026-03-29T03:30:00")
    tab.locator(f"[name={control(component)}]").select_option("degraded_performance")
    tab.locator("form.card .go").click()
    tab.wait_for_url("**/change/")
    past = Incident.objects.get(backfilled=True)
    # Clocks were put forward in between.
    assert past.resolved_at is not None
    assert past.resolved_at - past.started_at == minutes(60)
    assert not Delivery.objects.filter(notice__subject__endswith=past.public_id).exists()
