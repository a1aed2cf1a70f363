"""Debian's Chromium, once for all tests of a process; where it is missing tests of pages are skipped aloud.

Under CI they fail. Each test works in contexts of its own, which share nothing, and leaves none behind.
"""

import asyncio
import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright

_PROGRAM = Path("/usr/bin/chromium")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Milliseconds for which whatever is awaited may take: a machine that is busy is slow, not wrong.
_PATIENCE = 120_000
_running: list[tuple[Browser, asyncio.AbstractEventLoop]] = []


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a past."""
    if not _PROGRAM.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            "Chromium is missing: apt-get install chromium"
        )
    outside = asyncio._get_running_loop()
    browser, loop = _browser()
    before = browser.contexts
    # Playwright's loop runs in this thread for as long as it is used; outside, tests have loops of their own.
    asyncio._set_running_loop(loop)
    try:
        yield browser
    finally:
        if browser.is_connected():
            for context in browser.contexts:
                if context not in before:
                    context.close()
        asyncio._set_running_loop(outside)


def _browser() -> tuple[Browser, asyncio.AbstractEventLoop]:
    """The one of this process, with its loop; another one where that died."""
    if not (_running and _running[-1][0].is_connected()):
        playwright = sync_playwright().start()
        loop = asyncio.get_running_loop()
        atexit.register(_stop, playwright, loop)
        _running.append((_patient(playwright.chromium.launch(executable_path=_PROGRAM, args=_FLAGS)), loop))
    return _running[-1]


def _patient(browser: Browser) -> Browser:
    make = browser.new_context

    def new_context(**options: Any) -> BrowserContext:
        context = make(**options)
        context.set_default_timeout(_PATIENCE)
        return context

    browser.new_context = new_context  # type: ignore[method-assign]
    browser.new_page = lambda **options: new_context(**options).new_page()  # type: ignore[method-assign]
    expect.set_options(timeout=_PATIENCE)
    return browser


def _stop(playwright: Playwright, loop: asyncio.AbstractEventLoop) -> None:
    asyncio._set_running_loop(loop)
    playwright.stop()
