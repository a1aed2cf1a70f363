"""Regions for staff: which are heard, and whose secrets each opens. The clock is read here."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitors import ages
from monitors.forms.regions import RegionForm
from monitors.models import Monitor, Region
from monitors.on_page import LookingAdmin
from monitors.regions import recipients
from monitors.showing import badge, moment
from monitors.status import Status


@admin.register(Region)
class RegionAdmin(LookingAdmin):
    """Where checks run from."""

    form = RegionForm
    looked_at = ("state", "name", "watched", "witnesses", "recipient")
    list_display = ["name", "state", "watched", "witnesses", "sealed"]
    readonly_fields = ["state", "watched", "witnesses"]
    # One at a time: what a monitor names stays.
    actions = None

    class Media:
        css = {"all": ["admin-statuspage/lists.css"]}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is known of it, once it is there."""
        if obj is None:
            return [(None, {"fields": ["name", "recipient"]})]
        if not self.has_change_permission(request, obj):
            return [(None, {"fields": self.looked_at})]
        return [(None, {"fields": ["state", "watched", "witnesses", "name", "recipient"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Its name stays: workers, monitors and what was seen go by it."""
        return [*self.readonly_fields, "name"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not while a monitor is watched from there."""
        return super().has_delete_permission(request, obj) and not (obj and _monitors(obj))

    @admin.display(description=_("status"))
    def state(self, region: Region) -> SafeString | str:
        """Whether it says anything."""
        now = timezone.now()
        if region.silent_since is not None:
            since = gettext("since %(time)s") % {"time": moment(region.silent_since, "Etc/UTC")}
            silent = badge(Status.MAJOR_OUTAGE, gettext("Silent"))
            return format_html('{} <span class="soft">{}</span>', silent, since)
        if region.offline_since is not None:
            since = gettext("since %(time)s") % {"time": moment(region.offline_since, "Etc/UTC")}
            doubts = badge(Status.UNKNOWN, gettext("Doubts its own network"))
            return format_html('{} <span class="soft">{}</span>', doubts, since)
        if region.heard_at is None:
            return gettext("nothing heard yet")
        ago = ages.short((now - region.heard_at).total_seconds())
        return gettext("heard %(age)s ago") % {"age": ago}

    @admin.display(description=_("monitors"))
    def watched(self, region: Region) -> int:
        """How many monitors are watched from there."""
        return _monitors(region)

    @admin.display(description=_("secrets"))
    def sealed(self, region: Region) -> str:
        """What they travel there under."""
        own = region.name in recipients()
        return gettext("sealed to its own key") if own else gettext("sealed with DATA_KEYS")


def _monitors(region: Region) -> int:
    return Monitor.objects.filter(regions__contains=[region.name]).count()
