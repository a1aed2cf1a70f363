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

from monitors.status import Source, Status, decide, merge

# A time: a datetime, or one of `instants` where there are many.
T = TypeVar("T", int, datetime)
V = TypeVar("V")
# Who says what, from when until when (exclusive; None: it still holds).
Said = tuple[str, Status, T, T | None]
# Of all that hold at an instant, what it comes to.
Decide = Callable[[tuple[tuple[str, Status], ...]], V]
Laid = list[tuple[T, T, V]]
_MONITOR = f"{Source.MONITOR}:"


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
_merged: Decide[Status] = lru_cache(maxsize=32_768)(merge)
decided: Decide[tuple[Status, str]] = lru_cache(maxsize=32_768)(decide)


def merged(holding: tuple[tuple[str, Status], ...]) -> Status:
    """`merge`, for where there is much of it: mostly one monitor says something, and nobody else."""
    if len(holding) == 1 and holding[0][0].startswith(_MONITOR):
        return holding[0][1]
    return _merged(holding)


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
    within = [span for span in spans if span[2] < end and (span[3] is None or span[3] > start)]
    within.sort(key=itemgetter(2))
    at, first = start, 0
    while first < len(within):
        source, status, since, until = within[first]
        if since > at:
            _append(laid, at, since, decide(()))
            at = since
        if until is None or until > end:
            until = end
        after = first + 1
        if after == len(within) or within[after][2] >= until:
            _append(laid, at, until, decide(((source, status),)))
        else:
            while after < len(within) and within[after][2] < until:
                later = within[after][3]
                if later is None or later > until:
                    until = end if later is None or later > end else later
                after += 1
            _sweep(laid, within[first:after], at, until, decide)
        at, first = until, after
    if at < end:
        _append(laid, at, end, decide(()))
    return laid


def _sweep(laid: Laid[T, V], said: Sequence[Said[T]], start: T, end: T, decide: Decide[V]) -> None:
    """Several that overlap, without a gap between them from `start` to `end`."""
    edges = [(since if since > start else start, 1, source, status) for source, status, since, _until in said]
    edges += [
        (end if until is None or until > end else until, 0, source, status)
        for source, status, _since, until in said
    ]
    edges.sort()
    holding: dict[str, Status] = {}
    at = start
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
