"""Components for staff: what customers know by name. The clock is read here.

Whatever is saved goes on through the verbs of `record`: the page learns of it.
"""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitors import bell, record, showing
from monitors.admin.filters import TagFilter
from monitors.admin.telling import PUBLISH, tell
from monitors.forms.parts import ComponentForm
from monitors.models import STATUS_LABELS, Component
from monitors.on_page import ComponentFeeds, OnPageAdmin
from monitors.status import Status


@admin.register(Component)
class ComponentAdmin(OnPageAdmin):
    """What customers know by name, and how it is."""

    form = ComponentForm
    looked_at = (
        *("page", "group", "name_en", "name_fr", "slug", "description_en", "description_fr"),
        *("position", "visible", "only_show_if_degraded", "tags", "policy", "sla_target"),
    )
    inlines = [ComponentFeeds]
    list_display = ["__str__", "state", "group", "page", "position", "visible"]
    list_filter = ["page", "visible", TagFilter]
    list_select_related = ["page", "group"]
    ordering = showing.AS_ON_THE_PAGE
    search_fields = ["name_en", "name_fr", "slug"]
    prepopulated_fields = {"slug": ["name_en"]}
    fieldsets = [
        (None, {"fields": ["page", "group", "name_en", "name_fr", "slug", "declared"]}),
        (
            _("On the page"),
            {
                "fields": [
                    "description_en",
                    "description_fr",
                    "tags",
                    "position",
                    "visible",
                    "only_show_if_degraded",
                ]
            },
        ),
        (_("Monitoring"), {"fields": ["policy", "sla_target"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Component]:
        """With what each shows now."""
        return showing.with_sources(super().get_queryset(request))

    @admin.display(description=_("status"))
    def state(self, component: Component) -> SafeString:
        """What customers see now."""
        return showing.component_state(component)

    def save_model(self, request: HttpRequest, obj: Component, form: Any, change: bool) -> None:
        """Keeps recorders away until it is done."""
        record.hold(obj.page_id)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Feeds may have come or gone."""
        super().save_related(request, form, formsets, change)
        now = timezone.now()
        record.watch_component(form.instance, now)
        if "declared" in form.changed_data and form.cleaned_data["declared"]:
            self._declare(request, form, Status(form.cleaned_data["declared"]), now)
        tell(form.instance.page_id)

    def _declare(self, request: HttpRequest, form: Any, status: Status, now: datetime) -> None:
        """In words in the log of changes, too: no column says it."""
        if record.declare_by_staff(form.instance, status, now):
            before = STATUS_LABELS[Status(form.initial.get("declared") or Status.OPERATIONAL)]
            said = {"before": before, "after": STATUS_LABELS[status]}
            self.log_change(request, form.instance, gettext("Declared: %(before)s → %(after)s") % said)

    def delete_model(self, request: HttpRequest, obj: Component) -> None:
        """Takes the locks that deleting needs."""
        record.delete_component(obj, timezone.now())
        bell.ring(PUBLISH)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Component]) -> None:
        """One after the other."""
        for component in queryset:
            self.delete_model(request, component)
