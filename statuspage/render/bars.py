"""The 90-day bar: one path per status from runs of equal days, and the same in words. Pure.

Colour is never alone: the worse a day, the taller its mark, and the problem days stand in a list.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitors.status import IMPACTS, Status
from statuspage.render.times import days_range, duration
from statuspage.render.words import TONES, inside, status_word
from statuspage.snapshot import History, Run

# A day is four units wide, the last of them a gap; top and height tell the status.
_STEP = 4
_MARKS = {
    Status.OPERATIONAL: (6, 18),
    Status.UNDER_MAINTENANCE: (6, 18),
    Status.UNKNOWN: (13, 4),
    Status.DEGRADED_PERFORMANCE: (4, 22),
    Status.PARTIAL_OUTAGE: (2, 26),
    Status.MAJOR_OUTAGE: (0, 30),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """What the template draws: the width in units, the paths, the text instead of them."""

    width: int
    paths: SafeString
    words: str


def bar(history: History) -> Bar:
    """The bar of one component."""
    days = sum(run.days for run in history.runs)
    return Bar(max(1, days * _STEP - 1), _paths(history), _words(history, days))


def _paths(history: History) -> SafeString:
    shapes: dict[Status, list[str]] = {}
    at = 0
    for run in history.runs:
        top, height = _MARKS[run.status]
        width = run.days * _STEP - 1
        shapes.setdefault(run.status, []).append(f"M{at} {top}h{width}v{height}H{at}z")
        at += run.days * _STEP
    return format_html_join(
        "", '<path class="{}" d="{}"/>', ((TONES[status], "".join(d)) for status, d in shapes.items())
    )


def _words(history: History, days: int) -> str:
    bad = sum(run.days for run in history.runs if run.status in IMPACTS)
    unseen = sum(run.days for run in history.runs if run.status == Status.UNKNOWN)
    text = ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    problems = ngettext("%(count)d with problems", "%(count)d with problems", bad) % {"count": bad}
    if not unseen:
        return _("%(days)s: %(problems)s") % {"days": text, "problems": problems}
    return _("%(days)s: %(problems)s, %(unseen)d not watched") % {
        "days": text,
        "problems": problems,
        "unseen": unseen,
    }


def problem_days(history: History, watched_from: date | None) -> list[str]:
    """The days on which something was wrong or not seen, newest first: the days and what it was."""
    return [
        _("%(days)s: %(told)s") % {"days": days, "told": told}
        for days, told in problems(history, watched_from)
    ]


def problems(history: History, watched_from: date | None) -> list[tuple[str, str]]:
    """The same in two parts.

    Days up to `watched_from` are no problem for not being seen.
    """
    return [
        (days_range(first, last), _told(run))
        for first, last, run in dated(history)
        if run.seconds and not (run.status == Status.UNKNOWN and watched_from and last <= watched_from)
    ]


def dated(history: History) -> Iterator[tuple[date, date, Run]]:
    """The first and last day of each run, the newest first."""
    end = history.first_day + timedelta(days=sum(run.days for run in history.runs) - 1)
    for run in reversed(history.runs):
        first = end - timedelta(days=run.days - 1)
        yield first, end, run
        end = first - timedelta(days=1)


def _told(run: Run) -> str:
    parts = (
        _("%(status)s for %(duration)s")
        % {"status": inside(status_word(status)), "duration": duration(timedelta(seconds=seconds))}
        for status, seconds in sorted(run.seconds, key=lambda part: -part[0].severity)
    )
    told = ", ".join(parts)
    return _("%(told)s each day") % {"told": told} if run.days > 1 else told
