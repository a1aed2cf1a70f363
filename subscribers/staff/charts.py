"""The course of subscribers as paths of SVG: no script draws it, and no style is in it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from subscribers.staff.counts import Day

# Units of the drawing: so wide is a day, so high each half.
STEP = 10
HIGH = 100
HALF = 30


@dataclass(frozen=True, slots=True)
class Chart:
    """Paths in a box of `width` by 160: who stands above, who came and left below."""

    width: int
    standing: str
    came: str
    left: str
    top: int


def chart(days: Sequence[Day]) -> Chart:
    """The drawing of these days; the highest standing fills its part, and so does the busiest day."""
    top = max((day.standing for day in days), default=0)
    busiest = max((max(day.came, day.left) for day in days), default=0)
    width = STEP * len(days)
    points = " ".join(
        f"H{number * STEP} V{_down(day.standing, top, HIGH)}" for number, day in enumerate(days)
    )
    return Chart(
        width=width,
        standing=f"M0 {HIGH} {points} H{width} V{HIGH} Z",
        came=_bars([day.came for day in days], busiest, -1),
        left=_bars([day.left for day in days], busiest, 1),
        top=top,
    )


def _down(value: int, top: int, high: int) -> float:
    return round(high - high * value / top, 1) if top else high


def _bars(values: Sequence[int], busiest: int, way: int) -> str:
    """Bars up (-1) or down (1) from the middle of the lower part; somebody is never nothing."""
    middle = HIGH + HALF
    return "".join(
        f"M{number * STEP + 1} {middle}h{STEP - 2}v{way * max(2.0, round(HALF * value / busiest, 1))}"
        f"h{2 - STEP}z"
        for number, value in enumerate(values)
        if value
    )
