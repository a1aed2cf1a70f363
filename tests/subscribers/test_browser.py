"""The pages as people meet them: in Chromium, with and without JavaScript, light, dark and narrow."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from monitors.models import Page
from subscribers import signup, tasks, tokens
from subscribers.models import Notice, State
from tests.chromium import chromium
from tests.make import make_component, make_page
from tests.subscribers.make import make_message, make_subscriber, make_told
from tests.subscribers.test_mail import read, text_of, written

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


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


def looks(page: Page) -> list[Callable[[Tab], Any]]:
    """How to get to each kind of page."""
    subscriber = make_subscriber(page)
    signup.request(page, "email", "reader@example.com", signup.Wish("en"), timezone.now())
    confirm = tokens.for_confirming(Notice.objects.latest("id").public_id)
    leave = tokens.for_leaving(subscriber.public_id)
    form = f"/subscribe/{page.public_id}/"

    def send(tab: Tab, channel: str, address: str) -> None:
        tab.goto(f"{form}?channel={channel}")
        tab.get_by_role("textbox").fill(address)
        tab.get_by_role("button").click()

    def wrong(tab: Tab) -> None:
        tab.goto(form)
        tab.get_by_role("textbox").fill("reader@localhost")
        tab.get_by_label("Only these components:").check()
        tab.get_by_role("button").click()

    def press(tab: Tab, path: str) -> None:
        tab.goto(path)
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_320_px_are_enough(tabs: Callable[..., Tab], page: Page, scheme: str) -> None:
    tab = tabs(viewport={"width": 320, "height": 700}, color_scheme=scheme)
    for look in looks(page):
        look(tab)
        found = Axe().run(tab)
        assert found.violations_count == 0, f"{tab.url}\n{found.generate_report()}"
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
    tab.get_by_label(re.compile("Only these components|Ces composants seulement")).check()
    tab.get_by_label("Checkout").check()
    tab.get_by_role("button").click()
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
    tab.get_by_role("button").click()
    subscriber = page.subscribers.get()
    assert (subscriber.state, subscriber.language) == (State.ACTIVE, language)
    assert [component.name_en for component in subscriber.components.all()] == ["Checkout"]

    tab.goto(str(question["List-Unsubscribe"]).strip("<>"))
    tab.get_by_role("button").click()
    subscriber.refresh_from_db()
    assert subscriber.state == State.UNSUBSCRIBED
    assert tab.context.cookies() == []
