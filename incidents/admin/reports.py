"""The screens of visitors' reports for staff: how many came for what, and what they say.

What strangers wrote is shown as text, never as markup. Nobody adds or changes a report; whoever may change
them marks them as read, and sees the addresses. Here the clock is read.
"""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import RelatedOnlyFieldListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from incidents.models import Report, Spike
from incidents.reports import counts, receiving
from incidents.reports.chart import HIGH, STEP, bars
from incidents.templatetags.console import moment
from monitors.models import Page

EXCERPT = 100


class ReadFilter(admin.SimpleListFilter):
    """Whether staff have read them."""

    title = _("read")
    parameter_name = "read"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Both."""
        return [("no", _("not yet")), ("yes", _("marked as read"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        """Those, or all."""
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(read_at__isnull=self.value() == "no")


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin[Report]):
    """What visitors say, the newest first, under how many said it."""

    change_list_template = "admin/incidents/report/list.html"
    list_display = ("received", "about", "excerpt", "is_read")
    list_display_links = ("received",)
    list_filter = (
        ReadFilter,
        ("component", RelatedOnlyFieldListFilter),
        ("page", RelatedOnlyFieldListFilter),
    )
    search_fields = ("text",)
    list_select_related = ("page", "component")
    list_per_page = 50
    show_full_result_count = False
    list_max_show_all = 0
    show_facets = admin.ShowFacets.NEVER
    actions = ("mark_read",)
    search_help_text = _("A word of what they wrote.")

    class Media:
        css: ClassVar = {
            "all": [f"admin-statuspage/{name}.css" for name in ("lists", "subscribers", "reports")]
        }

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Visitors write them."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """Without what belongs to a drill."""
        return super().get_queryset(request).filter(page__hidden=False)

    def get_urls(self) -> list[URLPattern]:
        """Before those of single reports."""
        view = self.admin_site.admin_view(require_POST(self.read_view))
        return [
            path("read/", view, name="incidents_report_read_all"),
            path("<int:report_id>/read/", view, name="incidents_report_read"),
            *super().get_urls(),
        ]

    @admin.display(description=_("received"), ordering="-created_at")
    def received(self, report: Report) -> str:
        """When, in its page's time zone."""
        return moment(report.created_at, report.page.time_zone)

    @admin.display(description=_("component"))
    def about(self, report: Report) -> str:
        """What does not work."""
        return str(report.component or gettext("Nothing named"))

    @admin.display(description=_("what they see"))
    def excerpt(self, report: Report) -> str:
        """How it begins."""
        return Truncator(report.text).chars(EXCERPT)

    @admin.display(description=_("read"), boolean=True)
    def is_read(self, report: Report) -> bool:
        """Whether staff have read it."""
        return report.read_at is not None

    @admin.action(description=_("Mark as read"), permissions=["change"])
    def mark_read(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        """Those that are ticked."""
        self._tell(request, receiving.read(queryset, timezone.now()))

    def read_view(self, request: HttpRequest, report_id: int | None = None) -> HttpResponse:
        """Marks one report, or all there are, as read."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        reports = self.get_queryset(request)
        if report_id is not None:
            reports = reports.filter(pk=get_object_or_404(reports, pk=report_id).pk)
        self._tell(request, receiving.read(reports, timezone.now()))
        return HttpResponseRedirect(reverse("admin:incidents_report_changelist"))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the last 24 hours above the list."""
        now = timezone.now()
        pages = list(Page.objects.filter(hidden=False))
        courses = counts.courses(pages, now)
        most = max((max(course.hours) for course in courses), default=0)
        context = {
            "title": _("Visitors’ reports"),
            "courses": [(course, bars(course.hours, most)) for course in courses],
            "hours": [
                (counts.started(now, hour), [course.hours[hour] for course in courses])
                for hour in reversed(range(counts.HOURS))
            ],
            "chart": {"width": STEP * counts.HOURS, "height": HIGH},
            "spikes": Spike.objects.filter(page__in=pages, until=None).select_related("page", "component"),
            "several": len(pages) > 1,
            "zone": pages[0].time_zone if pages else "Etc/UTC",
            "may_mark": self.has_change_permission(request),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One report, to read; a GET marks nothing."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        report = self.get_object(request, object_id)
        if report is None:
            return super().change_view(request, object_id, form_url, extra_context)
        if not self.has_view_permission(request, report):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Visitor’s report"),
            "report": report,
            "may_mark": self.has_change_permission(request, report),
            "may_delete": self.has_delete_permission(request, report),
        }
        return TemplateResponse(request, "admin/incidents/report/detail.html", context)

    def _tell(self, request: HttpRequest, number: int) -> None:
        said = ngettext(
            "%(number)d report is marked as read.", "%(number)d reports are marked as read.", number
        )
        messages.success(request, said % {"number": number})
