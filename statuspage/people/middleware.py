"""Staff reach the console with all that it takes to prove who they are, in their language and time zone.

A session that lacks the second factor is nobody's outside the pages where one is set up or given.
"""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect

from incidents.kept import keep
from statuspage.people import proof, seen, wishes

# Where a session may go whose account has no second factor yet.
SETTING_UP = {
    "account_logout",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "account_reauthenticate",
}
# And where one may go whose account has one that it has not given.
GIVING = {"account_logout", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"}

# Tells templates that the session lacks the second factor.
PARTLY = "statuspage.partly"


class People:
    """Middleware, after authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Strangers and the public's forms go on as they are; a text is kept while nobody can be known."""
        try:
            return self._answer(request)
        except Error as error:
            kept = keep(request, error)
            if kept is None:
                raise
            return kept

    def _answer(self, request: HttpRequest) -> HttpResponse:
        console = reverse("admin:index")
        if not request.path_info.startswith(console):
            request.user = _proven(request)
            return self._get_response(request)
        user = request.user
        if isinstance(user, AnonymousUser) or not user.is_authenticated:
            response = self._get_response(request)
        elif proof.suffices(request, user):
            response = self._as(request, user)
        elif _name(request) in _open_to(user):
            # Nothing else would open from here.
            request.META[PARTLY] = True
            response = self._as(request, user)
        else:
            response = HttpResponseRedirect(_way_in(request, user))
        if request.path_info.startswith(reverse("people:account")):
            add_never_cache_headers(response)
        return _whole_page(request, response)

    def _as(self, request: HttpRequest, user: User) -> HttpResponse:
        wish = wishes.of(user)
        if wish.language:
            translation.activate(wish.language)
            request.LANGUAGE_CODE = wish.language
        seen.note(request, timezone.now())
        if not wish.time_zone:
            return self._get_response(request)
        with timezone.override(ZoneInfo(wish.time_zone)):
            return self._get_response(request)


def _proven(request: HttpRequest) -> User | AnonymousUser:
    """Whose the session is, once somebody asks: the public's pages read no session."""
    user = request.user

    def whose() -> User | AnonymousUser:
        whole = user.is_authenticated and proof.suffices(request, user)
        return user if whole else AnonymousUser()

    return SimpleLazyObject(whose)  # type: ignore[return-value]


def _name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def _open_to(user: User) -> set[str]:
    return GIVING if proof.has_factor(user) else SETTING_UP


def _way_in(request: HttpRequest, user: User) -> str:
    """Where the second factor is set up, or given."""
    if not proof.has_factor(user):
        return reverse("mfa_index")
    name = "mfa_reauthenticate" if proof.has_codes(user) else "mfa_reauthenticate_webauthn"
    back = request.get_full_path() if request.method == "GET" else reverse("admin:index")
    return f"{reverse(name)}?{urlencode({'next': back})}"


def _whole_page(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Where a part of a page is asked for by a session that is over, the whole page goes to the sign-in."""
    asked = "HX-Request" in request.headers
    if asked and response.status_code == 302 and response["Location"].startswith(settings.LOGIN_URL):
        return HttpResponseClientRedirect(reverse("admin:index"))
    return response
