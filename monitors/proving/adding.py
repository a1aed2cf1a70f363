"""Intervals of a component added up to figures, for everybody to do the same. Pure and exact."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from monitors.proving.proof import CHECKS, Figure, Row, Sum
from monitors.status import Source, Status
from monitors.uptime import Weights, digits, rows

# From, until, what it was, and who says so; in order and without overlaps.
Flat = tuple[datetime, datetime, Status, str]
_MONITOR = f"{Source.MONITOR}:"


def together(figures: Sequence[Figure], flat: Iterable[Flat], weights: Weights) -> tuple[Sum, ...]:
    """The sums of figures that overlap: they share rows, which are cut at the edges of every one of them."""
    edges = sorted({edge for each in figures for edge in (each.start, each.end)})
    whole = tuple(rows(_cut(_public(flat), edges), weights))
    return tuple(_sum(each.key, each.start, each.end, whole) for each in figures)


def alone(key: str, start: datetime, end: datetime, flat: Iterable[Flat], weights: Weights) -> Sum:
    """The sum of one figure, all of whose intervals are given."""
    return _sum(key, start, end, rows(_public(flat), weights))


def _public(flat: Iterable[Flat]) -> list[Flat]:
    """The same without which monitors say so, equal neighbours joined."""
    found: list[Flat] = []
    for start, end, status, source in flat:
        said = CHECKS if source.startswith(_MONITOR) else source
        if found and found[-1][1:] == (start, status, said):
            start = found.pop()[0]
        found.append((start, end, status, said))
    return found


def _cut(flat: Iterable[Flat], edges: Iterable[datetime]) -> Iterator[Flat]:
    """The same, cut at each of `edges` (in order) that lies inside of an interval."""
    ahead = iter(edges)
    edge = next(ahead, None)
    for start, end, status, source in flat:
        at = start
        while edge is not None and edge < end:
            if edge > at:
                yield at, edge, status, source
                at = edge
            edge = next(ahead, None)
        yield at, end, status, source


def _sum(key: str, start: datetime, end: datetime, whole: Iterable[Row]) -> Sum:
    added = tuple(row for row in whole if start <= row.start and row.end <= end)
    observed = sum((row.counted for row in added), Decimal(0))
    lost = sum((row.lost for row in added), Decimal(0))
    return Sum(key, start, end, added, observed, lost, digits(observed, lost))
