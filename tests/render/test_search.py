"""The search of a long history: 10,000 incidents in 100 months, on static files, in a real browser."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from playwright.sync_api import Browser, expect

from statuspage.render import follow, pages, search
from statuspage.snapshot import Month, Text
from tests.chromium import chromium
from tests.render.browser import Site, serving
from tests.render.make import make_incident, make_snapshot

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("render-browser")]
MONTHS, EACH = 100, 100
WORDS = ("Searches", "Payments", "Webhooks", "Sign-in", "Reports", "Uploads", "Exports", "Mail")


def make_months() -> tuple[Month, ...]:
    """The newest first; titles as long as titles are, in both languages."""
    return tuple(make_month(2026 * 12 + 10 - back) for back in range(MONTHS))


def make_month(number: int) -> Month:
    """One of EACH incidents; `number` counts months from the year 0."""
    start = datetime(number // 12, number % 12 + 1, 1, 12, tzinfo=UTC)
    name = f"{start:%Y-%m}"
    return Month(
        name,
        tuple(
            make_incident(
                id=f"{start:%Y%m}x{index:05}",
                title=Text(
                    f"{WORDS[index % 8]} fail for some customers in region {index}, case {name}-{index}",
                    f"{WORDS[index % 8]} : échec pour certains clients, région {index}, cas {name}-{index}",
                ),
                started_at=start + timedelta(hours=6 * index),
                component_ids=("checkoutxxxx",) if index == 7 else (),
            )
            for index in range(EACH)
        ),
        (),
    )


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    months = make_months()
    snapshot = make_snapshot(months=tuple(month.month for month in months))
    with translation.override("en"):
        made = dict(pages.history(snapshot, "en"))
    for month in months:
        made.update(search.files(month, snapshot))
    return made | follow.files(snapshot)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def site(files: dict[str, bytes]) -> Iterator[Site]:
    with serving(files) as running:
        yield running


def read_months(site: Site) -> list[str]:
    """Which months were asked for; several are read at a time, so in any order."""
    return [path for path in site.requests if path.startswith("history/2")]


def test_a_month_of_a_hundred_incidents_is_a_small_file(files: dict[str, bytes]) -> None:
    sizes = [
        len(gzip.compress(content, 6)) for path, content in files.items() if path.startswith("history/2")
    ]
    assert len(sizes) == MONTHS
    assert max(sizes) <= 4_000
    assert sum(sizes) <= 400_000
    assert len(gzip.compress(files["history/index.html"], 6)) <= 10_000


def test_a_word_of_every_month_is_found_in_the_newest_months_alone(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(f"{site.url}history/?q=webhooks")
    expect(page.locator("#search li")).to_have_count(78)
    newest = ("2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11")
    assert sorted(read_months(site)) == [f"history/{month}.json" for month in newest]
    page.get_by_role("button", name="Search further back").click()
    expect(page.locator("#search li")).to_have_count(156)
    assert len(read_months(site)) == 12


def test_the_oldest_incident_of_ten_thousand_is_found_and_each_month_read_once(
    browser: Browser, site: Site
) -> None:
    page = browser.new_page()
    page.goto(f"{site.url}history/")
    box = page.get_by_label("Search the titles")
    box.fill("region 42, case 2018-08-42")
    expect(page.locator("#search li")).to_have_count(1, timeout=60_000)
    expect(page.locator("#search li a")).to_have_attribute("href", "../incidents/201808x00042/")
    expect(page.get_by_text("Found: 1, searched back to August 2018.")).to_be_visible(timeout=60_000)
    assert len(read_months(site)) == MONTHS
    box.fill("no such words")
    expect(page.get_by_text("Nothing found.")).to_be_visible(timeout=60_000)
    assert len(read_months(site)) == MONTHS


def test_what_touched_one_component_is_found_back_to_the_beginning(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(f"{site.url}history/?component=checkoutxxxx")
    expect(page.locator("#search li")).to_have_count(54, timeout=60_000)
    page.get_by_role("button", name="Search further back").click()
    expect(page.locator("#search li")).to_have_count(MONTHS, timeout=60_000)
