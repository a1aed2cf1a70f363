"""What counts against a component's uptime, or is not counted, lately: each with a link that corrects it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from monitors import showing
from monitors.labels import STATUS_LABELS, source_label
from monitors.models import Component, Monitor
from monitors.proving import sums
from monitors.proving.months import weights_of
from monitors.status import Source, Status

# So far back, and so many of the newest.
_BACK = timedelta(days=62)
_MOST = 20
# Less than a second.
_LESS = timedelta(microseconds=999_999)
_EXACT = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True, slots=True)
class Against:
    """An interval that was not operational, and where it can be corrected."""

    query: str
    badge: SafeString
    when: str
    source: str


def against(component: Component, now: datetime) -> tuple[Against, ...]:
    """The newest first."""
    zone = component.page.time_zone
    rows = sums.intervals(component, now - _BACK, now, weights_of(component.page))
    wrong = [row for row in rows if row.status != Status.OPERATIONAL][-_MOST:]
    names = _names({row.source for row in wrong})
    return tuple(
        Against(
            query=urlencode(
                {
                    "component": component.pk,
                    "start": _local(row.start, zone),
                    # To the second, as the form asks: what is corrected is all of it.
                    "end": _local(row.end + _LESS, zone),
                }
            ),
            badge=showing.badge(row.status, STATUS_LABELS[row.status]),
            when=f"{showing.moment(row.start, zone)} – {showing.moment(row.end, zone)}",
            source=names.get(row.source) or source_label(row.source),
        )
        for row in reversed(wrong)
    )


def _names(sources: set[str]) -> dict[str, str]:
    """What staff call the monitors that are still there."""
    prefix = f"{Source.MONITOR}:"
    ids = [int(each.removeprefix(prefix)) for each in sources if each.startswith(prefix)]
    monitors = Monitor.objects.filter(pk__in=ids).values_list("pk", "name")
    return {f"{prefix}{pk}": gettext("monitor “%(name)s”") % {"name": name} for pk, name in monitors}


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime(_EXACT)
