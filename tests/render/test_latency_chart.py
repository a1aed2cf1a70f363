"""The chart of response times: its lines, its gaps, its scale, and the same in words and as a table."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.utils import translation

from monitors.latency.course import Course, Point
from statuspage.render import render
from statuspage.render.latency_chart import FEWEST, View, round_up, rows, spoken, view
from statuspage.snapshot import Documents
from tests.render.make import make_component, make_snapshot

LAST = datetime(2026, 11, 21, tzinfo=UTC)


def make_days(*halves: float | None) -> Course:
    """Days up to LAST with these medians; 95 of 100 checks took twice that."""
    first = LAST - timedelta(days=len(halves) - 1)
    return tuple(
        Point(
            first + timedelta(days=number), 100 if half else 0, 0, half, half and 2 * half, half and 3 * half
        )
        for number, half in enumerate(halves)
    )


def shown(*halves: float | None) -> View:
    found = view(make_days(*halves))
    assert found is not None
    return found


def page(course: Course | None, language: str = "en") -> str:
    """The page of a component as it is published."""
    part = make_component()
    documents = Documents(components=(part,), latencies=() if course is None else ((part.id, course),))
    place = "" if language == "en" else f"{language}/"
    return render(make_snapshot(components=(part,)), documents)[
        f"{place}components/{part.slug}/index.html"
    ].decode()


def words(html: str) -> str:
    """What the section of the chart says."""
    section = html.split('<section aria-labelledby="latency">')[1].split("</section>")[0]
    text = unescape(re.sub(r"<[^>]*>", " ", section)).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", text)


def test_a_day_on_which_nothing_was_measured_is_a_gap_in_both_lines() -> None:
    chart = shown(*[100.0] * 12, None, None, 100.0, 50.0)
    # The scale ends at 200 ms: half of it is in the middle, a quarter of it half as high again.
    assert chart.half == "M0 52h240M280 52h20V76h20"
    assert chart.most == "M0 4h240M280 4h20V52h20"
    assert chart.gaps
    assert not shown(*[100.0] * 20).gaps


def test_days_of_which_nothing_is_known_are_one_row() -> None:
    found = list(rows(make_days(*[100.0] * 12, None, None, 100.0, 1250.0)))
    assert [(row.days, row.half, row.most) for row in found[:4]] == [
        ("21 November", "1.25\N{NO-BREAK SPACE}s", "2.50\N{NO-BREAK SPACE}s"),
        ("20 November", "100\N{NO-BREAK SPACE}ms", "200\N{NO-BREAK SPACE}ms"),
        ("18–19 November", "", ""),
        ("17 November", "100\N{NO-BREAK SPACE}ms", "200\N{NO-BREAK SPACE}ms"),
    ]
    assert len(found) == 15


def test_it_begins_with_the_first_day_that_was_measured_but_is_never_short() -> None:
    assert shown(*[None] * 40, *[100.0] * 50).days == ("3 October", "28 October", "21 November")
    young = shown(*[None] * 87, 100.0, 100.0, 100.0)
    assert young.days[0] == "8 November"
    assert young.box == f"0 2 {20 * FEWEST} 100"
    assert young.rows.endswith('<th scope="row">8–18 November</th><td colspan="2">nothing measured</td></tr>')


def test_without_a_measured_day_there_is_none() -> None:
    assert view(()) is None
    assert view(make_days(*[None] * 90)) is None
    assert 'id="latency"' not in page(None)
    assert 'id="latency"' not in page(make_days(None, None))


@pytest.mark.parametrize(
    ("slowest", "top"),
    [(0.01, 0.01), (0.034, 0.04), (1, 1), (1.01, 2), (99, 100), (412, 500), (999.9, 1000), (61_000, 80_000)],
)
def test_the_scale_ends_at_a_number_that_is_easy_to_read(slowest: float, top: float) -> None:
    assert round_up(slowest) == pytest.approx(top)


@pytest.mark.parametrize(
    ("milliseconds", "en", "fr"),
    [
        (0.042, "0.04 ms", "0,04 ms"),
        (4.21, "4.2 ms", "4,2 ms"),
        (9.96, "10.0 ms", "10,0 ms"),
        (123.4, "123 ms", "123 ms"),
        (999.4, "999 ms", "999 ms"),
        (999.6, "1.00 s", "1,00 s"),
        (12_340, "12.3 s", "12,3 s"),
        (123_400, "123 s", "123 s"),
    ],
)
def test_a_time_has_the_unit_and_the_decimals_that_fit(milliseconds: float, en: str, fr: str) -> None:
    for language, told in (("en", en), ("fr", fr)):
        with translation.override(language):
            assert spoken(milliseconds).replace("\N{NO-BREAK SPACE}", " ") == told


def test_the_scale_has_no_more_digits_than_it_needs() -> None:
    assert [each.replace("\N{NO-BREAK SPACE}", " ") for each in shown(700.0).scale] == ["2 s", "1 s", "0"]
    with translation.override("fr"):
        assert shown(1.2).scale[1] == "1,5\N{NO-BREAK SPACE}ms"


def test_the_picture_has_a_name_that_says_its_range_in_both_languages() -> None:
    course = make_days(*[80.0] * 13, None, 140.0)
    assert (
        "7 November 2026 to 21 November 2026, day by day: median 80 ms to 140 ms, 95 of 100 checks within "
        "160 ms to 280 ms. Nothing measured on 1 day." in words(page(course))
    )
    assert (
        "Du 7 novembre 2026 au 21 novembre 2026, jour par jour : médiane 80 ms à 140 ms, 95 vérifications "
        "sur 100 en moins de 160 ms à 280 ms. Aucune mesure pendant 1 jour." in words(page(course, "fr"))
    )
    assert "median 80 ms, 95 of 100 checks within 160 ms." in words(page(make_days(*[80.0] * 20)))


def test_the_table_has_a_caption_and_says_of_each_cell_what_it_is() -> None:
    html = page(make_days(*[80.0] * 13, None, 1400.0), "fr")
    table = html.split('<section aria-labelledby="latency">')[1].split("<details>")[1].split("</details>")[0]
    assert "<caption>Temps de réponse, le jour le plus récent d’abord</caption>" in table
    assert table.count('<th scope="col">') == 3
    assert table.count('<th scope="row">') == 15
    assert '<th scope="row">21 novembre</th><td>1,40\N{NO-BREAK SPACE}s</td>' in table
    assert '<th scope="row">20 novembre</th><td colspan="2">aucune mesure</td>' in table


def test_the_picture_carries_no_style_and_no_script_of_its_own() -> None:
    html = page(make_days(*[80.0] * 30))
    picture = html.split('<div class="lt">')[1].split("</div>")[0]
    assert "style" not in picture
    assert "<script" not in picture
    assert '<svg viewBox="0 2 600 100" preserveAspectRatio="none" role="img" aria-labelledby="lt">' in picture
