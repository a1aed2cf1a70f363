"""The page in a real browser: accessible, in bounds, honest about its age, whole without script."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from monitors.status import Status
from statuspage.render import render
from statuspage.snapshot import Snapshot, Text
from tests.axe import violations
from tests.chromium import chromium
from tests.render.browser import Site, serving
from tests.render.make import (
    NOW,
    make_active,
    make_busy,
    make_component,
    make_demo,
    make_documents,
    make_incident,
    make_page,
    make_snapshot,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("render-browser")]
STATES = {
    "outage": make_demo(page=make_page(demo=True)),
    "busy": make_busy(),
    "fine": make_snapshot(),
    "unknown": make_snapshot(components=(make_component(status=Status.UNKNOWN),)),
    "work": make_snapshot(
        components=(make_component(status=Status.UNDER_MAINTENANCE), make_component("Search")),
        maintenances=(make_active(component_ids=("checkoutxxxx",)),),
    ),
    "mended": make_snapshot(incidents=(make_incident(status="monitoring"),)),
    "long": make_snapshot(
        page=make_page(name="Wm" * 50),
        components=(make_component(name=Text("Wm" * 50), status=Status.DEGRADED_PERFORMANCE),),
        incidents=(make_incident(title=Text("Wm" * 100)),),
    ),
    "empty": make_snapshot(components=()),
}
PATHS = (
    "",
    "fr/",
    "fr/history/",
    "history/2026-11/",
    "404.html",
    "uptime/",
    "fr/uptime/",
)
# What only a page with these has.
PARTS = (
    "components/checkoutxxxx/",
    "fr/components/checkoutxxxx/",
    "components/checkoutxxxx/sum/",
    "fr/components/checkoutxxxx/sum/",
    "components/checkoutxxxx/months/",
    "tags/europe/",
    "fr/tags/europe/",
    "?tag=europe",
    "history/?q=web",
)


def files(snapshot: Snapshot) -> dict[str, bytes]:
    """Everything of one snapshot."""
    return render(snapshot, make_documents(snapshot))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium; without it these tests are skipped aloud, and under CI that is a failure."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without a past, whose clock stands at the snapshot's time."""
    context = browser.new_context(timezone_id="Europe/Paris")
    yield context
    context.close()


def opened(context: BrowserContext, address: str) -> Page:
    """A page, loaded."""
    page = context.new_page()
    page.goto(address)
    return page


def open_all(page: Page) -> None:
    """Unfolds whatever is folded."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(browser: Browser, state: str, scheme: str) -> None:
    # Beside the index, the other pages differ by state only in what they hold: once is enough.
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
        viewport={"width": 390, "height": 844},
    )
    told = (*STATES[state].incidents[:1], *STATES[state].maintenances[:1])
    incident = [f"{language}incidents/{item.id}/" for item in told for language in ("", "fr/")]
    with serving(files(STATES[state])) as site:
        for path in (*PATHS, *PARTS, *incident) if state == "outage" else PATHS[:1]:
            page = opened(context, site.url + path)
            open_all(page)
            assert violations(page) == []
    context.close()


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("state", STATES)
def test_nothing_scrolls_sideways(browser: Browser, state: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    with serving(files(STATES[state])) as site:
        for path in (*PATHS, *PARTS) if state == "outage" else PATHS:
            page = opened(context, site.url + path)
            open_all(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()


def test_every_target_is_at_least_24_pixels_high_or_inline(context: BrowserContext) -> None:
    with serving(files(STATES["outage"])) as site:
        page = opened(context, site.url)
        open_all(page)
        heights = page.eval_on_selector_all(
            "summary, button, input:not([type=hidden]), header a, footer a",
            "nodes => nodes.filter(n => n.offsetParent).map(n => n.getBoundingClientRect().height)",
        )
        assert min(heights) >= 24


def test_it_is_whole_without_script(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    with serving(files(STATES["outage"])) as site:
        page = context.new_page()
        page.goto(site.url)
        expect(page.get_by_role("heading", level=1)).to_have_text("It’s us. Payments cannot be completed")
        expect(page.get_by_text("refreshed every minute")).to_be_visible()
        expect(page.get_by_label("E-mail address")).to_be_visible()
        page.get_by_text("Payments", exact=True).click()
        expect(page.get_by_text("Bank transfers")).to_be_visible()
        assert site.requests == [""]
        page.get_by_text("Does it touch me?").click()
        page.get_by_role("link", name="Europe", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Europe")
        page.goto(f"{site.url}history/")
        expect(page.get_by_role("searchbox")).to_have_count(0)
        expect(page.get_by_role("link", name="November")).to_be_visible()
    context.close()


def test_folded_details_open_by_keyboard(context: BrowserContext) -> None:
    with serving(files(STATES["outage"])) as site:
        page = opened(context, site.url)
        day = page.locator(".c details li").first
        expect(day).to_be_hidden()
        page.locator(".c summary").first.focus()
        page.keyboard.press("Enter")
        expect(day).to_be_visible()


def test_paper_shows_everything_that_can_be_read_and_nothing_to_click(context: BrowserContext) -> None:
    with serving(files(STATES["outage"])) as site:
        page = opened(context, site.url)
        page.emulate_media(media="print")
        expect(page.locator(".c details li").first).to_be_visible()
        for control in page.locator("form, nav").all():
            expect(control).to_be_hidden()


@pytest.mark.parametrize(
    "path",
    [
        *("", "fr/", "fr/history/2026-11/", "history/", "uptime/"),
        *("components/checkoutxxxx/", "tags/europe/", "incidents/paymentscann/"),
    ],
)
@pytest.mark.parametrize("below", ["", "a/status/"])
def test_a_fresh_page_says_nothing_and_a_stale_one_does(
    context: BrowserContext, path: str, below: str
) -> None:
    with serving(files(STATES["outage"]), below) as site:
        page = opened(context, site.url + path)
        page.wait_for_load_state("networkidle")
        expect(page.locator("#old")).to_be_hidden()
        expect(page.locator("#newer")).to_be_hidden()
        site.date = NOW + timedelta(seconds=100)
        site.age = 51
        page.reload()
        expect(page.locator("#old")).to_be_visible()
        headline = page.get_by_role("heading", level=1)
        expect(headline).to_have_text(
            "Pas de mise à jour depuis 14\xa0h\xa040 UTC\xa0; nous sommes peut-être injoignables."
            if "fr" in path
            else "Not updated since 14:40 UTC; we may be unreachable."
        )
        expect(headline).to_have_attribute("aria-live", "polite")
        assert page.title() == headline.text_content()
        assert "6b6760" in str(page.locator("[rel=icon]").get_attribute("href"))


def test_an_index_says_that_it_is_stale_by_the_devices_clock_when_nobody_answers(
    context: BrowserContext,
) -> None:
    whole = files(STATES["outage"])
    del whole["heartbeat.json"]
    with serving(whole) as site:
        page = context.new_page()
        page.clock.set_fixed_time(NOW + timedelta(seconds=149))
        page.goto(site.url)
        page.wait_for_load_state("networkidle")
        expect(page.locator("#old")).to_be_hidden()
        page.clock.set_fixed_time(NOW + timedelta(seconds=151))
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text(STALE)
        expect(page.locator("#was")).to_have_text("It’s us. Payments cannot be completed")


STALE = "Not updated since 14:40 UTC; we may be unreachable."


def test_an_old_page_shows_nothing_in_green_and_gets_its_headline_back(context: BrowserContext) -> None:
    with serving(files(STATES["fine"])) as site:
        page = context.new_page()
        page.clock.install(time=NOW)
        page.goto(site.url)
        headline = page.get_by_role("heading", level=1)
        expect(headline).to_have_text("Everything works on our side.")
        title, fine = page.title(), page.eval_on_selector(".hero", COLOUR)
        site.date = NOW + timedelta(seconds=200)
        page.clock.run_for(31_000)
        expect(headline).to_have_text(STALE)
        expect(page.locator("#was")).to_have_text("Everything works on our side.")
        assert page.eval_on_selector(".hero", COLOUR) != fine
        greys = page.eval_on_selector_all(
            "main > section:not(.hero)", "s => s.map(x => getComputedStyle(x).filter)"
        )
        assert set(greys) == {"grayscale(1)"}
        site.date = NOW + timedelta(seconds=100)
        page.clock.run_for(31_000)
        expect(headline).to_have_text("Everything works on our side.")
        assert (page.title(), page.eval_on_selector(".hero", COLOUR)) == (title, fine)


COLOUR = "node => getComputedStyle(node).borderTopColor"


@pytest.mark.parametrize("path", ["", "components/checkoutxxxx/"])
def test_a_page_goes_stale_offline_by_the_servers_time_though_the_device_is_a_day_off(
    context: BrowserContext, path: str
) -> None:
    with serving(files(STATES["outage"])) as site:
        page = context.new_page()
        page.clock.install(time=NOW - timedelta(days=1))
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
        expect(page.locator("#old")).to_be_hidden()
        del site.files["heartbeat.json"]
        page.clock.run_for(100_000)
        expect(page.locator("#old")).to_be_hidden()
        page.clock.run_for(60_000)
        expect(page.get_by_role("heading", level=1)).to_have_text(STALE)


def test_picking_by_tag_and_component_stays_in_the_address(context: BrowserContext) -> None:
    with serving(files(STATES["outage"])) as site:
        page = opened(context, site.url)
        rows = page.locator(".c:visible b")
        page.get_by_text("Does it touch me?").click()
        page.get_by_label("Europe", exact=True).check()
        expect(rows).to_have_text(["Checkout", "Europe (Paris)", "Europe (Frankfurt)"])
        expect(page.locator("#mine")).to_have_text("What you picked (3 of 25): Checkout: Major outage")
        page.get_by_label("US East").check()
        expect(page).to_have_url(f"{site.url}?tag=europe&component=useastxxxxxx")
        page.reload()
        expect(rows).to_have_count(4)
        page.get_by_role("button", name="Show everything").click()
        expect(page).to_have_url(site.url)
        expect(page.locator(".c:not([hidden])")).to_have_count(25)
        page.goto(f"{site.url}fr/?component=useastxxxxxx")
        expect(page.locator("#mine")).to_have_text("Votre choix (1 sur 25)\xa0: tout fonctionne.")
        page.goto(f"{site.url}?component=gone")
        expect(page.locator("#mine")).to_have_text("What you picked is not on this page.")
        expect(page.locator(".c:not([hidden])")).to_have_count(25)


def test_a_page_of_few_components_offers_no_filter(context: BrowserContext) -> None:
    with serving(files(STATES["fine"])) as site:
        assert opened(context, site.url).locator("#pick").count() == 0


def test_the_history_is_searched_in_static_files(context: BrowserContext) -> None:
    snapshot = dataclasses.replace(STATES["outage"], months=("2026-11",))
    with serving(files(snapshot)) as site:
        page = opened(context, f"{site.url}fr/history/")
        assert not [path for path in site.requests if path.endswith(".json") and "history/" in path]
        page.get_by_label("Chercher dans les titres").fill("PAIEMENTS n")
        expect(page.locator("#search li").first).to_contain_text("Les paiements n’aboutissent pas")
        page.get_by_label("Chercher dans les titres").fill("webhooks")
        expect(page.locator("#search li")).to_have_count(1)
        expect(page.get_by_text("Trouvé")).to_contain_text("novembre 2026")
        page.locator("#search li a").click()
        expect(page).to_have_url(f"{site.url}fr/incidents/webhooksdela/")
        page.goto(f"{site.url}history/?component=checkoutxxxx")
        expect(page.locator("#search li")).to_have_count(1)
        del site.files["history/2026-11.json"]
        page.goto(f"{site.url}history/?q=web")
        expect(page.get_by_text("The search does not answer.")).to_be_visible()


SHIFTS = """() => new Promise(done => {
let sum = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => sum += entry.value))
.observe({type: "layout-shift", buffered: true});
setTimeout(() => done(sum), 300)})"""


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_while_a_page_loads(browser: Browser, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, timezone_id="Europe/Paris")
    with serving(files(STATES["outage"])) as site:
        # What is picked or searched for in the address moves the rest by being found.
        for path in [path for path in (*PATHS, *PARTS, "incidents/paymentscann/") if "?" not in path]:
            page = opened(context, site.url + path)
            assert page.evaluate(SHIFTS) == 0, path
            page.close()
    context.close()


def test_an_open_page_notices_that_time_goes_on(context: BrowserContext) -> None:
    snapshot = STATES["outage"]
    with serving(files(snapshot)) as site:
        page = context.new_page()
        page.clock.install(time=NOW)
        page.goto(site.url)
        expect(page.locator("#newer")).to_be_hidden()
        later = dataclasses.replace(
            snapshot,
            generated_at=NOW + timedelta(minutes=3),
            good_until=NOW + timedelta(minutes=3, seconds=150),
        )
        site.files.update(files(later))
        site.date = NOW + timedelta(minutes=4)
        page.clock.run_for(31_000)
        expect(page.locator("#newer")).to_be_visible()
        expect(page.locator("#old")).to_be_hidden()
        page.get_by_role("link", name="Show it").click()
        expect(page.get_by_text("As of 14:43:12 UTC")).to_be_visible()
        expect(page.locator("#newer")).to_be_hidden()


def test_times_are_also_those_of_the_reader(context: BrowserContext) -> None:
    with serving(files(STATES["outage"])) as site:
        page = opened(context, site.url)
        since = page.locator("dd time").first
        expect(since).to_have_text("14:02 UTC")
        expect(since).to_have_attribute("title", "22 Nov, 15:02 CET")
        button = page.get_by_role("button", name="Use my time zone")
        button.click()
        expect(since).to_have_text("22 Nov, 15:02 CET")
        button.click()
        expect(since).to_have_text("14:02 UTC")


def test_readers_in_the_pages_zone_are_offered_no_other(context: BrowserContext) -> None:
    with serving(files(make_demo(page=make_page(time_zone="Europe/Paris")))) as site:
        page = opened(context, site.url)
        expect(page.locator("#zone")).to_be_hidden()


def test_the_language_switch_leads_to_the_same_page(context: BrowserContext) -> None:
    with serving(files(STATES["outage"]), "status/") as site:
        page = opened(context, f"{site.url}incidents/paymentscann/")
        page.get_by_role("link", name="Français").click()
        expect(page).to_have_url(f"{site.url}fr/incidents/paymentscann/")
        page.get_by_role("link", name="English").click()
        expect(page).to_have_url(f"{site.url}incidents/paymentscann/")


def requests_of(site: Site) -> list[str]:
    """What the browser asked for besides the heartbeat."""
    return [path for path in site.requests if path != "heartbeat.json"]


def test_one_request_paints_it_and_the_policy_refuses_nothing_of_it(context: BrowserContext) -> None:
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))
    with serving(files(STATES["outage"])) as site:
        opened(context, site.url).wait_for_load_state("networkidle")
        assert requests_of(site) == [""]
        opened(context, f"{site.url}nothing/here").wait_for_load_state("networkidle")
    assert [line for line in said if "404 (Not Found)" not in line] == []
