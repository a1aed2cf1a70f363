"""A closed month as it is kept: intervals with their sources, and what corrections make of them.

Pure. What was frozen is never changed: corrections are laid over it, the newest on top, and when one is
taken back what was under it is seen again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from monitors.instants import MICROSECOND
from monitors.spans import Laid, Said, lay
from monitors.status import Source, Status

# From, until, and the status with the source that decided it.
Kept = Laid[datetime, tuple[Status, str]]
_CORRECTION = f"{Source.CORRECTION}:"


def source(number: int) -> str:
    """The source of what a correction says."""
    return f"{_CORRECTION}{number}"


def is_correction(source: str) -> bool:
    """Whether a source is a correction."""
    return source.startswith(_CORRECTION)


def overlaid(base: Kept, corrections: Iterable[Said[datetime]]) -> Kept:
    """What was frozen with what staff corrected since, as far as it reaches into it."""
    if not base:
        return []
    said: list[Said[datetime]] = [(source, status, start, end) for start, end, (status, source) in base]
    return lay([*said, *corrections], base[0][0], base[-1][1], _on_top)


def _on_top(holding: tuple[tuple[str, Status], ...]) -> tuple[Status, str]:
    over = [each for each in holding if is_correction(each[0])]
    source, status = max(over, key=lambda each: int(each[0].partition(":")[2])) if over else holding[0]
    return status, source


def spent(intervals: Kept) -> dict[Status, int]:
    """Microseconds by status."""
    found: dict[Status, int] = defaultdict(int)
    for start, end, (status, _source) in intervals:
        found[status] += (end - start) // MICROSECOND
    return dict(found)


def to_json(intervals: Kept) -> list[list[str]]:
    """Intervals as JSON can carry them."""
    return [[_written(start), _written(end), status.value, by] for start, end, (status, by) in intervals]


def from_json(stored: Sequence[Any]) -> Kept:
    """The same, read back."""
    return [
        (datetime.fromisoformat(start), datetime.fromisoformat(end), (Status(status), by))
        for start, end, status, by in stored
    ]


def statuses(stored: Sequence[Any]) -> list[tuple[datetime, datetime, Status]]:
    """What it was from when until when, whoever says so; equal neighbours joined."""
    found: list[tuple[datetime, datetime, Status]] = []
    for start, end, (status, _by) in from_json(stored):
        since = found.pop()[0] if found and found[-1][2] == status else start
        found.append((since, end, status))
    return found


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
