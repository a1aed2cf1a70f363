"""The screens in Chromium: accessible, fit for a phone, and working without a script."""

from collections.abc import Callable

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Page

from incidents.models import Incident, Maintenance
from monitors.status import Status
from tests.axe import violations
from tests.incidents.make import minutes, open_incident, schedule, update_incident
from tests.make import make_component, make_group, make_page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

Tabs = Callable[..., Page]
LOOKS = [(1280, False, "en"), (390, True, "fr")]


def make_scene() -> tuple[Incident, Incident, Maintenance]:
    """An open incident that is overdue, a resolved one, a maintenance to come."""
    page = make_page(name="Acme", time_zone="Europe/Paris")
    shop, interfaces = make_group(page, name_en="Shop"), make_group(page, name_en="Interfaces", position=1)
    checkout, search = (make_component(page, group=shop, name_en=name) for name in ("Checkout", "Search"))
    for name in ("REST API", "Exports", "Webhooks", "GraphQL", "Login", "Search API"):
        make_component(page, group=interfaces, name_en=name)
    now = timezone.now()
    incident = open_incident(
        page,
        {checkout: Status.MAJOR_OUTAGE, search: Status.DEGRADED_PERFORMANCE},
        now=now - minutes(38),
        title_fr="Les paiements échouent",
        body_en="Since 14:02 **payments** fail.\n\n- Carts are kept\n\n> quoted\n\n```\ncode\n```\n[more](https://a.example)",
    )
    update_incident(
        incident,
        "identified",
        {search: Status.OPERATIONAL},
        now=now - minutes(8),
        next_update_at=now - minutes(1),
    )
    done = update_incident(open_incident(page, now=now - minutes(900)), "resolved", now=now - minutes(800))
    times = {"scheduled_for": now + minutes(60), "scheduled_until": now + minutes(120)}
    return incident, done, schedule(page, checkout, now=now, **times)


CONTROLS = ", ".join(
    f".console {control}"
    for control in (
        "button:not(.visually-hidden)",
        "select",
        "textarea",
        "summary",
        ".go",
        ".quiet",
        "input:is([type=text], [type^=date])",
    )
)
LOW = """controls => [...document.querySelectorAll(controls)]
    .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 43.5)
    .map(each => each.outerHTML)"""


def assert_good(tab: Page) -> None:
    """No accessibility violation, nothing wider than the screen, nothing too low for a thumb."""
    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate(LOW, CONTROLS) == []


@pytest.mark.parametrize(("width", "dark", "language"), LOOKS)
def test_every_screen_is_accessible_and_fits(tabs: Tabs, width: int, dark: bool, language: str) -> None:
    incident, done, maintenance = make_scene()
    tab = tabs(width, dark, locale=language)
    refused: list[str] = []
    tab.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    for path in (
        "/admin/",
        "/admin/incidents/incident/",
        "/admin/incidents/incident/add/",
        f"/admin/incidents/incident/{incident.pk}/change/",
        f"/admin/incidents/incident/{done.pk}/change/",
        "/admin/incidents/maintenance/",
        "/admin/incidents/maintenance/add/",
        f"/admin/incidents/maintenance/{maintenance.pk}/change/",
    ):
        answer = tab.goto(path)
        assert answer is not None
        assert answer.ok
        tab.locator("details").evaluate_all("all => all.forEach(each => { each.open = true })")
        assert_good(tab)
    tab.goto("/admin/incidents/incident/add/")
    tab.locator("form.composer button.go").click()
    tab.get_by_role("alert").wait_for()
    assert_good(tab)
    assert refused == []


@pytest.mark.parametrize(("width", "dark", "language"), LOOKS)
def test_the_door_is_accessible(tabs: Tabs, width: int, dark: bool, language: str) -> None:
    tab = tabs(width, dark, signed_in=False, locale=language)
    tab.goto("/admin/")
    assert violations(tab) == []


def test_choosing_a_page_and_having_none_are_accessible(tabs: Tabs) -> None:
    tab = tabs(390)
    for _number in range(2):
        tab.goto("/admin/incidents/incident/add/")
        assert_good(tab)
        make_page()
        make_page()


def test_somebody_on_a_phone_declares_updates_and_resolves_without_a_script(tabs: Tabs) -> None:
    page = make_page()
    make_component(page, name_en="Checkout")
    tab = tabs(390, java_script_enabled=False)
    tab.goto("/admin/")
    tab.get_by_role("link", name="Declare an incident").click()
    tab.get_by_label("Title in English").fill("Payments fail")
    tab.get_by_label("Text in English").fill("We look into it.")
    tab.get_by_label("Text in French").fill("Nous cherchons.")
    tab.get_by_label("Major").check()
    tab.get_by_label("Checkout").select_option("Major outage")
    tab.get_by_label("Next update promised").select_option("in 30 minutes")
    tab.get_by_role("button", name="Declare the incident").click()
    tab.get_by_text("Posted: “Investigating”.").wait_for()
    tab.get_by_label("Resolved").check()
    tab.get_by_label("Text in English").fill("All is well again.")
    tab.get_by_role("button", name="Post the update").click()
    tab.get_by_text("Posted: “Resolved”.").wait_for()
    incident = Incident.objects.get()
    assert [update.status for update in incident.updates.order_by("id")] == ["investigating", "resolved"]
    changes = [
        change.new_status for update in incident.updates.order_by("id") for change in update.changes.all()
    ]
    assert changes == ["major_outage", "operational"]


def test_the_kept_page_is_accessible_and_tries_again(tabs: Tabs, monkeypatch: pytest.MonkeyPatch) -> None:
    make_page()
    tab = tabs(390)
    tab.goto("/admin/incidents/incident/add/")
    tab.get_by_label("Title in English").fill("Payments fail")
    tab.get_by_label("Text in English").fill("Since\n14:02.")
    with monkeypatch.context() as patch:
        patch.setitem(connections.settings["default"], "HOST", "/nowhere")
        tab.get_by_role("button", name="Declare the incident").click()
        tab.get_by_text("Your text is kept below").wait_for()
    assert_good(tab)
    assert tab.get_by_label("Text in English").input_value() == "Since\n14:02."
    tab.get_by_role("button", name="Try again").click()
    tab.get_by_text("Posted: “Investigating”.").wait_for()
    assert Incident.objects.get().updates.get().body_en == "Since\n14:02."
