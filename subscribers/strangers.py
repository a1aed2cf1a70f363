"""What the public forms of the application have in common: they are for strangers.

No cookie is read or set. A GET changes nothing, because link scanners open every link. For edges only.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from monitors.models import LANGUAGES
from subscribers import tokens
from subscribers.unavailable import unavailable

View = Callable[[HttpRequest, str], HttpResponse]
PublicView = Callable[..., HttpResponse]


def public(view: View) -> PublicView:
    """For strangers, in both methods: without cookies, never from a cache, 503 without the database."""

    def answer(request: HttpRequest, **names: str) -> HttpResponse:
        try:
            response = view(request, *names.values())
        except Error as error:
            response = unavailable(request, error)
        add_never_cache_headers(response)
        response["X-Robots-Tag"] = "noindex"
        return response

    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(answer))


def speak(request: HttpRequest, otherwise: str = "", among: Any = ()) -> None:
    """Answer in the language that was asked for, else in `otherwise`, else in what the browser prefers."""
    languages = among or [code for code, _name in LANGUAGES]
    asked = request.POST.get("language") if request.method == "POST" and among else None
    asked = asked or request.GET.get("language")
    preferred = translation.get_language() if among and "Accept-Language" in request.headers else None
    choice = next((each for each in (asked, preferred, otherwise) if each in languages), None)
    if choice:
        translation.activate(choice)


def doubt(request: HttpRequest, form_id: str, now: datetime) -> str:
    """Why this was not sent by a person who read the form, where it seems so; "" where it does not."""
    if request.POST.get("website"):
        return _(
            "A field that people do not see was filled in. It is empty now: please press the button again."
        )
    try:
        tokens.check_form(request.POST.get("shown", ""), form_id, now)
    except tokens.TooSoon:
        return _("That was faster than people are. Please press the button again.")
    except tokens.TokenRefused:
        return _("This form was open for too long. Please press the button again.")
    return ""


def shown(request: HttpRequest, form_id: str, now: datetime) -> str:
    """When the form was shown first, so that whoever pressed too soon need not wait again."""
    told: str = request.POST.get("shown", "")
    try:
        tokens.check_form(told, form_id, now)
    except tokens.TooSoon:
        return told
    except tokens.TokenRefused:
        return tokens.for_form(form_id, now)
    return told
