"""The panel of how ready we are: the last drill with its figures, and that another is due."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from monitors.models import Page
from statuspage.drill import figures
from statuspage.drill.running import running

NAME = _("Ready?")
TEMPLATE = "admin/board/ready.html"
SIDE = True
PERMISSION = "statuspage.view_drill"


def context(pages: Sequence[Page], user: User, now: datetime) -> dict[str, Any] | None:
    """The last drill that came to an end by itself, and the one that goes on."""
    last, due = figures.last(), figures.due_since(now)
    return {
        "last": last,
        "reached": figures.reached(last) if last else [],
        "failed": bool(last and last.failure),
        "zone": pages[0].time_zone if pages else "Etc/UTC",
        "running": running(),
        "due": due,
        "may_start": user.has_perm("statuspage.add_drill"),
        "tone": "degraded_performance" if due or (last and last.failure) else "",
    }
