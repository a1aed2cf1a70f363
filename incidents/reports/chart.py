"""Hours as bars of SVG: no script draws it, and no style is in it. Pure."""

from collections.abc import Sequence

# Units of the drawing.
STEP = 10
HIGH = 40
# One report is never nothing.
LEAST = 3.0


def bars(hours: Sequence[int], most: int) -> str:
    """A path of one bar for each hour, in a box of STEP for each by HIGH; `most` fills its height."""
    return "".join(
        f"M{place * STEP + 1} {HIGH}v-{max(LEAST, round(HIGH * number / most, 1))}h{STEP - 2}V{HIGH}z"
        for place, number in enumerate(hours)
        if number
    )
