"""Django's bare 404, which the live site turns into the page's own "not found"."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound

NOT_FOUND = ("X-Not-Found", "page")


def not_found(request: HttpRequest, exception: Any) -> HttpResponse:
    """The handler of every unknown address."""
    response = HttpResponseNotFound("Not found.\n", content_type="text/plain; charset=utf-8")
    response.headers[NOT_FOUND[0]] = NOT_FOUND[1]
    return response
