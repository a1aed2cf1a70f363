"""The pages that show the sum behind each figure of a component: one of what moves, one of closed months.

They are made with the component's own page, of the same values; closed months only when one may have changed.
Whoever adds up what stands here, or in the CSV beside it, comes to the same digits. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from monitors.proving.proof import Row, Sum
from statuspage.render import figures, frame, proved, sum_csv, words
from statuspage.render.components import link
from statuspage.render.languages import Place, prefix
from statuspage.render.rule import counted
from statuspage.render.sum_rows import ALONE, Line, Teller
from statuspage.render.times import Clock
from statuspage.snapshot import ComponentState, Documents, Snapshot

STYLES = (frame.STYLE, frame.DETAIL, "sum.css")
# Which rolling window the command beside the CSV is shown for.
SHOWN = "90d"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure and how it comes about; `key` is its place on the page."""

    key: str
    name: str
    told: str
    start: SafeString
    reckoned: str


@dataclass(frozen=True, slots=True)
class Part:
    """Intervals, the newest first; `figure` where they are those of one."""

    heading: str
    figure: Figure | None
    lines: list[Line]


def pages(snapshot: Snapshot, changed: Documents, language: str) -> Iterator[tuple[str, bytes]]:
    """The pages of the components whose sums are made anew."""
    sums, closed = dict(changed.sums), dict(changed.closed)
    for component in changed.components:
        if component.id in sums:
            yield _running(component, sums[component.id], snapshot, changed, language)
        if component.id in closed:
            yield _closed(component, closed[component.id], snapshot, changed, language)


def _running(
    component: ComponentState, sums: Sequence[Sum], snapshot: Snapshot, changed: Documents, language: str
) -> tuple[str, bytes]:
    clock = Clock(snapshot.page.time_zone)
    place = Place(prefix(snapshot.page, language), f"{link(component)}sum/")
    teller = Teller(clock, dict(changed.titles), language, place.home)
    parts = [
        Part(_counting(keys), None, list(teller.lines(list(rows))))
        for keys, rows in groupby(reversed(sum_csv.rows(sums)), lambda row: _keys(sums, row))
    ]
    content = {
        "until": format_html(_("Until {time}."), time=clock.moment(sums[0].end)),
        "figures": [_figure(each, clock) for each in sums],
        "csv": sum_csv.RUNNING,
        "example": proved.window_name(SHOWN),
        "command": sum_csv.running_command(sums, SHOWN),
    }
    heading = _("{name}: uptime added up")
    return _page(component, snapshot, language, place, heading, content, parts, teller)


def _closed(
    component: ComponentState, sums: Sequence[Sum], snapshot: Snapshot, changed: Documents, language: str
) -> tuple[str, bytes]:
    clock = Clock(snapshot.page.time_zone)
    place = Place(prefix(snapshot.page, language), f"{link(component)}months/")
    teller = Teller(clock, dict(changed.titles), language, place.home)
    parts = []
    for each in sums:
        figure = _figure(each, clock)
        parts.append(Part(words.capital(figure.name), figure, list(teller.lines(each.rows[::-1]))))
    content = {
        "csv": sum_csv.CLOSED,
        "example": parts[0].heading,
        "command": sum_csv.closed_command(sums[0].key),
    }
    heading = _("{name}: closed months added up")
    return _page(component, snapshot, language, place, heading, content, parts, teller)


def _page(
    component: ComponentState,
    snapshot: Snapshot,
    language: str,
    place: Place,
    heading: str,
    content: dict[str, Any],
    parts: Sequence[Part],
    teller: Teller,
) -> tuple[str, bytes]:
    title = heading.format(name=component.name.in_(language))
    shown = {
        "heading": format_html(heading, name=words.name(component.name, language)),
        "rule": counted(snapshot.page.weights),
        "parts": parts,
        "folded": _folded() if teller.folded else "",
        "file": f"{place.root}{link(component)}{content['csv']}",
    }
    return place.path, frame.html(
        "sum.html", snapshot.page, language, place, title, {**shown, **content}, styles=STYLES
    )


def _folded() -> str:
    return _(
        "The newest %(count)s stand one by one. Of those before, what began on one day and was the same "
        "stands in one line; the CSV has each of them."
    ) % {"count": figures.number(Decimal(ALONE))}


def _keys(sums: Sequence[Sum], row: Row) -> tuple[str, ...]:
    return tuple(each.key for each in sums if sum_csv.holds(each, row))


def _counting(keys: Sequence[str]) -> str:
    names = [proved.window_name(key) for key in keys]
    return _("Counts to %(windows)s") % {"windows": words.joined_plain(names, len(names))}


def _figure(each: Sum, clock: Clock) -> Figure:
    parts = {"counted": figures.number(each.observed), "lost": figures.number(each.lost)}
    return Figure(
        key=each.key,
        name=words.capital(proved.window_name(each.key)),
        told=figures.told(each.millis, figures.WHOLE),
        start=clock.moment(each.start),
        reckoned=_("100 × (%(counted)s − %(lost)s) ÷ %(counted)s") % parts if each.observed else "",
    )
