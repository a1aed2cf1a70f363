"""Addresses that no browser makes: with a NUL in them, which Postgres takes in no text.

Readers' forms answer a query with one in their own words; the console's screens have none for it.
"""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse


class Undamaged:
    """Middleware: 404 for a path with a NUL, 400 for a screen of the console with one in its query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Before anything reads the address."""
        if "\0" in request.path_info:
            raise Http404
        console = request.path_info.startswith("/admin/")
        if console and "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("A NUL in the address.")
        return self._get_response(request)
