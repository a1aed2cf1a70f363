"""The feed as readers of feeds read it."""

import dataclasses
import re
from datetime import timedelta
from xml.etree import ElementTree

import feedparser
from django.utils import translation
from hypothesis import given, settings

from statuspage.render.feed_atom import atom
from statuspage.snapshot import Snapshot, Text
from tests.render.make import make_demo, make_incident, make_page, make_snapshot, make_update
from tests.render.strategies import snapshots

# How a scraper of Statuspage feeds finds the updates.
PATTERN = re.compile(
    r"<p> <small>(\w+) <var data-var='date'>(\d+)</var>, <var data-var='time'>([\d: h]+)</var> \S+</small>"
    r"<br> <strong>(.+?)</strong> - (.*?)</p>",
    re.DOTALL,
)


@settings(max_examples=80, deadline=None)
@given(snapshots())
def test_it_is_well_formed_in_every_state(snapshot: Snapshot) -> None:
    feed = feedparser.parse(atom(snapshot, "en"))
    assert not feed.bozo
    assert len(feed.entries) == len(snapshot.incidents) + len(snapshot.maintenances)


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
