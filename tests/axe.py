"""What axe-core has to say about a page in Chromium."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(tab: Page) -> list[str]:
    """One line for each element, once everything of the page that was asked for last is there."""
    tab.wait_for_load_state()
    found = Axe().run(tab).response["violations"]
    return [f"{tab.url} {each['id']}: {node['html'][:300]}" for each in found for node in each["nodes"]]
