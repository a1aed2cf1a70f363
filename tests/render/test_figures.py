"""Figures, durations and times as readers of each language write them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation
from django.utils.html import strip_tags

from statuspage.render import figures
from statuspage.render.times import Clock, days_range, duration, long_date
from tests.render.make import make_history


@pytest.mark.parametrize(
    ("millis", "coverage", "english", "french"),
    [
        (99_871, 100_000, "99.871% uptime", "disponibilité 99,871\xa0%"),
        (100_000, 100_000, "100% uptime", "disponibilité 100\xa0%"),
        (99_999, 99_999, "99.999% uptime, watched 99.9% of the time", None),
        (0, 40_059, "0.000% uptime, watched 40.0% of the time", None),
        (100_000, 100, "100% uptime, watched 0.1% of the time", None),
        (100_000, 99, "100% uptime, watched less than 0.1% of the time", None),
        (None, 0, "no data yet", "pas encore de données"),
    ],
)
def test_uptime_is_floored_and_says_what_was_watched(
    millis: int | None, coverage: int, english: str, french: str | None
) -> None:
    history = make_history(uptime_millis=millis, coverage_millis=coverage)
    with translation.override("en"):
        assert figures.uptime(history) == english
    with translation.override("fr"):
        assert french is None or figures.uptime(history) == french


@pytest.mark.parametrize(
    ("text", "expected"), [("1", "100%"), ("0.3", "30%"), ("0", "0%"), ("0.125", "12.5%")]
)
def test_a_weight_is_a_share(text: str, expected: str) -> None:
    with translation.override("en"):
        assert figures.weight(text) == expected


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (0, "0 seconds", "0 seconde"),
        (59.9, "59 seconds", "59 secondes"),
        (60, "1 minute", "1 minute"),
        (38 * 60 + 59, "38 minutes", "38 minutes"),
        (3600, "1\xa0h", "1\xa0h"),
        (4320, "1\xa0h\xa012\xa0min", "1\xa0h\xa012\xa0min"),
        (86_400, "1 day", "1 jour"),
        (2 * 86_400 + 3 * 3600, "2 days 3\xa0h", "2 jours 3\xa0h"),
        (-5, "0 seconds", "0 seconde"),
    ],
)
def test_a_duration_never_exceeds_the_time_that_passed(seconds: float, english: str, french: str) -> None:
    for language, expected in (("en", english), ("fr", french)):
        with translation.override(language):
            assert duration(timedelta(seconds=seconds)) == expected


AT = datetime(2026, 11, 22, 8, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "now", "english", "french"),
    [
        ("Etc/UTC", AT, "08:05 UTC", "8\xa0h\xa005 UTC"),
        ("Europe/Paris", AT, "09:05 CET", "9\xa0h\xa005 CET"),
        ("Asia/Kathmandu", AT, "13:50 UTC+0545", "13\xa0h\xa050 UTC+0545"),
        ("Etc/UTC", AT + timedelta(days=1), "22 November, 08:05 UTC", "22 novembre à 8\xa0h\xa005 UTC"),
        ("Etc/UTC", None, "22 November 2026, 08:05 UTC", "22 novembre 2026 à 8\xa0h\xa005 UTC"),
    ],
)
def test_a_time_stands_beside_its_zone(zone: str, now: datetime | None, english: str, french: str) -> None:
    clock = Clock(zone, now)
    for language, expected in (("en", english), ("fr", french)):
        with translation.override(language):
            element = clock.moment(AT)
            assert strip_tags(element) == expected
            assert 'datetime="2026-11-22T08:05:07Z"' in element


def test_the_day_is_that_of_the_page() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert Clock("Europe/Paris").day(late) == date(2026, 11, 23)


def test_a_period_within_a_day_names_it_once() -> None:
    with translation.override("en"):
        clock = Clock("Etc/UTC")
        assert strip_tags(clock.period(AT, AT + timedelta(hours=1))) == "22 November 2026, 08:05–09:05 UTC"
        overnight = strip_tags(clock.period(AT, AT + timedelta(hours=20)))
    assert overnight == "22 November 2026, 08:05 UTC – 23 November 2026, 04:05 UTC"


def test_french_counts_its_first_days() -> None:
    with translation.override("fr"):
        assert long_date(date(2026, 12, 1)) == "1er décembre 2026"
        assert days_range(date(2026, 10, 30), date(2026, 11, 1)) == "30 octobre – 1er novembre"
    with translation.override("en"):
        assert days_range(date(2026, 11, 12), date(2026, 11, 14)) == "12–14 November"
