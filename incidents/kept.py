"""When the database fails while somebody posts: a plain page that keeps every word they typed.

It needs no database and no session, and sending it again posts at most once: the form's own id
travels along. Only posts to the screens of this application are answered here.
"""

import logging
from collections.abc import Callable

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.composing import fill
from incidents.composing.starting import FIELD

logger = logging.getLogger(__name__)

RETRY_AFTER = "10"  # seconds
_TEXTS = {
    "title_en": gettext_lazy("Title in English"),
    "title_fr": gettext_lazy("Title in French"),
    "body_en": gettext_lazy("Text in English"),
    "body_fr": gettext_lazy("Text in French"),
    "scope_en": gettext_lazy("Who is affected, in English"),
    "scope_fr": gettext_lazy("Who is affected, in French"),
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
        """What a view could not write."""
        return keep(request, error)


def keep(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """A page with status 503 (RFC 9110 section 15.6.4); other errors and pages are left alone.

    For whoever fails before the view, too: before it, it is not known yet which one it is.
    """
    match = request.resolver_match or _resolved(request)
    about_us = match is not None and match.view_name.startswith(("admin:incidents_", "preview"))
    if not (about_us and request.method == "POST" and isinstance(error, Error)):
        return None
    logger.error("A post could not be written", exc_info=error)
    return _kept(request)


def _resolved(request: HttpRequest) -> ResolverMatch | None:
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None


def _kept(request: HttpRequest) -> HttpResponse:
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    labels = _TEXTS | {name: _label(name) for name, _value in fields if name.startswith(FIELD)}
    context = {
        "title": _("The database does not answer"),
        "texts": [(name, labels[name], value) for name, value in fields if name in labels],
        "others": [
            (name, value) for name, value in fields if name not in labels and name != "csrfmiddlewaretoken"
        ],
    }
    response = TemplateResponse(request, "admin/incidents/kept.html", context, status=503)
    response["Retry-After"] = RETRY_AFTER
    response["Cache-Control"] = "no-store"
    return response.render()


def _label(name: str) -> str:
    return fill.words(name.removeprefix(FIELD))
