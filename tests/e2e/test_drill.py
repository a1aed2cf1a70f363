"""A drill with real processes: started in a browser, watched there, and over by itself."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from tests.axe import violations
from tests.chromium import chromium
from tests.e2e.product import Product, fetch, free_port
from tests.e2e.world import Mailbox

pytestmark = pytest.mark.slow
ADDRESS = "ada@example.com"
# A drill takes a minute; the machine may be busy.
OVER = 240_000
LEFT = """
from monitors.models import Component, Monitor, Page
from statuspage.models import Drill, Target
from subscribers.models import Subscriber
page = Page.every.get(hidden=True)
rows = [model.objects.filter(page=page).count() for model in (Component, Monitor, Target, Subscriber)]
first = Drill.objects.earliest("pk")
print(json.dumps([sum(rows), first.failure, (first.noticed_at - first.broken_at).total_seconds()]))
"""


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox(free_port())
    box.start()
    yield box
    box.stop()


@pytest.fixture
def product(tmp_path: Path, mailbox: Mailbox) -> Iterator[Product]:
    running = Product(tmp_path, {"EMAIL_URL": mailbox.url, "EMAIL_FROM": "status@example.com"})
    running.start()
    yield running
    running.stop()


def enter(tab: Tab, product: Product) -> None:
    name, password = product.credentials
    tab.goto(f"{product.url}/admin/login/?next=/admin/statuspage/drill/")
    tab.locator("input[name=login]").fill(name)
    tab.locator("input[name=password]").fill(password)
    tab.get_by_role("button", name="Sign in", exact=True).click()


def fits(tab: Tab) -> None:
    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_drill_measures_the_whole_way_and_nobody_else_hears_of_it(
    product: Product, mailbox: Mailbox
) -> None:
    with chromium() as browser:
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        enter(tab, product)
        tab.get_by_label("Send the notice to").fill(ADDRESS)
        tab.get_by_role("button", name="Start a drill").click()
        expect(tab.get_by_text("going on", exact=True)).to_be_visible()
        expect(tab.get_by_text("waiting …")).to_be_visible()
        fits(tab)
        # The screen looks by itself.
        expect(tab.get_by_text("whole", exact=True)).to_be_visible(timeout=OVER)
        for step in ("Detected by the checks", "Public", "First notice"):
            row = tab.get_by_role("row", name=step)
            expect(row.get_by_role("cell").last).to_have_text(re.compile(r"^\d+\.\d s$"))
        fits(tab)
        tab.goto(f"{product.url}/admin/")
        expect(tab.get_by_text("Last drill:")).to_be_visible()

        subjects = [mail["Subject"] for mail in mailbox.messages]
        assert {mail["To"] for mail in mailbox.messages} == {ADDRESS}
        assert subjects == [
            "[Drill] Investigating: Drill: nothing is wrong",
            "[Drill] Resolved: Drill: nothing is wrong",
        ]
        for origin in (product.url, product.origin):
            assert b"nothing is wrong" not in fetch(f"{origin}/history/", seconds=60)

        phone = browser.new_context(
            viewport={"width": 390, "height": 844}, java_script_enabled=False, color_scheme="dark"
        ).new_page()
        enter(phone, product)
        phone.get_by_label("Send the notice to").fill(ADDRESS)
        phone.get_by_role("button", name="Start a drill").click()
        phone.get_by_role("link", name="Look again").click()
        phone.get_by_role("button", name="Stop the drill").click()
        expect(phone.get_by_text("The drill is stopped, and cleared away.")).to_be_visible()
    left, failure, seconds = json.loads(product.shell(LEFT))
    assert (left, failure) == (0, "")
    assert seconds > 0
