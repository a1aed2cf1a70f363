"""A course of latency as paths of SVG: half and 95 % of the checks as lines, failures as bars below. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from monitors.latency.course import Point

STEP, HIGH, LOW = 20, 100, 20
# What reaches the top stays this far below it.
EDGE = 4


@dataclass(frozen=True, slots=True)
class Drawing:
    """Paths in a box of `width` by HIGH + LOW; `top` milliseconds are the upper edge."""

    width: int
    height: int
    top: float
    half: str
    most: str
    bad: str


def slowest(points: Sequence[Point]) -> float:
    """The slowest 95 % of any of these points, in milliseconds; 0 of nothing."""
    return max((point.p95_ms or 0.0 for point in points), default=0.0)


def drawn(points: Sequence[Point], top: float | None = None) -> Drawing:
    """The drawing of these points; without a `top` the slowest 95 % fill its height."""
    top = slowest(points) if top is None else top
    worst = max((point.bad / point.count for point in points if point.count), default=0.0)
    return Drawing(
        width=STEP * max(len(points), 1),
        height=HIGH + LOW,
        top=top,
        half=_line([point.p50_ms for point in points], top),
        most=_line([point.p95_ms for point in points], top),
        bad=_bars([point.bad / point.count if point.count else 0.0 for point in points], worst),
    )


def level(value: float, top: float) -> str:
    """How far down a value is drawn."""
    return f"{HIGH - (HIGH - EDGE) * value / top if top else HIGH:.1f}".removesuffix(".0")


def _line(values: Sequence[float | None], top: float) -> str:
    """Level over each point; nothing where nothing is known."""
    path, at, before = [], 0, None
    for down, same in groupby(None if value is None else level(value, top) for value in values):
        width = STEP * len(list(same))
        if down is not None:
            path.append(f"M{at} {down}h{width}" if before is None else f"V{down}h{width}")
        at, before = at + width, down
    return "".join(path)


def _bars(shares: Sequence[float], worst: float) -> str:
    return "".join(
        f"M{number * STEP + 1} {HIGH + LOW}v-{max(3.0, round((LOW - 2) * share / worst, 1))}h{STEP - 2}"
        f"V{HIGH + LOW}z"
        for number, share in enumerate(shares)
        if share
    )
