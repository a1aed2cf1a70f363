"""The panel of what is wrong now: open incidents, work in progress, components in trouble and since when.

Says that all is well only where every component is known to be.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from incidents.lifecycle import CLOSED, MaintenanceStatus
from incidents.models import Incident, Maintenance, Update
from monitors.models import Component, Page
from monitors.status import Status
from statuspage.board.troubled import Trouble, components_of, troubles

NAME = _("What is wrong now")
TEMPLATE = "admin/board/wrong.html"
SIDE = False
PERMISSION = "incidents.view_incident"

_RUNNING = [MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING]
# Troubles shown of a page; the others are folded.
FEW = 10


@dataclass(frozen=True, slots=True)
class Open:
    """An open incident and what was last said about it."""

    incident: Incident
    last: Update | None
    late: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """One page at a glance."""

    page: Page
    incidents: tuple[Open, ...]
    maintenances: tuple[Maintenance, ...]
    troubles: tuple[Trouble, ...]
    components: int

    @property
    def first(self) -> tuple[Trouble, ...]:
        """The troubles that are shown at once."""
        return self.troubles[:FEW]

    @property
    def rest(self) -> tuple[Trouble, ...]:
        """Those that are folded."""
        return self.troubles[FEW:]


def context(pages: Sequence[Page], user: User, now: datetime) -> dict[str, Any] | None:
    """Each page with what is open on it and which components are not operational."""
    standings = _standings(pages, now)
    tone = "ok" if standings else ""
    if any(each.incidents for each in standings):
        tone = "major"
    elif any(trouble.status != Status.UNDER_MAINTENANCE for each in standings for trouble in each.troubles):
        tone = "minor"
    return {"standings": standings, "tone": tone}


def _standings(pages: Sequence[Page], now: datetime) -> list[Standing]:
    components = components_of(pages)
    troubled = troubles(components)
    incidents = [_open(*each, now) for each in _with_last(pages)]
    running = Maintenance.objects.filter(page__in=pages, status__in=_RUNNING).order_by("scheduled_until")
    maintenances = list(running)
    return [
        Standing(
            page=page,
            incidents=tuple(each for each in incidents if each.incident.page_id == page.pk),
            maintenances=tuple(each for each in maintenances if each.page_id == page.pk),
            troubles=tuple(each for each in troubled if each.component.page_id == page.pk),
            components=_count(components, page),
        )
        for page in pages
    ]


def _count(components: Iterable[Component], page: Page) -> int:
    return sum(component.page_id == page.pk for component in components)


def _with_last(pages: Sequence[Page]) -> list[tuple[Incident, Update | None]]:
    incidents = list(Incident.objects.filter(page__in=pages).exclude(status__in=CLOSED))
    newest = Update.objects.filter(incident__in=incidents).order_by("incident_id", "-display_at", "-id")
    last = {update.incident_id: update for update in newest.distinct("incident_id").select_related("author")}
    return [(incident, last.get(incident.pk)) for incident in incidents]


def _open(incident: Incident, last: Update | None, now: datetime) -> Open:
    promised = incident.next_update_at
    return Open(incident, last, late=promised is not None and promised <= now)
