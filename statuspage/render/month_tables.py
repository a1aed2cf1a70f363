"""90 days as calendars, a table for each month: every day a number, and a mark and words if not well. Pure.

Weeks begin on Monday. Days outside of the history are blank.
"""

import functools
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext

from monitors.status import Status
from statuspage.render import bars
from statuspage.render.times import month_and_year
from statuspage.render.words import TONES, inside, status_word
from statuspage.snapshot import History

Days = tuple[Status, ...]


def months(history: History) -> SafeString:
    """A table for each month, the newest first."""
    tables = [_table(start, days, get_language() or "en") for start, days in _by_month(history)]
    return mark_safe("".join(reversed(tables)))  # noqa: S308 (of escaped parts)


def _by_month(history: History) -> Iterator[tuple[date, Days]]:
    days = [
        (first + timedelta(days=number), run.status)
        for first, _last, run in reversed(list(bars.dated(history)))
        for number in range(run.days)
    ]
    for _month, found in groupby(days, key=lambda day: (day[0].year, day[0].month)):
        of = list(found)
        yield of[0][0], tuple(status for _day, status in of)


# Most components have the same quiet months; `language` is what `pgettext` already speaks.
@functools.lru_cache(maxsize=2048)
def _table(start: date, days: Days, language: str) -> SafeString:
    cells = ["<td></td>"] * start.weekday()
    cells += [_cell(start.day + number, status) for number, status in enumerate(days)]
    cells += ["<td></td>"] * (-len(cells) % 7)
    weeks = ("".join(cells[at : at + 7]) for at in range(0, len(cells), 7))
    rows = "".join(f"<tr>{week}</tr>" for week in weeks)
    return mark_safe(  # noqa: S308 (of escaped parts)
        f'<table class="m"><caption>{escape(month_and_year(start))}</caption>'
        f"<thead><tr>{_weekdays()}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cell(day: int, status: Status) -> str:
    if status == Status.OPERATIONAL:
        return f"<td>{day}</td>"
    tone, words = TONES[status], inside(status_word(status))
    mark = format_html('<svg class="i" aria-hidden="true"><use href="#{}"/></svg>', tone)
    return format_html('<td class="{}">{}{}<span class="v"> {}</span></td>', tone, day, mark, words)


def _weekdays() -> str:
    names = (
        pgettext("heads a column of days", "Mon"),
        pgettext("heads a column of days", "Tue"),
        pgettext("heads a column of days", "Wed"),
        pgettext("heads a column of days", "Thu"),
        pgettext("heads a column of days", "Fri"),
        pgettext("heads a column of days", "Sat"),
        pgettext("heads a column of days", "Sun"),
    )
    return "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
