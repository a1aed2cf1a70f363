"""The waiting pages in a real browser: accessible in both schemes, within 320 pixels, asking for nothing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from statuspage.render import render
from statuspage.snapshot import Documents, Snapshot, Text
from tests.axe import violations
from tests.chromium import chromium
from tests.render.browser import serving
from tests.render.make import make_active, make_demo, make_incident, make_page, make_snapshot, make_update

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("render-browser")]
STATES = {
    "told": make_demo(),
    "calm": make_snapshot(),
    "work": make_snapshot(maintenances=(make_active(),)),
    "long": make_snapshot(
        page=make_page(name="Wm" * 50, url=f"https://{'status' * 9}.example"),
        incidents=(
            make_incident(title=Text("Wm" * 100), updates=(make_update(body=Text("https://" + "x" * 200)),)),
        ),
    ),
}
PATHS = ("outage/503.html", "fr/outage/503.html", "outage/cloudflare.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def shown(snapshot: Snapshot) -> dict[str, bytes]:
    """The waiting pages as another host shows them: at any address, with nothing of ours beside them."""
    files = render(snapshot, Documents())
    return {path.replace("outage/", "shop/cart/"): files[path] for path in PATHS}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser: Browser, state: str, scheme: str) -> None:
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
        viewport={"width": 320, "height": 640},
    )
    with serving(shown(STATES[state])) as site:
        for path in site.files:
            page = context.new_page()
            page.goto(site.url + path)
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    context.close()


def test_it_is_styled_by_one_request_under_its_own_policy(browser: Browser) -> None:
    said: list[str] = []
    context = browser.new_context()
    context.on("console", lambda message: said.append(message.text))
    with serving(shown(STATES["told"])) as site:
        page = context.new_page()
        page.goto(f"{site.url}shop/cart/503.html", wait_until="networkidle")
        assert site.requests == ["shop/cart/503.html"]
        assert page.evaluate("getComputedStyle(document.querySelector('.hero')).borderTopWidth") == "6px"
    assert said == []
    context.close()
