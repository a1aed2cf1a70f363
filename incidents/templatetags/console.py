"""What the screens of staff say of times, statuses and texts.

Times are told in the reader's zone and the page's, on a 24-hour clock.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import pgettext

from incidents.lifecycle import Impact
from incidents.models import IMPACT_LABELS, Update
from monitors import ages, zones
from monitors.markdown import to_html, to_text
from monitors.models import STATUS_LABELS, Page, localized
from monitors.status import Status
from subscribers.models import State, Subscriber

register = template.Library()

# Characters of an update that are quoted.
LONGEST = 160


@register.filter
def moment(at: datetime, zone: str) -> str:
    """A time in the reader's zone and a page's, such as "22 Nov 2026, 14:31"."""
    # Django's format letters: https://docs.djangoproject.com/en/5.2/ref/templates/builtins/#date
    pattern, clock = pgettext("format of a time", "j M Y, H:i"), pgettext("format of a time", "H:i")
    return zones.told(at, zone, pattern, clock)


@register.filter
def near(at: datetime, zone: str) -> str:
    """The same, without the day where it is today."""
    today = timezone.now().astimezone(ZoneInfo(zone)).date()
    clock = pgettext("format of a time", "H:i")
    return (
        zones.told(at, zone, clock, clock)
        if at.astimezone(ZoneInfo(zone)).date() == today
        else moment(at, zone)
    )


@register.filter
def markdown(text: str) -> SafeString:
    """What staff wrote, as readers see it."""
    return mark_safe(to_html(text))  # noqa: S308 (to_html is what makes it safe)


@register.filter
def badge(tone: str, label: object) -> SafeString:
    """A short label in a tone: a status, an impact or "ok"."""
    return format_html('<span class="badge tone-{}">{}</span>', tone, label)


@register.filter
def status_badge(status: str) -> SafeString:
    """The badge of a component's status."""
    return badge(status, STATUS_LABELS[Status(status)])


@register.filter
def impact_label(impact: str) -> object:
    """An impact in words."""
    return IMPACT_LABELS[Impact(impact)]


@register.filter
def number(value: int) -> str:
    """A number with its thousands apart."""
    return number_format(value, use_l10n=True, force_grouping=True)


@register.filter
def excerpt(update: Update) -> str:
    """How an update begins, without its marks, in the reader's language."""
    said = " ".join(to_text(localized(update.body_en, update.body_fr)).split())
    return Truncator(said).chars(LONGEST)


@register.filter
def followers(page: Page) -> int:
    """How many active subscribers a page has."""
    return Subscriber.objects.filter(page=page, state=State.ACTIVE).count()


register.filter("ago", ages.ago)
register.filter("ahead", ages.ahead)
