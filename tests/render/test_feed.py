"""The feed as readers of feeds read it."""

import dataclasses
import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import feedparser
import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from statuspage.render import render
from statuspage.render.feed_atom import atom
from statuspage.render.feed_json import json_feed
from statuspage.render.feed_rss import rss
from statuspage.snapshot import Documents, Snapshot, Text
from tests.render.make import (
    NOW,
    make_demo,
    make_incident,
    make_maintenance,
    make_page,
    make_resolved,
    make_snapshot,
    make_update,
)
from tests.render.strategies import snapshots

# JSON Feed 1.1, its required members and types.
DATE = {"type": "string", "format": "date-time"}
URI = {"type": "string", "format": "uri"}
JSON_FEED = Draft202012Validator(
    {
        "type": "object",
        "required": ["version", "title", "items"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": "https://jsonfeed.org/version/1.1"},
            "title": {"type": "string"},
            "home_page_url": URI,
            "feed_url": URI,
            "language": {"enum": ["en", "fr"]},
            "authors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": False,
                    "properties": {"name": {"type": "string"}, "url": URI},
                },
            },
            "items": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "content_html"],
                    "additionalProperties": False,
                    "properties": {
                        "id": {"type": "string"},
                        "url": URI,
                        "title": {"type": "string"},
                        "content_html": {"type": "string"},
                        "date_published": DATE,
                        "date_modified": DATE,
                    },
                },
            },
        },
    },
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)
HOSTILE = (
    "]]></description></item><script>alert(1)</script>",
    "<![CDATA[ ]]> &amp; &#0; &nbsp; <!-- --> <?xml?>",
    "\x00\x01\x08\x0b\x1b[31m\x1f\x7f\x85\ufffe\uffff\ufdd0\u202e\u2028",
    '"><link href="https://evil.example/" rel="self"/>',
    "wide " * 200_000,
)

# How a scraper of Statuspage feeds finds the updates.
PATTERN = re.compile(
    r"<p> <small>(\w+) <var data-var='date'>(\d+)</var>, <var data-var='time'>([\d: h]+)</var> \S+</small>"
    r"<br> <strong>(.+?)</strong> - (.*?)</p>",
    re.DOTALL,
)


@settings(max_examples=80, deadline=None)
@given(snapshots(), st.sampled_from(["en", "fr"]))
def test_every_feed_is_well_formed_in_every_state(snapshot: Snapshot, language: str) -> None:
    told = len(snapshot.incidents) + len(snapshot.maintenances)
    with translation.override(language):
        for content in (atom(snapshot, language), rss(snapshot, language)):
            feed = feedparser.parse(content)
            assert not feed.bozo
            assert len(feed.entries) == told
        items = json.loads(json_feed(snapshot, language))
    JSON_FEED.validate(items)
    assert len(items["items"]) == told


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_change_no_feed(hostile: str) -> None:
    told = make_incident(title=Text(hostile), updates=(make_update(body=Text(hostile)),))
    snapshot = make_snapshot(page=make_page(name=hostile), incidents=(told,))
    for content in (atom(snapshot, "en"), rss(snapshot, "en")):
        feed = feedparser.parse(content, sanitize_html=False)
        assert not feed.bozo
        assert (len(feed.entries), len(feed.entries[0].links)) == (1, 1)
        assert "<script" not in feed.entries[0].summary
        assert ElementTree.fromstring(content) is not None
        assert len(content) <= 1_048_576
    items = json.loads(json_feed(snapshot, "en"))
    JSON_FEED.validate(items)
    assert "<script" not in items["items"][0]["content_html"]


def test_planned_work_dates_from_its_start_and_says_when_it_ends() -> None:
    channel = ElementTree.fromstring(rss(make_snapshot(maintenances=(make_maintenance(),)), "en"))
    item = channel.find("channel/item")
    assert item is not None
    assert item.findtext("pubDate") == "Tue, 24 Nov 2026 03:00:00 +0000"
    assert item.findtext("maintenanceEndDate") == "Tue, 24 Nov 2026 04:00:00 +0000"
    assert (item.findtext("description") or "").startswith(
        "<p><strong>THIS IS A SCHEDULED EVENT Nov <var data-var='date'>24</var>, "
        "<var data-var='time'>03:00</var> - <var data-var='time'>04:00</var> UTC</strong></p>"
    )
    assert item.findtext("guid") == item.findtext("link")


def test_work_over_several_days_names_both() -> None:
    work = make_maintenance(scheduled_until=NOW + timedelta(days=9))
    assert b"04:00" not in rss(make_snapshot(maintenances=(work,)), "en")
    assert b"- Dec &lt;var data-var='date'&gt;1&lt;/var&gt;" in rss(make_snapshot(maintenances=(work,)), "en")


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_work_that_is_over_dates_from_its_last_update(status: str) -> None:
    work = make_maintenance(status=status, updates=(make_update(status=status),))
    content = rss(make_snapshot(maintenances=(work,)), "en")
    assert b"maintenanceEndDate" not in content
    assert b"SCHEDULED EVENT" not in content
    assert (
        ElementTree.fromstring(content).findtext("channel/item/pubDate") == "Sun, 22 Nov 2026 14:31:12 +0000"
    )


def test_each_language_has_an_atom_feed_and_the_default_one_all_kinds() -> None:
    files = render(
        make_snapshot(page=make_page(default_language="fr"), incidents=(make_incident(),)), Documents()
    )
    for name in ("history.atom", "history.rss", "feed.json"):
        assert "Cause identifiée" in files[name].decode()
        assert f"fr/{name}" not in files
    assert "Identified" in files["en/history.atom"].decode()
    assert b"https://status.acme.example/en/history.atom" in files["en/history.atom"]
    french, english = feedparser.parse(files["history.atom"]), feedparser.parse(files["en/history.atom"])
    assert french.feed.id != english.feed.id
    assert english.entries[0].link == "https://status.acme.example/en/incidents/paymentscann/"


def test_the_newest_entries_stay_whole_when_there_is_too_much() -> None:
    texts = Text("\n\n".join(["“quoted” & <marked>" * 20] * 20))
    told = tuple(
        make_resolved(
            f"Trouble {n:03}",
            n,
            5,
            id=f"{n:012}",
            updates=tuple(make_update(m, body=texts) for m in range(9)),
        )
        for n in range(60)
    )
    for content in (atom(make_snapshot(incidents=told), "en"), rss(make_snapshot(incidents=told), "en")):
        feed = feedparser.parse(content)
        assert len(content) <= 1_048_576
        assert len(feed.entries) == 50
        said = [entry.summary.count("<small>") for entry in feed.entries]
        assert said == sorted(said, reverse=True)
        assert said[0] > said[49] >= 1


def test_its_updates_follow_the_pattern_that_scrapers_read() -> None:
    update = make_update(status="resolved", body=Text("It *works*.\n\nSorry."))
    feed = ElementTree.fromstring(atom(make_snapshot(incidents=(make_incident(updates=(update,)),)), "en"))
    content = feed.findtext("{*}entry/{*}content") or ""
    assert PATTERN.findall(content) == [("Nov", "22", "14:31", "Resolved", "It <em>works</em>.")]
    assert content.endswith("<p>Sorry.</p>")


def test_a_list_stands_after_its_heading() -> None:
    update = make_update(body=Text("- one\n- two"))
    content = atom(make_snapshot(incidents=(make_incident(updates=(update,)),)), "en").decode()
    assert "- &lt;/p&gt;&lt;ul&gt;" in content


def test_ids_are_stable_and_speak_of_the_host() -> None:
    feed = feedparser.parse(atom(make_demo(), "en"))
    assert feed.feed.id == "tag:status.acme.example,2005:/history"
    assert "tag:status.acme.example,2005:Incident/paymentscann" in [entry.id for entry in feed.entries]
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)
    assert feed.entries[0].link.startswith("https://status.acme.example/incidents/")


def test_it_changes_only_with_what_it_tells() -> None:
    demo = make_demo()
    later = dataclasses.replace(demo, sequence=42, generated_at=demo.generated_at + timedelta(hours=7))
    assert atom(demo, "en") == atom(later, "en")
    assert feedparser.parse(atom(demo, "en")).feed.updated == "2026-11-22T14:31:12Z"


def test_an_empty_feed_dates_from_the_page() -> None:
    snapshot = make_snapshot()
    assert feedparser.parse(atom(snapshot, "en")).feed.updated == "2025-10-18T14:40:12Z"


def test_it_speaks_the_default_language() -> None:
    with translation.override("fr"):
        feed = atom(make_snapshot(page=make_page(default_language="fr"), incidents=(make_incident(),)), "fr")
    assert 'xml:lang="fr"' in feed.decode()
    assert "Cause identifiée" in feed.decode()
