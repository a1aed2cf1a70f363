"""The application's own pages for subscribing, confirming and leaving.

No cookie is read or set. A GET changes nothing, because link scanners open every link; what may be
learned about an address is the same for every address.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from monitors import bell
from monitors.models import LANGUAGES, Page
from subscribers import allowance, signup, subjects, tokens
from subscribers.channels import CHANNELS
from subscribers.events import HANDSHAKE
from subscribers.forms import ALL, ONE, SubscribeForm
from subscribers.front.rehearsal import REHEARSAL, Rehearsal
from subscribers.means import means
from subscribers.models import Notice, Subscriber
from subscribers.network import network
from subscribers.unavailable import unavailable

View = Callable[[HttpRequest, str], HttpResponse]
PublicView = Callable[..., HttpResponse]


def _public(view: View) -> PublicView:
    """For strangers, in both methods: without cookies, never from a cache, 503 without the database."""

    def public(request: HttpRequest, **names: str) -> HttpResponse:
        try:
            response = view(request, *names.values())
        except Error as error:
            response = unavailable(request, error)
        add_never_cache_headers(response)
        response["X-Robots-Tag"] = "noindex"
        return response

    return csrf_exempt(require_http_methods(["GET", "HEAD", "POST"])(public))


@_public
def form(request: HttpRequest, page_id: str) -> HttpResponse:
    """The form. The static page posts here: its answer is the same form, filled in, with a button."""
    page = _page(request, page_id)
    channel = _channel(request)
    if request.method != "POST":
        return _show_form(request, page, channel, _blank(request, page, channel))
    posted = SubscribeForm(page, channel, means(settings), _from_static_page(request.POST))
    return _show_form(request, page, channel, posted, status=200 if posted.is_valid() else 400)


@_public
def ask(request: HttpRequest, page_id: str) -> HttpResponse:
    """The button of the form: ask the address to prove itself."""
    page = _page(request, page_id)
    channel = _channel(request)
    if request.method != "POST":
        return _show_form(request, page, channel, _blank(request, page, channel))
    now = timezone.now()
    posted = SubscribeForm(page, channel, means(settings), request.POST)
    if doubt := _doubt(request, page, now):
        posted.add_error(None, doubt)
    if not posted.is_valid():
        return _show_form(request, page, channel, posted, status=400)
    address, wish = posted.cleaned_data["address"], posted.wish()
    context = {"page": page, "address": address}
    rehearsal: Rehearsal | None = request.META.get(REHEARSAL)
    if rehearsal is None:
        try:
            context["secret"] = signup.request(page, channel, address, wish, now, network(request))
        except allowance.Exhausted:
            return _too_many(request, page)
        bell.ring("subscribers.tasks.send")
    else:
        rehearsal.page, rehearsal.wish = page.pk, wish
    return render(request, [f"subscribe/asked_{channel}.html", "subscribe/asked_chat.html"], context)


def _doubt(request: HttpRequest, page: Page, now: datetime) -> str:
    """Why this was not sent by a person who read the form, where it seems so."""
    if request.POST.get("website"):
        return _(
            "A field that people do not see was filled in. It is empty now: please press the button again."
        )
    try:
        tokens.check_form(request.POST.get("shown", ""), page.public_id, now)
    except tokens.TooSoon:
        return _("That was faster than people are. Please press the button again.")
    except tokens.TokenRefused:
        return _("This form was open for too long. Please press the button again.")
    return ""


@_public
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail: a button, and what it does."""
    try:
        notice_id = tokens.read_confirming(token)
        question = Notice.objects.select_related("page").get(public_id=notice_id, event=HANDSHAKE)
    except (tokens.TokenRefused, Notice.DoesNotExist):
        _speak(request)
        return render(request, "subscribe/expired.html", status=400)
    _speak(request, question.payload["language"])
    if request.method != "POST":
        followed = subjects.known(question.payload.get("subjects", ()))
        context = {"page": question.page, "followed": followed.values()}
        return render(request, "subscribe/confirm.html", context)
    subscriber = signup.confirm(notice_id, timezone.now())
    if subscriber is None:
        return render(request, "subscribe/expired.html", {"page": question.page}, status=400)
    context = {"page": question.page, "leave": _leave(subscriber), "manage": _manage(subscriber)}
    return render(request, "subscribe/confirmed.html", context)


@_public
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """The link for leaving: a button for people; for mail software the POST of RFC 8058.

    The body of the POST is not looked at: whatever it is, the answer is 200 and never a redirect.
    """
    try:
        subscriber_id = tokens.read_leaving(token)
    except tokens.TokenRefused:
        _speak(request)
        return render(request, "subscribe/expired.html", status=400)
    known = Subscriber.objects.filter(public_id=subscriber_id).select_related("page").defer("secret")
    subscriber = known.first()
    _speak(request, subscriber.language if subscriber else "")
    context: dict[str, Any] = {"page": subscriber.page if subscriber else None}
    subscribed = subscriber is not None and subscriber.state in signup.KNOWN
    if request.method != "POST" and subscribed:
        if subscriber and subscriber.channel == "webhook":  # it carries no other link
            context["manage"] = _manage(subscriber)
        return render(request, "subscribe/leave.html", context)
    if request.method == "POST":
        signup.leave(subscriber_id, timezone.now())
    return render(request, "subscribe/left.html", context)


def _page(request: HttpRequest, page_id: str) -> Page:
    page = get_object_or_404(Page, public_id=page_id)
    _speak(request, page.default_language, page.languages)
    return page


def _speak(request: HttpRequest, otherwise: str = "", among: Any = ()) -> None:
    """Answer in the language that was asked for, else in `otherwise`, else in what the browser prefers."""
    languages = among or [code for code, _name in LANGUAGES]
    asked = request.POST.get("language") if request.method == "POST" and among else None
    asked = asked or request.GET.get("language")
    preferred = translation.get_language() if among and "Accept-Language" in request.headers else None
    choice = next((each for each in (asked, preferred, otherwise) if each in languages), None)
    if choice:
        translation.activate(choice)


def _channel(request: HttpRequest) -> str:
    name = (request.POST if request.method == "POST" else request.GET).get("channel", "email")
    if name not in CHANNELS:
        raise Http404
    return name


def _blank(request: HttpRequest, page: Page, channel: str) -> SubscribeForm:
    language, subject = translation.get_language() or "", request.GET.get("subject", "")
    return SubscribeForm.blank(page, channel, means(settings), language, subject)


def _from_static_page(posted: QueryDict) -> QueryDict:
    """What a static page sends (`email`, `language`, perhaps `subject`) as the fields of the whole form."""
    fields = posted.copy()
    fields["address"] = posted.get("address") or posted.get("email", "")
    fields.setdefault("scope", ONE if posted.get("subject") else ALL)
    fields.setdefault("kinds", ALL)
    fields.setdefault("language", translation.get_language() or "")
    return fields


def _show_form(
    request: HttpRequest, page: Page, channel: str, shown: SubscribeForm, status: int = 200
) -> HttpResponse:
    context = {
        "page": page,
        "form": shown,
        "channel": channel,
        "others": [(name, _(other.label)) for name, other in CHANNELS.items() if name != channel],
        "almost": shown.is_bound and not shown.errors,
        "shown": _shown(request, page, timezone.now()),
        "action": reverse("subscribers:ask", args=[page.public_id]),
        "languages": [(code, name) for code, name in settings.LANGUAGES if code in page.languages],
    }
    return render(request, "subscribe/form.html", context, status=status)


def _shown(request: HttpRequest, page: Page, now: datetime) -> str:
    """When the form was shown first, so that whoever pressed too soon need not wait again."""
    shown: str = request.POST.get("shown", "")
    try:
        tokens.check_form(shown, page.public_id, now)
    except tokens.TooSoon:
        return shown
    except tokens.TokenRefused:
        return tokens.for_form(page.public_id, now)
    return shown


def _too_many(request: HttpRequest, page: Page) -> HttpResponse:
    response = render(request, "subscribe/too_many.html", {"page": page}, status=429)
    response["Retry-After"] = str(int(allowance.WINDOW.total_seconds()))
    return response


def _leave(subscriber: Subscriber) -> str:
    return reverse("subscribers:leave", args=[tokens.for_leaving(subscriber.public_id)])


def _manage(subscriber: Subscriber) -> str:
    return reverse("subscribers:manage", args=[tokens.for_managing(subscriber.public_id)])
