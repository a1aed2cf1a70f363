"""The panel of regions that fell silent: one statement, nothing where all of them are heard."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from monitors.models import Page, Region

NAME = _("Regions without checks")
TEMPLATE = "admin/board/regions.html"
SIDE = True
PERMISSION = "monitors.view_monitor"


def context(pages: Sequence[Page], user: User, now: datetime) -> dict[str, Any] | None:
    """Each silent region, and since when nothing has come from there."""
    silent = list(Region.objects.filter(silent_since__isnull=False))
    return {"silent": silent, "tone": "partial_outage"} if silent else None
