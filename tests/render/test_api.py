"""API v2 as other people's clients read it."""

import dataclasses
import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from monitors.status import Status
from statuspage.render import api
from statuspage.render.api_incidents import body
from statuspage.render.api_values import timestamp
from statuspage.snapshot import Change, Snapshot, Text
from tests.render.make import (
    NOW,
    make_active,
    make_component,
    make_demo,
    make_group,
    make_incident,
    make_maintenance,
    make_page,
    make_resolved,
    make_snapshot,
    make_update,
)
from tests.render.strategies import snapshots

SCHEMA = json.loads((Path(__file__).parent.parent / "fixtures" / "statuspage_v2.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
KEYS = {
    "summary": ["page", "components", "incidents", "scheduled_maintenances", "status"],
    "status": ["page", "status"],
    "components": ["page", "components"],
    "incidents": ["page", "incidents"],
    "incidents/unresolved": ["page", "incidents"],
    "incidents/resolved": ["page", "incidents"],
    "scheduled-maintenances": ["page", "scheduled_maintenances"],
    "scheduled-maintenances/upcoming": ["page", "scheduled_maintenances"],
    "scheduled-maintenances/active": ["page", "scheduled_maintenances"],
}
CLOSED = {"resolved", "postmortem"}
# What clients read at most (CONTRACTS 1.2).
MEBIBYTE = 1_048_576
# Recorded from GitHub, in this order (CONTRACTS 1.5 and 1.6).
COMPONENT = [
    "id",
    "name",
    "status",
    "created_at",
    "updated_at",
    "position",
    "description",
    "showcase",
    "start_date",
    "group_id",
    "page_id",
    "group",
    "only_show_if_degraded",
]
INCIDENT = [
    "id",
    "name",
    "status",
    "created_at",
    "updated_at",
    "monitoring_at",
    "resolved_at",
    "impact",
    "shortlink",
    "started_at",
    "page_id",
    "incident_updates",
    "components",
]
UPDATE = [
    "id",
    "status",
    "body",
    "incident_id",
    "created_at",
    "updated_at",
    "display_at",
    "affected_components",
    "deliver_notifications",
    "custom_tweet",
    "tweet_id",
]


def served(snapshot: Snapshot) -> dict[str, Any]:
    """The endpoints by their names, read back."""
    files = api.files(snapshot)
    return {path.removeprefix("api/v2/").removesuffix(".json"): json.loads(files[path]) for path in files}


@settings(max_examples=150, deadline=None)
@given(snapshots())
def test_it_satisfies_the_schema_in_every_state(snapshot: Snapshot) -> None:
    documents = served(snapshot)
    assert set(documents) == set(KEYS)
    for name, document in documents.items():
        VALIDATOR.validate(document)
        assert list(document) == KEYS[name]


@settings(max_examples=60, deadline=None)
@given(snapshots())
def test_each_list_has_what_its_name_says(snapshot: Snapshot) -> None:
    documents = served(snapshot)
    assert not {item["status"] for item in documents["incidents/unresolved"]["incidents"]} & CLOSED
    assert {item["status"] for item in documents["incidents/resolved"]["incidents"]} <= CLOSED
    halves = documents["incidents/unresolved"]["incidents"] + documents["incidents/resolved"]["incidents"]
    assert by_id(halves) == by_id(documents["incidents"]["incidents"])
    works = documents["scheduled-maintenances"]["scheduled_maintenances"]
    upcoming = documents["scheduled-maintenances/upcoming"]["scheduled_maintenances"]
    active = documents["scheduled-maintenances/active"]["scheduled_maintenances"]
    assert by_id(upcoming) == by_id(work for work in works if work["status"] == "scheduled")
    assert by_id(active) == by_id(work for work in works if work["status"] in ("in_progress", "verifying"))
    assert by_id(documents["summary"]["scheduled_maintenances"]) == by_id(upcoming + active)
    assert [work["scheduled_for"] for work in works] == [
        timestamp(work.scheduled_for, snapshot.page.time_zone)
        for work in snapshot.maintenances
        if work.status != "cancelled"
    ]


def by_id(items: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {item["id"]: item for item in items}


@settings(max_examples=50, deadline=None)
@given(snapshots())
def test_groups_are_as_bad_as_their_worst_component_and_list_is_by_position(snapshot: Snapshot) -> None:
    entries = served(snapshot)["components"]["components"]
    by_id = {entry["id"]: entry for entry in entries}
    assert [entry["position"] for entry in entries] == sorted(entry["position"] for entry in entries)
    order = ["operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage"]
    for group in (entry for entry in entries if entry["group"]):
        inside = [by_id[key]["status"] for key in group["components"]]
        assert all(by_id[key]["group_id"] == group["id"] for key in group["components"])
        assert group["status"] == max(inside, key=order.index, default="operational")


def test_its_keys_stand_in_the_recorded_order() -> None:
    summary = served(make_demo())["summary"]
    leaf = next(entry for entry in summary["components"] if not entry["group"])
    group = next(entry for entry in summary["components"] if entry["group"])
    assert list(leaf) == COMPONENT
    assert list(group) == [*COMPONENT, "components"]
    assert list(summary["incidents"][0]) == [*INCIDENT, "reminder_intervals"]
    assert list(summary["incidents"][0]["incident_updates"][0]) == UPDATE
    assert list(summary["scheduled_maintenances"][0]) == [*INCIDENT, "scheduled_for", "scheduled_until"]


def test_summary_has_open_things_only_and_incidents_has_all() -> None:
    documents = served(make_demo())
    assert [item["name"] for item in documents["summary"]["incidents"]] == ["Payments cannot be completed"]
    assert [item["status"] for item in documents["summary"]["scheduled_maintenances"]] == [
        "in_progress",
        "scheduled",
    ]
    assert len(documents["incidents"]["incidents"]) == 4


def test_it_lists_the_newest_fifty() -> None:
    many = tuple(make_resolved(f"Trouble {n:03}", n + 1, 5, id=f"{n:012}") for n in range(60))
    listed = served(make_snapshot(incidents=many))["incidents"]["incidents"]
    assert [item["id"] for item in listed] == [incident.id for incident in many[:50]]


def test_a_cancelled_maintenance_is_left_out() -> None:
    documents = served(make_snapshot(maintenances=(make_maintenance(status="cancelled"),)))
    assert documents["summary"]["scheduled_maintenances"] == []
    assert documents["scheduled-maintenances"]["scheduled_maintenances"] == []


def make_huge(number: int, **values: Any) -> Any:
    """An incident with a title of 1 MB, or with a hundred of the longest updates that there are."""
    hostile = "<script>\0\u202e]]>" * 60_000
    updates = tuple(make_update(1000 * number + old, body=Text("“ä” & <b>\n" * 1_000)) for old in range(100))
    title = Text(hostile if number % 2 else "Long")
    ids = tuple(f"part{place:08}" for place in range(100))
    return {"id": f"{number:012}", "title": title, "updates": updates, "component_ids": ids, **values}


def test_no_document_is_beyond_what_clients_read() -> None:
    parts = tuple(
        make_component(f"Part {place}", id=f"part{place:08}", description=Text("“long”" * 80), position=place)
        for place in range(100)
    )
    snapshot = make_snapshot(
        components=parts,
        incidents=tuple(make_incident(**make_huge(number)) for number in range(50)),
        maintenances=tuple(make_maintenance(**make_huge(50 + number)) for number in range(50)),
    )
    files = api.files(snapshot)
    assert {path for path in files if len(files[path]) > MEBIBYTE} == set()
    for path in files:
        VALIDATOR.validate(json.loads(files[path]))
    documents = served(snapshot)
    # What is newest is cut last: all fifty are there, and the newest says more than the oldest.
    assert len(documents["incidents"]["incidents"]) == 50
    assert len(documents["summary"]["components"]) == 100
    newest, oldest = documents["incidents"]["incidents"][0], documents["incidents"]["incidents"][-1]
    assert len(newest["incident_updates"]) > len(oldest["incident_updates"]) >= 1


def test_two_thousand_components_fit() -> None:
    parts = tuple(
        make_component(id=f"part{place:08}", description=Text("x" * 500), position=place)
        for place in range(2000)
    )
    files = api.files(make_snapshot(components=parts, incidents=(make_incident(),)))
    assert max(map(len, files.values())) <= MEBIBYTE
    assert len(json.loads(files["api/v2/summary.json"])["components"]) == 2000


def test_a_list_stays_the_same_file_until_something_in_it_changes() -> None:
    before = make_demo()
    newer = dataclasses.replace(before.page, updated_at=NOW)
    told = dataclasses.replace(before.incidents[0], updated_at=NOW)
    after = dataclasses.replace(before, page=newer, incidents=(told, *before.incidents[1:]))
    files, again = api.files(before), api.files(after)
    assert {path for path in files if files[path] != again[path]} == {
        "api/v2/summary.json",
        "api/v2/incidents.json",
        "api/v2/incidents/unresolved.json",
    }
    assert served(after)["incidents"]["page"]["updated_at"] == "2026-11-22T14:40:12.000Z"


@pytest.mark.parametrize(
    ("statuses", "level", "description"),
    [
        ([Status.OPERATIONAL], "none", "All Systems Operational"),
        ([], "none", "All Systems Operational"),
        ([Status.OPERATIONAL, Status.UNDER_MAINTENANCE], "maintenance", "Service Under Maintenance"),
        ([Status.OPERATIONAL, Status.DEGRADED_PERFORMANCE], "minor", "Partially Degraded Service"),
        ([Status.DEGRADED_PERFORMANCE, Status.PARTIAL_OUTAGE], "minor", "Minor Service Outage"),
        ([Status.OPERATIONAL, Status.MAJOR_OUTAGE], "major", "Partial System Outage"),
        ([Status.MAJOR_OUTAGE, Status.MAJOR_OUTAGE], "critical", "Major System Outage"),
        (
            [Status.OPERATIONAL, Status.UNKNOWN],
            "minor",
            "Status unknown: not checked since 2026-11-22 14:14 UTC",
        ),
    ],
)
def test_the_indicator_and_its_words(statuses: list[Status], level: str, description: str) -> None:
    checked = NOW - timedelta(minutes=26)
    parts = tuple(
        make_component(f"Part {place}", status=status, checked_at=checked)
        for place, status in enumerate(statuses)
    )
    status = served(make_snapshot(components=parts))["status"]["status"]
    assert status == {"indicator": level, "description": description}


def test_unknown_is_degraded_with_a_description_that_says_so() -> None:
    part = make_component(status=Status.UNKNOWN, checked_at=None, since=None, description=Text("Pays"))
    component = served(make_snapshot(components=(part,)))["components"]["components"][0]
    assert component["status"] == "degraded_performance"
    assert component["description"] == "Status unknown: not checked yet"


def test_an_incident_raises_the_indicator() -> None:
    snapshot = make_snapshot(incidents=(make_incident(impact="critical"),))
    assert served(snapshot)["status"]["status"]["indicator"] == "critical"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Etc/UTC", "2026-11-22T14:31:12.000Z"),
        ("Europe/Paris", "2026-11-22T15:31:12.000+01:00"),
        ("America/Denver", "2026-11-22T07:31:12.000-07:00"),
    ],
)
def test_times_carry_three_digits_and_the_offset_of_the_page(zone: str, expected: str) -> None:
    assert served(make_snapshot(page=make_page(time_zone=zone)))["summary"]["page"]["updated_at"] == expected


def test_an_affected_component_is_named_with_its_group() -> None:
    group = make_group("Store")
    part = make_component(group_id=group.id)
    change = Change(part.id, part.name, Status.UNKNOWN, Status.MAJOR_OUTAGE)
    told = make_incident(component_ids=(part.id,), updates=(make_update(changes=(change,)), make_update(1)))
    snapshot = make_snapshot(groups=(group,), components=(part,), incidents=(told,))
    incident = served(snapshot)["summary"]["incidents"][0]
    assert incident["incident_updates"][0]["affected_components"] == [
        {
            "code": part.id,
            "name": "Store - Checkout",
            "old_status": "degraded_performance",
            "new_status": "major_outage",
        }
    ]
    assert incident["incident_updates"][1]["affected_components"] is None
    assert incident["components"][0]["id"] == part.id


def test_updated_at_of_a_component_follows_its_status() -> None:
    part = make_component(since=NOW - timedelta(minutes=1), updated_at=NOW - timedelta(days=9))
    group = make_group("Store")
    snapshot = make_snapshot(groups=(group,), components=(dataclasses.replace(part, group_id=group.id),))
    entries = served(snapshot)["components"]["components"]
    assert {entry["updated_at"] for entry in entries} == {"2026-11-22T14:39:12.000Z"}


def test_texts_are_html_and_one_paragraph_stands_bare() -> None:
    assert body("It **works** <b>") == "It <strong>works</strong> &lt;b&gt;"
    assert body("One.\n\nTwo.") == "<p>One.</p>\n<p>Two.</p>"
    assert body("- one") == "<ul>\n<li>one</li>\n</ul>"


def test_it_speaks_the_default_language() -> None:
    page = make_page(default_language="fr")
    documents = served(make_snapshot(page=page, incidents=(make_incident(),), maintenances=(make_active(),)))
    assert documents["incidents"]["incidents"][0]["name"] == "Les paiements n’aboutissent pas"
