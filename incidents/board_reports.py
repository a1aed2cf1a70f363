"""The panel of what visitors report: two statements, nothing where nobody reported anything today."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from incidents.models import Spike
from incidents.reports import counts
from incidents.reports.chart import bars
from monitors.models import Page

NAME = _("Visitors’ reports")
TEMPLATE = "admin/board/reports.html"
SIDE = True
PERMISSION = "incidents.view_report"
# Lines on the board; the screen of reports has all.
MOST = 5


def context(pages: Sequence[Page], user: User, now: datetime) -> dict[str, Any] | None:
    """What was reported most in the last hour, and where that is more than usual."""
    courses = counts.courses(pages, now)
    spikes = list(Spike.objects.filter(page__in=pages, until=None).select_related("page", "component"))
    if not courses and not spikes:
        return None
    most = max((max(course.hours) for course in courses), default=0)
    return {
        "spikes": spikes,
        "courses": [(course, bars(course.hours, most)) for course in courses[:MOST]],
        "several": len(pages) > 1,
        "tone": "partial_outage" if spikes else "",
    }
