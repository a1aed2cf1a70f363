"""The pages as people meet them: in Chromium, with and without JavaScript, light, dark and narrow."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from monitors.models import Page
from statuspage.render import render as render_files
from subscribers import signup, tasks, tokens
from subscribers.models import Notice, State, Subscriber
from tests.axe import violations
from tests.chromium import chromium
from tests.make import make_component, make_group, make_page
from tests.render import make as render
from tests.subscribers.make import make_message, make_subscriber, make_told
from tests.subscribers.test_mail import read, text_of, written
from tests.subscribers.test_preferences import fail, make_incident

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
# Milliseconds for which people press a button at least; a form that is sent faster is taken for a program's.
PERSON = 1100


@pytest.fixture
def tabs(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Tab]]:
    # Playwright keeps an event loop in this thread; rows are made and read here all the same.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    # The server's threads give their connections back, so that the test database can be dropped.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    with chromium() as browser:

        def tab(**options: Any) -> Tab:
            return browser.new_context(base_url=live_server.url, **options).new_page()

        yield tab
        connections.close_all()


@pytest.fixture
def page() -> Page:
    page = make_page(name="Acme")
    for name in ("Checkout", "Search", "A component with a very long name that does not end soon"):
        make_component(page, name_en=name, name_fr=f"{name} (fr)")
    return page


def manage(subscriber: Subscriber, more: str = "") -> str:
    return f"/subscription/{tokens.for_managing(subscriber.public_id)}/{more}"


def standing(page: Page, language: str) -> list[Callable[[Tab], Any]]:
    """The subscribers' own pages, each in the state that has most to say."""
    incident = make_incident(page, timezone.now())
    subject = f"incident:{incident.public_id}"
    group = make_group(page, name_en="Payments", name_fr="Paiements")
    component = make_component(page, name_en="Cards", name_fr="Cartes", group=group)
    mail = make_subscriber(
        page, component, language=language, subjects=[subject], confirmed_at=timezone.now()
    )
    hook = make_subscriber(page, channel="webhook", language=language, contact="ops@example.com")
    fail(hook)
    fail(hook)
    paused = make_subscriber(page, language=language, state=State.PAUSED)
    ended = make_subscriber(page, language=language, state=State.DISABLED, ended_why="HTTP 410")
    form = f"/subscribe/{page.public_id}/?language={language}"

    def wrong(tab: Tab) -> None:
        tab.goto(manage(paused))
        tab.locator("[name=scope][value=some]").check()
        with tab.expect_navigation():
            tab.locator("form:has([name=scope]) button").click()

    def press(tab: Tab, verb: str) -> None:
        tab.goto(manage(hook))
        with tab.expect_navigation():
            tab.locator(f"form[action$='/{verb}/'] button").first.click()

    def erased(tab: Tab) -> None:
        tab.goto(manage(ended, "erase/"))
        with tab.expect_navigation():
            tab.get_by_role("button").click()

    return [
        *(lambda tab, path=path: tab.goto(path) for path in (form, f"{form}&subject={subject}")),
        *(lambda tab, each=each: tab.goto(manage(each)) for each in (mail, hook, paused, ended)),
        wrong,
        lambda tab: press(tab, "test"),
        lambda tab: press(tab, "rotate"),
        lambda tab: tab.goto(manage(mail, "erase/")),
        erased,
        lambda tab: tab.goto("/subscription/x/"),
    ]


def looks(page: Page) -> list[Callable[[Tab], Any]]:
    """How to get to each kind of page."""
    subscriber = make_subscriber(page)
    signup.request(page, "email", "reader@example.com", signup.Wish("en"), timezone.now())
    confirm = tokens.for_confirming(Notice.objects.latest("id").public_id)
    leave = tokens.for_leaving(subscriber.public_id)
    form = f"/subscribe/{page.public_id}/"

    def send(tab: Tab, channel: str, address: str) -> None:
        tab.goto(f"{form}?channel={channel}")
        tab.get_by_role("textbox").first.fill(address)
        with tab.expect_navigation():
            tab.get_by_role("button").click(delay=PERSON)

    def wrong(tab: Tab) -> None:
        tab.goto(form)
        tab.get_by_role("textbox").fill("reader@localhost")
        tab.get_by_label("Only what I choose:").check()
        with tab.expect_navigation():
            tab.get_by_role("button").click()

    def press(tab: Tab, path: str) -> None:
        tab.goto(path)
        with tab.expect_navigation():
            tab.get_by_role("button").click()

    return [
        lambda tab: tab.goto(form),
        lambda tab: tab.goto(f"{form}?channel=webhook&language=fr"),
        wrong,
        lambda tab: send(tab, "email", "somebody@example.com"),
        lambda tab: send(tab, "webhook", "https://hooks.example.com/a"),
        lambda tab: tab.goto(f"/subscription/confirm/{confirm}/"),
        lambda tab: press(tab, f"/subscription/confirm/{confirm}/"),
        lambda tab: tab.goto(f"/unsubscribe/{leave}/"),
        lambda tab: press(tab, f"/unsubscribe/{leave}/"),
        lambda tab: tab.goto("/unsubscribe/x/"),
        lambda tab: read_mail(tab, "en"),
        lambda tab: read_mail(tab, "fr"),
    ]


def read_mail(tab: Tab, language: str) -> None:
    tab.goto("about:blank")
    tab.set_content(text_of(read(written(make_message(make_told(), language=language))), "html"))
    # A mail program shows a letter within a landmark of its own.
    tab.evaluate("""() => {
        const main = document.createElement("main");
        main.append(...document.body.childNodes);
        document.body.append(main);
    }""")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_320_px_are_enough(tabs: Callable[..., Tab], page: Page, scheme: str) -> None:
    tab = tabs(viewport={"width": 320, "height": 700}, color_scheme=scheme)
    for look in looks(page):
        look(tab)
        is_sound(tab)


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("fr", "light")])
def test_axe_finds_nothing_on_the_subscribers_own_pages_and_320_px_are_enough(
    tabs: Callable[..., Tab], page: Page, language: str, scheme: str
) -> None:
    tab = tabs(viewport={"width": 320, "height": 700}, color_scheme=scheme, locale=language)
    for look in standing(page, language):
        look(tab)
        expect(tab.locator("html")).to_have_attribute("lang", language)
        for hidden in (*tab.locator("[name=scope][value=some]").all(), *tab.locator("summary").all()):
            hidden.click()
        is_sound(tab)


def is_sound(tab: Tab) -> None:
    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320, tab.url


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_reader_subscribes_from_the_static_page_confirms_and_leaves_without_javascript(
    tabs: Callable[..., Tab], page: Page, live_server: Any, settings: Any, tmp_path: Path, language: str
) -> None:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = ""
    settings.APP_URL = live_server.url
    tab = tabs(java_script_enabled=False)
    tab.route(
        "https://status.example.com/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f'<form method="post" action="{live_server.url}/subscribe/{page.public_id}/">'
            f'<input name="email"><input type="hidden" name="language" value="{language}"><button>x</button>',
        ),
    )
    tab.goto("https://status.example.com/")
    tab.get_by_role("textbox").fill("reader@example.com")
    tab.get_by_role("button").click()
    tab.get_by_label(re.compile("Only what I choose|Seulement ce que je choisis")).check()
    tab.get_by_label("Checkout").check()
    tab.get_by_role("button").click(delay=PERSON)
    expect(tab.get_by_role("heading")).to_have_text(
        {"en": "Look into your mailbox", "fr": "Consultez votre boîte de réception"}[language]
    )

    tasks.send()
    [mail] = (tmp_path / "mail").glob("*.eml")
    question = read(mail.read_bytes())
    assert question["Content-Language"] == language
    link = re.search(r"\S+/subscription/confirm/\S+", text_of(question, "plain"))
    assert link
    tab.goto(link[0])
    with tab.expect_navigation():
        tab.get_by_role("button").click()
    subscriber = page.subscribers.get()
    assert (subscriber.state, subscriber.language) == (State.ACTIVE, language)
    assert [component.name_en for component in subscriber.components.all()] == ["Checkout"]

    tab.goto(str(question["List-Unsubscribe"]).strip("<>"))
    with tab.expect_navigation():
        tab.get_by_role("button").click()
    subscriber.refresh_from_db()
    assert subscriber.state == State.UNSUBSCRIBED
    assert tab.context.cookies() == []


def test_a_subscriber_changes_pauses_takes_away_and_erases_everything_without_javascript(
    tabs: Callable[..., Tab], page: Page
) -> None:
    subscriber = make_subscriber(page)
    tab = tabs(java_script_enabled=False)
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(f"{request.url} {request.headers.get('referer', '')}"))
    tab.goto(manage(subscriber))

    tab.get_by_label("Only what I choose:").check()
    tab.get_by_label("Checkout").check()
    tab.get_by_label("Outages only").check()
    tab.get_by_label("Time zone").select_option("Asia/Tokyo")
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_role("status")).to_contain_text("Saved.")
    expect(tab.get_by_label("Checkout")).to_be_checked()
    expect(tab.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    subscriber.refresh_from_db()
    assert [component.name_en for component in subscriber.components.all()] == ["Checkout"]

    tab.get_by_role("button", name="Pause").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Your subscription is paused")
    tab.get_by_role("button", name="Resume").click()
    expect(tab.get_by_role("status")).to_contain_text("Resumed.")

    with tab.expect_download() as waiting:
        tab.get_by_role("link", name="Take away").click()
    assert json.loads(waiting.value.path().read_text())["subscription"]["address"] == subscriber.address

    tab.get_by_role("link", name="Erase").click()
    tab.get_by_role("button", name="Yes, erase it").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Nothing is kept about you")
    assert not Subscriber.objects.exists()
    assert tab.context.cookies() == []
    # The address is all that it takes: it is told to nobody, not even to ourselves.
    assert not [each for each in asked if "subscription" in each.partition(" ")[2]]


def test_the_keyboard_alone_is_enough(tabs: Callable[..., Tab], page: Page) -> None:
    group = make_group(page, name_en="Payments")
    make_component(page, name_en="Cards", group=group)
    subscriber = make_subscriber(page, language="en")
    tab = tabs()
    tab.goto(manage(subscriber))

    def reach(what: str) -> None:
        for _step in range(60):
            tab.keyboard.press("Tab")
            if tab.evaluate("what => document.activeElement.matches(what)", what):
                return
        raise AssertionError(f"{what} cannot be reached")

    reach("[name=scope]")
    tab.keyboard.press("ArrowDown")
    reach("summary")
    tab.keyboard.press("Enter")
    reach("[name=components]")
    tab.keyboard.press("Space")
    reach("button")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("status")).to_contain_text("Saved.")
    assert [component.name_en for component in subscriber.components.all()] == ["Cards"]


def test_nobody_comes_upon_the_trap(tabs: Callable[..., Tab], page: Page) -> None:
    tab = tabs()
    tab.goto(f"/subscribe/{page.public_id}/")

    trap = tab.locator("#id_website")
    assert tab.get_by_role("textbox").count() == 1
    box = trap.locator("..").bounding_box()
    assert box
    assert max(box["width"], box["height"]) <= 1
    for _step in range(40):
        tab.keyboard.press("Tab")
        assert not trap.evaluate("field => field === document.activeElement")


def test_a_reader_follows_one_incident_from_its_own_page_without_javascript(
    tabs: Callable[..., Tab], page: Page, live_server: Any, settings: Any, tmp_path: Path
) -> None:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = ""
    settings.APP_URL = live_server.url
    incident = make_incident(page, timezone.now())
    shown = render.make_incident(id=incident.public_id, status="investigating")
    info = render.make_page(id=page.public_id, app_url=live_server.url)
    snapshot = render.make_snapshot(page=info, incidents=(shown,))
    files = render_files(snapshot, render.make_documents(snapshot))
    tab = tabs(java_script_enabled=False)
    tab.route(
        "https://status.example.com/",
        lambda route: route.fulfill(
            content_type="text/html", body=files[f"incidents/{incident.public_id}/index.html"]
        ),
    )

    tab.goto("https://status.example.com/")
    tab.get_by_label("E-mail address").fill("reader@example.com")
    tab.get_by_role("button", name="Tell me about this incident").click()
    expect(tab.get_by_label("This one alone, until it is over")).to_be_checked()
    expect(tab.get_by_role("link", name="Payments fail")).to_be_visible()
    with tab.expect_navigation():
        tab.get_by_role("button").click(delay=PERSON)
    tasks.send()
    [mail] = (tmp_path / "mail").glob("*.eml")
    link = re.search(r"\S+/subscription/confirm/\S+", text_of(read(mail.read_bytes()), "plain"))
    assert link
    tab.goto(link[0])
    expect(tab.get_by_role("link", name="Payments fail")).to_be_visible()
    with tab.expect_navigation():
        tab.get_by_role("button").click()

    subscriber = page.subscribers.get()
    assert (subscriber.state, subscriber.everything) == (State.ACTIVE, False)
    assert subscriber.subjects == [f"incident:{incident.public_id}"]
    tab.get_by_role("link", name="Change what you hear").click()
    expect(tab.get_by_label("Payments fail")).to_be_checked()
