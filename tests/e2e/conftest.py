"""A browser tab, for tests that click."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.chromium import chromium


@pytest.fixture
def browser_tab() -> Iterator[Page]:
    """A fresh tab of Debian's Chromium."""
    with chromium() as browser:
        yield browser.new_page(viewport={"width": 1280, "height": 900})
