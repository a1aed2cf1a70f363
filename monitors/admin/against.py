"""What counts against a component's uptime, or is not counted, lately: each with a link that corrects it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString

from monitors import showing, sums
from monitors.labels import STATUS_LABELS, source_label
from monitors.models import Component
from monitors.months import weights_of
from monitors.status import Status

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
    wrong = [row for row in rows if row.status != Status.OPERATIONAL]
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
            source=source_label(row.source),
        )
        for row in reversed(wrong[-_MOST:])
    )


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime(_EXACT)
