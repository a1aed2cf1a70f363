"""The intervals of a sum as people read them: when, what, who says so, and what it counts for. Pure.

A page shows the newest of them one by one; of older ones those that began on one day and were the same
stand together, so that it stays readable however much happened. The CSV beside it has each.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitors.proving.proof import CHECKS, Row
from monitors.status import Source, Status
from statuspage.render import figures, words
from statuspage.render.times import Clock, long_date
from statuspage.snapshot import Text

# So many intervals stand one by one.
ALONE = 1000
# Of intervals that stand together so many sources are named.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One interval, or several that stand together; `lost` where it costs any uptime."""

    when: str
    tone: str
    status: str
    source: SafeString
    reckoned: str
    lost: bool


class Teller:
    """Tells rows, the newest first, in one language; it counts how many stand alone.

    `titles` are what incidents and maintenances are called, `home` leads to the index of the language.
    """

    def __init__(self, clock: Clock, titles: Mapping[str, Text], language: str, home: str) -> None:
        self.clock = clock
        self.titles = titles
        self.language = language
        self.home = home
        self.left = ALONE

    def lines(self, rows: Sequence[Row]) -> Iterator[Line]:
        """The lines of rows that follow those told before."""
        alone, rest = rows[: self.left], rows[self.left :]
        self.left -= len(alone)
        yield from (self._line(self.clock.exactly(row.start, row.end), [row]) for row in alone)
        for (day, _status), same in _daily(rest, self.clock).items():
            yield self._line(_together(day, len(same)), same)

    @property
    def folded(self) -> bool:
        """Whether there may be lines of several intervals."""
        return self.left == 0

    def _line(self, when: str, rows: Sequence[Row]) -> Line:
        row = rows[0]
        seconds = sum((each.seconds for each in rows), Decimal(0))
        lost = sum((each.lost for each in rows), Decimal(0))
        sources = [self._source(source) for source in dict.fromkeys(row.source for row in rows)]
        return Line(
            when=when,
            tone=words.TONES[row.status],
            status=words.status_word(row.status),
            source=words.joined(sources, NAMED),
            reckoned=reckoned(row.weight, row.status, seconds, lost),
            lost=lost > 0,
        )

    def _source(self, source: str) -> SafeString:
        kind, _colon, id_ = source.partition(":")
        if kind == Source.CORRECTION:
            said = _("correction %(id)s") % {"id": id_}
            return format_html('<a href="../#correction-{}">{}</a>', id_, said)
        if source in self.titles:
            title = words.title(self.titles[source], self.language)
            return format_html('<a href="{}incidents/{}/">{}</a>', self.home, id_, title)
        return escape(_SAID[kind]())


# What is said of them where they have no page of their own.
_SAID = {
    CHECKS: lambda: _("seen by checks"),
    Source.STAFF.value: lambda: _("declared by staff"),
    Source.INCIDENT.value: lambda: _("an incident"),
    Source.MAINTENANCE.value: lambda: _("planned maintenance"),
    "": lambda: _("nobody looked"),
}


def reckoned(weight: Decimal | None, status: Status, seconds: Decimal, lost: Decimal) -> str:
    """ "2,281 s × 30% = 684.3 s lost", "3,600 s", "60 s, left out"."""
    parts = {"seconds": figures.number(seconds), "lost": figures.number(lost)}
    if weight is None:
        return _("%(seconds)s s, left out") % parts
    if status == Status.OPERATIONAL:
        return _("%(seconds)s s") % parts
    parts["weight"] = figures.weight(str(weight))
    return _("%(seconds)s s × %(weight)s = %(lost)s s lost") % parts


def _daily(rows: Iterable[Row], clock: Clock) -> dict[tuple[date, Status], list[Row]]:
    """Rows by the day on which they began, and what it was; a status has one weight in a sum."""
    found: dict[tuple[date, Status], list[Row]] = {}
    for row in rows:
        found.setdefault((clock.day(row.start), row.status), []).append(row)
    return found


def _together(day: date, count: int) -> str:
    times = ngettext("%(count)d time", "%(count)d times", count) % {"count": count}
    return _("Began on %(day)s, %(times)s") % {"day": long_date(day), "times": times}
