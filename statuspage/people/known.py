"""Browsers that an account has signed in from: strangers who guess cannot lock their owner out.

Failed sign-ins are counted for each account. A browser that signed in before carries a signed mark, and has
a count of its own: whoever fills up the count of strangers locks out strangers.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import salted_hmac

NAME = "known"
AGE = timedelta(days=400)
_SALT = "statuspage.people.known"


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Marks the browser of somebody who has just signed in."""
    mark = [secrets.token_urlsafe(9), *(_digest(name) for name in (user.username, user.email) if name)]
    response.set_cookie(
        NAME,
        signing.dumps(mark, salt=_SALT),
        max_age=AGE,
        path=reverse("admin:index"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def counted_as(request: HttpRequest, login: str) -> str:
    """What tries with a name or an address, from this browser, are counted under."""
    try:
        own, *names = signing.loads(request.COOKIES.get(NAME, ""), salt=_SALT, max_age=AGE)
    except (signing.BadSignature, ValueError, TypeError):
        own, names = "", []
    return f"{login.lower()} {own if _digest(login) in names else ''}"


def _digest(login: str) -> str:
    return salted_hmac(_SALT, login.lower()).hexdigest()[:20]
