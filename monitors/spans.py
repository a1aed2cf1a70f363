"""Spans of several sources laid over each other: one status for every instant of a window.

Pure. A timeline covers its window exactly, without gaps or overlaps; where no source says
anything it is unknown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitors.status import Status, merge


@dataclass(frozen=True, slots=True)
class SpanValue:
    """One source's status from `start` until `end` (exclusive; None: it still holds)."""

    source: str
    status: Status
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Interval:
    """What customers saw from `start` until `end` (exclusive)."""

    status: Status
    start: datetime
    end: datetime


def timeline(spans: Iterable[SpanValue], start: datetime, end: datetime) -> tuple[Interval, ...]:
    """The merged status of each instant from `start` to `end`, neighbours of one status joined.

    Spans of one source must not overlap. Empty for an empty window.
    """
    if start >= end:
        return ()
    clipped = [
        (
            span.start if span.start > start else start,
            end if span.end is None or span.end > end else span.end,
            span,
        )
        for span in spans
        if span.start < end and (span.end is None or span.end > start)
    ]
    whole = [span for since, until, span in clipped if since == start and until == end]
    if len(whole) == len(clipped):
        return (Interval(merge((span.source, span.status) for span in whole), start, end),)
    return _sweep(clipped, start, end)


def _sweep(
    clipped: list[tuple[datetime, datetime, SpanValue]], start: datetime, end: datetime
) -> tuple[Interval, ...]:
    edges = [(since, 1, span) for since, _until, span in clipped]
    edges += [(until, 0, span) for _since, until, span in clipped]
    edges.sort(key=lambda edge: edge[:2])
    holding: dict[str, Status] = {}
    intervals: list[Interval] = []
    at = start
    for time, begins, span in edges:
        if time > at:
            _append(intervals, merge(holding.items()), at, time)
            at = time
        if begins:
            holding[span.source] = span.status
        else:
            del holding[span.source]
    if at < end:
        _append(intervals, merge(holding.items()), at, end)
    return tuple(intervals)


def _append(intervals: list[Interval], status: Status, start: datetime, end: datetime) -> None:
    if intervals and intervals[-1].status == status:
        start = intervals.pop().start
    intervals.append(Interval(status, start, end))
