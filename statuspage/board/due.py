"""The panel of what was promised: the next update of every open incident, the earliest first.

An open incident without a promise is listed too, with how long it has said nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from incidents.lifecycle import CLOSED
from incidents.models import Incident
from monitors.models import Page

NAME = _("Promised")
TEMPLATE = "admin/board/due.html"
SIDE = True
PERMISSION = "incidents.view_incident"


@dataclass(frozen=True, slots=True)
class Promise:
    """What an open incident owes its readers: an update by `at`, None where nothing was promised."""

    incident: Incident
    at: datetime | None
    # When something was last said.
    said_at: datetime
    late: bool


def context(pages: Sequence[Page], user: User, now: datetime) -> dict[str, Any] | None:
    """The promises that are open; None where nothing is."""
    incidents = Incident.objects.filter(page__in=pages).exclude(status__in=CLOSED).select_related("page")
    promises = [
        _promise(incident, now) for incident in incidents.annotate(said_at=Max("updates__display_at"))
    ]
    if not promises:
        return None
    promises.sort(key=_first)
    late = any(promise.late for promise in promises)
    return {"promises": promises, "tone": "major" if late else ""}


def _promise(incident: Incident, now: datetime) -> Promise:
    at = incident.next_update_at
    said_at: datetime | None = incident.said_at  # type: ignore[attr-defined]
    return Promise(incident, at, said_at or incident.started_at, late=at is not None and at <= now)


def _first(promise: Promise) -> tuple[bool, datetime]:
    return promise.at is None, promise.at or promise.said_at
