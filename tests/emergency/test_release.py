"""What customers find after an emergency post: every file speaks of it, and who posted it until when."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
from django.utils.html import strip_tags
from playwright.sync_api import Browser, expect

from monitors.status import Status
from statuspage.snapshot import ComponentState, Snapshot
from tests.axe import violations
from tests.chromium import chromium
from tests.emergency.kit import Kit, fresh
from tests.render.browser import serving

POST = (
    "post",
    "--title", "Nothing can be paid",
    "--title-fr", "Rien ne peut être payé",
    "--en", "We know, and we are on it.",
    "--fr", "Nous le savons et y travaillons.",
    "--component", "Cards=major",
    "--component", "Europe (Paris)=partial",
    "--valid-for", "90m",
    "--yes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Posted:
    """Every file at a target, and what its status document says."""

    files: dict[str, bytes]
    snapshot: Snapshot

    def text(self, path: str) -> str:
        return self.files[path].decode()

    @property
    def incident(self) -> str:
        return self.snapshot.incidents[0].id

    @property
    def cards(self) -> ComponentState:
        return next(each for each in self.snapshot.components if each.name.en == "Cards")


@pytest.fixture(scope="module")
def posted(sealed_kit: tuple[Kit, Path]) -> Posted:
    kit = fresh(*sealed_kit)
    ran = kit.run(*POST)
    assert ran.status == 0, ran.err
    main = kit.places["main"]
    paths = [path for path in main.rglob("*") if path.is_file() and path.suffix not in (".gz", ".br", ".zst")]
    return Posted({path.relative_to(main).as_posix(): path.read_bytes() for path in paths}, kit.shown())


@pytest.mark.parametrize(
    ("path", "title", "mark", "promise"),
    [
        ("index.html", "Nothing can be paid", "Posted by emergency procedure", "Next update by"),
        ("fr/index.html", "Rien ne peut être payé", "Publié par la procédure d’urgence", "Prochaine"),
    ],
)
def test_the_index_carries_the_mark_and_the_promise(
    posted: Posted, path: str, title: str, mark: str, promise: str
) -> None:
    said = strip_tags(posted.text(path))
    assert title in said
    assert mark in said
    assert promise in said
    assert posted.snapshot.good_until.isoformat(timespec="seconds")[:16] in posted.text(path)


@pytest.mark.parametrize(
    ("language", "words", "mark"),
    [
        ("", "We know, and we are on it.", "posted by emergency procedure"),
        ("fr/", "Nous le savons et y travaillons.", "publié par la procédure d’urgence"),
    ],
)
def test_the_page_of_the_incident_carries_the_mark(
    posted: Posted, language: str, words: str, mark: str
) -> None:
    said = strip_tags(posted.text(f"{language}incidents/{posted.incident}/index.html"))
    assert words in said
    assert mark in said


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("history.atom", "Nothing can be paid"),
        ("fr/history.atom", "Rien ne peut être payé"),
        ("history.rss", "Nothing can be paid"),
        ("feed.json", "Nothing can be paid"),
        ("events.json", "Nothing can be paid"),
        ("status.txt", "Nothing can be paid"),
        ("outage/503.html", "Nothing can be paid"),
        ("fr/outage/503.html", "Rien ne peut être payé"),
        ("outage/503.json", "Nothing can be paid"),
        ("embed.json", "Nothing can be paid"),
        ("badge.svg", "Major outage"),
        ("fr/badge.svg", "Panne majeure"),
        ("uptime/index.html", "Cards"),
    ],
)
def test_every_other_file_speaks_of_it(posted: Posted, path: str, said: str) -> None:
    assert said in posted.text(path)


def test_the_api_tells_clients_of_it(posted: Posted) -> None:
    summary = json.loads(posted.files["api/v2/summary.json"])
    (incident,) = summary["incidents"]
    assert (incident["name"], incident["status"], incident["id"]) == (
        "Nothing can be paid",
        "investigating",
        posted.incident,
    )
    assert incident["incident_updates"][0]["body"] == "We know, and we are on it."
    statuses = {each["name"]: each["status"] for each in summary["components"]}
    assert statuses["Cards"] == "major_outage"
    assert json.loads(posted.files["api/v2/incidents.json"])["incidents"][0]["id"] == posted.incident
    assert json.loads(posted.files["api/v2/status.json"])["status"]["indicator"] != "none"


def test_a_feed_reader_finds_one_new_entry(posted: Posted) -> None:
    entries = feedparser.parse(posted.files["history.atom"]).entries
    assert [entry.title for entry in entries].count("Nothing can be paid") == 1


def test_the_pages_of_the_component_say_it_too(posted: Posted) -> None:
    slug = posted.cards.slug
    assert "major outage" in strip_tags(posted.text(f"components/{slug}/index.html")).lower()
    assert "panne majeure" in strip_tags(posted.text(f"fr/components/{slug}/index.html")).lower()
    assert json.loads(posted.files[f"components/{slug}/badge.json"])["message"] == "Major outage"


def test_the_page_of_a_tag_says_it_too(posted: Posted) -> None:
    assert "partial outage" in strip_tags(posted.text("tags/europe/index.html")).lower()
    assert "panne partielle" in strip_tags(posted.text("fr/tags/europe/index.html")).lower()


def test_what_nobody_watches_is_unknown_on_its_own_page_too(posted: Posted) -> None:
    silent = [each for each in posted.snapshot.components if each.status == Status.UNKNOWN]
    assert silent
    for component in silent:
        assert "unknown" in strip_tags(posted.text(f"components/{component.slug}/index.html")).lower()


def test_it_stands_for_as_long_as_it_was_given(posted: Posted) -> None:
    beat = json.loads(posted.files["heartbeat.json"])
    document = json.loads(posted.files["status.json"])
    snapshot = posted.snapshot
    assert snapshot.good_until - snapshot.generated_at == timedelta(minutes=90)
    assert beat["good_until"] == document["good_until"] == document["emergency"]["until"]


def test_an_update_renews_the_time_that_it_stands(kit: Kit) -> None:
    kit.run(*POST)
    first = kit.shown()
    assert kit.run("update", "--en", "Still on it.", "--valid-for", "6h", "--yes").status == 0
    second = kit.shown()
    assert second.emergency
    assert second.good_until == second.emergency.until
    assert second.good_until - second.generated_at == timedelta(hours=6)
    assert second.good_until > first.good_until
    beat = json.loads((kit.places["main"] / "heartbeat.json").read_bytes())
    assert beat["good_until"] == json.loads((kit.places["main"] / "status.json").read_bytes())["good_until"]
    assert second.incidents[0].next_update_at == second.good_until


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.slow
@pytest.mark.parametrize("language", ["", "fr/"])
def test_it_is_current_until_its_time_is_over_and_then_says_that_it_is_not(
    browser: Browser, posted: Posted, language: str
) -> None:
    snapshot = posted.snapshot
    context = browser.new_context()
    with serving(posted.files) as site:
        site.date = snapshot.good_until - timedelta(seconds=60)
        page = context.new_page()
        page.goto(site.url + language)
        page.wait_for_load_state("networkidle")
        expect(page.locator("#old")).to_be_hidden()
        site.date = snapshot.good_until + timedelta(seconds=1)
        page.reload()
        expect(page.locator("#old")).to_be_visible()
        stale = "Pas de mise à jour depuis" if language else "Not updated since"
        expect(page.get_by_role("heading", level=1)).to_contain_text(stale)
    context.close()


@pytest.mark.slow
def test_axe_finds_nothing_on_it(browser: Browser, posted: Posted) -> None:
    context = browser.new_context(bypass_csp=True, viewport={"width": 390, "height": 844})
    paths = ("", f"incidents/{posted.incident}/", f"components/{posted.cards.slug}/", "outage/503.html")
    with serving(posted.files) as site:
        site.date = posted.snapshot.generated_at
        for path in (*paths, *(f"fr/{path}" for path in paths)):
            page = context.new_page()
            page.goto(site.url + path)
            assert violations(page) == []
            page.close()
    context.close()
