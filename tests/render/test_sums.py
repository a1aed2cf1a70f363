"""Sums: whoever adds up the CSV comes to the digits on the page; intervals are told in people's words."""

import csv
import io
import re
import shutil
import subprocess
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings

from monitors.instants import moment
from monitors.proving import months
from monitors.proving.adding import Flat, alone, together
from monitors.proving.past import Past
from monitors.proving.proof import WINDOWS, MonthValue, Proof
from monitors.proving.reckoning import Reckoner
from monitors.status import Status
from monitors.uptime import Weights
from statuspage.render import render, sum_rows
from statuspage.render.files import publish_order
from statuspage.snapshot import Documents, Text
from tests.monitors.test_windows import cases
from tests.render.make import NOW, make_component, make_history, make_page, make_snapshot
from tests.render.proofs import make_sums, make_told

UP, MAINTENANCE, UNKNOWN, DEGRADED, PARTIAL, MAJOR = Status
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNTIL = NOW.replace(minute=0, second=0)
PART = make_component()
PLACE = f"components/{PART.slug}/"
TITLES = (("incident:abc", Text("Cards <fail>", "Les cartes échouent")),)


def merged(past: Past, start: datetime, end: datetime) -> list[Flat]:
    return [(since, until, *value) for since, until, value in months.merged(past, start, end)]


def proved(reckoner: Reckoner, past: Past, weights: Weights) -> Documents:
    """All that the page of one component is made of, as of its spans."""
    stretches = reckoner.watched(past)
    found = reckoner.figures(stretches, [*reckoner.windows, reckoner.month])
    last, used = reckoner.closed(stretches), (weights.major, weights.partial, weights.degraded)
    proof = Proof(
        since=None if past.since is None else moment(past.since),
        until=reckoner.until,
        windows=tuple(found[key] for key in WINDOWS),
        months=(
            MonthValue(found[reckoner.month.key], False, None, 0, used, None),
            MonthValue(last, True, last.end, 1, used, None),
        ),
        budget=None,
        corrections=(),
    )
    running = [*proof.windows, proof.months[0].figure]
    flat = merged(past, min(each.start for each in running), reckoner.until)
    closed = alone(last.key, last.start, last.end, merged(past, last.start, last.end), weights)
    return Documents(
        components=(PART,),
        proofs=((PART.id, proof),),
        sums=((PART.id, together(running, flat, weights)),),
        closed=((PART.id, (closed,)),),
    )


def rendered(documents: Documents, zone: str = "Etc/UTC") -> dict[str, bytes]:
    return render(make_snapshot(page=make_page(time_zone=zone), components=(PART,)), documents)


def added(content: bytes, column: str, value: str) -> str:
    """What a reader prints who adds up the lines of a file with this in that column."""
    lines = [line for line in csv.DictReader(io.StringIO(content.decode(), "")) if line[column] == value]
    counted, lost = (sum(Decimal(line[name]) for line in lines) for name in ("counted", "lost"))
    if not counted:
        return "no data yet"
    digits = (100 * (counted - lost) / counted).quantize(Decimal("0.001"), ROUND_DOWN)
    return f"{digits:f}%" if digits < 100 else "100%"


def printed(html: bytes, link: str) -> str:
    """The digits that lead to that place."""
    [said] = re.findall(rf'<a href="{link}">([^<]*)</a>', html.decode())
    return str(said.split(" uptime")[0])


@given(cases())
@settings(max_examples=60, deadline=None)
def test_adding_up_the_csv_gives_the_digits_that_the_page_of_the_component_prints(
    case: tuple[Reckoner, Past, Weights],
) -> None:
    reckoner, _past, _weights = case
    files = rendered(proved(*case), reckoner.zone.key)
    html, month = files[f"{PLACE}index.html"], reckoner.last_month.key
    for key in (*WINDOWS, reckoner.month.key):
        assert added(files[f"{PLACE}sum.csv"], key, "1") == printed(html, f"sum/#{key}"), key
    assert added(files[f"{PLACE}months.csv"], "month", month) == printed(html, f"months/#{month}")


@given(cases())
@settings(max_examples=60, deadline=None)
def test_rows_follow_each_other_and_lie_in_a_window_or_outside_of_it(
    case: tuple[Reckoner, Past, Weights],
) -> None:
    [(_id, sums)] = proved(*case).sums
    for each in sums:
        assert all(one.end == two.start for one, two in zip(each.rows, each.rows[1:], strict=False))
        for row in (row for other in sums for row in other.rows):
            assert row in each.rows or row.end <= each.start or row.start >= each.end
            assert not row.source.startswith("monitor")


def make_rows(*said: tuple[Status, str, timedelta]) -> Documents:
    """A component of which this was said one after the other, the last until UNTIL."""
    flat: list[Flat] = []
    at = UNTIL - sum((length for _status, _source, length in said), timedelta())
    for status, source, length in said:
        flat.append((at, at + length, status, source))
        at += length
    history = make_history(since=flat[0][0], until=UNTIL)
    running, closed = make_sums(flat, UNTIL, "Etc/UTC")
    return Documents(
        components=(PART,),
        proofs=((PART.id, make_told(history, running, closed)),),
        sums=((PART.id, running),),
        closed=((PART.id, closed),) if closed else (),
        titles=TITLES,
    )


def text(html: bytes) -> str:
    """A page without its marks, spaces alike."""
    body = html.decode().partition("<main>")[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", body)))


ALL = make_rows(
    (UP, "monitor:1", 40 * DAY),
    (MAJOR, "incident:abc", 10 * HOUR),
    (PARTIAL, "monitor:2", HOUR),
    (MAINTENANCE, "maintenance:gone", HOUR),
    (UNKNOWN, "", HOUR),
    (DEGRADED, "correction:7", timedelta(seconds=1800, microseconds=500_000)),
    (UP, "staff", timedelta(seconds=1799, microseconds=500_000)),
    (UP, "monitor:2", HOUR),
)


def test_every_interval_stands_with_what_it_was_who_says_so_and_what_it_counts() -> None:
    told = text(rendered(ALL)[f"{PLACE}sum/index.html"])
    assert "22 November 2026, 13:00:00–14:00:00 UTC Operational , seen by checks 3,600 s" in told
    assert "22 November 2026, 12:30:00–13:00:00 UTC Operational , declared by staff 1,799.5 s" in told
    assert "Degraded performance , correction 7 1,800.5 s × 0% = 0 s lost" in told
    assert "Unknown , nobody looked 3,600 s, left out" in told
    assert "Under maintenance , planned maintenance 3,600 s, left out" in told
    assert "Partial outage , seen by checks 3,600 s × 30% = 1,080 s lost" in told
    assert "Major outage , Cards <fail> 36,000 s × 100% = 36,000 s lost" in told
    # 40 days, 10 h, 1 h, 1 h and 1 h counted, 10 h and 30 % of one lost: 1 - 37,080/3,502,800 = 0.98941418…
    assert "365 days from 23 November 2025, 00:00 UTC 98.941% uptime" in told
    assert "100 × (3,502,800 − 37,080) ÷ 3,502,800" in told


def test_what_has_a_page_is_led_to() -> None:
    html = rendered(ALL)[f"{PLACE}sum/index.html"].decode()
    assert '<a href="../../../incidents/abc/">Cards &lt;fail&gt;</a>' in html
    assert '<a href="../#correction-7">correction 7</a>' in html
    assert f'<a href="../../../{PLACE}sum.csv">' in html
    french = rendered(ALL)[f"fr/{PLACE}sum/index.html"].decode()
    assert '<a href="../../../incidents/abc/">Les cartes échouent</a>' in french
    assert f'<a href="../../../../{PLACE}sum.csv">' in french


def test_intervals_stand_under_the_windows_that_they_count_to() -> None:
    told = text(rendered(ALL)[f"{PLACE}sum/index.html"])
    parts = re.findall(r"Counts to (.*?) \d+ \w+ 2026", told)
    assert parts[0] == "24 hours, 7 days, 30 days, 90 days, 365 days and November 2026"
    assert parts[-1] == "90 days and 365 days"


def test_the_csv_is_whole_exact_and_in_no_language() -> None:
    content = rendered(ALL)[f"{PLACE}sum.csv"].decode()
    assert content.startswith(
        "start,end,seconds,status,weight,counted,lost,24h,7d,30d,90d,365d,2026-11,source\r\n"
    )
    lines = content.split("\r\n")[1:-1]
    assert lines[-2:] == [
        "2026-11-22T12:30:00.500000Z,2026-11-22T13:00:00Z,1799.5,operational,0,1799.5,0,1,1,1,1,1,1,staff",
        "2026-11-22T13:00:00Z,2026-11-22T14:00:00Z,3600,operational,0,3600,0,1,1,1,1,1,1,checks",
    ]
    assert "2026-11-22T11:00:00Z,2026-11-22T12:00:00Z,3600,unknown,,0,0,1,1,1,1,1,1," in lines
    assert "monitor" not in content


@pytest.mark.skipif(not shutil.which("bc"), reason="there is no bc here")
def test_the_line_for_a_terminal_prints_the_digits(tmp_path: Path) -> None:
    files = rendered(ALL)
    for page, name, digits in (
        ("sum", "sum.csv", printed(files[f"{PLACE}index.html"], "sum/#90d")),
        ("months", "months.csv", printed(files[f"{PLACE}index.html"], "months/#2026-10")),
    ):
        (tmp_path / name).write_bytes(files[f"{PLACE}{name}"])
        [line] = re.findall("<pre>(.*)</pre>", files[f"{PLACE}{page}/index.html"].decode())
        done = subprocess.run(
            ["sh", "-c", unescape(line)], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert f"{Decimal(done.stdout).normalize():f}%" == digits


def test_closed_months_stand_on_a_page_of_their_own() -> None:
    files = rendered(ALL)
    told = text(files[f"{PLACE}months/index.html"])
    assert "A closed month keeps the weights that it was frozen with" in told
    assert "October 2026 100% uptime 100 ×" in told
    assert 'id="2026-10"' in files[f"{PLACE}months/index.html"].decode()
    assert '<tr id="correction-3">' in files[f"{PLACE}index.html"].decode()


def test_beyond_a_thousand_intervals_those_of_a_day_stand_together_and_the_csv_has_each() -> None:
    minute = timedelta(minutes=1)
    flaps = [(status, "monitor:1", 10 * minute) for _each in range(900) for status in (MAJOR, UP)]
    files = rendered(make_rows(*flaps))
    html, whole = files[f"{PLACE}sum/index.html"], files[f"{PLACE}sum.csv"].decode()
    assert whole.count(",major_outage,") == 900
    # 1,800 and their cuts, less what stands together: 6 days of two.
    assert sum_rows.ALONE < html.count(b'<tr class="lost"><th scope="row">') * 2 < sum_rows.ALONE + 30
    told = text(html)
    assert "The newest 1,000 stand one by one." in told
    # 72 begin on a whole day.
    assert "Began on 12 November 2026, 72 times Major outage , seen by checks 43,200 s × 100%" in told
    assert len(html) < 400_000
    assert "stand one by one" not in text(rendered(ALL)[f"{PLACE}sum/index.html"])


def test_a_component_that_was_never_watched_has_nothing_to_add_up() -> None:
    running, closed = make_sums([], UNTIL, "Etc/UTC")
    history = make_history(since=None, until=UNTIL)
    documents = Documents(
        components=(PART,),
        proofs=((PART.id, make_told(history, running, closed)),),
        sums=((PART.id, running),),
    )
    files = rendered(documents)
    told = text(files[f"{PLACE}sum/index.html"])
    assert "It was not watched yet." in told
    assert "24 hours from 21 November 2026, 14:00 UTC no data yet" in told
    assert files[f"{PLACE}sum.csv"].count(b"\r\n") == 1
    assert f"{PLACE}months.csv" not in files
    assert b'href="months/' not in files[f"{PLACE}index.html"]


def test_they_speak_french() -> None:
    files = rendered(ALL)
    told = text(files[f"fr/{PLACE}sum/index.html"])
    assert "Checkout : la disponibilité, compte détaillé" in told
    assert "22 novembre 2026 à 13 h 00 min 00 s–14 h 00 min 00 s UTC" in told
    assert "Panne partielle , constaté par les contrôles 3 600 s × 30 % = 1 080 s perdues" in told
    assert "1 799,5 s" in told
    assert "Les cartes échouent" in told
    assert "Octobre 2026 disponibilité 100 %" in text(files[f"fr/{PLACE}months/index.html"])


def test_figures_lead_to_their_sums_only_where_these_are() -> None:
    [(id_, proof)] = ALL.proofs
    html = rendered(Documents(components=(PART,), proofs=((id_, proof),)))[f"{PLACE}index.html"]
    assert b'href="sum/' not in html
    assert b'href="months/' not in html


def test_what_is_led_to_is_published_before_the_page_that_leads_there() -> None:
    order = publish_order(rendered(ALL))
    for before, after in (
        (f"{PLACE}sum.csv", f"{PLACE}sum/index.html"),
        (f"{PLACE}months.csv", f"{PLACE}months/index.html"),
        (f"fr/{PLACE}sum/index.html", f"fr/{PLACE}index.html"),
        (f"{PLACE}months/index.html", f"{PLACE}index.html"),
    ):
        assert order.index(before) < order.index(after)
