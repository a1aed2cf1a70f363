"""Monitors for staff: what is watched, and what was last seen of it. The clock is read here.

Whatever is saved goes on through the verbs of `record`: a changed monitor is checked at once.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from monitors import bell, record, showing
from monitors.admin.telling import PUBLISH
from monitors.models import Monitor
from monitors.monitor_form import MonitorForm, input_name
from monitors.on_page import MonitorFeeds, OnPageAdmin
from monitors.probes import PROBES


def _kind_fieldset(kind: str) -> Any:
    probe = PROBES[kind]
    return (
        _(probe.label),
        {
            "fields": [input_name(kind, field.name) for field in probe.fields],
            # The script shows the chosen kind's alone.
            "classes": ["kind", f"kind-{kind}"],
        },
    )


@admin.register(Monitor)
class MonitorAdmin(OnPageAdmin):
    """What is watched, and what was last seen of it."""

    form = MonitorForm
    # What a probe is set to may hold a secret: what it watches is said in words.
    looked_at = (
        *("state", "page", "name", "enabled", "kind", "watches"),
        *("interval", "timeout", "confirm_down", "confirm_up", "regions"),
    )
    inlines = [MonitorFeeds]
    list_display = ["name", "state", "watches", "page"]
    list_filter = ["page", "enabled", "kind"]
    list_select_related = ["page", "verdict"]
    search_fields = ["name"]
    readonly_fields = ["state", "watches"]
    fieldsets = [
        (None, {"fields": ["page", "name", "enabled", "kind"]}),
        *map(_kind_fieldset, PROBES),
        (
            _("When and where"),
            {"fields": ["interval", "timeout", "confirm_down", "confirm_up", "regions"]},
        ),
    ]

    class Media:
        js = ["admin-statuspage/monitor.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Monitor]:
        """With what each region last saw."""
        return super().get_queryset(request).prefetch_related("region_verdicts")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What it says, above what is set."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return fieldsets
        return [(None, {"fields": ["state"]}), *fieldsets]

    @admin.display(description=_("status"))
    def state(self, monitor: Monitor) -> SafeString:
        """What it says and since when, and what it last saw."""
        return showing.monitor_state(monitor)

    @admin.display(description=_("watches"))
    def watches(self, monitor: Monitor) -> str:
        """What is watched."""
        return showing.monitor_watches(monitor)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Checks it at once."""
        formerly = list(form.instance.feeds.values_list("component_id", flat=True))
        super().save_related(request, form, formsets, change)
        record.sync_monitor(form.instance, timezone.now(), formerly)
        bell.ring("monitors.tasks.tick")

    def delete_model(self, request: HttpRequest, obj: Monitor) -> None:
        """What it said stays as history."""
        record.delete_monitor(obj, timezone.now())
        bell.ring(PUBLISH)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Monitor]) -> None:
        """One after the other."""
        for monitor in queryset:
            self.delete_model(request, monitor)
