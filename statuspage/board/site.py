"""The console's own admin site: its front page is the board. Here the clock is read."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from statuspage.board.panels import shown


class Console(AdminSite):
    """Django's admin with the board in front."""

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The board."""
        now = timezone.now()
        context = {
            **self.each_context(request),
            "title": _("Now"),
            "panels": shown(request, now),
            "now": now,
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, "admin/index.html", context)
