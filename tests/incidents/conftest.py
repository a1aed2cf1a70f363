"""A signed-in browser, and stylesheets served without being collected first."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from playwright.sync_api import Page

from tests.chromium import chromium


@pytest.fixture(scope="session", autouse=True)
def _static_folder() -> None:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


@pytest.fixture(autouse=True)
def _plain_static_files(settings) -> None:
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def owner() -> User:
    return User.objects.create_superuser("ada", password="a long enough password")


@pytest.fixture
def staff(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


@pytest.fixture
def tabs(transactional_db, live_server, owner, client, monkeypatch) -> Iterator[Callable[..., Page]]:
    """Opens signed-in tabs: `tabs(width=390, dark=True)`."""
    client.force_login(owner)
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    # Playwright keeps an event loop in this thread; rows are made and read here all the same.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    # The server's threads give their connections back, so that the test database can be dropped.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    with chromium() as browser:

        def tab(width: int = 1280, dark: bool = False, signed_in: bool = True, **options: Any) -> Page:
            context = browser.new_context(
                base_url=live_server.url,
                viewport={"width": width, "height": 900},
                color_scheme="dark" if dark else "light",
                **options,
            )
            if signed_in:
                context.add_cookies([session])
            return context.new_page()

        yield tab
        # Under the loop this thread had a connection of its own.
        connections.close_all()
