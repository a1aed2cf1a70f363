"""Pages that not everybody may read: the live site hands them to Django, which asks who it is.

Nothing of such a page leaves without that: not a file, not which files there are, not the form that names
its components. No answer may be kept by a cache in between.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib.auth.hashers import check_password
from django.contrib.auth.views import redirect_to_login
from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import is_valid_path, reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from monitors.models import Access, Page
from statuspage.live import SHELF, published_path, to_folder
from statuspage.not_found import NOT_FOUND
from statuspage.prepared import SECURITY, Prepared
from statuspage.shelf import Shelf
from subscribers import allowance
from subscribers.network import network
from subscribers.unavailable import unavailable

Answer = Callable[[HttpRequest], HttpResponse]
# Django answers a HEAD by leaving the body out itself.
_KEPT = {"Content-Type", "Content-Encoding"}
# Whoever subscribes sees the components and is told all that the page says; whoever reports sees them, too.
_FORMS = ("subscribers:form", "subscribers:ask", "reports:form", "reports:send")


class PrivatePages:
    """Middleware: answers with the files of a private page, or asks for the password or the account."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Only what the live site left to us; everything else goes on."""
        shelf: Shelf | None = request.META.get(SHELF)
        if shelf is None:
            return self._get_response(request)
        path = published_path(request.META)
        if path not in shelf and f"{path}/index.html" not in shelf:
            return self._or_not_found(request, shelf)
        page = get_object_or_404(Page, public_id=shelf.state.page_id)
        if not _may_read(request, page):
            return _ask(request, page)
        prepared = shelf.get(path)
        folder = HttpResponseRedirect(to_folder(request.path))
        return _private(_sent(request, prepared) if prepared else folder)

    def process_view(
        self, request: HttpRequest, view: Answer, _positional: Any, named: dict[str, Any]
    ) -> HttpResponse | None:
        """Only who may read a page may use its forms, whichever host they ask."""
        match = request.resolver_match
        if match is None or match.view_name not in _FORMS:
            return None
        try:
            page = Page.objects.filter(public_id=named["page_id"]).exclude(access=Access.PUBLIC).first()
        except Error as error:
            return _private(unavailable(request, error))
        return None if page is None or _may_read(request, page) else _ask(request, page)

    def _or_not_found(self, request: HttpRequest, shelf: Shelf) -> HttpResponse:
        response = self._get_response(request)
        if response.headers.get(NOT_FOUND[0]) != NOT_FOUND[1] or is_valid_path(f"{request.path_info}/"):
            return response
        page = get_object_or_404(Page, public_id=shelf.state.page_id)
        if not _may_read(request, page):
            # The answer that a file gives: nobody may learn by asking which files there are.
            return _ask(request, page)
        missing = shelf.get("404.html")
        return _private(_sent(request, missing, HTTPStatus.NOT_FOUND)) if missing else response


@require_POST
def unlock(request: HttpRequest, page_id: str) -> HttpResponse:
    """The password of a page: it opens until the browser forgets the session, or the password changes."""
    page = get_object_or_404(Page, public_id=page_id, access=Access.PASSWORD)
    if not allowance.spend(f"unlock {network(request)}", timezone.now()):
        return _ask(request, page, _("Too many tries. Please wait an hour."), HTTPStatus.TOO_MANY_REQUESTS)
    if not check_password(request.POST.get("password", ""), page.password):
        return _ask(request, page, _("That is not the password."))
    # Whoever knew the session before knows another one than the page was opened for.
    request.session.cycle_key()
    request.session[_key(page)] = _proof(page)
    wanted = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/")
    return _private(HttpResponseRedirect(wanted if safe else "/"))


def _may_read(request: HttpRequest, page: Page) -> bool:
    if page.access == Access.STAFF:
        return request.user.is_active and request.user.is_staff
    if page.access == Access.PUBLIC:
        return True
    return bool(page.password) and constant_time_compare(request.session.get(_key(page), ""), _proof(page))


def _key(page: Page) -> str:
    return f"page {page.public_id}"


def _proof(page: Page) -> str:
    """What a session keeps of a password that was right: worthless once another is set."""
    return salted_hmac("statuspage.private", page.password).hexdigest()


def _ask(
    request: HttpRequest, page: Page, wrong: str = "", status: HTTPStatus = HTTPStatus.FORBIDDEN
) -> HttpResponse:
    if page.access == Access.STAFF:
        return _private(redirect_to_login(request.get_full_path(), reverse("admin:login")))
    language = translation.get_language_from_request(request)
    translation.activate(language if language in page.languages else page.default_language)
    context = {"page": page, "wrong": wrong, "next": request.POST.get("next") or request.get_full_path()}
    return _private(render(request, "private/unlock.html", context, status=status))


def _sent(request: HttpRequest, prepared: Prepared, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    variant = prepared.choose(request.headers.get("Accept-Encoding", ""))
    headers = {name: value for name, value in variant.headers if name in _KEPT}
    return HttpResponse(variant.body, status=status, headers={**headers, **dict(SECURITY)})


def _private(response: HttpResponse) -> HttpResponse:
    add_never_cache_headers(response)
    response["X-Robots-Tag"] = "noindex"
    response["Vary"] = "Accept-Encoding, Cookie"
    return response
