"""The widget and the page for frames, in a real browser on other people's pages."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from monitors.status import Status
from statuspage.render import render
from statuspage.snapshot import Documents, Snapshot, Text
from tests.axe import violations
from tests.chromium import chromium
from tests.render.browser import Site, serving
from tests.render.make import NOW, make_component, make_demo, make_incident, make_page, make_snapshot
from tests.render.test_markup import Page as Markup
from tests.render.test_markup import hashed

FINE, OUTAGE = make_snapshot(), make_demo()
TROUBLE = "Acme: Major outage · It’s us. Payments cannot be completed"


def files(snapshot: Snapshot) -> dict[str, bytes]:
    """Everything that is published of it without documents."""
    return render(snapshot, Documents())


def host(site: Site, attributes: str = "", before: str = "", lang: str = "en") -> dict[str, bytes]:
    """Somebody else's page, whose policy allows no more than the origin of ours."""
    origin = site.url.rstrip("/")
    policy = (
        f"default-src 'none'; script-src {origin}; connect-src {origin}; "
        "base-uri 'none'; require-trusted-types-for 'script'"
    )
    return {
        "index.html": (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>Shop</title>'
            f'</head><body><main><h1>Shop</h1>{before}<script src="{site.url}embed.js" {attributes}>'
            "</script></main></body></html>"
        ).encode()
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def site() -> Iterator[Site]:
    """Our page, in an outage."""
    with serving(files(OUTAGE)) as site:
        yield site


def opened(context: BrowserContext, content: dict[str, bytes]) -> Iterator[Page]:
    """A page of the shop, on an origin of its own."""
    with serving(content) as shop:
        page = context.new_page()
        page.clock.install(time=NOW)
        page.goto(shop.url)
        yield page


@pytest.mark.slow
@pytest.mark.xdist_group("render-browser")
class TestWidget:
    """`embed.js` on somebody else's page."""

    def test_it_says_what_our_page_says_under_the_strictest_policy(
        self, context: BrowserContext, site: Site
    ) -> None:
        said: list[str] = []
        asked: list[str] = []
        context.on("console", lambda message: said.append(message.text))
        context.on("weberror", lambda error: said.append(str(error.error)))
        context.on("request", lambda request: asked.append(request.url))
        for page in opened(context, host(site)):
            link = page.get_by_role("link")
            expect(link).to_have_text(TROUBLE)
            expect(link).to_have_attribute("href", site.url)
            expect(page.get_by_role("status")).to_have_text(TROUBLE)
            assert link.evaluate("link => getComputedStyle(link).display") == "inline-flex"
            assert link.bounding_box()["height"] >= 24  # type: ignore[index]
            assert {urlsplit(url).netloc for url in asked} == {
                urlsplit(page.url).netloc,
                urlsplit(site.url).netloc,
            }
        assert [line for line in said if "favicon" not in line] == []
        assert sorted(site.requests) == ["embed.js", "embed.json", "heartbeat.json"]

    @pytest.mark.parametrize(
        ("lang", "attributes", "expected"),
        [
            ("fr", "", "Acme : Panne majeure"),
            ("fr-CA", "", "Acme : Panne majeure"),
            ("en", 'data-lang="fr"', "Acme : Panne majeure"),
            ("fr", 'data-lang="EN"', "Acme: Major outage"),
            ("de", "", "Acme: Major outage"),
            ("", "", "Acme: Major outage"),
        ],
    )
    def test_it_speaks_the_language_of_the_page_around_it(
        self, context: BrowserContext, site: Site, lang: str, attributes: str, expected: str
    ) -> None:
        for page in opened(context, host(site, attributes, lang=lang)):
            expect(page.get_by_role("link")).to_contain_text(expected)
            french = "Panne" in expected
            expect(page.locator("status-page")).to_have_attribute("lang", "fr" if french else "en")
            expect(page.get_by_role("link")).to_have_attribute("href", f"{site.url}{'fr/' if french else ''}")

    def test_what_is_out_of_date_is_unknown(self, context: BrowserContext, site: Site) -> None:
        site.date = NOW + timedelta(seconds=140)
        site.age = 20
        for page in opened(context, host(site)):
            expect(page.get_by_role("link")).to_have_text("Acme: Status unknown")

    def test_the_clock_of_the_device_serves_where_the_date_may_not_be_read(
        self, context: BrowserContext, site: Site
    ) -> None:
        site.shared = {"Access-Control-Allow-Origin": "*"}
        site.date = NOW + timedelta(hours=5)
        for page in opened(context, host(site)):
            expect(page.get_by_role("link")).to_have_text(TROUBLE)
            page.clock.run_for(200_000)
            expect(page.get_by_role("link")).to_have_text("Acme: Status unknown")

    @pytest.mark.parametrize("broken", ["heartbeat.json", "embed.json"])
    @pytest.mark.parametrize(
        "content", [None, b"", b"<html>", b"null", b"{}", b'{"good_until": 5, "tone": 1}']
    )
    def test_whatever_it_cannot_read_is_unknown(
        self, context: BrowserContext, site: Site, broken: str, content: bytes | None
    ) -> None:
        site.files.pop(broken)
        if content is not None:
            site.files[broken] = content
        for page in opened(context, host(site, 'data-lang="fr"' if broken == "heartbeat.json" else "")):
            expect(page.get_by_role("link")).to_have_text(re.compile("Status unknown|État inconnu"))

    def test_what_comes_over_the_network_is_text(self, context: BrowserContext, site: Site) -> None:
        hostile = "<img src=x onerror=alert(1)><b>x</b>"
        site.files["embed.json"] = json.dumps(
            dict.fromkeys(("tone", "mark", "status", "text"), hostile)
        ).encode()
        for page in opened(context, host(site)):
            expect(page.get_by_role("link")).to_have_text(f"Acme: {hostile} · {hostile}")
            assert page.locator("status-page img").count() == 0

    def test_it_follows_what_happens(self, context: BrowserContext, site: Site) -> None:
        for page in opened(context, host(site)):
            expect(page.get_by_role("link")).to_have_text(TROUBLE)
            site.files.update(files(FINE))
            page.clock.run_for(61_000)
            expect(page.get_by_role("link")).to_have_text("Acme: Operational")
            site.files.clear()
            page.clock.run_for(61_000)
            expect(page.get_by_role("link")).to_have_text("Acme: Status unknown")
            site.files.update(files(FINE))
            page.clock.run_for(61_000)
            expect(page.get_by_role("link")).to_have_text("Acme: Operational")
            assert page.locator("status-page").count() == 1

    def test_it_keeps_quiet_on_request_while_all_is_well(self, context: BrowserContext, site: Site) -> None:
        site.files.update(files(FINE))
        for page in opened(context, host(site, "data-quiet")):
            expect(page.locator("status-page")).to_be_attached()
            expect(page.get_by_role("link")).to_have_count(0)
            site.files.update(files(OUTAGE))
            page.clock.run_for(61_000)
            expect(page.get_by_role("link")).to_have_text(TROUBLE)

    def test_it_takes_the_place_of_a_plain_link(self, context: BrowserContext, site: Site) -> None:
        plain = f'<p><a id="status" href="{site.url}">Is it us?</a></p>'
        for page in opened(context, host(site, 'data-replace="status" async', before=plain)):
            expect(page.locator("p status-page").get_by_role("link")).to_have_text(TROUBLE)
            expect(page.get_by_text("Is it us?")).to_have_count(0)

    def test_from_the_head_it_goes_to_the_end_of_the_page(self, context: BrowserContext, site: Site) -> None:
        content = host(site)["index.html"].decode()
        script = re.findall(r"<script.*?</script>", content)[0]
        content = content.replace(script, "").replace("</head>", f"{script}</head>")
        for page in opened(context, {"index.html": content.encode()}):
            expect(page.locator("body > status-page:last-child").get_by_role("link")).to_have_text(TROUBLE)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize(
        "snapshot",
        [
            FINE,
            OUTAGE,
            make_snapshot(components=(make_component(status=Status.UNKNOWN),)),
            make_snapshot(components=(make_component(status=Status.UNDER_MAINTENANCE),)),
            make_snapshot(incidents=(make_incident(impact="minor", title=Text("Wm" * 100)),)),
        ],
    )
    def test_axe_finds_nothing(self, browser: Browser, site: Site, snapshot: Snapshot, scheme: str) -> None:
        site.files.update(files(snapshot))
        dark = scheme == "dark"
        context = browser.new_context(
            color_scheme="dark" if dark else "light", bypass_csp=True, viewport={"width": 320, "height": 600}
        )
        for page in opened(context, host(site)):
            expect(page.get_by_role("link")).to_be_visible()
            ground = page.get_by_role("link").evaluate("link => getComputedStyle(link).backgroundColor")
            assert ground == ("rgb(34, 34, 34)" if dark else "rgb(255, 255, 255)")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            assert violations(page) == []
        context.close()


@pytest.mark.slow
@pytest.mark.xdist_group("render-browser")
class TestFrame:
    """`embed/` in a frame of somebody else's page."""

    def shop(self, site: Site, language: str = "") -> dict[str, bytes]:
        frame = f'<iframe src="{site.url}{language}embed/" title="Status of Acme" width="400"></iframe>'
        page = f'<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1>{frame}</main></html>'
        return {"index.html": page.encode()}

    def test_it_says_the_state_and_leads_out_of_the_frame(self, context: BrowserContext, site: Site) -> None:
        for page in opened(context, self.shop(site)):
            link = page.frame_locator("iframe").get_by_role("link")
            expect(link).to_have_text(TROUBLE)
            expect(page.frame_locator("iframe").locator("status-page")).to_be_attached()
            with context.expect_page() as other:
                link.click()
            expect(other.value).to_have_url(site.url)

    def test_it_is_whole_without_script(self, browser: Browser, site: Site) -> None:
        context = browser.new_context(java_script_enabled=False)
        with serving(self.shop(site, "fr/")) as shop:
            page = context.new_page()
            page.goto(shop.url)
            frame = page.frame_locator("iframe")
            expect(frame.get_by_role("link")).to_have_text(
                "Acme : Panne majeure · C’est chez nous. Les paiements n’aboutissent pas"
            )
        context.close()

    def test_what_is_out_of_date_is_unknown(self, context: BrowserContext, site: Site) -> None:
        site.date = NOW + timedelta(hours=1)
        for page in opened(context, self.shop(site)):
            expect(page.frame_locator("iframe").get_by_role("link")).to_have_text("Acme: Status unknown")

    def test_the_policy_refuses_nothing_of_it(self, context: BrowserContext, site: Site) -> None:
        said: list[str] = []
        context.on("console", lambda message: said.append(message.text))
        page = context.new_page()
        page.goto(f"{site.url}fr/embed/")
        expect(page.locator("status-page")).to_be_attached()
        assert [line for line in said if "favicon" not in line] == []

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_axe_finds_nothing(self, browser: Browser, site: Site, scheme: str) -> None:
        context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True)
        for page in opened(context, self.shop(site)):
            expect(page.frame_locator("iframe").locator("status-page")).to_be_attached()
            assert violations(page) == []
        context.close()


@pytest.mark.parametrize("name", ["Acme", "Les Établissements Dupont et Fils, à Québec"])
def test_the_script_is_under_3_kilobytes_and_names_no_stranger(name: str) -> None:
    content = files(make_snapshot(page=make_page(name=name)))["embed.js"]
    assert len(content) < 3000
    assert set(re.findall(rb"https?://[\w.]+", content)) == {b"http://www.w3.org"}
    assert b"innerHTML" not in content
    assert b"__" not in content


def test_a_very_long_name_is_cut() -> None:
    assert (
        b'"' + b"W" * 40 + "…: ".encode() in files(make_snapshot(page=make_page(name="W" * 100)))["embed.js"]
    )


def test_a_hostile_name_stays_a_word() -> None:
    name = '"]};alert(1)//</script>\u2028'
    content = files(make_snapshot(page=make_page(name=name)))
    assert json.dumps(name, ensure_ascii=False)[1:-1].encode() in content["embed.js"]
    assert b"<script>" not in content["embed/index.html"]
    assert content["embed/index.html"].count(b"</script>") == 1


@pytest.mark.parametrize("path", ["embed/index.html", "fr/embed/index.html"])
def test_the_page_for_frames_is_sound_and_loads_its_own_script_alone(path: str) -> None:
    page = Markup(files(OUTAGE)[path])
    policy = next(attrs["content"] for _tag, attrs in page.tags if "http-equiv" in attrs)
    assert policy == (
        f"default-src 'none'; style-src {hashed(page.inside['style'])}; script-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'"
    )
    up = "../" * path.count("/")
    assert page.values("src") == [f"{up}embed.js"]
    assert page.values("href") == ["../"]
    assert page.values("style") == []
    assert page.tags[0][1]["lang"] == ("fr" if path.startswith("fr") else "en")


def test_without_script_the_page_for_frames_says_that_it_may_be_old() -> None:
    content = files(OUTAGE)["fr/embed/index.html"].decode()
    assert "<noscript><p>Sans JavaScript, ceci peut être périmé." in content


def test_neither_says_when_it_was_made() -> None:
    for path, content in files(OUTAGE).items():
        if "embed" in path:
            assert b"2026" not in content
            assert b"14:40" not in content
