"""How staff see components in lists: statuses as badges, times in words (monitors: `looks`)."""

from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from monitors import zones
from monitors.models import STATUS_LABELS, Component, Span
from monitors.status import Source, Status, merge

# Components as customers read them: those without a group, then group by group.
AS_ON_THE_PAGE = ("page", F("group__position").asc(nulls_first=True), "group_id", "position", "pk")


def badge(tone: str, label: object) -> SafeString:
    """A short label in the colours of a status."""
    return format_html('<span class="badge tone-{}">{}</span>', tone, label)


def moment(at: datetime, zone: str) -> str:
    """A time in the reader's zone and a page's, such as "22 Nov 2026, 14:31:05"."""
    pattern, clock = pgettext("format of a time", "j M Y, H:i:s"), pgettext("format of a time", "H:i:s")
    return zones.told(at, zone, pattern, clock)


def with_sources(components: QuerySet[Component]) -> QuerySet[Component]:
    """Components with what every source says of them now, in the same query."""
    saying = Span.objects.filter(component=OuterRef("pk"), during__upper_inf=True)
    return components.annotate(
        sources=ArraySubquery(saying.values(said=JSONObject(source="source", status="status")))
    )


def component_state(component: Component) -> SafeString:
    """What customers see of a component of `with_sources`, and whether only staff say so."""
    said = [(each["source"], Status(each["status"])) for each in component.sources]  # type: ignore[attr-defined]
    status = merge(said)
    shown = badge(status, STATUS_LABELS[status])
    if any(source == Source.STAFF for source, _status in said):
        return format_html('{} <span class="soft">{}</span>', shown, gettext("declared by staff"))
    return shown
