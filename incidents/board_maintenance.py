"""The panel of planned work that begins soon: the next first, within a week."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from incidents.lifecycle import MaintenanceStatus
from incidents.models import Maintenance
from monitors.models import Page

NAME = _("Maintenance about to start")
TEMPLATE = "admin/board/maintenance.html"
SIDE = True
PERMISSION = "incidents.view_maintenance"

AHEAD = timedelta(days=7)
# From so long before on, it stands out.
SOON = timedelta(hours=1)
# On the board; the list has all of them.
MOST = 5


def context(pages: Sequence[Page], user: User, now: datetime) -> dict[str, Any] | None:
    """What begins within a week; None where nothing does."""
    coming = Maintenance.objects.filter(page__in=pages, status=MaintenanceStatus.SCHEDULED)
    coming = (
        coming.filter(scheduled_for__lte=now + AHEAD).select_related("page").order_by("scheduled_for", "id")
    )
    found = list(coming.prefetch_related("components")[: MOST + 1])
    if not found:
        return None
    soon = found[0].scheduled_for <= now + SOON
    return {"coming": found[:MOST], "more": len(found) > MOST, "tone": "maintenance" if soon else ""}
