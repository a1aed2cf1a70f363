"""The panel of regions that fell silent or doubt their own network; one statement where there are none."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from monitors.models import Page, Region
from monitors.regions import unwitnessed

NAME = _("Regions without checks")
TEMPLATE = "admin/board/regions.html"
SIDE = True
PERMISSION = "monitors.view_monitor"


def context(pages: Sequence[Page], user: User, now: datetime) -> dict[str, Any] | None:
    """Each silent region, and since when nothing has come from there; each that doubts itself."""
    troubled = Region.objects.filter(Q(silent_since__isnull=False) | Q(offline_since__isnull=False))
    silent = [region for region in troubled if region.silent_since is not None]
    doubting = [region for region in troubled if region.silent_since is None]
    if not (silent or doubting):
        return None
    return {
        "silent": silent,
        "doubting": doubting,
        "guessing": any(map(unwitnessed, doubting)),
        "tone": "partial_outage",
    }
