"""The desk in Chromium: on a phone, by keyboard, with and without a script; typed words elsewhere stay."""

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from incidents.models import Incident, TeamChannel
from tests.axe import violations
from tests.incidents.make import minutes, open_incident
from tests.make import make_page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

Tabs = Callable[..., Page]


def assert_good(tab: Page) -> None:
    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def make_scene() -> tuple[Incident, str]:
    incident = open_incident(
        make_page(name="Acme", time_zone="Europe/Paris"), now=timezone.now() - minutes(20), title_fr="Panne"
    )
    return incident, reverse("admin:incidents_incident_change", args=[incident.pk])


def test_a_list_is_worked_on_without_losing_what_is_typed(tabs: Tabs) -> None:
    incident, screen = make_scene()
    tab = tabs(390, dark=True)
    tab.goto(screen)
    tab.fill("textarea[name=body_en]", "We found it, and")
    first = tab.get_by_role("button", name="Done: Agree who leads")
    first.focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("1 of 9 done")).to_be_visible()
    expect(first).to_be_focused()
    expect(first).to_have_attribute("aria-pressed", "true")
    tab.fill("#note-text", "Disk of db-3 is full")
    tab.get_by_role("button", name="Keep the note").click()
    expect(tab.locator(".note")).to_have_text("Disk of db-3 is full")
    assert tab.input_value("textarea[name=body_en]") == "We found it, and"
    assert screen in tab.url

    tab.get_by_text("Texts for social networks").click()
    expect(tab.locator("#ready-1")).to_be_visible()
    assert tab.locator("#ready textarea").count() == 4
    assert_good(tab)
    assert incident.notes.count() == 1


def test_without_a_script_every_button_works(tabs: Tabs) -> None:
    incident, screen = make_scene()
    tab = tabs(1280, java_script_enabled=False, locale="fr")
    tab.goto(screen)
    with tab.expect_navigation():
        tab.get_by_role("button", name="Fait : Convenir").click()
    assert incident.tasks.filter(done_at__isnull=False).count() == 1
    assert tab.url.split("#")[0].endswith(screen)
    second = tab.locator(".task").nth(1)
    second.locator("summary").click()
    second.get_by_role("button", name="Descendre").click()
    expect(tab.locator(".task").nth(2).locator(".what")).to_have_text(re.compile("^Relire"))
    tab.get_by_text("Ajouter à la liste").click()
    tab.fill("#task-new-text", "Prévenir la direction")
    tab.get_by_role("button", name="Ajouter", exact=True).click()
    expect(tab.locator(".task .what").last).to_have_text("Prévenir la direction")


def test_what_is_prepared_is_accessible_and_fits_a_phone(tabs: Tabs) -> None:
    incident, _screen = make_scene()
    channel = TeamChannel.objects.create(
        name="pager", service="webhook", url="https://a.example/1", failures=2, error="HTTP 500"
    )
    tab = tabs(390)
    for address in (
        reverse("admin:incidents_task_desk", args=["incident", incident.pk]),
        reverse("admin:incidents_task_changelist"),
        reverse("admin:incidents_teamchannel_changelist"),
        reverse("admin:incidents_teamchannel_change", args=[channel.pk]),
        reverse("admin:incidents_checklist_changelist"),
        reverse("admin:incidents_contact_add"),
        reverse("admin:monitors_essentials_changelist"),
    ):
        tab.goto(address)
        assert_good(tab)
    tab.get_by_role("button", name="Turn degraded mode on").click()
    expect(tab.get_by_role("status")).to_contain_text("Turned on by ada")
    assert_good(tab)
