"""The page of a component tells its uptime in every window and month, and what each figure counts."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

from monitors.proving.proof import WINDOWS, Budget, CorrectionValue, EntryValue, Figure, MonthValue, Proof
from monitors.status import Status
from statuspage.render import render
from statuspage.snapshot import Documents
from tests.render.make import NOW, make_component, make_snapshot

UNTIL = NOW.replace(minute=0, second=0)
LENGTHS = {"24h": 1, "7d": 7, "30d": 30, "90d": 90, "365d": 365}


def make_figure(key: str = "7d", **values: Any) -> Figure:
    """A week (or what the key says) in which all was well, from its length before UNTIL."""
    whole = timedelta(days=LENGTHS.get(key, 31))
    defaults: dict[str, Any] = {
        "key": key,
        "start": UNTIL - whole,
        "end": UNTIL,
        "millis": 100_000,
        "coverage_millis": 100_000,
        "spent": ((Status.OPERATIONAL, whole),),
        "unwatched": timedelta(),
    }
    return Figure(**{**defaults, **values})


def make_month(key: str = "2026-11", **values: Any) -> MonthValue:
    """The running month, without a promise."""
    weights = (Decimal(1), Decimal("0.300"), Decimal(0))
    return replace(MonthValue(make_figure(key), False, None, 0, weights, None), **values)


def make_proof(**values: Any) -> Proof:
    """Everything well since ever."""
    windows = tuple(make_figure(key) for key in WINDOWS)
    defaults = Proof(UNTIL - timedelta(days=900), UNTIL, windows, (make_month(),), None, ())
    return replace(defaults, **values)


def told(proof: Proof | None, language: str = "en") -> str:
    """What the page of a component says from the heading of the figures on, without its marks."""
    part = make_component()
    proofs = () if proof is None else ((part.id, proof),)
    documents = Documents(components=(part,), proofs=proofs)
    place = "" if language == "en" else f"{language}/"
    html = render(make_snapshot(components=(part,)), documents)[f"{place}components/{part.slug}/index.html"]
    start = html.decode().find('<h2 id="proved">')
    text = re.sub(r"<[^>]*>", " ", html.decode()[start:]) if start >= 0 else ""
    return re.sub(r"[ \n]+", " ", unescape(text).replace("\N{NO-BREAK SPACE}", " "))


def test_every_window_and_month_stands_on_the_page_with_until_when_and_what_counts() -> None:
    text = told(make_proof())
    assert "Until 22 November 2026, 14:00 UTC" in text
    assert "A second of a major outage counts 100%, of a partial outage 30%" in text
    assert "Maintenance and time that nobody watched are left out of both." in text
    for name in ("24 hours", "7 days", "30 days", "90 days", "365 days", "November 2026, so far"):
        assert f"{name} 100% uptime" in text


def test_beside_a_figure_stand_what_was_lost_what_is_left_out_and_what_was_watched() -> None:
    spent = (
        (Status.OPERATIONAL, timedelta(days=5)),
        (Status.MAJOR_OUTAGE, timedelta(minutes=72)),
        (Status.UNDER_MAINTENANCE, timedelta(hours=2)),
        (Status.UNKNOWN, timedelta(minutes=1)),
    )
    figure = make_figure(
        millis=99_012, coverage_millis=81_290, spent=spent, unwatched=timedelta(hours=44, minutes=47)
    )
    assert (
        "7 days 99.012% uptime, watched 81.2% of the time. Major outage for 1 h 12 min. "
        "Left out: under maintenance for 2 h, unknown for 1 minute, not watched yet for 1 day 20 h"
    ) in told(make_proof(windows=(figure,)))


def test_a_window_without_observed_time_has_no_data() -> None:
    figure = make_figure(millis=None, coverage_millis=0, spent=(), unwatched=timedelta(days=7))
    text = told(make_proof(windows=(figure,)))
    assert "7 days no data yet. Left out: not watched yet for 7 days" in text


def test_a_closed_month_says_its_own_weights_where_they_were_others() -> None:
    closed = make_month("2026-10", frozen=True, frozen_at=NOW, sequence=1)
    other = replace(
        closed, figure=make_figure("2026-09"), weights=(Decimal("1.000"), Decimal("0.5"), Decimal("0.125"))
    )
    text = told(make_proof(months=(make_month(), closed, other)))
    assert "October 2026 100% uptime September 2026" in text
    assert (
        "Then a second of a major outage counted 100%, of a partial outage 50%, of degraded performance 12.5%"
    ) in text


def test_a_promise_says_what_is_left_of_the_month_or_by_how_much_it_was_exceeded() -> None:
    kept = Budget(99_900, 2592, 792, 1800, met=True)
    missed = Budget(99_950, 1296, 1356, -60, met=False)
    months = (make_month(budget=kept), make_month("2026-10", frozen=True, sequence=1, budget=missed))
    text = told(make_proof(months=months, budget=kept))
    assert "This month: promised 99.9%: 30 minutes left of 43 minutes" in text
    assert "Promised 99.95%: exceeded the 21 minutes by 1 minute" in text
    assert "This month" not in told(make_proof())


def make_correction(**values: Any) -> CorrectionValue:
    """That an hour was an outage, which changed October."""
    start = datetime(2026, 10, 3, 10, tzinfo=UTC)
    entry = EntryValue("2026-10", 100_000, 99_865, 100_000, 99_900)
    return replace(
        CorrectionValue(
            id=3,
            start=start,
            end=start + timedelta(hours=1),
            status=Status.MAJOR_OUTAGE,
            reason_en="The <probe> was wrong.",
            reason_fr="La sonde s’est trompée.",
            made_at=NOW,
            takes_back=None,
            taken_back_by=None,
            entries=(entry,),
        ),
        **values,
    )


def test_the_ledger_tells_what_was_corrected_when_why_and_the_digits_before_and_after() -> None:
    text = told(make_proof(corrections=(make_correction(),)))
    assert "Correction 3, 22 November 2026, 14:40 UTC" in text
    assert "3 October 2026, 10:00–11:00 UTC : was major outage" in text
    assert "The <probe> was wrong." in text
    assert "October 2026: 100% uptime, now 99.865% uptime, watched 99.9% of the time" in text
    assert "Corrections" not in told(make_proof())


def test_a_correction_that_was_taken_back_names_the_one_that_did_and_the_other_way_round() -> None:
    back = make_correction(id=4, status=None, takes_back=3)
    text = told(make_proof(corrections=(back, make_correction(taken_back_by=4))))
    assert "takes back correction 3" in text
    assert "Taken back by correction 4" in text


def test_it_speaks_french() -> None:
    budget = Budget(99_900, 2592, 792, 1800, met=True)
    text = told(make_proof(corrections=(make_correction(),), budget=budget), "fr")
    assert "Ce mois-ci, 99,9 % promis : il reste 30 minutes sur 43 minutes" in text
    assert "La sonde s’est trompée." in text
    assert "Novembre 2026, jusqu’ici" in text


def test_a_page_made_without_a_proof_leaves_it_out() -> None:
    assert told(None) == ""
