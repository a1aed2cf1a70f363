"""The bar, drawn and in words."""

from datetime import date, timedelta

from django.utils import translation

from monitors.status import Status
from statuspage.render.bars import bar, problem_days
from statuspage.snapshot import Run
from tests.render.make import NOW, make_history

MAJOR, WORK, UNKNOWN = Status.MAJOR_OUTAGE, Status.UNDER_MAINTENANCE, Status.UNKNOWN


def test_a_run_of_equal_days_is_one_shape() -> None:
    with translation.override("en"):
        drawn = bar(make_history(Run(1, MAJOR, ((MAJOR, 60),)), Run(3, Status.OPERATIONAL)))
    assert drawn.width == 359
    assert drawn.paths == (
        '<path class="ok" d="M0 6h343v18H0zM348 6h11v18H348z"/><path class="major" d="M344 0h3v30H344z"/>'
    )


def test_it_says_in_words_how_many_days_were_bad_or_not_watched() -> None:
    history = make_history(Run(2, MAJOR, ((MAJOR, 60),)), Run(3, UNKNOWN), Run(1, WORK, ((WORK, 60),)))
    with translation.override("en"):
        assert bar(history).words == "90 days: 2 with problems, 3 not watched"
        assert bar(make_history()).words == "90 days: 0 with problems"


def test_problem_days_stand_newest_first_with_how_long() -> None:
    history = make_history(
        Run(1, MAJOR, ((MAJOR, 2280), (Status.DEGRADED_PERFORMANCE, 60))),
        Run(5, Status.OPERATIONAL),
        Run(2, WORK, ((WORK, 3600),)),
    )
    with translation.override("en"):
        assert problem_days(history, None) == [
            "21–22 November: under maintenance for 1\xa0h each day",
            "15 November: major outage for 38 minutes, degraded performance for 1 minute",
        ]
    with translation.override("fr"):
        assert problem_days(history, None)[1] == (
            "15 novembre\xa0: panne majeure pendant 38 minutes, performances dégradées pendant 1 minute"
        )


def test_days_before_it_was_watched_are_no_problem() -> None:
    history = make_history(
        Run(9, UNKNOWN, ((UNKNOWN, 86_400),)),
        Run(1, UNKNOWN, ((UNKNOWN, 100),)),
        Run(79, Status.OPERATIONAL),
        Run(1, UNKNOWN, ((UNKNOWN, 120),)),
    )
    watched_from = date(2026, 8, 25) + timedelta(days=9)
    assert history.until <= NOW
    with translation.override("en"):
        assert problem_days(history, watched_from) == ["22 November: unknown for 2 minutes"]
