"""The console's own admin site: its front page is the board. Here the clock is read."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from monitors.essentials import resting
from statuspage.board.panels import shown


class Console(AdminSite):
    """Django's admin with the board in front."""

    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """With the part of the board that refreshes itself, and the list of keys."""
        return [
            path("now/", never_cache(self.board), name="board"),
            path("keys/", self.admin_view(self.keys), name="keys"),
            *super().get_urls(),
        ]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The board."""
        context = {
            **self.each_context(request),
            "title": _("Now"),
            **self._board(request),
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, "admin/index.html", context)

    def board(self, request: HttpRequest) -> HttpResponse:
        """The board alone, for the page that shows it already.

        Whoever is signed out is not led to a form that would be taken for a board.
        """
        if not self.has_permission(request):
            return HttpResponse(status=401)
        return TemplateResponse(request, "admin/board/board.html", self._board(request))

    def keys(self, request: HttpRequest) -> TemplateResponse:
        """The keyboard shortcuts, where no script opens them as a dialog."""
        context = {**self.each_context(request), "title": _("Keyboard shortcuts")}
        return TemplateResponse(request, "admin/keys.html", context)

    def _board(self, request: HttpRequest) -> dict[str, Any]:
        now = timezone.now()
        panels = shown(request, now)
        urgent = sum(panel.failed or panel.tone == "major" for panel in panels)
        return {"panels": panels, "urgent": urgent, "now": now, "rests": bool(resting())}
