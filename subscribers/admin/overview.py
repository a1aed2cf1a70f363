"""Subscribers at a glance: how many there are on each channel, and how many came and left."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from monitors.models import Page
from subscribers.admin.lists import PostRoomAdmin
from subscribers.models import Subscriber
from subscribers.staff import counts
from subscribers.staff.charts import chart

PERIODS = (30, 90, 365)


class OverviewPages(PostRoomAdmin[Subscriber]):
    """One page, of all pages of the installation or of one."""

    def get_urls(self) -> list[URLPattern]:
        """Before those of single subscribers."""
        view = self.admin_site.admin_view(self.overview_view)
        return [path("overview/", view, name="subscribers_subscriber_overview"), *super().get_urls()]

    def overview_view(self, request: HttpRequest) -> HttpResponse:
        """Counts over time."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = request.GET.get("days", "")
        days = int(asked) if asked in map(str, PERIODS) else PERIODS[1]
        pages = list(Page.objects.all())
        page = next((each for each in pages if each.public_id == request.GET.get("page")), None)
        zone = page.time_zone if page else pages[0].time_zone if pages else "Etc/UTC"
        found = counts.courses(days, zone, timezone.now(), [page.pk] if page else None)
        context: dict[str, Any] = {
            "title": _("Subscribers over time"),
            "days": days,
            "periods": PERIODS,
            "pages": pages if len(pages) > 1 else [],
            "page": page,
            "zone": zone,
            "courses": [(course, _(course.label), chart(course.days)) for course in found],
            "standing": sum(course.standing for course in found),
        }
        return self.answer(request, "subscriber/overview", context)
