"""Signing in as a person does, in Chromium: a passkey, an app, a telephone's screen, no script."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from statuspage.people import invitations
from statuspage.people.roles import Role
from tests.axe import violations
from tests.chromium import chromium
from tests.statuspage.people.conftest import PASSWORD, code, make_staff

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.usefixtures("required"),
]
LOW = """() => [...document.querySelectorAll(".console :is(button, .go, .quiet, .plain, .field input)")]
    .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < 43.5)
    .map(each => each.outerHTML)"""


@pytest.fixture
def browser(transactional_db: None, live_server: Any, settings: Any, monkeypatch: Any) -> Iterator[Browser]:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    # Playwright keeps an event loop in this thread; rows are made and read here all the same.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    # The server's threads give their connections back, so that the test database can be dropped.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    with chromium() as started:
        yield started
        # Under the loop this thread had a connection of its own.
        connections.close_all()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 390, "height": 844}, locale="en", color_scheme="dark")
    yield made
    made.close()


@pytest.fixture
def address(live_server: Any) -> str:
    """Under a name for which browsers offer passkeys without https."""
    return str(live_server.url).replace("127.0.0.1", "localhost")


def give_fingerprint(tab: Page) -> None:
    """A device that knows its owner by their finger (CDP WebAuthn)."""
    devices = tab.context.new_cdp_session(tab)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def assert_good(tab: Page) -> None:
    """No accessibility violation, nothing wider than the screen, nothing too low for a thumb."""
    assert violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate(LOW) == []


def sign_in(tab: Page, address: str, name: str = "ada") -> None:
    tab.goto(f"{address}/admin/login/")
    tab.get_by_label("Name or e-mail address").fill(name)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.keyboard.press("Enter")


def test_an_invited_person_sets_up_a_passkey_and_comes_back_with_it_alone(
    context: BrowserContext, address: str
) -> None:
    owner = make_staff()
    secret = invitations.invite("grace@example.com", Role.COMMUNICATOR, "en", owner, timezone.now())[1]
    tab, said = context.new_page(), list[str]()
    tab.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    give_fingerprint(tab)
    tab.goto(f"{address}/admin/invitation/{secret}/")
    assert_good(tab)
    tab.get_by_label("Name to sign in with").fill("grace")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Make my account").click()
    expect(tab.get_by_text("Before you go on")).to_be_visible()
    assert_good(tab)
    with tab.expect_navigation():
        tab.get_by_role("link", name="Add a passkey").click()
    assert_good(tab)
    tab.get_by_role("button", name="Add the passkey").click()
    expect(tab.locator(".codes li")).to_have_count(10)
    assert_good(tab)
    tab.get_by_role("link", name="Go on").click()
    expect(tab).to_have_url(f"{address}/admin/")
    tab.goto(f"{address}/admin/account/")
    assert_good(tab)
    tab.goto(f"{address}/admin/logout/")
    tab.locator("#content").get_by_role("button", name="Log out").click()
    expect(tab).to_have_url(f"{address}/admin/login/")
    assert_good(tab)
    tab.get_by_role("button", name="Sign in with a passkey").click()
    expect(tab).to_have_url(f"{address}/admin/")
    # The policy of this origin let everything run that is needed.
    assert said == []
    # As the second factor after a password, too.
    tab.goto(f"{address}/admin/logout/")
    tab.locator("#content").get_by_role("button", name="Log out").click()
    expect(tab).to_have_url(f"{address}/admin/login/")
    sign_in(tab, address, "grace")
    tab.get_by_role("button", name="Use a passkey").click()
    expect(tab).to_have_url(f"{address}/admin/")


def test_a_passkey_of_another_device_opens_nothing(context: BrowserContext, address: str) -> None:
    make_staff()
    tab = context.new_page()
    give_fingerprint(tab)
    tab.goto(f"{address}/admin/login/")
    tab.get_by_role("button", name="Sign in with a passkey").click()
    expect(tab.get_by_text("The passkey could not be used")).to_be_visible()


def test_signing_in_needs_no_script(browser: Browser, address: str) -> None:
    make_staff()
    plain = browser.new_context(
        java_script_enabled=False, locale="en", viewport={"width": 320, "height": 640}
    )
    tab = plain.new_page()
    sign_in(tab, address)
    with tab.expect_navigation():
        tab.get_by_role("link", name="Add an authenticator app").click()
    tab.get_by_label("Code").fill(code(secret=tab.locator(".secret").inner_text()))
    tab.get_by_role("button", name="Add the app").click()
    expect(tab.locator(".codes li")).to_have_count(10)
    kept = tab.locator(".codes li").first.inner_text()
    tab.get_by_role("link", name="Go on").click()
    expect(tab).to_have_url(f"{address}/admin/")
    tab.get_by_text("ada", exact=True).first.click()
    tab.get_by_role("button", name="Log out").click()
    expect(tab).to_have_url(f"{address}/admin/login/")
    sign_in(tab, address)
    expect(tab.get_by_role("button", name="Use a passkey")).to_be_hidden()
    tab.get_by_label("Code").fill(kept)
    tab.get_by_role("button", name="Sign in").click()
    expect(tab).to_have_url(f"{address}/admin/")
    assert User.objects.get().last_login
    plain.close()
