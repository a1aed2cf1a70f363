"""A course of latency as paths of SVG: half and 95 % of the checks as lines, failures as bars below. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitors.course import Point

STEP, HIGH, LOW = 20, 100, 20


@dataclass(frozen=True, slots=True)
class Drawing:
    """Paths in a box of `width` by HIGH + LOW; `top` milliseconds are the upper edge."""

    width: int
    height: int
    top: float
    half: str
    most: str
    bad: str


def drawn(points: Sequence[Point]) -> Drawing:
    """The drawing of these points; the slowest 95 % fill its height."""
    top = max((point.p95_ms or 0.0 for point in points), default=0.0)
    worst = max((point.bad / point.count for point in points if point.count), default=0.0)
    return Drawing(
        width=STEP * max(len(points), 1),
        height=HIGH + LOW,
        top=top,
        half=_line([point.p50_ms for point in points], top),
        most=_line([point.p95_ms for point in points], top),
        bad=_bars([point.bad / point.count if point.count else 0.0 for point in points], worst),
    )


def _line(values: Sequence[float | None], top: float) -> str:
    """Level over each point; nothing where nothing is known."""
    path, open_ = [], False
    for number, value in enumerate(values):
        if value is None:
            open_ = False
            continue
        down = round(HIGH - (HIGH - 4) * value / top, 1) if top else HIGH
        path.append(f"{'L' if open_ else 'M'}{number * STEP} {down}h{STEP}")
        open_ = True
    return "".join(path)


def _bars(shares: Sequence[float], worst: float) -> str:
    return "".join(
        f"M{number * STEP + 1} {HIGH + LOW}v-{max(3.0, round((LOW - 2) * share / worst, 1))}h{STEP - 2}"
        f"V{HIGH + LOW}z"
        for number, share in enumerate(shares)
        if share
    )
