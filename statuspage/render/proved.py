"""What is proved of a component's uptime, for its page: windows, months, promise, corrections. Pure.

Beside every figure stands what was lost, what was left out of it, and what of the time was watched.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitors.proving.proof import Budget, CorrectionValue, EntryValue, Figure, MonthValue, Proof
from monitors.status import IMPACTS, Status
from statuspage.render import figures, words
from statuspage.render.rule import counted
from statuspage.render.times import Clock, duration, month_and_year
from statuspage.snapshot import PageInfo, Text, Weights

Row = tuple[str | SafeString, str | SafeString]
# Its number, and a row.
Correction = tuple[int, str | SafeString, str | SafeString]
_LEFT_OUT = (Status.UNDER_MAINTENANCE, Status.UNKNOWN)


@dataclass(frozen=True, slots=True)
class View:
    """Rows of a heading and what there is to say; `budget` is empty without a promise.

    `sums` are the pages that show how the figures add up.
    """

    until: SafeString
    rule: list[str]
    windows: list[Row]
    months: list[Row]
    budget: str
    corrections: list[Correction]
    sums: list[Row]


def view(proof: Proof, page: PageInfo, language: str, *, summed: bool) -> View:
    """All that the page of a component tells of `proof`; figures lead to their sums where these are there."""
    clock = Clock(page.time_zone)
    closed = any(month.frozen for month in proof.months)
    return View(
        until=format_html(_("Until {time}."), time=clock.moment(proof.until)),
        rule=counted(page.weights),
        windows=[
            (window_name(figure.key), _joined(_parts(figure), "sum/" if summed else "", figure.key))
            for figure in proof.windows
        ],
        months=[_month(month, page.weights, summed=summed) for month in proof.months],
        budget=_this_month(proof.budget),
        corrections=[_correction(each, clock, language) for each in proof.corrections],
        sums=list(_sums(closed=closed)) if summed else [],
    )


def _sums(*, closed: bool) -> Iterator[Row]:
    yield "sum/", _("Every interval behind these figures")
    if closed:
        yield "months/", _("behind those of closed months")


def _joined(parts: Iterator[str], place: str, key: str) -> SafeString:
    """The digits, which lead to their sum, and what is told beside them."""
    digits, *rest = parts
    first = format_html('<a href="{}#{}">{}</a>', place, key, digits) if place else escape(digits)
    return format_html_join(". ", "{}", ((part,) for part in (first, *rest)))


def window_name(key: str) -> str:
    """ "24 hours", "7 days", "October 2026"."""
    if key == "24h":
        return _("24 hours")
    if key.endswith("d"):
        days = int(key.removesuffix("d"))
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    return month_and_year(datetime.strptime(key, "%Y-%m").replace(tzinfo=UTC).date())


def promise(budget: Budget) -> str:
    """What was promised for a month and what is left of it."""
    parts = {
        "target": figures.target(budget.target_millis),
        "total": duration(timedelta(seconds=budget.total)),
        "time": duration(timedelta(seconds=abs(budget.left))),
    }
    if budget.met:
        return _("promised %(target)s: %(time)s left of %(total)s") % parts
    return _("promised %(target)s: exceeded the %(total)s by %(time)s") % parts


def _this_month(budget: Budget | None) -> str:
    return "" if budget is None else _("This month: %(promise)s") % {"promise": promise(budget)}


def _month(month: MonthValue, weights: Weights, *, summed: bool) -> Row:
    name = window_name(month.figure.key)
    told = [*_parts(month.figure)]
    if month.budget is not None:
        told.append(words.capital(promise(month.budget)))
    if month.weights != tuple(Decimal(each) for each in (weights.major, weights.partial, weights.degraded)):
        told.append(_weights(month.weights))
    place = ("months/" if month.frozen else "sum/") if summed else ""
    heading = name if month.frozen else _("%(month)s, so far") % {"month": name}
    return heading, _joined(iter(told), place, month.figure.key)


def _weights(used: tuple[Decimal, Decimal, Decimal]) -> str:
    major, partial, degraded = (figures.weight(str(each)) for each in used)
    return _(
        "Then a second of a major outage counted %(major)s, of a partial outage %(partial)s, "
        "of degraded performance %(degraded)s"
    ) % {"major": major, "partial": partial, "degraded": degraded}


def _parts(figure: Figure) -> Iterator[str]:
    """The digits, then what was lost, then what is left out of them."""
    yield figures.told(figure.millis, figure.coverage_millis)
    lost = [_spent(status, time) for status, time in figure.spent if status in IMPACTS]
    if lost:
        yield words.capital(", ".join(lost))
    out = [_spent(status, time) for status, time in figure.spent if status in _LEFT_OUT]
    if figure.unwatched:
        out.append(_("not watched yet for %(duration)s") % {"duration": duration(figure.unwatched)})
    if out:
        yield _("Left out: %(parts)s") % {"parts": ", ".join(out)}


def _spent(status: Status, time: timedelta) -> str:
    return _("%(status)s for %(duration)s") % {
        "status": words.inside(words.status_word(status)),
        "duration": duration(time),
    }


def _correction(each: CorrectionValue, clock: Clock, language: str) -> Correction:
    said = [_what(each, clock), words.title(Text(each.reason_en, each.reason_fr), language)]
    said += [format_html("{}", _entry(entry)) for entry in each.entries]
    if each.taken_back_by is not None:
        said.append(format_html("{}", _("Taken back by correction %(id)s") % {"id": each.taken_back_by}))
    heading = format_html(_("Correction {id}, {time}"), id=each.id, time=clock.moment(each.made_at))
    return each.id, heading, format_html_join("", "<p>{}</p>", ((line,) for line in said))


def _what(each: CorrectionValue, clock: Clock) -> SafeString:
    period = clock.period(each.start, each.end)
    if each.status is None:
        return format_html(_("{period}: takes back correction {id}"), period=period, id=each.takes_back)
    status = words.inside(words.status_word(each.status))
    return format_html(_("{period}: was {status}"), period=period, status=status)


def _entry(entry: EntryValue) -> str:
    return _("%(window)s: %(before)s, now %(after)s") % {
        "window": window_name(entry.key),
        "before": figures.told(entry.before, entry.coverage_before),
        "after": figures.told(entry.after, entry.coverage_after),
    }
