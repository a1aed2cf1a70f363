"""Degraded mode for screens: what is not needed to post, publish and tell people answers that it rests.

All that rests is named here; what time brings about (probing, tidying, exports) asks for itself.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

from monitors.essentials import resting
from monitors.models import Page

log = logging.getLogger(__name__)

RETRY_AFTER = "600"  # seconds
# For strangers; reports say so themselves. Confirming, changing and ending a subscription go on.
PUBLIC = frozenset({"subscribers:form", "subscribers:ask"})
# For staff.
STAFF = frozenset(
    {
        "admin:subscribers_subscriber_import",
        "admin:subscribers_subscriber_preview",
        "admin:subscribers_subscriber_export",
        "admin:statuspage_auditentry_export",
    }
)


class Resting:
    """Middleware: answers 503 (RFC 9110 section 15.6.4) for what rests."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Which view it is shows later."""
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _positional: Any, named: dict[str, Any]
    ) -> HttpResponse | None:
        """Nothing for what goes on, nor without a database: then the view itself has an answer."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        try:
            if name in PUBLIC and resting():
                page = get_object_or_404(Page, public_id=named["page_id"])
                return _answer(request, "subscribe/resting.html", page)
            if name in STAFF and request.user.is_staff and resting():
                return _answer(request, "admin/incidents/essentials/rests.html", None)
        except Error as error:
            log.warning("Whether the rest rests is not known: %s", type(error).__name__)
        return None


def _answer(request: HttpRequest, template: str, page: Page | None) -> HttpResponse:
    response = TemplateResponse(request, template, {"page": page}, status=503)
    response["Retry-After"] = RETRY_AFTER
    response["X-Robots-Tag"] = "noindex"
    add_never_cache_headers(response)
    return response.render()
