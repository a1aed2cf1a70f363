"""The switch of degraded mode, and what it does. Here the clock is read."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from monitors import bell, essentials
from monitors.models import Essentials


@admin.register(Essentials)
class EssentialsAdmin(admin.ModelAdmin[Essentials]):
    """One screen with one button."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one row, which makes itself."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Essentials | None = None) -> bool:
        """And which stays."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """The screen and its button alone: there is no form of the row."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="monitors_essentials_changelist"),
            path("switch/", view(require_POST(self.switch_view)), name="monitors_essentials_switch"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """What rests, what goes on, and since when."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Degraded mode"),
            "opts": self.opts,
            "rest": essentials.resting(),
            "may_switch": self.has_change_permission(request),
        }
        return TemplateResponse(request, "admin/incidents/essentials/change_list.html", context)

    def switch_view(self, request: HttpRequest) -> HttpResponse:
        """Turns it on or off, as the button says: pressed twice it does no more."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.POST.get("to") == "on":
            essentials.rest(request.user.get_username(), timezone.now())
            # What monitors say becomes unknown now, not in a few seconds.
            bell.ring("monitors.tasks.sweep")
            messages.warning(
                request, _("Degraded mode is on: only posting, publishing and telling people go on.")
            )
        elif request.POST.get("to") == "off":
            essentials.wake()
            messages.success(request, _("Degraded mode is off: everything goes on. Probing begins at once."))
        return HttpResponseRedirect(reverse("admin:monitors_essentials_changelist"))
