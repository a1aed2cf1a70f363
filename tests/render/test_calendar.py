"""The calendars as calendar programs read them."""

import dataclasses
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Component, Event

from statuspage.render import render
from statuspage.render.calendar import files
from statuspage.snapshot import Documents, MaintenanceState, Snapshot, Text
from tests.render.make import NOW, make_component, make_maintenance, make_page, make_snapshot, make_update
from tests.render.strategies import snapshots


def calendars(snapshot: Snapshot, language: str = "en") -> dict[str, bytes]:
    with translation.override(language):
        return dict(files(snapshot, language))


def read(content: bytes) -> Calendar:
    """The calendar, its form and required properties checked: the parser itself lets all pass."""
    assert content.endswith(b"END:VCALENDAR\r\n")
    for row in content.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(row) <= 75
        assert b"\n" not in row
        assert b"\r" not in row
        row.decode()
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", content)
    calendar = Calendar.from_ical(content)
    assert isinstance(calendar, Calendar)
    assert {*Calendar.required, "METHOD"} <= set(calendar)
    assert calendar.subcomponents
    for event in calendar.walk("VEVENT"):
        assert {*Event.required, "DTSTART"} <= set(event)
        assert not event.errors
        assert event["DTEND"].dt > event["DTSTART"].dt
    return calendar


def events(content: bytes) -> list[Component]:
    return list(read(content).walk("VEVENT"))


def only(work: MaintenanceState, **values: Any) -> Component:
    [event] = events(calendars(make_snapshot(maintenances=(work,), **values))["maintenance.ics"])
    return event


@settings(max_examples=80, deadline=None)
@given(snapshots(), st.sampled_from(["en", "fr"]))
def test_every_calendar_is_valid_in_every_state(snapshot: Snapshot, language: str) -> None:
    found = calendars(snapshot, language)
    before = "" if language == snapshot.page.default_language else f"{language}/"
    ids = {event["UID"] for event in events(found[f"{before}maintenance.ics"])}
    assert ids == {f"{work.id}@status.acme.example" for work in snapshot.maintenances}
    for content in found.values():
        assert {event["UID"] for event in events(content)} <= ids


def test_a_calendar_with_nothing_in_it_is_valid() -> None:
    calendar = read(calendars(make_snapshot())["maintenance.ics"])
    assert [part.name for part in calendar.subcomponents] == ["VTIMEZONE"]
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    assert calendar["X-PUBLISHED-TTL"] == "PT1H"


def test_an_event_says_what_when_and_where_to_read_more() -> None:
    part = make_component("Reports")
    event = only(make_maintenance(component_ids=(part.id,)), components=(part,))
    assert event["UID"] == "networkmaint@status.acme.example"
    assert str(event["SUMMARY"]) == "Network maintenance, Montréal"
    assert event["DTSTART"].dt == (NOW + timedelta(days=2)).replace(hour=3, minute=0, second=0)
    assert b"\r\nDTSTART:20261124T030000Z\r\n" in event.to_ical()
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=1)
    assert event["URL"] == "https://status.acme.example/incidents/networkmaint/"
    assert (event["STATUS"], event["TRANSP"]) == ("CONFIRMED", "TRANSPARENT")
    assert str(event["DESCRIPTION"]).split("\n\n") == [
        "Scheduled.",
        "Affected: Reports",
        "A few seconds of interruption.",
        "https://status.acme.example/incidents/networkmaint/",
    ]


def test_a_change_makes_a_higher_sequence_of_the_same_event() -> None:
    work = make_maintenance()
    moved = dataclasses.replace(
        work, updated_at=NOW, scheduled_until=work.scheduled_until + timedelta(hours=1)
    )
    before, after = only(work), only(moved)
    assert before["UID"] == after["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"] >= 0
    assert after["LAST-MODIFIED"].dt == after["DTSTAMP"].dt == NOW


def test_cancelled_work_stays_and_says_so() -> None:
    assert only(make_maintenance(status="cancelled"))["STATUS"] == "CANCELLED"


def test_it_does_not_say_when_it_was_published() -> None:
    snapshot = make_snapshot(maintenances=(make_maintenance(),))
    passed = timedelta(hours=7)
    later = dataclasses.replace(snapshot, sequence=99, generated_at=NOW + passed, good_until=NOW + passed)
    assert calendars(snapshot) == calendars(later)


def test_a_component_has_its_own_work_alone() -> None:
    parts = (make_component("Reports"), make_component("Search"))
    work = make_maintenance(component_ids=(parts[0].id,))
    found = calendars(make_snapshot(components=parts, maintenances=(work,)))
    assert len(events(found["components/reportsxxxxx/maintenance.ics"])) == 1
    assert events(found["components/searchxxxxxx/maintenance.ics"]) == []
    assert (
        str(read(found["components/reportsxxxxx/maintenance.ics"])["NAME"])
        == "Acme status: maintenance – Reports"
    )


def test_each_language_has_its_own() -> None:
    found = render(make_snapshot(maintenances=(make_maintenance(),)), Documents())
    [event] = events(found["fr/maintenance.ics"])
    assert str(event["SUMMARY"]) == "Travaux sur le réseau, Montréal"
    assert event["URL"] == "https://status.acme.example/fr/incidents/networkmaint/"
    assert "en/maintenance.ics" not in found


@pytest.mark.parametrize(
    "hostile",
    [
        "é" * 200,
        "\N{FACE WITH TEARS OF JOY}" * 100,
        "\r\nEND:VEVENT\r\nBEGIN:VALARM\r\nACTION:PROCEDURE",
        '\\n\\;,;:"^n\\',
        "\x00\x1b[31m\x7f\x85\u2028\u202e\ufffe",
        "wide " * 200_000,
    ],
)
def test_hostile_words_stay_inside_their_event(hostile: str) -> None:
    part = make_component("Reports", name=Text(hostile))
    told = make_maintenance(
        title=Text(hostile), component_ids=(part.id,), updates=(make_update(body=Text(hostile)),)
    )
    page = make_page(name=hostile)
    for content in calendars(make_snapshot(page=page, components=(part,), maintenances=(told,))).values():
        [event] = events(content)
        assert event.subcomponents == []
        assert len(content) <= 1_048_576


def test_markdown_is_told_as_text() -> None:
    body = Text("**Bold** <b>no</b> [docs](https://acme.example/d)\n\n- one\n- two")
    said = str(only(make_maintenance(updates=(make_update(body=body),)))["DESCRIPTION"])
    assert "Bold <b>no</b> docs (https://acme.example/d)\n\n- one\n- two" in said
