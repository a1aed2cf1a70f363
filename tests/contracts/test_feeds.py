"""The feeds as two readers from npm read them."""

import json
from pathlib import Path
from typing import Any

from statuspage.render import render
from statuspage.snapshot import Documents, Text
from tests.node import run
from tests.render.make import make_incident, make_maintenance, make_page, make_snapshot, make_update

NAMES = ("history.atom", "history.rss", "feed.json")


def test_both_readers_read_every_entry(exported: Path) -> None:
    paths = [str(exported / name) for name in NAMES]
    read = run("feeds.mjs", *paths)
    count = len(json.loads((exported / "feed.json").read_text())["items"])
    assert count == 7
    for path in paths:
        assert read[path]["smith"] == count
        assert "Acme" in read[path]["title"]
    for path in paths[:2]:
        check_items(read[path], count, "https://status.acme.example/incidents/")
    ends = {item["title"] for item in read[paths[1]]["items"] if item.get("end")}
    assert len(ends) == 2


def test_the_french_feed_leads_to_french_pages(exported: Path) -> None:
    path = str(exported / "fr" / "history.atom")
    check_items(run("feeds.mjs", path)[path], 7, "https://status.acme.example/fr/incidents/")


def check_items(feed: dict[str, Any], count: int, address: str) -> None:
    assert len(feed["items"]) == count
    assert all(item["title"] and item["date"] for item in feed["items"])
    assert all(item["link"].startswith(address) for item in feed["items"])


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    hostile = "]]></description></item><item><title>&amp;&#0;\x00\x1b\u202e\ufffe <script>alert(1)</script>"
    told = {"title": Text(hostile), "updates": (make_update(body=Text(hostile)),)}
    snapshot = make_snapshot(
        page=make_page(name=hostile),
        incidents=(make_incident(**told),),
        maintenances=(make_maintenance(**told),),
    )
    files = render(snapshot, Documents())
    for name in NAMES:
        (tmp_path / name).write_bytes(files[name])
    read = run("feeds.mjs", *(tmp_path / name for name in NAMES))
    assert {found["smith"] for found in read.values()} == {2}
    assert len(read[str(tmp_path / "history.rss")]["items"]) == 2
