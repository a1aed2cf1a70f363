"""Spans of several sources laid over each other: one status for every instant of a window.

Pure. A timeline covers its window exactly, without gaps or overlaps; where no source says
anything it is unknown.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import TypeVar

from monitors.status import Status, decide, merge

# A time: a datetime, or one of `instants` where there are many.
T = TypeVar("T", int, datetime)
V = TypeVar("V")
# Who says what, from when until when (exclusive; None: it still holds).
Said = tuple[str, Status, T, T | None]
# Of all that hold at an instant, what it comes to.
Decide = Callable[[tuple[tuple[str, Status], ...]], V]
Clipped = tuple[T, T, str, Status]
Laid = list[tuple[T, T, V]]


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


# The same few things are said again and again.
merged: Decide[Status] = lru_cache(maxsize=32_768)(merge)
decided: Decide[tuple[Status, str]] = lru_cache(maxsize=32_768)(decide)


def timeline(spans: Iterable[SpanValue], start: datetime, end: datetime) -> tuple[Interval, ...]:
    """The merged status of each instant from `start` to `end`, neighbours of one status joined.

    Spans of one source must not overlap. Empty for an empty window.
    """
    said = ((span.source, span.status, span.start, span.end) for span in spans)
    return tuple(Interval(status, since, until) for since, until, status in lay(said, start, end, merged))


def lay(spans: Iterable[Said[T]], start: T, end: T, decide: Decide[V]) -> Laid[T, V]:
    """What all that is said comes to from `start` to `end`, equal neighbours joined.

    Spans of one source must not overlap. Empty for an empty window.
    """
    laid: Laid[T, V] = []
    if start >= end:
        return laid
    clipped: list[Clipped[T]] = [
        (since if since > start else start, end if until is None or until > end else until, source, status)
        for source, status, since, until in spans
        if since < end and (until is None or until > start)
    ]
    clipped.sort(key=itemgetter(0))
    at = start
    first = 0
    while first < len(clipped):
        since, until, source, status = clipped[first]
        if since > at:
            _append(laid, at, since, decide(()))
        after = first + 1
        if after == len(clipped) or clipped[after][0] >= until:
            _append(laid, since, until, decide(((source, status),)))
        else:
            while after < len(clipped) and clipped[after][0] < until:
                until = max(until, clipped[after][1])
                after += 1
            _sweep(laid, clipped[first:after], decide)
        at = until
        first = after
    if at < end:
        _append(laid, at, end, decide(()))
    return laid


def _sweep(laid: Laid[T, V], clipped: Sequence[Clipped[T]], decide: Decide[V]) -> None:
    """Several that overlap without a gap between them."""
    edges = [(since, 1, source, status) for since, _until, source, status in clipped]
    edges += [(until, 0, source, status) for _since, until, source, status in clipped]
    edges.sort()
    holding: dict[str, Status] = {}
    at = edges[0][0]
    for time, begins, source, status in edges:
        if time > at:
            _append(laid, at, time, decide(tuple(holding.items())))
            at = time
        if begins:
            holding[source] = status
        else:
            del holding[source]


def _append(laid: Laid[T, V], start: T, end: T, value: V) -> None:
    if laid and laid[-1][2] == value:
        start = laid.pop()[0]
    laid.append((start, end, value))
