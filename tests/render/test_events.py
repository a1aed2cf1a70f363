"""The list of events: what webhooks told, for those who poll."""

import dataclasses
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from jsonschema import Draft202012Validator

from incidents.events import derived
from monitors.status import Status
from statuspage.render.events import events
from statuspage.snapshot import TURNS, Change, Snapshot, Text, UpdateState, WithdrawnState
from subscribers.payload import payload_from
from tests.render.make import (
    NOW,
    make_component,
    make_demo,
    make_incident,
    make_maintenance,
    make_resolved,
    make_snapshot,
    make_turn,
    make_update,
)
from tests.render.strategies import snapshots

TYPES = {
    "incident": {"created", "updated", "resolved", "postmortem"},
    "maintenance": {"scheduled", "started", "updated", "completed", "cancelled"},
    "component": {"updated"},
    "update": {"edited"},
}
SHAPE = Draft202012Validator(
    {
        "type": "object",
        "required": ["version", "page", "since", "cursor", "events"],
        "additionalProperties": False,
        "properties": {
            "version": {"const": 1},
            "page": {
                "type": "object",
                "required": ["id", "name", "url"],
                "additionalProperties": {"type": "string"},
            },
            "since": {"type": "string", "format": "date-time"},
            "cursor": {"type": ["string", "null"]},
            "events": {
                "type": "array",
                "maxItems": 500,
                "items": {
                    "type": "object",
                    "required": ["id", "type", "timestamp", "data"],
                    "additionalProperties": False,
                    "properties": {
                        "id": {"type": "string", "pattern": "^[0-9a-z]{12}$"},
                        "type": {
                            "enum": [f"{kind}.{step}" for kind, steps in TYPES.items() for step in steps]
                        },
                        "timestamp": {"type": "string", "format": "date-time"},
                        "data": {"type": "object"},
                    },
                },
            },
        },
    },
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)


def told(snapshot: Snapshot) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(events(snapshot))["events"]
    return found


def types(snapshot: Snapshot) -> list[str]:
    return [event["type"] for event in told(snapshot)]


@settings(max_examples=80, deadline=None)
@given(snapshots())
def test_it_has_each_update_of_thirty_days_once_in_order(snapshot: Snapshot) -> None:
    document = json.loads(events(snapshot))
    SHAPE.validate(document)
    said = [update for item in (*snapshot.incidents, *snapshot.maintenances) for update in item.updates]
    shown = {component.id for component in snapshot.components}
    places = [(update.display_at, update.id) for update in said]
    places += [(update.edited_at, _edition(update)) for update in said if update.edited_at]
    places += [(turn.at, turn.id) for turn in snapshot.turns if turn.component_id in shown]
    assume(len({key for _at, key in places}) == len(places))
    since = datetime.fromisoformat(document["since"])
    recent = sorted(place for place in places if place[0] >= since)
    assert [event["id"] for event in document["events"]] == [key for _at, key in recent]
    assert document["cursor"] == (recent[-1][1] if recent else None)
    for event in document["events"]:
        edited = event["type"] == "update.edited"
        assert (payload_from(event["data"]).update_id == event["id"]) == (not edited)
        assert edited or event["type"].startswith(f"{event['data']['kind']}.")


def _edition(update: UpdateState) -> str:
    assert update.edited_at is not None
    return derived(update.id, f"update.edited {update.edited_at:%Y-%m-%dT%H:%M:%S.%f}")


def test_a_corrected_update_is_told_anew_as_it_is_now() -> None:
    update = make_update(0, edited_at=NOW - timedelta(minutes=1), body=Text("It is the disk."))
    incident = make_incident(updates=(update, make_update(1)))
    told = json.loads(events(make_snapshot(incidents=(incident,))))["events"]
    assert [event["type"] for event in told] == ["incident.created", "incident.updated", "update.edited"]
    assert told[2]["data"]["body"] == told[1]["data"]["body"] == {"en": "It is the disk.", "fr": ""}
    assert (told[2]["data"]["update_id"], told[2]["timestamp"]) == (update.id, update.edited_at.isoformat())
    assert "edited_at" in told[2]["data"]
    assert "edited_at" not in told[1]["data"]


def test_whoever_read_what_was_taken_back_is_told_so() -> None:
    withdrawn = WithdrawnState("withdrawn001", "incident", "incident0001", NOW - timedelta(minutes=1))
    told = json.loads(events(make_snapshot(withdrawn=(withdrawn,))))
    (event,) = told["events"]
    assert (event["type"], event["id"]) == ("update.withdrawn", told["cursor"])
    assert event["data"] == {
        "kind": "incident",
        "public_id": "incident0001",
        "update_id": "withdrawn001",
        "at": withdrawn.at.isoformat(),
        "page": told["page"],
    }


def test_steps_are_named_as_webhooks_name_them() -> None:
    steps = ("resolved", "monitoring", "identified", "identified", "investigating")
    updates = tuple(make_update(number, status=step) for number, step in enumerate(steps))
    incident = make_incident(updates=updates, status="resolved")
    assert types(make_snapshot(incidents=(incident,))) == [
        "incident.created",
        "incident.updated",
        "incident.updated",
        "incident.updated",
        "incident.resolved",
    ]
    stages = ("completed", "in_progress", "verifying", "in_progress", "scheduled")
    works = tuple(make_update(number, status=step) for number, step in enumerate(stages))
    assert types(make_snapshot(maintenances=(make_maintenance(updates=works, status="completed"),))) == [
        "maintenance.scheduled",
        "maintenance.started",
        "maintenance.updated",
        "maintenance.updated",
        "maintenance.completed",
    ]


def test_components_have_the_status_that_each_step_left_them() -> None:
    parts = (make_component("Checkout"), make_component("Search"))
    hidden = Change("hiddenhidden", Text("Hidden"), Status.OPERATIONAL, Status.MAJOR_OUTAGE)
    first = Change(parts[0].id, parts[0].name, Status.OPERATIONAL, Status.MAJOR_OUTAGE)
    second = Change(parts[1].id, parts[1].name, Status.OPERATIONAL, Status.PARTIAL_OUTAGE)
    incident = make_incident(
        updates=(make_update(0, changes=(second,)), make_update(1, changes=(first, hidden)))
    )
    named = [
        event["data"]["components"] for event in told(make_snapshot(components=parts, incidents=(incident,)))
    ]
    assert [[(part["name"]["en"], part["status"]) for part in step] for step in named] == [
        [("Checkout", "major_outage")],
        [("Checkout", "major_outage"), ("Search", "partial_outage")],
    ]


@pytest.mark.parametrize(
    ("step", "status"), [("in_progress", "under_maintenance"), ("completed", "operational")]
)
def test_work_leaves_its_components_in_maintenance_while_it_goes_on(step: str, status: str) -> None:
    part = make_component()
    work = make_maintenance(status=step, component_ids=(part.id,), updates=(make_update(status=step),))
    [event] = told(make_snapshot(components=(part,), maintenances=(work,)))
    assert [named["status"] for named in event["data"]["components"]] == [status]


def test_a_component_that_turned_is_an_event_until_it_is_hidden() -> None:
    part = make_component("Search")
    turn = make_turn(part, at=NOW - timedelta(minutes=5))
    [event] = told(make_snapshot(components=(part,), turns=(turn,)))
    assert (event["id"], event["type"], event["timestamp"]) == (
        turn.id,
        "component.updated",
        turn.at.isoformat(),
    )
    assert event["data"]["update_id"] == turn.id
    assert event["data"]["title"]["en"] == "Search"
    assert (event["data"]["old_status"], event["data"]["status"]) == ("operational", "major_outage")
    assert event["data"]["url"] == f"https://status.acme.example/components/{part.slug}/"
    assert told(make_snapshot(turns=(turn,))) == []


def test_the_list_says_from_when_it_knows_every_turn() -> None:
    part = make_component("Search")
    turns = tuple(
        make_turn(part, id=f"{number:012}", at=NOW - timedelta(minutes=number)) for number in range(TURNS)
    )
    some = json.loads(events(make_snapshot(components=(part,), turns=turns[:-1])))
    most = json.loads(events(make_snapshot(components=(part,), turns=turns)))
    assert datetime.fromisoformat(some["since"]) < turns[-1].at
    assert datetime.fromisoformat(most["since"]) == turns[-1].at
    assert len(most["events"]) == TURNS


def test_it_changes_with_what_was_said_and_once_a_day() -> None:
    demo = make_demo()
    evening = dataclasses.replace(demo, sequence=42, generated_at=NOW + timedelta(hours=9))
    assert events(demo) == events(evening)
    assert events(demo) != events(dataclasses.replace(demo, generated_at=NOW + timedelta(hours=10)))


def test_what_is_older_than_thirty_days_is_gone() -> None:
    snapshot = make_snapshot(incidents=(make_resolved("New", 29, 5), make_resolved("Old", 32, 5)))
    assert [event["data"]["title"]["en"] for event in told(snapshot)] == ["New"]


def test_too_much_drops_the_oldest_and_says_from_when_it_is_whole() -> None:
    many = tuple(
        make_incident(
            id=f"{n:012}", updates=tuple(make_update(n * 100 + m, id=f"{n:06}{m:06}") for m in range(100))
        )
        for n in range(6)
    )
    document = json.loads(events(make_snapshot(incidents=many)))
    SHAPE.validate(document)
    assert len(document["events"]) == 500
    assert document["since"] == document["events"][0]["data"]["at"]
    assert document["cursor"] == document["events"][-1]["id"] == "000000000000"


def test_huge_words_are_cut_as_in_webhooks() -> None:
    hostile = Text("\x00]]>\u202e“ä”" * 200_000)
    many = tuple(
        make_incident(title=hostile, id=f"{n:012}", updates=(make_update(n, body=hostile),))
        for n in range(100)
    )
    content = events(make_snapshot(incidents=many))
    assert len(content) <= 1_048_576
    document = json.loads(content)
    SHAPE.validate(document)
    assert all(event["data"]["truncated"] for event in document["events"])
    assert b"\\u0000" not in content
    assert document["cursor"] == "update000000"
