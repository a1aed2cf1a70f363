"""What the screens of staff say of times, statuses and texts, and what stands now.

Times are told in the page's zone, on a 24-hour clock.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext

from incidents import standing
from incidents.choosing import components_of
from incidents.lifecycle import CLOSED, OVER, Impact
from incidents.models import IMPACT_LABELS, Incident, Maintenance
from monitors.markdown import to_html
from monitors.models import STATUS_LABELS, Component, Page
from monitors.status import Status
from subscribers.models import State, Subscriber

register = template.Library()


@register.filter
def moment(at: datetime, zone: str) -> str:
    """A time in a zone, such as "22 Nov 2026, 14:31"."""
    # Django's format letters: https://docs.djangoproject.com/en/5.2/ref/templates/builtins/#date
    return date_format(at.astimezone(ZoneInfo(zone)), pgettext("format of a time", "j M Y, H:i"))


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
def followers(page: Page) -> int:
    """How many active subscribers a page has."""
    return Subscriber.objects.filter(page=page, state=State.ACTIVE).count()


@dataclass(frozen=True, slots=True)
class PageNow:
    """One page at a glance."""

    page: Page
    incidents: list[Incident]
    maintenances: list[Maintenance]
    components: list[tuple[Component, Status]]

    @property
    def troubled(self) -> list[tuple[Component, Status]]:
        """The components that are not operational."""
        return [(component, status) for component, status in self.components if status != Status.OPERATIONAL]


@register.simple_tag
def pages_now() -> list[PageNow]:
    """Every page with what is open on it and what its components show."""
    return [_now(page) for page in Page.objects.all()]


def _now(page: Page) -> PageNow:
    components = components_of(page)
    shown = standing.shown([component.pk for component in components])
    return PageNow(
        page=page,
        incidents=list(Incident.objects.filter(page=page).exclude(status__in=CLOSED)),
        maintenances=list(
            Maintenance.objects.filter(page=page).exclude(status__in=OVER).order_by("scheduled_for")
        ),
        components=[(component, shown[component.pk]) for component in components],
    )


@register.simple_tag
def overdue(incident: Incident) -> bool:
    """Whether the promised next update is late."""
    return incident.next_update_at is not None and incident.next_update_at < timezone.now()
