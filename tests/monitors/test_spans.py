"""Spans laid over each other."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitors.spans import Interval, SpanValue, timeline
from monitors.status import Status, merge

START = datetime(2026, 11, 20, tzinfo=UTC)
SOURCES = ("monitor:1", "monitor:2", "staff", "incident:a", "maintenance:m", "correction:9", "correction:10")


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def make_span(source: str, status: Status, start: int, end: int | None = None) -> SpanValue:
    return SpanValue(source, status, at(start), None if end is None else at(end))


def minutes(intervals: tuple[Interval, ...]) -> list[tuple[str, int, int]]:
    minute = timedelta(minutes=1)
    return [(i.status.value, (i.start - START) // minute, (i.end - START) // minute) for i in intervals]


@st.composite
def spans(draw: st.DrawFn) -> list[SpanValue]:
    """Spans of several sources, those of one source after each other; the last may be open."""
    found = []
    for source in draw(st.sets(st.sampled_from(SOURCES))):
        edges = sorted(draw(st.sets(st.integers(-5, 25), max_size=6)))
        for start, end in list(pairwise(edges))[:: draw(st.integers(1, 2))]:
            found.append(make_span(source, draw(st.sampled_from(Status)), start, end))
        if edges and draw(st.booleans()):
            found = [span for span in found if span.source != source or span.end != at(edges[-1])]
            found.append(make_span(source, draw(st.sampled_from(Status)), edges[-1]))
    return draw(st.permutations(found))


@given(spans(), st.integers(0, 10), st.integers(0, 20))
def test_it_covers_its_window_exactly_and_says_what_holds_each_minute(
    given_spans: list[SpanValue], start: int, length: int
) -> None:
    intervals = timeline(given_spans, at(start), at(start + length))
    assert [i.start for i in intervals[:1]] == [at(start)][:length]
    assert [i.end for i in intervals[-1:]] == [at(start + length)][:length]
    assert all(before.end == after.start for before, after in pairwise(intervals))
    assert all(before.status != after.status for before, after in pairwise(intervals))
    for minute in range(start, start + length):
        holding = [s for s in given_spans if s.start <= at(minute) and (s.end is None or s.end > at(minute))]
        [seen] = [i.status for i in intervals if i.start <= at(minute) < i.end]
        assert seen == merge((s.source, s.status) for s in holding)


def test_gaps_are_unknown() -> None:
    up = make_span("monitor:1", Status.OPERATIONAL, 5, 10)
    assert minutes(timeline([up], at(0), at(20))) == [
        ("unknown", 0, 5),
        ("operational", 5, 10),
        ("unknown", 10, 20),
    ]


def test_one_span_over_the_whole_window_is_one_interval() -> None:
    up = make_span("monitor:1", Status.OPERATIONAL, -5)
    assert minutes(timeline([up], at(0), at(20))) == [("operational", 0, 20)]


def test_overlaps_show_the_worst() -> None:
    spans = [
        make_span("monitor:1", Status.OPERATIONAL, 0),
        make_span("monitor:2", Status.DEGRADED_PERFORMANCE, 2, 8),
        make_span("incident:a", Status.MAJOR_OUTAGE, 5, 6),
    ]
    assert minutes(timeline(spans, at(0), at(10))) == [
        ("operational", 0, 2),
        ("degraded_performance", 2, 5),
        ("major_outage", 5, 6),
        ("degraded_performance", 6, 8),
        ("operational", 8, 10),
    ]


def test_an_empty_window_has_nothing_in_it() -> None:
    assert timeline([make_span("staff", Status.OPERATIONAL, 0)], at(5), at(5)) == ()
