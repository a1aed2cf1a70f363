"""The page as text: for curl, terminals and voices."""

import dataclasses
import unicodedata
from datetime import timedelta

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from monitors.status import Status
from statuspage.render import render
from statuspage.render.plain import COLUMNS, lines, width, wrapped
from statuspage.render.text import text
from statuspage.snapshot import Documents, Emergency, Snapshot, Text
from tests.render.make import (
    NOW,
    make_active,
    make_component,
    make_demo,
    make_group,
    make_incident,
    make_maintenance,
    make_page,
    make_snapshot,
    make_update,
)
from tests.render.strategies import snapshots

REFUSED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def said(snapshot: Snapshot, language: str = "en") -> str:
    with translation.override(language):
        return text(snapshot, language).decode()


def check(content: str) -> None:
    """At most 72 columns but for an address alone, and nothing that a terminal would obey."""
    assert content.endswith("\n")
    for row in content.split("\n"):
        alone = len(row.removeprefix("* ").split()) == 1 and "://" in row
        assert alone or width(row) <= COLUMNS, row
        assert row == row.rstrip()
        assert not [
            sign for sign in row if sign not in "\u200c\u200d" and unicodedata.category(sign) in REFUSED
        ]


@settings(max_examples=100, deadline=None)
@given(snapshots(), st.sampled_from(["en", "fr"]))
def test_it_is_plain_text_in_every_state(snapshot: Snapshot, language: str) -> None:
    check(said(snapshot, language))


def test_it_answers_first_and_tells_what_happens_then_how_each_component_is() -> None:
    group = make_group("Store")
    parts = (
        make_component("API"),
        make_component(group_id=group.id, status=Status.MAJOR_OUTAGE, declared=True),
    )
    snapshot = make_snapshot(
        groups=(group,),
        components=parts,
        incidents=(
            make_incident(component_ids=(parts[1].id,), updates=(make_update(body=Text("We *look*.")),)),
        ),
        maintenances=(make_active(), make_maintenance()),
    )
    assert said(snapshot).split("\n") == [
        "Acme status",
        "===========",
        "",
        "It’s us. Payments cannot be completed",
        "",
        "What is happening",
        "-----------------",
        "",
        "* Payments cannot be completed",
        "  Identified · since 22 November 2026, 14:02 UTC",
        "  Affected: Checkout",
        "  Next update: by 22 November 2026, 15:00 UTC",
        "",
        "  22 November 2026, 14:31 UTC: Identified",
        "  We look.",
        "  https://status.acme.example/incidents/paymentscann/",
        "",
        "Maintenance in progress",
        "-----------------------",
        "",
        "* Reports: database upgrade",
        "  In progress until 22 November 2026, 15:30 UTC",
        "",
        "  16 November 2026, 16:51 UTC: In progress",
        "  Reports are read-only.",
        "  https://status.acme.example/incidents/reportsdatab/",
        "",
        "Planned maintenance",
        "-------------------",
        "",
        "* Network maintenance, Montréal",
        "  Scheduled · 24 November 2026, 03:00 UTC – 24 November 2026, 04:00 UTC",
        "",
        "  17 November 2026, 21:11 UTC: Scheduled",
        "  A few seconds of interruption.",
        "  https://status.acme.example/incidents/networkmaint/",
        "",
        "Components",
        "----------",
        "",
        "API: operational",
        "Store",
        "  Checkout: major outage (declared)",
        "",
        "All of it, and the history:",
        "https://status.acme.example/",
        "",
    ]


def test_it_speaks_the_default_language() -> None:
    files = render(make_demo(page=make_page(default_language="fr")), Documents())
    text = files["status.txt"].decode()
    assert "C’est chez nous." in text
    assert "depuis le 22 novembre 2026" in text
    assert "Tout le reste" in text
    assert "en/status.txt" not in files


def test_it_does_not_say_when_it_was_published() -> None:
    passed = timedelta(hours=31)
    demo = make_demo()
    # A promise that runs out meanwhile would be said.
    promised = [dataclasses.replace(each, next_update_at=None) for each in demo.incidents]
    demo = dataclasses.replace(demo, incidents=tuple(promised))
    later = dataclasses.replace(demo, sequence=9, generated_at=NOW + passed, good_until=NOW + passed)
    assert said(demo) == said(later)


def test_it_says_that_a_person_published_it_in_an_emergency() -> None:
    emergency = Emergency(NOW, NOW + timedelta(hours=4))
    content = said(make_snapshot(emergency=emergency))
    assert "Posted by the emergency procedure; next update by 22 November 2026,\n18:40 UTC." in content


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b[2J\x1b]0;owned\x07 \x9b31m \x08\x08\x7f",
        "\u202egnirts\u2066 \u2028 \u2029 \ufeff \U000e0041",
        "x" * 1_000_000,
        "漢字" * 500,
        "word " * 200_000,
        "https://acme.example/" + "a" * 300,
        "# head\n\n> quote\n\n1. one\n   - two\n\n```\n  code\n```\n",
    ],
)
def test_hostile_words_stay_words(hostile: str) -> None:
    part = make_component(name=Text(hostile))
    told = make_incident(
        title=Text(hostile), component_ids=(part.id,), updates=(make_update(body=Text(hostile)),)
    )
    content = said(make_snapshot(page=make_page(name=hostile), components=(part,), incidents=(told,)))
    check(content)
    assert len(content.encode()) <= 20_000


def test_lists_and_code_keep_their_shape() -> None:
    assert lines("- one\n- two\n\nso:\n\n    code") == ["- one", "- two", "", "so:", "", "    code"]
    assert list(wrapped("a " * 40, "  ")) == ["  " + "a " * 34 + "a", "  a a a a a"]
    assert list(wrapped("wide " + "漢" * 40, "", "  ")) == ["wide", "  " + "漢" * 35, "  漢漢漢漢漢"]
