"""All files together: where they are, what changes when, how much they weigh."""

import dataclasses
import gzip
import json
from datetime import timedelta

import pytest
from hypothesis import given, settings

from monitors.status import Status
from statuspage.document import as_json, snapshot_from
from statuspage.render import RENDERER, render
from statuspage.render.files import HEARTBEAT
from statuspage.snapshot import Documents, Snapshot
from tests.render.make import (
    make_busy,
    make_demo,
    make_documents,
    make_page,
    make_snapshot,
)
from tests.render.strategies import snapshots


def later(snapshot: Snapshot, minutes: int = 1) -> Snapshot:
    """The same page one heartbeat later, checked again meanwhile."""
    passed = timedelta(minutes=minutes)
    return dataclasses.replace(
        snapshot,
        sequence=snapshot.sequence + 1,
        generated_at=snapshot.generated_at + passed,
        good_until=snapshot.good_until + passed,
        components=tuple(
            dataclasses.replace(component, checked_at=component.checked_at and component.checked_at + passed)
            if component.status != "unknown"
            else component
            for component in snapshot.components
        ),
    )


def weight(content: bytes) -> int:
    """Bytes under gzip -6."""
    return len(gzip.compress(content, 6))


def test_the_same_snapshot_gives_the_same_bytes() -> None:
    snapshot = make_demo()
    assert render(snapshot, make_documents(snapshot)) == render(snapshot, make_documents(snapshot))


@pytest.mark.parametrize("snapshot", [make_demo(), make_snapshot(), make_busy()])
def test_a_heartbeat_changes_the_heartbeat_set_alone(snapshot: Snapshot) -> None:
    after = later(snapshot)
    before = render(snapshot, make_documents(snapshot))
    now = render(after, make_documents(after))
    assert {path for path in now if now[path] != before[path]} == HEARTBEAT - {
        "status.json.sig",
        # It leads to the index of the default language, and never changes.
        "en/index.html",
    }


def test_a_wholly_rendered_page_survives_its_own_status_document() -> None:
    snapshot = make_demo()
    files = render(snapshot, Documents())
    again = snapshot_from(json.loads(files["status.json"]))
    assert again == snapshot
    assert render(again, Documents()) == files


@settings(max_examples=60, deadline=None)
@given(snapshots())
def test_every_state_renders_in_both_languages(snapshot: Snapshot) -> None:
    files = render(snapshot, make_documents(snapshot))
    assert files["index.html"] != files["fr/index.html"]
    assert snapshot_from(json.loads(files["status.json"])) == snapshot
    assert json.loads(json.dumps(as_json(snapshot))) == json.loads(files["status.json"])


WAITING = ("503.html", "503.json", "cloudflare.html")


def test_every_page_is_at_its_paths() -> None:
    told = ("history.atom", "maintenance.ics")
    shown = ("badge.json", "badge.svg", "embed.json")
    kinds = ("badge.json", "badge.svg", "maintenance.ics")
    names = [status.value for status in Status]
    assert set(render(make_snapshot(), Documents())) == {
        *(f"{prefix}{below}index.html" for prefix in ("", "en/", "fr/") for below in ("", "history/")),
        *(f"{prefix}{name}" for prefix in ("", "fr/") for name in (*told, *shown)),
        *(f"{prefix}components/checkoutxxxx/{name}" for prefix in ("", "fr/") for name in kinds),
        *(f"{prefix}outage/{name}" for prefix in ("", "fr/") for name in WAITING),
        *("embed/index.html", "fr/embed/index.html"),
        *(f"og/{language}-{name}.png" for language in ("en", "fr") for name in names),
        *(".well-known/security.txt", "robots.txt", "sitemap.xml", "favicon.svg", "favicon.ico", "embed.js"),
        *("404.html", "events.json", "heartbeat.json", "status.json"),
        *("history.rss", "feed.json", "status.txt", "filter.js"),
        *(f"api/v2/{name}.json" for name in ("summary", "status", "components", "incidents")),
        *(f"api/v2/incidents/{name}.json" for name in ("resolved", "unresolved")),
        "api/v2/scheduled-maintenances.json",
        *(f"api/v2/scheduled-maintenances/{name}.json" for name in ("active", "upcoming")),
    }
    snapshot = make_demo()
    paths = set(render(snapshot, make_documents(snapshot)))
    for below in ("incidents/paymentscann", "incidents/networkmaint", "history/2026-11"):
        assert {f"{prefix}{below}/index.html" for prefix in ("", "en/", "fr/")} <= paths


def test_unprefixed_paths_speak_the_default_language() -> None:
    files = render(make_snapshot(page=make_page(default_language="fr")), Documents())
    assert b'<html lang="fr"' in files["index.html"]
    assert b'<html lang="fr"' in files["404.html"]
    assert b'<html lang="en"' in files["en/index.html"]


def test_a_page_of_one_language_has_no_other() -> None:
    page = make_page(languages=("fr",), default_language="fr")
    files = render(make_snapshot(page=page), Documents())
    assert "fr/index.html" in files
    assert not [path for path in files if path.startswith("en/")]
    assert b">English</a>" not in files["index.html"]


def test_the_heartbeat_says_when_the_next_one_is_due() -> None:
    assert json.loads(render(make_snapshot(), Documents())["heartbeat.json"]) == {
        "sequence": 41,
        "generated_at": "2026-11-22T14:40:12.000000Z",
        "good_until": "2026-11-22T14:42:42.000000Z",
    }


@pytest.mark.parametrize("path", ["index.html", "fr/index.html"])
def test_the_demonstration_page_weighs_at_most_10_kilobytes(path: str) -> None:
    assert weight(render(make_demo(page=make_page(demo=True)), Documents())[path]) <= 10_000


def test_five_incidents_with_long_updates_weigh_at_most_16_kilobytes() -> None:
    assert weight(render(make_busy(), Documents())["index.html"]) <= 16_000


def test_a_hundred_components_weigh_at_most_25_kilobytes() -> None:
    assert weight(render(make_demo(copies=4), Documents())["index.html"]) <= 25_000


def test_the_renderer_is_named_by_a_hash() -> None:
    assert len(RENDERER) == 64
