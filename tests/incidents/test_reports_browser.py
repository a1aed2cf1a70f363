"""Reporting a problem and reading reports, in Chromium: on a phone without a script, and at a desk."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from incidents.models import Report
from incidents.reports import spikes
from monitors import essentials
from monitors.models import Component, Page
from statuspage import told
from statuspage.drill.steps import STEPS
from statuspage.models import Drill
from tests.axe import violations
from tests.incidents.make import minutes
from tests.incidents.test_browser import assert_good
from tests.make import make_component, make_group, make_page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

Tabs = Callable[..., Tab]
LOOKS = [(1280, False, "en"), (390, True, "fr")]
# Milliseconds for which people read a form at least; one that is sent faster is taken for a program's.
PERSON = 1100


def make_scene() -> tuple[Page, Component]:
    page = make_page(name="Acme", time_zone="Europe/Paris")
    shop = make_group(page, name_en="Shop", name_fr="Boutique")
    checkout = make_component(page, name_en="Checkout", name_fr="Paiement", group=shop)
    search = make_component(page, name_en="Search", name_fr="Recherche", group=shop)
    now = timezone.now()
    text = "The basket is empty after I pay.\nTwice today. " * 4
    for number in range(60):
        component = checkout if number % 3 else search if number % 2 else None
        at = now - minutes(number * number / 3)
        Report.objects.create(page=page, component=component, text=text, language="en", created_at=at)
    return page, checkout


def make_drills(page: Page) -> None:
    """A whole one, one that did not come to its end, and one that goes on."""
    now = timezone.now()
    for days, seconds, failure in ((40, 9, ""), (1, 3, "public_at"), (0, 2, "")):
        began = now - minutes(days * 1440)
        reached = {
            step.name: began + minutes((number + 1) / 5) for number, step in enumerate(STEPS[:seconds])
        }
        over = {"finished_at": began + minutes(5)} if days else {}
        why = told.sentence("Nothing was published: %(reason)s", reason="disk full") if failure else {}
        Drill.objects.create(page=page, started_at=began, failure=failure, why=why, **(reached | over))


def look(tab: Tab, name: str) -> None:
    """Keeps a picture where somebody wants to look at it."""
    if folder := os.environ.get("PICTURES"):
        tab.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_somebody_reports_without_a_script_and_staff_read_it(tabs: Tabs) -> None:
    page, checkout = make_scene()
    Report.objects.all().delete()
    visitor = tabs(390, signed_in=False, java_script_enabled=False, locale="fr")
    visitor.goto(f"/report/{page.public_id}/")
    visitor.get_by_role("button", name="Envoyer le signalement").click()
    expect(visitor.get_by_role("alert")).to_be_visible()
    visitor.get_by_label("Qu’est-ce qui ne fonctionne pas").select_option("Paiement")
    visitor.get_by_label("Que constatez-vous").fill("<b>Rien</b> ne part.\nDeux fois.")
    visitor.get_by_label("Votre adresse e-mail").fill("lea@example.com")
    visitor.wait_for_timeout(PERSON)
    visitor.get_by_role("button", name="Envoyer le signalement").click()
    expect(visitor.get_by_role("heading", name="Merci")).to_be_visible()
    assert Report.objects.get().component == checkout
    assert visitor.context.cookies() == []

    staff = tabs(390, java_script_enabled=False, locale="en")
    staff.goto("/admin/")
    staff.get_by_role("link", name="Read the reports").click()
    staff.locator("#result_list tbody th a").click()
    expect(staff.get_by_text("<b>Rien</b> ne part.")).to_be_visible()
    expect(staff.get_by_role("link", name="lea@example.com")).to_be_visible()
    staff.get_by_role("button", name="Mark as read").click()
    expect(staff.get_by_text("1 report is marked as read.")).to_be_visible()


def test_every_screen_of_reports_and_drills_is_accessible_and_fits(tabs: Tabs) -> None:
    page, _checkout = make_scene()
    spikes.watch(timezone.now())
    report = Report.objects.latest("pk")
    make_drills(page)
    for width, dark, language in LOOKS:
        visitor = tabs(width, dark, signed_in=False, locale=language)
        visitor.goto(f"/report/{page.public_id}/")
        assert violations(visitor) == []
        look(visitor, f"form-{width}")
        with visitor.expect_navigation():
            visitor.locator("form button").click()
        assert violations(visitor) == []
        assert visitor.evaluate("document.documentElement.scrollWidth <= innerWidth")
        look(visitor, f"refused-{width}")
        staff = tabs(width, dark, locale=language)
        for path in (
            "incidents/report/",
            f"incidents/report/{report.pk}/change/",
            "statuspage/drill/",
            "",
        ):
            staff.goto(f"/admin/{path}")
            staff.locator("#content details").evaluate_all("all => all.forEach(each => { each.open = true })")
            look(staff, f"{path.replace('/', '-')}{width}")
            assert_good(staff)
    essentials.rest("ada", timezone.now())
    visitor.goto(f"/report/{page.public_id}/")
    look(visitor, "resting")
    assert violations(visitor) == []
