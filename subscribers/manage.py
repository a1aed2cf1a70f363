"""The page where subscribers see and change what they hear, by the signed link that every message carries.

No cookie is read or set, and a GET changes nothing: the token in the address is all there is to know, so
that it is never handed on as a referrer. A forged token learns nothing.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from monitors import bell
from subscribers import allowance, own_data, preferences, signup, standing, tokens
from subscribers.forms import ManageForm
from subscribers.means import means
from subscribers.models import Subscriber
from subscribers.network import network
from subscribers.unavailable import unavailable

View = Callable[..., HttpResponse]


def _own(view: View) -> Callable[..., HttpResponse]:
    """For whoever has the link: in the subscriber's language, never from a cache, never passed on."""

    @wraps(view)
    def own(request: HttpRequest, token: str, **names: str) -> HttpResponse:
        try:
            response = _answer(view, request, token, **names)
        except Error as error:
            response = unavailable(request, error)
        add_never_cache_headers(response)
        response["X-Robots-Tag"] = "noindex"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(own))


def _answer(view: View, request: HttpRequest, token: str, **names: str) -> HttpResponse:
    try:
        subscriber_id = tokens.read_managing(token)
    except tokens.TokenRefused:
        return render(request, "subscribe/expired.html", status=400)
    found = Subscriber.objects.filter(public_id=subscriber_id).select_related("page")
    subscriber = found.defer("secret", "previous_secret").first()
    if subscriber is None:
        return render(request, "subscribe/gone.html", status=410)
    translation.activate(subscriber.language)
    return view(request, token, subscriber, **names)


@_own
def show(request: HttpRequest, token: str, subscriber: Subscriber) -> HttpResponse:
    """What a subscriber hears; a POST changes it."""
    now = timezone.now()
    form = ManageForm(subscriber, means(settings), request.POST if request.method == "POST" else None)
    if not form.is_bound:
        return _show(request, token, subscriber, form, now)
    if subscriber.state not in signup.HEARS:
        return _back(token, "")
    if not form.is_valid():
        return _show(request, token, subscriber, form, now, status=400)
    preferences.change(subscriber.public_id, form.wish())
    return _back(token, "saved")


@_own
def act(request: HttpRequest, token: str, subscriber: Subscriber, verb: str) -> HttpResponse:
    """One of the other buttons."""
    now = timezone.now()
    if verb not in _VERBS:
        raise Http404
    if request.method != "POST":
        return _back(token, "")
    if verb in _SENDING and not allowance.spend(network(request), now):
        return render(request, "subscribe/too_many.html", {"page": subscriber.page}, status=429)
    return _VERBS[verb](request, token, subscriber, now)


def _pause(_request: HttpRequest, token: str, subscriber: Subscriber, now: datetime) -> HttpResponse:
    return _back(token, "paused" if preferences.pause(subscriber.public_id, now) else "")


def _resume(_request: HttpRequest, token: str, subscriber: Subscriber, now: datetime) -> HttpResponse:
    return _back(token, "resumed" if preferences.resume(subscriber.public_id) else "")


def _test(_request: HttpRequest, token: str, subscriber: Subscriber, now: datetime) -> HttpResponse:
    sent = standing.can_test(subscriber) and preferences.test(subscriber.public_id, now)
    bell.ring("subscribers.tasks.send")
    return _back(token, "tested" if sent else "")


def _replay(request: HttpRequest, token: str, subscriber: Subscriber, now: datetime) -> HttpResponse:
    if not standing.is_software(subscriber):
        return _back(token, "")
    number = preferences.replay(subscriber.public_id, now, request.POST.get("notice", "")[:12])
    bell.ring("subscribers.tasks.send")
    return _back(token, "replayed" if number else "")


def _rotate(request: HttpRequest, token: str, subscriber: Subscriber, now: datetime) -> HttpResponse:
    if not standing.is_software(subscriber):
        return _back(token, "")
    secret = preferences.rotate_secret(subscriber.public_id, now)
    if not secret:
        return _back(token, "")
    context = {"page": subscriber.page, "secret": secret, "manage": _link("manage", token)}
    return render(request, "subscribe/rotated.html", context)


_VERBS = {"pause": _pause, "resume": _resume, "test": _test, "replay": _replay, "rotate": _rotate}
_SENDING = ("test", "replay")


@_own
def export(request: HttpRequest, token: str, subscriber: Subscriber) -> HttpResponse:
    """All that is kept of a subscriber, as a file."""
    response = JsonResponse(
        own_data.exported(subscriber), json_dumps_params={"indent": 2, "ensure_ascii": False}
    )
    name = f"subscription-{subscriber.public_id}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@_own
def erase(request: HttpRequest, token: str, subscriber: Subscriber) -> HttpResponse:
    """A button, and what it does: forget the subscriber."""
    if request.method != "POST":
        context = {"page": subscriber.page, "manage": _link("manage", token)}
        return render(request, "subscribe/erase.html", context)
    preferences.erase(subscriber.public_id)
    return render(request, "subscribe/gone.html", {"page": subscriber.page})


def _show(
    request: HttpRequest,
    token: str,
    subscriber: Subscriber,
    form: ManageForm,
    now: datetime,
    status: int = 200,
) -> HttpResponse:
    context = {
        "page": subscriber.page,
        "form": form,
        "done": standing.DONE.get(request.GET.get("done", "")),
        "links": {name: _link(name, token) for name in ("manage", "export", "erase")}
        | {verb: _link("act", token, verb) for verb in _VERBS},
        "leave": reverse("subscribers:leave", args=[tokens.for_leaving(subscriber.public_id)]),
        **standing.standing(subscriber, now),
    }
    return render(request, "subscribe/manage.html", context, status=status)


def _back(token: str, done: str) -> HttpResponse:
    """To the page itself, so that loading it again does nothing twice."""
    return HttpResponseRedirect(_link("manage", token) + (f"?done={done}" if done else ""))


def _link(name: str, token: str, *more: str) -> str:
    return reverse(f"subscribers:{name}", args=[token, *more])
