"""What fails together: within a minute of each other, or behind the same monitor. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

WITHIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Failure:
    """When a component first failed, and the monitor (primary key) that all that fail there are behind."""

    since: datetime
    root: int | None


def together(one: Failure, other: Failure) -> bool:
    """Whether two failures are told as one."""
    return abs(one.since - other.since) <= WITHIN or (one.root is not None and one.root == other.root)


def root(monitors: Iterable[int], behind: Mapping[int, int]) -> int | None:
    """The one monitor that all of these are, or are behind; None where there is no such one.

    `behind` leads from a monitor to the one that it is behind; a circle ends where it began.
    """
    tops = {_top(monitor, behind) for monitor in monitors}
    return tops.pop() if len(tops) == 1 else None


def _top(monitor: int, behind: Mapping[int, int]) -> int:
    seen = [monitor]
    while (above := behind.get(seen[-1])) is not None and above not in seen:
        seen.append(above)
    # Of a circle all have the same top.
    return min(seen) if above is not None else seen[-1]
