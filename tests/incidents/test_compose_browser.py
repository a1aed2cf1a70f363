"""The form to post in Chromium: three interactions, keys alone, offline, two people, every look."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from playwright.sync_api import Locator, Page, Response, expect

from incidents.models import Draft, Incident, Template
from monitors.status import Status
from tests.incidents.make import make_subscriber, open_incident
from tests.incidents.test_browser import assert_good
from tests.make import make_component, make_page

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

Tabs = Callable[..., Page]
ADD = "/admin/incidents/incident/add/"


def make_template(**values: Any) -> Template:
    texts = {
        "name_en": "Service unavailable",
        "status": "investigating",
        "title_en": "Our service is unavailable",
        "title_fr": "Notre service est indisponible",
        "body_en": "It does not answer in {region}.",
        "impact": "critical",
        "promise": 15,
    }
    # Those that came along may be there or not, as earlier tests left them.
    Template.objects.all().delete()
    return Template.objects.create(**{**texts, **values})


class Counting:
    """A person who counts each click and each key that presses something; typing is free."""

    def __init__(self, tab: Page) -> None:
        self.tab, self.number = tab, 0

    def click(self, role: Any, name: str) -> None:
        self.number += 1
        self.tab.get_by_role(role, name=name).click()

    def press(self, key: str) -> None:
        self.number += 1
        self.tab.keyboard.press(key)


def test_from_the_board_to_published_in_three_interactions(tabs: Tabs) -> None:
    page = make_page(languages=["en"])
    component = make_component(page, name_en="Checkout")
    make_template(body_en="It does not answer.", components={component.public_id: "major_outage"})
    tab = tabs(390)
    tab.goto("/admin/")
    person = Counting(tab)
    person.click("link", "Service unavailable")
    person.click("button", "Declare the incident")
    tab.get_by_text("Posted: “Investigating”.").wait_for()
    assert person.number <= 3
    incident = Incident.objects.get()
    assert (incident.title_en, incident.impact) == ("Our service is unavailable", "critical")
    assert [change.new_status for change in incident.updates.get().changes.all()] == ["major_outage"]


def go_to(control: Locator) -> None:
    """As far as the Tab key leads."""
    for _press in range(200):
        if control.evaluate("each => each === document.activeElement"):
            return
        control.page.keyboard.press("Tab")
    raise AssertionError("The Tab key does not lead there.")


def test_declare_update_undo_and_resolve_by_keyboard_alone(tabs: Tabs) -> None:
    page = make_page(name="Acme", hold=300)
    make_component(page, name_en="Checkout")
    make_subscriber(page)
    make_template()
    tab = tabs(1280)
    tab.goto("/admin/")
    person = Counting(tab)
    with tab.expect_navigation():
        person.press("d")
    go_to(tab.get_by_role("button", name="Service unavailable"))
    with tab.expect_navigation():
        person.press("Enter")
    expect(tab.get_by_role("button", name="Service unavailable")).to_be_focused()
    go_to(tab.get_by_label("Region"))
    tab.keyboard.type("Europe")
    with tab.expect_navigation():
        person.press("Control+Enter")
    tab.get_by_text("Posted: “Investigating”.").wait_for()
    assert person.number <= 3
    assert Incident.objects.get().updates.get().body_en == "It does not answer in Europe."

    go_to(tab.get_by_label("Investigating"))
    tab.keyboard.press("ArrowDown")
    expect(tab.get_by_label("Identified")).to_be_checked()
    go_to(tab.get_by_label("Text in English"))
    tab.keyboard.type("The wrong cause.")
    go_to(tab.get_by_label("Checkout"))
    tab.keyboard.press("m")
    expect(tab.get_by_label("Checkout")).to_have_value("major_outage")
    with tab.expect_navigation():
        tab.keyboard.press("Control+Enter")
    tab.get_by_text("Posted: “Identified”.").wait_for()
    go_to(tab.get_by_role("button", name="Undo"))
    with tab.expect_navigation():
        tab.keyboard.press("Enter")
    tab.get_by_text("Undone: no subscriber was told").wait_for()
    assert Incident.objects.get().updates.get().status == "investigating"
    expect(tab.get_by_label("Text in English")).to_have_value("The wrong cause.")

    go_to(tab.get_by_label("Identified"))
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    expect(tab.get_by_label("Resolved")).to_be_checked()
    go_to(tab.get_by_label("Text in English"))
    tab.keyboard.press("Control+a")
    tab.keyboard.type("It works again.")
    go_to(tab.get_by_label("Checkout"))
    tab.keyboard.press("o")
    expect(tab.get_by_label("Checkout")).to_have_value("operational")
    tab.keyboard.press("Control+Enter")
    tab.get_by_text("Posted: “Resolved”.").wait_for()
    incident = Incident.objects.get()
    assert [update.body_en for update in incident.updates.order_by("id")][1:] == ["It works again."]
    assert incident.status == "resolved"


def test_the_words_of_a_template_come_into_an_update_beside_what_was_typed(tabs: Tabs) -> None:
    incident = open_incident(make_page())
    make_template(title_en="", title_fr="", body_en="It is over.", status="resolved")
    tab = tabs(390)
    tab.goto(f"/admin/incidents/incident/{incident.pk}/change/")
    tab.get_by_role("button", name="Service unavailable").click()
    expect(tab.get_by_label("Text in English")).to_have_value("It is over.")
    tab.goto(f"/admin/incidents/incident/{incident.pk}/change/")
    expect(tab.get_by_label("Text in English")).to_have_value("")
    tab.get_by_label("Text in French").fill("C’est fini.")
    tab.get_by_role("button", name="Service unavailable").click()
    expect(tab.get_by_label("Text in English")).to_have_value("It is over.")
    expect(tab.get_by_label("Text in French")).to_have_value("C’est fini.")
    tab.reload()
    expect(tab.get_by_label("Resolved")).to_be_checked()
    expect(tab.get_by_label("Major", exact=True)).to_be_checked()
    expect(tab.get_by_label("Text in English")).to_have_value("It is over.")
    expect(tab.get_by_label("Text in French")).to_have_value("C’est fini.")


def kept(answer: Response) -> bool:
    """Whether a draft was saved."""
    return answer.url.partition("?")[0].endswith("/draft/")


def test_the_preview_follows_and_says_who_will_hear(tabs: Tabs) -> None:
    page = make_page(name="Acme")
    make_component(page, name_en="Checkout")
    make_subscriber(page)
    tab = tabs(1280)
    errors: list[str] = []
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    tab.goto(ADD)
    expect(tab.locator(".reach")).to_contain_text("Goes to 1 person")
    tab.get_by_label("Title in English").fill("Payments fail")
    expect(tab.locator(".spoken .missing").nth(1)).to_be_visible()
    # What is saved late renews the preview: nothing is on its way when somebody asks for one.
    with tab.expect_response(lambda answer: "We+look" in (answer.request.post_data or "") and kept(answer)):
        tab.get_by_label("Text in English").fill("We look into it.")
    with tab.expect_response(kept):
        tab.locator("h1").first.click()
    tab.keyboard.press("p")
    frame = tab.frame_locator("iframe[title='Page, English']")
    expect(frame.get_by_role("heading", name="Payments fail").first).to_be_visible()
    tab.get_by_label("Title in English").fill("Cards fail")
    expect(frame.get_by_role("heading", name="Cards fail").first).to_be_visible()
    tab.locator("#preview details").evaluate_all("all => all.forEach(each => { each.open = true })")
    expect(
        tab.frame_locator("iframe[title^='Mail, en']")
        .get_by_role("paragraph")
        .filter(has_text="We look into it.")
    ).to_be_visible()
    expect(tab.locator("#preview-webhook pre")).to_contain_text("incident.created")
    assert Incident.objects.count() == 0
    assert_good(tab)
    # The scripts of the pages that are shown are held back; everything else is in order.
    assert [text for text in errors if "sandboxed" not in text] == []


def test_what_is_typed_survives_a_lost_connection_a_reload_and_a_dead_database(
    tabs: Tabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_page()
    tab = tabs(390)
    tab.goto(ADD)
    tab.get_by_label("Title in English").fill("Payments fail")
    expect(tab.locator(".kept")).to_contain_text("Draft saved")
    assert Draft.objects.get().fields["title_en"] == ["Payments fail"]
    tab.context.set_offline(True)
    # Before something is typed: soon after that it says that the server was not reached.
    expect(tab.locator(".kept")).to_contain_text("is kept on this device")
    tab.get_by_label("Text in English").fill("Written in a tunnel.")
    expect(tab.locator(".kept")).to_contain_text("the server was not reached")
    tab.get_by_role("button", name="Declare the incident").click()
    expect(tab.get_by_label("Text in English")).to_have_value("Written in a tunnel.")
    tab.context.set_offline(False)
    with monkeypatch.context() as patch:
        patch.setitem(connections.settings["default"], "HOST", "/nowhere")
        tab.get_by_role("button", name="Declare the incident").click()
        tab.get_by_text("Your text is kept below").wait_for()
        tab.go_back()
    tab.reload()
    expect(tab.get_by_label("Text in English")).to_have_value("Written in a tunnel.")
    expect(tab.get_by_label("Title in English")).to_have_value("Payments fail")
    tab.get_by_role("button", name="Declare the incident").click()
    tab.get_by_text("Posted: “Investigating”.").wait_for()
    assert Incident.objects.get().updates.get().body_en == "Written in a tunnel."
    assert not Draft.objects.exists()
    # Its script runs when all of the page is there.
    tab.wait_for_load_state()
    assert tab.evaluate("Object.keys(localStorage).filter(name => name.startsWith('draft:'))") == []


def test_the_second_of_two_people_sees_the_first_before_writing_over(tabs: Tabs, live_server: Any) -> None:
    page = make_page()
    checkout = make_component(page, name_en="Checkout")
    incident = open_incident(page, {checkout: Status.MAJOR_OUTAGE})
    eve, client = User.objects.create_superuser("eve", password="a long enough password"), Client()
    client.force_login(eve)
    address = f"/admin/incidents/incident/{incident.pk}/change/"
    ada, other = tabs(1280), tabs(390, signed_in=False)
    session = client.cookies["sessionid"].value
    other.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    for tab in (ada, other):
        tab.goto(address)
    ada.get_by_label("Identified").check()
    ada.get_by_label("Text in English").fill("The cause is found.")
    ada.get_by_label("Checkout").select_option("Partial outage")
    ada.get_by_role("button", name="Post the update").click()
    ada.get_by_text("Posted: “Identified”.").wait_for()
    other.get_by_label("Text in English").fill("Still looking.")
    other.get_by_role("button", name="Post the update").click()
    shown = other.get_by_role("alert")
    expect(shown).to_contain_text("somebody else was faster")
    expect(shown).to_contain_text("The cause is found.")
    expect(shown.get_by_role("row", name="Checkout")).to_contain_text("Partial outage")
    expect(other.get_by_label("Text in English")).to_have_value("Still looking.")
    expect(other.get_by_label("Identified")).to_be_checked()
    assert incident.updates.count() == 2
    assert_good(other)
    other.get_by_role("button", name="Post the update").click()
    other.get_by_text("Posted: “Identified”.").wait_for()
    assert incident.updates.count() == 3


def test_without_a_script_templates_drafts_and_the_preview_work(tabs: Tabs) -> None:
    page = make_page()
    make_component(page, name_en="Checkout")
    make_template()
    tab = tabs(390, java_script_enabled=False)
    tab.goto(ADD)
    tab.get_by_role("button", name="Service unavailable").click()
    tab.get_by_label("Region").fill("Asia")
    tab.get_by_role("button", name="Save as draft").click()
    tab.get_by_text("The draft is saved; nothing was posted.").wait_for()
    tab.get_by_role("button", name="Preview").click()
    tab.get_by_role("heading", name="Preview").first.wait_for()
    tab.get_by_role("button", name="Back to the form").click()
    expect(tab.get_by_label("Region")).to_have_value("Asia")
    tab.get_by_role("button", name="Preview").click()
    tab.get_by_role("button", name="Post it").click()
    tab.get_by_text("Posted: “Investigating”.").wait_for()
    tab.get_by_label("Monitoring").check()
    tab.get_by_label("Text in English").fill("Better.")
    tab.get_by_label("Checkout").select_option("Degraded performance")
    tab.get_by_role("button", name="Post the update").click()
    tab.get_by_text("Posted: “Monitoring”.").wait_for()
    updates = Incident.objects.get().updates.order_by("id")
    assert [update.body_en for update in updates] == ["It does not answer in Asia.", "Better."]
