"""How long the checks of a component took, day by day: a drawing, and the same as a table. Pure.

Its days are over, so that it stays true until the next one is drawn. A day on which nothing was measured
is a gap, never a line.
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import floor, log10

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from monitors.latency.course import Course, Point
from monitors.latency.drawing import EDGE, HIGH, drawn, level, slowest
from statuspage.render.figures import decimal
from statuspage.render.times import days_range, long_date, short_date

# A course that began lately has at least so many days, so that one of them is no wide bar.
FEWEST = 14
# The upper edge of a scale is one of these times a power of ten; so half of it is as easy to read.
_ROUND = (1, 2, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Row:
    """A day and what half and 95 % of its checks took; several days of which nothing is known are one."""

    days: str
    half: str = ""
    most: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What the template draws: `said` stands for the picture, `scale` goes down, `days` to the right."""

    until: str
    said: str
    box: str
    grid: str
    half: str
    most: str
    gaps: bool
    scale: tuple[str, ...]
    days: tuple[str, ...]
    rows: SafeString


def view(course: Course) -> View | None:
    """The chart of these days from the first that was measured on; None where none was."""
    points = _begun(course)
    if not points:
        return None
    top = round_up(slowest(points))
    drawing = drawn(points, top)
    days = [point.start.date() for point in points]
    return View(
        until=long_date(days[-1]),
        said=_said(points, days),
        # As far from its upper edge to the top as from its lower edge to nothing.
        box=f"0 {EDGE // 2} {drawing.width} {HIGH}",
        grid="".join(f"M0 {level(value, top)}h{drawing.width}" for value in (top, top / 2, 0)),
        half=drawing.half,
        most=drawing.most,
        gaps=any(point.p50_ms is None for point in points),
        scale=(spoken(top, exact=True), spoken(top / 2, exact=True), "0"),
        days=tuple(short_date(days[place]) for place in (0, len(days) // 2, -1)),
        # One by one in the template they would cost a fifth of the whole page.
        rows=mark_safe("".join(map(_element, rows(points)))),  # noqa: S308 (of escaped parts)
    )


def _begun(course: Course) -> Course:
    first = next((number for number, point in enumerate(course) if point.p50_ms is not None), None)
    return () if first is None else course[max(0, min(first, len(course) - FEWEST)) :]


def round_up(value: float) -> float:
    """The next number that is easy to read, for the upper edge of a scale."""
    unit = 10.0 ** floor(log10(value))
    return next(step * unit for step in _ROUND if value <= step * unit)


def spoken(milliseconds: float, *, exact: bool = False) -> str:
    """ "0.42 ms", "4.2 ms", "123 ms", "1.23 s", "12.3 s": no finer than it was measured, or just as it is."""
    number, unit = (milliseconds / 1000, "s") if milliseconds >= 999.5 else (milliseconds, "ms")
    places = (number < 10) + (number < (100 if unit == "s" else 1))
    text = f"{number:g}" if exact else f"{number:.{places}f}"
    return f"{decimal(text)}\N{NO-BREAK SPACE}{unit}"


def _said(points: Sequence[Point], days: Sequence[date]) -> str:
    """The whole picture in a sentence or two."""
    text = _("%(first)s to %(last)s, day by day: median %(half)s, 95 of 100 checks within %(most)s.") % {
        "first": long_date(days[0]),
        "last": long_date(days[-1]),
        "half": _range(point.p50_ms for point in points),
        "most": _range(point.p95_ms for point in points),
    }
    missing = sum(point.p50_ms is None for point in points)
    if not missing:
        return text
    gaps = ngettext("Nothing measured on %(count)d day.", "Nothing measured on %(count)d days.", missing)
    return f"{text} {gaps % {'count': missing}}"


def _range(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    least, most = spoken(min(known)), spoken(max(known))
    return least if least == most else _("%(least)s to %(most)s") % {"least": least, "most": most}


def _element(row: Row) -> str:
    if row.half:
        told = f"<td>{escape(row.half)}</td><td>{escape(row.most)}</td>"
    else:
        nothing = escape(_("nothing measured"))
        told = f'<td colspan="2">{nothing}</td>'
    return f'<tr><th scope="row">{escape(row.days)}</th>{told}</tr>'


def rows(points: Sequence[Point]) -> Iterator[Row]:
    """What the table says of these days, the newest first."""
    language = get_language() or "en"
    for _known, same in groupby(reversed(points), key=lambda point: point.p50_ms and point.start):
        days = list(same)
        told = _days(days[-1].start.date(), days[0].start.date(), language)
        half, most = days[0].p50_ms, days[0].p95_ms
        yield Row(told) if half is None or most is None else Row(told, spoken(half), spoken(most))


# Every component has the same days; `language` is what is spoken already.
@functools.lru_cache(maxsize=1024)
def _days(first: date, last: date, language: str) -> str:
    return days_range(first, last)
