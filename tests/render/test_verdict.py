"""The first line: is it them or me?"""

from datetime import timedelta

import pytest
from django.utils import translation
from django.utils.html import strip_tags

from monitors.status import Status
from statuspage.render.times import Clock
from statuspage.render.verdict import verdict
from statuspage.snapshot import ComponentState, Snapshot, Text
from tests.render.make import NOW, make_active, make_component, make_incident, make_snapshot

MAJOR, PARTIAL, DEGRADED = Status.MAJOR_OUTAGE, Status.PARTIAL_OUTAGE, Status.DEGRADED_PERFORMANCE
OK, UNKNOWN, WORK = Status.OPERATIONAL, Status.UNKNOWN, Status.UNDER_MAINTENANCE


def parts(*statuses: Status, **values: object) -> tuple[ComponentState, ...]:
    """Components A, B, C… with these statuses."""
    since = NOW - timedelta(minutes=7)
    return tuple(
        make_component(letter, id=f"{letter * 12}".lower(), status=status, **{"since": since, **values})
        for letter, status in zip("ABCDEF", statuses, strict=False)
    )


def said(snapshot: Snapshot, language: str = "en") -> str:
    """The headline as plain text."""
    with translation.override(language):
        return verdict(snapshot, language, Clock("Etc/UTC", NOW)).headline.plain


def facts(snapshot: Snapshot, language: str = "en") -> dict[str, str]:
    """The lines under it."""
    with translation.override(language):
        found = verdict(snapshot, language, Clock("Etc/UTC", NOW)).facts
        return {fact.label: strip_tags(fact.value) for fact in found}


@pytest.mark.parametrize(
    ("statuses", "english", "french"),
    [
        ((OK, OK), "Everything works on our side.", "Tout fonctionne de notre côté."),
        ((), "Nothing is listed here yet.", "Rien n’est encore suivi ici."),
        ((MAJOR, OK), "It’s us: A is down.", "C’est chez nous\xa0: A est en panne."),
        ((PARTIAL, OK), "It’s us: A is partly down.", "C’est chez nous\xa0: A est en partie en panne."),
        ((DEGRADED, WORK), "It’s us: A is not working well.", "C’est chez nous\xa0: A fonctionne mal."),
        (
            (OK, MAJOR, DEGRADED),
            "It’s us: B and C have problems.",
            "C’est chez nous\xa0: B et C ont des problèmes.",
        ),
        (
            (DEGRADED,) * 5,
            "It’s us: A, B and 3 more have problems.",
            "C’est chez nous\xa0: A, B et 3 autres ont des problèmes.",
        ),
        ((MAJOR, MAJOR), "It’s us: everything is down.", "C’est chez nous\xa0: tout est en panne."),
        ((OK, UNKNOWN), "We cannot see whether B works.", "Nous ne voyons pas si B fonctionne."),
        (
            (UNKNOWN, UNKNOWN, OK),
            "We cannot see whether A and B work.",
            "Nous ne voyons pas si A et B fonctionnent.",
        ),
        (
            (UNKNOWN, UNKNOWN),
            "We cannot see whether our systems work.",
            "Nous ne voyons pas si nos systèmes fonctionnent.",
        ),
        ((OK, WORK), "B is under maintenance.", "B est en maintenance."),
        ((WORK, WORK), "A and B are under maintenance.", "A et B sont en maintenance."),
    ],
)
def test_it_is_built_from_the_state(statuses: tuple[Status, ...], english: str, french: str) -> None:
    snapshot = make_snapshot(components=parts(*statuses))
    assert said(snapshot) == english
    assert said(snapshot, "fr") == french


def test_silence_is_never_called_working() -> None:
    for statuses in ((UNKNOWN,), (UNKNOWN, OK), (UNKNOWN, WORK)):
        snapshot = make_snapshot(components=parts(*statuses))
        assert "Everything works" not in said(snapshot)


def test_the_gravest_open_incident_speaks_first() -> None:
    small, grave = (
        make_incident("Slow search", impact="minor"),
        make_incident("No payments", impact="critical"),
    )
    snapshot = make_snapshot(components=parts(MAJOR, OK), incidents=(small, grave))
    assert said(snapshot) == "It’s us. No payments"


def test_an_incident_without_impact_does_not_say_that_it_is_us() -> None:
    notice = make_incident("We moved", impact="none")
    assert said(make_snapshot(incidents=(notice,))) == "Everything works on our side."
    assert said(make_snapshot(incidents=(notice,), components=parts(MAJOR, OK))) == "It’s us: A is down."


def test_a_fix_in_place_is_said_once_nothing_is_down() -> None:
    incident = make_incident(status="monitoring")
    assert said(make_snapshot(incidents=(incident,))) == "It was us; a fix is in place."
    still = make_snapshot(incidents=(incident,), components=parts(DEGRADED, OK))
    assert said(still) == "It’s us. Payments cannot be completed"


def test_work_in_progress_is_named() -> None:
    snapshot = make_snapshot(components=parts(OK, WORK), maintenances=(make_active(),))
    assert said(snapshot) == "It’s planned work. Reports: database upgrade"
    assert facts(snapshot) == {"Affected": "B (under maintenance)", "Until": "15:30 UTC"}


def test_it_says_what_since_when_and_what_comes_next() -> None:
    snapshot = make_snapshot(components=parts(OK, MAJOR, DEGRADED), incidents=(make_incident(),))
    assert facts(snapshot) == {
        "Affected": "B (major outage) and C (degraded performance)",
        "Since": "14:02 UTC, for 38 minutes",
        "Next update": "by 15:00 UTC",
    }
    assert facts(snapshot, "fr") == {
        "Touché": "B (panne majeure) et C (performances dégradées)",
        "Depuis": "14\xa0h\xa002 UTC, soit 38 minutes",
        "Prochaine mise à jour": "avant 15\xa0h\xa000 UTC",
    }


def test_a_promise_that_was_not_kept_is_said() -> None:
    late = make_incident(next_update_at=NOW - timedelta(minutes=5))
    assert facts(make_snapshot(incidents=(late,)))["Next update"] == "was promised by 14:35 UTC and is late"
    older = make_incident(next_update_at=NOW - timedelta(days=1))
    told = facts(make_snapshot(incidents=(older,)), "fr")["Prochaine mise à jour"]
    assert told == "était promise avant le 21 novembre à 14\xa0h\xa040 UTC et est en retard"


def test_what_monitors_found_alone_says_that_nobody_wrote_yet() -> None:
    with translation.override("en"):
        clock = Clock("Etc/UTC", NOW)
        found = verdict(make_snapshot(components=parts(MAJOR, OK)), "en", clock)
        declared = verdict(make_snapshot(components=parts(MAJOR, OK, declared=True)), "en", clock)
    assert found.lead == "Our checks found this; we have not written about it yet."
    assert declared.lead == ""


def test_a_page_that_nobody_measures_says_so() -> None:
    with translation.override("en"):
        snapshot = make_snapshot(components=parts(OK, OK, declared=True))
        assert "nothing here is measured" in verdict(snapshot, "en", Clock("Etc/UTC", NOW)).lead


def test_a_title_in_the_other_language_says_so() -> None:
    incident = make_incident(title=Text("No payments"))
    with translation.override("fr"):
        found = verdict(make_snapshot(incidents=(incident,)), "fr", Clock("Etc/UTC", NOW))
    assert '<span lang="en">No payments</span> <small>(en anglais)</small>' in found.headline.html
    assert found.headline.plain == "C’est chez nous. No payments"
