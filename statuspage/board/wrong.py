"""The panel of what is wrong now: open incidents, running and coming maintenances, troubled components."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from incidents import standing
from incidents.choosing import components_of
from incidents.lifecycle import CLOSED, OVER
from incidents.models import Incident, Maintenance
from monitors.models import Page
from monitors.status import Status

NAME = _("Now")
TEMPLATE = "admin/board/wrong.html"
SIDE = False
PERMISSION = "incidents.view_incident"


def context(pages: Sequence[Page], user: User, now: datetime) -> dict[str, Any] | None:
    """Each page with what is open on it and what its components show."""
    return {"states": [_of(page) for page in pages]}


def _of(page: Page) -> dict[str, Any]:
    components = components_of(page)
    shown = standing.shown([component.pk for component in components])
    return {
        "page": page,
        "incidents": list(Incident.objects.filter(page=page).exclude(status__in=CLOSED)),
        "maintenances": list(
            Maintenance.objects.filter(page=page).exclude(status__in=OVER).order_by("scheduled_for")
        ),
        "components": components,
        "troubled": [
            (component, shown[component.pk])
            for component in components
            if shown[component.pk] != Status.OPERATIONAL
        ],
    }
