"""Pages, groups, components and monitors for staff. The clock is read here.

Whatever is saved goes on through the verbs of `record`: a changed monitor is checked at once, and
the page learns of it.
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
from monitors.forms import ComponentForm, GroupForm
from monitors.models import STATUS_LABELS, Component, Group, Monitor, Page
from monitors.monitor_form import MonitorForm, input_name
from monitors.on_page import ComponentFeeds, LookingAdmin, MonitorFeeds, OnPageAdmin
from monitors.page_form import PageForm
from monitors.probes import PROBES
from monitors.status import Status

PUBLISH = "statuspage.tasks.publish"


def _tell(page_id: int) -> None:
    record.touch([page_id], timezone.now())
    bell.ring(PUBLISH)


@admin.register(Page)
class PageAdmin(LookingAdmin):
    """The pages of this installation."""

    form = PageForm
    # Without the password of readers and the address of the dead man's switch.
    looked_at = (
        *("name", "domain", "url", "support_url", "languages", "default_language", "time_zone"),
        *(
            "hold",
            "weight_major",
            "weight_partial",
            "weight_degraded",
            "access",
            "sender",
            "security_contact",
        ),
    )
    list_display = ["name", "domain", "url", "time_zone", "default_language"]
    fieldsets = [
        (None, {"fields": ["name", "domain", "url", "support_url"]}),
        (_("Language and time"), {"fields": ["languages", "default_language", "time_zone"]}),
        (_("Posting"), {"fields": ["hold"]}),
        (
            _("Uptime"),
            {
                "fields": ["weight_major", "weight_partial", "weight_degraded"],
                "description": _("How much of the time in each status counts as downtime."),
            },
        ),
        (
            _("Looks"),
            {
                "fields": [
                    "accent",
                    ("logo_file", "no_logo"),
                    ("favicon_file", "no_favicon"),
                    "written_links",
                    "legal_en",
                    "legal_fr",
                ],
                "description": _("The colour is made lighter or darker wherever text would be hard to read."),
                "classes": ["collapse"],
            },
        ),
        (
            _("Readers and mail"),
            {
                "fields": ["access", "new_password", "sender", "security_contact", "dead_man_url"],
                "classes": ["collapse"],
            },
        ),
    ]

    def save_model(self, request: HttpRequest, obj: Page, form: Any, change: bool) -> None:
        """The page shows it."""
        super().save_model(request, obj, form, change)
        _tell(obj.pk)

    def delete_model(self, request: HttpRequest, obj: Page) -> None:
        """Takes the locks that deleting needs."""
        record.delete_page(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Page]) -> None:
        """One after the other."""
        for page in queryset:
            record.delete_page(page)


@admin.register(Group)
class GroupAdmin(OnPageAdmin):
    """Groups of components."""

    form = GroupForm
    looked_at = ("page", "name_en", "name_fr", "position")
    list_display = ["__str__", "page", "position"]
    list_filter = ["page"]
    search_fields = ["name_en", "name_fr"]

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        """The page shows it."""
        super().save_model(request, obj, form, change)
        _tell(obj.page_id)

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        """Its components stay, without a group."""
        record.hold(obj.page_id)
        super().delete_model(request, obj)
        _tell(obj.page_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        """One after the other."""
        for group in queryset:
            self.delete_model(request, group)


@admin.register(Component)
class ComponentAdmin(OnPageAdmin):
    """What customers know by name, and how it is."""

    form = ComponentForm
    looked_at = (
        *("page", "group", "name_en", "name_fr", "slug", "description_en", "description_fr"),
        *("position", "visible", "only_show_if_degraded", "tags"),
    )
    inlines = [ComponentFeeds]
    list_display = ["__str__", "state", "group", "page", "position", "visible"]
    list_filter = ["page", "visible"]
    list_select_related = ["page", "group"]
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
        _tell(form.instance.page_id)

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
