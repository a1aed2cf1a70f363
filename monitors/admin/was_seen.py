"""The page of one monitor: how it stands, its latency, what failed and what was met, each observation.

Whoever may look sees it; where a job calls, and what came of failures, only who may change it.
The clock is read here.
"""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext

from monitors import evidence, lately, looks, trial
from monitors.jobs import KIND
from monitors.latency import charts, course, drawing
from monitors.models import Monitor
from monitors.on_page import OnPageAdmin
from monitors.seen import KEPT
from monitors.told import why

# The window before the one that begins then.
EARLIER = "before"


class WasSeen(OnPageAdmin):
    """A monitor with a page of what was seen."""

    def get_urls(self) -> list[URLPattern]:
        """Before those of single monitors."""
        view = self.admin_site.admin_view(self.seen_view)
        return [path("<int:pk>/seen/", view, name="monitors_monitor_seen"), *super().get_urls()]

    def seen_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What was seen of one."""
        monitor = self.get_object(request, str(pk))
        if not self.has_view_permission(request, monitor):
            raise PermissionDenied
        if monitor is None:
            raise Http404
        now = timezone.now()
        may_change = self.has_change_permission(request, monitor)
        failures = _failures(monitor, may_change=may_change)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("What was seen"),
            "opts": self.opts,
            "media": self.media,
            "monitor": monitor,
            "zone": monitor.page.time_zone,
            "state": looks.state(monitor),
            "watches": looks.watches(monitor),
            "may_change": may_change,
            "ping": _ping(request, monitor) if may_change else "",
            "fed": [feed.component for feed in monitor.feeds.select_related("component")],
            "courses": _courses(monitor, now),
            "failures": failures,
            **_observations(request, monitor, now, failures),
        }
        return TemplateResponse(request, "admin/monitors/monitor/seen.html", context)


def _ping(request: HttpRequest, monitor: Monitor) -> str:
    """Where a job calls when it has run."""
    calls = monitor.ping_id and monitor.kind == KIND
    return request.build_absolute_uri(f"/ping/{monitor.ping_id}") if calls else ""


def _courses(monitor: Monitor, now: datetime) -> list[dict[str, Any]]:
    found = charts.of_regions(monitor.pk, course.Window.DAY, now)
    return [
        {"region": name, "points": points, "drawing": drawing.drawn(points)} for name, points in found.items()
    ]


def _failures(monitor: Monitor, *, may_change: bool) -> list[dict[str, Any]]:
    return [
        {
            "slot": row.slot,
            "region": row.region,
            "outcome": outcome,
            "why": why(outcome.reason or "", outcome.facts),
            "phases": trial.phases(outcome.phases),
            "may": may_change,
        }
        for row, outcome in evidence.kept(monitor)
    ]


def _observations(
    request: HttpRequest, monitor: Monitor, now: datetime, failures: list[dict[str, Any]]
) -> dict[str, Any]:
    """A window of them, the one that is asked for or the newest, with what was met where that is kept."""
    end = _time(request.GET.get(EARLIER, ""), now)
    window = lately.window(monitor, end)
    facts = {(each["slot"], each["region"]): each["outcome"].facts for each in failures}
    rows = [
        (seen, why(seen.reason, facts.get((seen.slot, seen.region))))
        for seen in window.seen
        if seen.wrong or "wrong" not in request.GET
    ]
    earlier = window.start.astimezone(UTC).isoformat()
    return {
        "window": window,
        "rows": rows,
        "newest": end == now,
        "earlier": earlier if window.start > now - KEPT else "",
        "wrong_only": "wrong" in request.GET,
    }


def _time(asked: str, now: datetime) -> datetime:
    try:
        time = datetime.fromisoformat(asked)
    except ValueError:
        return now
    return max(min(time, now), now - KEPT) if time.tzinfo else now
