"""What the screens of monitors say of times and results."""

from datetime import datetime

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from monitors import showing, told
from monitors.looks import TONES
from monitors.url_import import Line

register = template.Library()
register.filter("met", told.met)


@register.filter
def at_second(at: datetime, zone: str) -> str:
    """A time to the second, in the reader's zone and a page's."""
    return showing.moment(at, zone)


@register.filter
def result_badge(result: str) -> SafeString:
    """The badge of what one check said."""
    words = {
        "up": gettext("Up"),
        "degraded": gettext("Degraded"),
        "down": gettext("Down"),
        "unknown": gettext("Unknown"),
    }
    return showing.badge(TONES[result], words[result])


@register.filter
def outcome(line: Line) -> str:
    """What becomes of a line of a list, and why."""
    return line.said or gettext(line.verdict)
