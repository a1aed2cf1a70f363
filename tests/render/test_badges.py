"""Badges: exact documents, sound pictures, widths that fit, words that can be read."""

import dataclasses
import json
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.status import Status
from statuspage.render import render
from statuspage.render.icons import COLOURS, SHAPES
from statuspage.render.verdana import width
from statuspage.snapshot import Documents, Snapshot, Text
from tests.render.make import make_component, make_demo, make_incident, make_page, make_snapshot, make_update
from tests.render.strategies import words

SVG = "{http://www.w3.org/2000/svg}"


def badges(snapshot: Snapshot) -> dict[str, bytes]:
    """Every badge."""
    files = render(snapshot, Documents())
    return {path: content for path, content in files.items() if re.search(r"(^|/)badge\.\w+$", path)}


def test_the_page_and_every_component_have_one_in_every_language() -> None:
    component = make_component(name=Text("Checkout", "Paiement"), status=Status.MAJOR_OUTAGE)
    found = badges(make_snapshot(components=(component,)))
    assert {path: json.loads(content) for path, content in found.items() if path.endswith("json")} == {
        f"{prefix}{below}badge.json": {
            "schemaVersion": 1,
            "label": label,
            "message": message,
            "color": "b3261e",
        }
        for prefix, below, label, message in (
            ("", "", "Acme", "Major outage"),
            ("fr/", "", "Acme", "Panne majeure"),
            ("", "components/checkoutxxxx/", "Checkout", "Major outage"),
            ("fr/", "components/checkoutxxxx/", "Paiement", "Panne majeure"),
        )
    }
    assert {path.replace(".svg", ".json") for path in found} == {path for path in found if "json" in path}


def test_the_page_itself_says_what_its_headline_says() -> None:
    mended = make_snapshot(incidents=(make_incident(status="monitoring"),))
    assert json.loads(badges(mended)["badge.json"])["message"] == "Degraded performance"
    empty = make_snapshot(components=())
    assert json.loads(badges(empty)["fr/badge.json"])["message"] == "Inconnu"


def test_they_change_with_the_state_and_not_with_what_is_written_of_it() -> None:
    snapshot = make_demo()
    incident = snapshot.incidents[0]
    updates = (make_update(99), *incident.updates)
    more = dataclasses.replace(incident, updates=updates, status="investigating")
    later = dataclasses.replace(snapshot, incidents=(more, *snapshot.incidents[1:]))
    assert badges(later) == badges(snapshot)


def test_a_picture_says_its_words_to_everybody() -> None:
    content = badges(make_snapshot())["badge.svg"]
    svg = ElementTree.fromstring(content)
    assert (svg.get("role"), svg.get("aria-label")) == ("img", "Acme: Operational")
    assert svg[0].tag == f"{SVG}title"
    assert svg[0].text == "Acme: Operational"
    assert [text.text for text in svg.iter(f"{SVG}text")] == ["Acme", "Operational"]
    assert b"style=" not in content
    assert b"http" not in content.replace(b"http://www.w3.org/2000/svg", b"")


@given(words)
def test_any_name_makes_a_sound_picture(name: str) -> None:
    component = make_component(name=Text(name))
    found = badges(make_snapshot(page=make_page(name=name), components=(component,)))
    for path, content in found.items():
        if path.endswith(".svg"):
            svg = ElementTree.fromstring(content)
            rooms = [int(text.get("textLength") or 0) for text in svg.iter(f"{SVG}text")]
            assert int(svg.get("width") or 0) == sum(rooms) + 10 * len(rooms)
            assert all(room > 0 for room in rooms)
        else:
            assert list(json.loads(content)) == ["schemaVersion", "label", "message", "color"]


def test_hostile_names_stay_words() -> None:
    hostile = '"><script>alert(1)</script>&\x00\x1b'
    content = badges(make_snapshot(page=make_page(name=hostile)))["badge.svg"]
    assert b"<script" not in content
    assert ElementTree.fromstring(content)[0].text == '"><script>alert(1)</script>&: Operational'


def luminance(colour: str) -> float:
    """WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [*COLOURS.values(), "555555"])
def test_white_words_can_be_read_on_every_colour(colour: str) -> None:
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_every_tone_differs_by_shape() -> None:
    assert len(set(SHAPES.values())) == len(SHAPES) == len(COLOURS) == 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("Operational", 63.98),
        ("é", 6.55),
        ("e\u0301", 6.55),
        ("日本", 22),
        ("\u200b", 0),
        ("ж", 7.52),
    ],
)
def test_widths(text: str, expected: float) -> None:
    assert width(text) == pytest.approx(expected, abs=0.5)


@given(st.text())
def test_every_text_has_a_width(text: str) -> None:
    assert width(text) >= 0
