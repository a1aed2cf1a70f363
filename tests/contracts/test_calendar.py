"""The calendars as ical.js (Thunderbird's reader) reads them."""

from pathlib import Path

from statuspage.render import render
from statuspage.snapshot import Documents, Text
from tests.node import run
from tests.render.make import make_component, make_maintenance, make_page, make_snapshot, make_update


def test_every_event_is_read_with_what_it_must_have(exported: Path) -> None:
    for path in ("maintenance.ics", "fr/maintenance.ics"):
        [calendar] = run("calendars.mjs", exported / path).values()
        assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
        assert calendar["prodid"]
        assert len(calendar["events"]) == 3
        for event in calendar["events"]:
            assert event["uid"].endswith("@status.acme.example")
            assert event["stamp"].endswith("Z")
            assert event["start"] < event["end"]
            assert event["status"] == "CONFIRMED"
            assert event["summary"]


def test_each_component_has_a_calendar_even_an_empty_one(exported: Path) -> None:
    paths = sorted(exported.glob("components/*/maintenance.ics"))
    assert len(paths) == 25
    read = run("calendars.mjs", *paths)
    full = [calendar for calendar in read.values() if calendar["events"]]
    assert [[event["summary"] for event in calendar["events"]] for calendar in full] == [
        ["Reports: database upgrade"]
    ]
    assert all(calendar["parts"] for calendar in read.values())


def test_hostile_words_stay_inside_their_event(tmp_path: Path) -> None:
    hostile = "é\N{FACE WITH TEARS OF JOY};,\\n\\\r\nEND:VEVENT\r\nBEGIN:VALARM\x00\x1b\u2028\u202e" * 9
    part = make_component(name=Text(hostile))
    told = make_maintenance(
        status="cancelled",
        title=Text(hostile),
        component_ids=(part.id,),
        updates=(make_update(body=Text(f"- one; two\n- {hostile}")),),
    )
    snapshot = make_snapshot(page=make_page(name=hostile), components=(part,), maintenances=(told,))
    path = tmp_path / "maintenance.ics"
    path.write_bytes(render(snapshot, Documents())["maintenance.ics"])
    [calendar] = run("calendars.mjs", path).values()
    [event] = calendar["events"]
    assert (event["status"], event["nested"]) == ("CANCELLED", 0)
    assert event["summary"].startswith("é\N{FACE WITH TEARS OF JOY};,\\n\\ END:VEVENT BEGIN:VALARM")
    assert "- one; two\n- é" in event["description"]
