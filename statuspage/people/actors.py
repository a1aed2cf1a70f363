"""Who acts in a request, and who in a command. Of visitors nothing is kept."""

import getpass
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from statuspage.people.acting import Actor, acting


class Acting:
    """Middleware, after authentication: what is written while a request is answered is its user's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Asks nothing of the database where nothing is written."""
        with acting(lambda: _user_of(request)):
            return self._get_response(request)


def _user_of(request: HttpRequest) -> Actor | None:
    user: Any = request.user
    # Looking who a visitor without a session is would ask for that session.
    known = type(user) is not SimpleLazyObject or settings.SESSION_COOKIE_NAME in request.COOKIES
    if known and user.is_authenticated:
        return Actor(user.get_username(), user.pk, _origin(request))
    # Somebody signs in, or takes an invitation.
    at_the_door = request.path_info.startswith(reverse("admin:index"))
    return Actor("", None, _origin(request)) if at_the_door else None


def _origin(request: HttpRequest) -> str:
    # It reads models, and a command needs none to begin.
    from subscribers.network import network

    return network(request)


@contextmanager
def commanding(argv: Sequence[str]) -> Iterator[None]:
    """What is written meanwhile is written by this command, and by whoever runs it on this machine."""
    # No argument: there may be a secret in it.
    actor = Actor(_account(), None, f"manage.py {argv[1] if len(argv) > 1 else ''}".strip()[:100])
    with acting(lambda: actor):
        yield


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container's user without a name.
        return "manage.py"
