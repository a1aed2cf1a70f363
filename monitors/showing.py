"""How staff see components and monitors in lists: statuses as badges, the last check in words."""

from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from monitors import zones
from monitors.models import EPOCH, STATUS_LABELS, Component, Monitor, RegionVerdict, Span
from monitors.reasons import SENTENCES, Reason
from monitors.state import Verdict
from monitors.status import Source, Status, merge

TONES = {
    Verdict.UP.value: Status.OPERATIONAL,
    Verdict.DEGRADED.value: Status.DEGRADED_PERFORMANCE,
    Verdict.DOWN.value: Status.MAJOR_OUTAGE,
    Verdict.UNKNOWN.value: Status.UNKNOWN,
}


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


def monitor_state(monitor: Monitor) -> SafeString:
    """What a monitor says and since when; below, what each region last saw, one line each."""
    return format_html('{}<div class="soft">{}</div>', _said(monitor), _regions(monitor))


def _said(monitor: Monitor) -> SafeString:
    verdict = getattr(monitor, "verdict", None)
    if not monitor.enabled:
        return badge(Status.UNKNOWN, gettext("Disabled"))
    if verdict is None:
        return badge(Status.UNKNOWN, gettext("Not checked yet"))
    words = {
        Verdict.UP.value: gettext("Up since %(time)s"),
        Verdict.DEGRADED.value: gettext("Degraded since %(time)s"),
        Verdict.DOWN.value: gettext("Down since %(time)s"),
        Verdict.UNKNOWN.value: gettext("Unknown since %(time)s"),
    }
    label = words[verdict.verdict] % {"time": moment(verdict.since, monitor.page.time_zone)}
    return badge(TONES[verdict.verdict], label)


def _regions(monitor: Monitor) -> SafeString:
    rows = sorted(monitor.region_verdicts.all(), key=lambda row: row.region)
    named = len(rows) > 1
    lines = [(_seen(row, monitor.page.time_zone, named=named),) for row in rows]
    return format_html_join(SafeString("<br>"), "{}", lines)


def _seen(row: RegionVerdict, zone: str, *, named: bool) -> str:
    parts = [row.region] if named else []
    if row.last_slot == EPOCH:
        parts.append(gettext("nothing yet"))
    else:
        parts += [moment(row.last_slot, zone), *_found(row)]
    if row.verdict == Verdict.SILENT:
        parts.append(gettext("silent since %(time)s") % {"time": moment(row.since, zone)})
    return " · ".join(parts)


def _found(row: RegionVerdict) -> list[str]:
    found = [pgettext("result of a check", "up") if row.result == Verdict.UP else ""]
    if row.status_code is not None:
        found.append(f"HTTP {row.status_code}")
    if row.duration_ms is not None:
        found.append(gettext("%(number)d ms") % {"number": round(row.duration_ms)})
    if row.reason:
        found.append(gettext(SENTENCES[Reason(row.reason)]))
    return [part for part in found if part]


def monitor_watches(monitor: Monitor) -> str:
    """The kind of a monitor and its settings, as short as they can be told."""
    return " · ".join([str(monitor.get_kind_display()), *map(str, monitor.config.values())])
