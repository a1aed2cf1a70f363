"""Monitors for staff: what is watched, and what was last seen of it. The clock is read here.

Whatever is saved goes on through the verbs of `record`: a changed monitor is checked at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitors import bell, evidence, jobs, record
from monitors.admin.bringing import Bringing
from monitors.admin.copying import COPY, Copying
from monitors.admin.telling import PUBLISH
from monitors.admin.together import Together
from monitors.admin.trying import Trying
from monitors.admin.was_seen import WasSeen
from monitors.admin.wrong_first import WrongFirst
from monitors.forms.kind_inputs import input_name, remover_name
from monitors.forms.long_select import lengthened
from monitors.forms.monitors import MonitorForm
from monitors.models import Monitor
from monitors.on_page import MonitorFeeds, bare
from monitors.probes import PROBES
from monitors.secrets import Settings


def _kind_fieldsets(kind: str, kept: Settings, typed: Mapping[str, str]) -> Iterator[Any]:
    """The settings of a kind; those that are seldom needed are folded away until one of them is set."""
    probe = PROBES[kind]
    # The script shows the chosen kind's alone.
    classes = ["kind", f"kind-{kind}"]
    often = [field.name for field in probe.fields if not field.seldom]
    seldom = [field.name for field in probe.fields if field.seldom]
    yield _(probe.label), {"fields": _inputs(kind, often, kept), "classes": classes}
    if seldom:
        folded = [] if kept.whole.keys() & set(seldom) or _is_any_typed(kind, typed) else ["collapse"]
        name = gettext("%(kind)s: seldom needed") % {"kind": gettext(probe.label)}
        yield name, {"fields": _inputs(kind, seldom, kept), "classes": [*classes, *folded]}


def _is_any_typed(kind: str, typed: Mapping[str, str]) -> bool:
    return any(
        typed.get(input_name(kind, field.name), "") not in ("", field.default)
        for field in PROBES[kind].fields
        if field.seldom
    )


def _inputs(kind: str, names: Sequence[str], kept: Settings) -> list[str]:
    removers = [remover_name(kind, name) for name in names if name in kept.secrets]
    return [*(input_name(kind, name) for name in names), *removers]


@admin.register(Monitor)
class MonitorAdmin(Trying, Copying, WasSeen, Together, Bringing, WrongFirst):
    """What is watched, and what was last seen of it."""

    form = MonitorForm
    # What a probe is set to may hold a secret: what it watches is said in words.
    looked_at = (
        *("state", "page", "name", "tags", "enabled", "pause_reason", "paused_until", "kind", "watches"),
        *("interval", "timeout", "confirm_down", "confirm_up", "recheck", "regions", "behind"),
    )
    inlines = [MonitorFeeds]
    readonly_fields = ["state", "watches"]

    class Media:
        js = ["admin-statuspage/monitor.js"]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What it says, above what is set."""
        if obj is not None and not self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        nothing = Settings({})
        begun = obj or self.copied(request)
        kept = Settings.kept(begun.config, begun.secrets) if begun else nothing
        kinds = ((kind, kept if begun and begun.kind == kind else nothing) for kind in PROBES)
        return [
            *([(None, {"fields": ["state"]})] if obj else []),
            (None, {"fields": ["page", "name", "tags", "kind", *([] if obj else [COPY])]}),
            *(fieldset for kind, its in kinds for fieldset in _kind_fieldsets(kind, its, request.POST)),
            (
                _("When and where"),
                {
                    "fields": ["interval", "timeout", "confirm_down", "confirm_up", "recheck", "regions"],
                },
            ),
            (_("Dependency"), {"fields": ["behind"]}),
            (_("Pause"), {"fields": ["enabled", "pause_reason", "paused_until"]}),
        ]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """One before another is chosen, not made on the way."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        return lengthened(bare(field)) if db_field.name == "behind" else field

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """With the facts of its newest failures."""
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            evidence.attach([found])
        return found

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Checks it at once."""
        formerly = list(form.instance.feeds.values_list("component_id", flat=True))
        super().save_related(request, form, formsets, change)
        jobs.give_addresses([form.instance.pk])
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
