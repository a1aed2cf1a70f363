"""What the screens of the post room say of times, speeds and deliveries."""

from datetime import date, datetime

from django import template
from django.utils.formats import date_format, number_format
from django.utils.translation import pgettext

from monitors.showing import moment
from subscribers.staff import looks
from subscribers.staff.progress import Progress

register = template.Library()


@register.filter
def clock(at: datetime | None, zone: str) -> str:
    """A time in a zone, such as "22 Nov 2026, 14:31:05"; to the second, for that is what is looked for."""
    return "" if at is None else moment(at, zone)


@register.filter
def day(of: date) -> str:
    """A day, such as "22 Nov 2026"."""
    return date_format(of, pgettext("format of a day", "j M Y"))


@register.filter
def after(at: datetime | None, start: datetime) -> str:
    """How long after something, as short as it can be told: "0.8 s", "31 s", "4 min"."""
    if at is None:
        return "–"
    seconds = max(0.0, (at - start).total_seconds())
    if seconds < 10:
        return f"{number_format(round(seconds, 1), 1)} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"


@register.filter
def rate(per_second: float | None) -> str:
    """A speed; "–" where there is none."""
    if per_second is None:
        return "–"
    return number_format(round(per_second, 1), 1) if per_second < 10 else number_format(round(per_second), 0)


@register.filter
def settled(progress: Progress) -> int:
    """How many wait no more."""
    return progress.number - progress.waiting


register.filter("heading", looks.title_of)
register.filter("delivery_badge", looks.of_delivery)
register.filter("event_words", looks.event_words)
