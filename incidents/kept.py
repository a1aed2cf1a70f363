"""When the database fails while somebody posts: a plain page that keeps every word they typed.

It needs no database and no session, and sending it again posts at most once: the form's own id
travels along. Only posts to the screens of this application are answered here.
"""

import logging
from collections.abc import Callable

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

logger = logging.getLogger(__name__)

RETRY_AFTER = "10"  # seconds
_TEXTS = {
    "title_en": gettext_lazy("Title in English"),
    "title_fr": gettext_lazy("Title in French"),
    "body_en": gettext_lazy("Text in English"),
    "body_fr": gettext_lazy("Text in French"),
    "workaround_en": gettext_lazy("Workaround in English"),
    "workaround_fr": gettext_lazy("Workaround in French"),
}


class KeepWhatWasTyped:
    """Answers a database error during a post with the same form fields and a button to try again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing to do while all is well."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A page with status 503 (RFC 9110 section 15.6.4); other errors and pages are left alone."""
        match = request.resolver_match
        about_us = match is not None and match.view_name.startswith("admin:incidents_")
        if not (about_us and request.method == "POST" and isinstance(error, Error)):
            return None
        logger.error("A post could not be written", exc_info=error)
        return _kept(request)


def _kept(request: HttpRequest) -> HttpResponse:
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    context = {
        "title": _("The database does not answer"),
        "texts": [(name, _TEXTS[name], value) for name, value in fields if name in _TEXTS],
        "others": [
            (name, value) for name, value in fields if name not in _TEXTS and name != "csrfmiddlewaretoken"
        ],
    }
    response = TemplateResponse(request, "admin/incidents/kept.html", context, status=503)
    response["Retry-After"] = RETRY_AFTER
    response["Cache-Control"] = "no-store"
    return response.render()
