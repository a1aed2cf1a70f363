"""The board in Chromium: it refreshes itself without losing anything, says when it cannot, and obeys keys."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from incidents.models import Incident
from tests.axe import violations
from tests.incidents.conftest import _plain_static_files, _static_folder, owner, tabs  # noqa: F401 (fixtures)
from tests.statuspage.board_scene import make_outage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

Tabs = Callable[..., Tab]
CONTROLS = "main :is(button, .go, .quiet, summary), header :is(a, button, summary)"
LOW = """controls => [...document.querySelectorAll(controls)]
    .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 43.5)
    .map(each => each.outerHTML)"""


def assert_good(tab: Tab) -> None:
    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate(LOW, CONTROLS) == []


@pytest.mark.parametrize(("width", "dark", "language"), [(1280, False, "en"), (390, True, "fr")])
def test_the_board_its_menu_its_keys_and_its_staleness_are_accessible_and_fit(
    tabs: Tabs,  # noqa: F811
    width: int,
    dark: bool,
    language: str,
) -> None:
    make_outage(timezone.now())
    tab = tabs(width, dark, locale=language)
    refused: list[str] = []
    tab.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: refused.append(str(error)))
    tab.clock.install()
    tab.goto("/admin/")
    assert_good(tab)
    tab.locator("details.more > summary").click()
    assert_good(tab)
    tab.keyboard.press("Escape")
    expect(tab.locator("details.more > div")).to_be_hidden()
    expect(tab.locator("details.more > summary")).to_be_focused()
    tab.keyboard.press("?")
    expect(tab.locator("dialog#keys")).to_be_visible()
    assert_good(tab)
    tab.keyboard.press("Escape")
    assert refused == []
    tab.context.set_offline(True)
    tab.clock.fast_forward(40_000)
    expect(tab.locator("#stale")).to_be_visible()
    assert_good(tab)


def test_it_refreshes_itself_and_loses_neither_words_nor_place(tabs: Tabs) -> None:  # noqa: F811
    incident = make_outage(timezone.now())
    tab = tabs()
    tab.clock.install()
    tab.goto("/admin/")
    # A field in one panel, an opened part and the place of the keyboard in others.
    tab.evaluate("""() => document.getElementById("panel-due").insertAdjacentHTML("beforeend",
        '<label for="words">Words</label><textarea id="words"></textarea>')""")
    tab.get_by_label("Words").fill("Half a sentence")
    tab.get_by_role("link", name="Payments cannot be completed", exact=True).first.focus()
    Incident.objects.filter(pk=incident.pk).update(title_en="Payments work in Europe")
    with tab.expect_response("**/admin/now/"):
        tab.clock.fast_forward(11_000)
    expect(tab.get_by_role("heading", name="Payments work in Europe")).to_be_visible()
    expect(tab.get_by_role("link", name="Payments work in Europe").first).to_be_focused()
    expect(tab.get_by_label("Words")).to_have_value("Half a sentence")
    expect(tab.locator("#panel-due")).to_contain_text("Not refreshed while you type here.")
    expect(tab.locator("#panel-due")).not_to_contain_text("Payments work in Europe")
    tab.get_by_label("Words").fill("")
    tab.get_by_role("link", name="Public page", exact=True).focus()
    tab.keyboard.press("r")
    expect(tab.locator("#panel-due")).to_contain_text("Payments work in Europe")


def test_a_board_that_cannot_be_refreshed_says_so_and_why_and_is_no_longer_green(tabs: Tabs) -> None:  # noqa: F811
    make_outage(timezone.now())
    tab = tabs()
    # Until it goes on, only what is said here passes, however long the browser takes.
    tab.clock.install()
    tab.clock.pause_at(timezone.now() + timedelta(minutes=1))
    tab.goto("/admin/")
    green = tab.locator(".badge.tone-ok").first
    colour = "each => getComputedStyle(each).color"
    before = green.evaluate(colour)
    tab.context.set_offline(True)
    tab.clock.fast_forward(20_000)
    expect(tab.locator("#stale")).to_be_hidden()
    tab.clock.fast_forward(20_000)
    expect(tab.locator("#stale")).to_contain_text("The application does not answer.")
    expect(tab.locator("#stale time")).to_have_text(re.compile(r"^4\d\ss$"))
    assert green.evaluate(colour) != before
    tab.clock.resume()
    tab.context.set_offline(False)
    with tab.expect_response("**/admin/now/"):
        tab.keyboard.press("r")
    expect(tab.locator("#stale")).to_be_hidden()
    assert green.evaluate(colour) == before
    Session.objects.all().delete()
    with tab.expect_response("**/admin/now/"):
        tab.keyboard.press("r")
    expect(tab.locator("#stale")).to_contain_text("You are signed out.")


def test_keys_lead_everywhere_but_never_out_of_a_sentence_and_can_be_turned_off(tabs: Tabs) -> None:  # noqa: F811
    make_outage(timezone.now())
    tab = tabs()
    tab.goto("/admin/")
    tab.keyboard.press("u")
    tab.wait_for_url("**/incident/*/change/**")
    field = tab.locator("textarea").first
    field.click()
    tab.keyboard.type("bid?/")
    expect(field).to_have_value("bid?/")
    expect(tab.locator("dialog#keys")).to_be_hidden()
    tab.locator("h1").first.click()
    tab.keyboard.press("Control+b")
    tab.keyboard.press("i")
    tab.wait_for_url("**/incidents/incident/")
    tab.keyboard.press("?")
    tab.get_by_label("Single keys work in this browser").uncheck()
    tab.keyboard.press("Escape")
    tab.keyboard.press("b")
    tab.keyboard.press("?")
    expect(tab.locator("dialog#keys")).to_be_hidden()
    expect(tab.locator("kbd.key").first).to_be_hidden()
    assert tab.url.endswith("/incidents/incident/")
    tab.locator("details.account > summary").click()
    tab.get_by_role("link", name="Keyboard shortcuts").click()
    tab.get_by_label("Single keys work in this browser").check()
    tab.keyboard.press("Escape")
    tab.keyboard.press("b")
    tab.wait_for_url("**/admin/")
    without = tabs(java_script_enabled=False)
    without.goto("/admin/")
    without.locator("details.account > summary").click()
    without.get_by_role("link", name="Keyboard shortcuts").click()
    expect(without.get_by_text("need JavaScript")).to_be_visible()
    expect(without.get_by_role("cell", name="Incidents")).to_be_visible()
