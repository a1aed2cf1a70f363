"""The application's own pages for subscribing, confirming and leaving.

No cookie is read or set. A GET changes nothing, because link scanners open every link; what may be
learned about an address is the same for every address.
"""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from monitors import bell
from monitors.models import Page
from subscribers import allowance, signup, subjects, tokens
from subscribers.channels import CHANNELS
from subscribers.events import HANDSHAKE
from subscribers.forms import ALL, ONE, SubscribeForm
from subscribers.front.rehearsal import REHEARSAL, Rehearsal
from subscribers.means import means
from subscribers.models import Notice, Subscriber
from subscribers.network import network
from subscribers.strangers import doubt, public, shown, speak


@public
def form(request: HttpRequest, page_id: str) -> HttpResponse:
    """The form. The static page posts here: its answer is the same form, filled in, with a button."""
    page = _page(request, page_id)
    channel = _channel(request)
    if request.method != "POST":
        return _show_form(request, page, channel, _blank(request, page, channel))
    posted = SubscribeForm(page, channel, means(settings), _from_static_page(request.POST))
    return _show_form(request, page, channel, posted, status=200 if posted.is_valid() else 400)


@public
def ask(request: HttpRequest, page_id: str) -> HttpResponse:
    """The button of the form: ask the address to prove itself."""
    page = _page(request, page_id)
    channel = _channel(request)
    if request.method != "POST":
        return _show_form(request, page, channel, _blank(request, page, channel))
    now = timezone.now()
    posted = SubscribeForm(page, channel, means(settings), request.POST)
    if why := doubt(request, page.public_id, now):
        posted.add_error(None, why)
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


@public
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail: a button, and what it does."""
    try:
        notice_id = tokens.read_confirming(token)
        question = Notice.objects.select_related("page").get(public_id=notice_id, event=HANDSHAKE)
    except (tokens.TokenRefused, Notice.DoesNotExist):
        speak(request)
        return render(request, "subscribe/expired.html", status=400)
    speak(request, question.payload["language"])
    if request.method != "POST":
        followed = subjects.known(question.payload.get("subjects", ()))
        context = {"page": question.page, "followed": followed.values()}
        return render(request, "subscribe/confirm.html", context)
    subscriber = signup.confirm(notice_id, timezone.now())
    if subscriber is None:
        return render(request, "subscribe/expired.html", {"page": question.page}, status=400)
    context = {"page": question.page, "leave": _leave(subscriber), "manage": _manage(subscriber)}
    return render(request, "subscribe/confirmed.html", context)


@public
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """The link for leaving: a button for people; for mail software the POST of RFC 8058.

    The body of the POST is not looked at: whatever it is, the answer is 200 and never a redirect.
    """
    try:
        subscriber_id = tokens.read_leaving(token)
    except tokens.TokenRefused:
        speak(request)
        return render(request, "subscribe/expired.html", status=400)
    known = Subscriber.objects.filter(public_id=subscriber_id).select_related("page").defer("secret")
    subscriber = known.first()
    speak(request, subscriber.language if subscriber else "")
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
    speak(request, page.default_language, page.languages)
    return page


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
    request: HttpRequest, page: Page, channel: str, asked: SubscribeForm, status: int = 200
) -> HttpResponse:
    context = {
        "page": page,
        "form": asked,
        "channel": channel,
        "others": [(name, _(other.label)) for name, other in CHANNELS.items() if name != channel],
        "almost": asked.is_bound and not asked.errors,
        "shown": shown(request, page.public_id, timezone.now()),
        "action": reverse("subscribers:ask", args=[page.public_id]),
        "languages": [(code, name) for code, name in settings.LANGUAGES if code in page.languages],
    }
    return render(request, "subscribe/form.html", context, status=status)


def _too_many(request: HttpRequest, page: Page) -> HttpResponse:
    response = render(request, "subscribe/too_many.html", {"page": page}, status=429)
    response["Retry-After"] = str(int(allowance.WINDOW.total_seconds()))
    return response


def _leave(subscriber: Subscriber) -> str:
    return reverse("subscribers:leave", args=[tokens.for_leaving(subscriber.public_id)])


def _manage(subscriber: Subscriber) -> str:
    return reverse("subscribers:manage", args=[tokens.for_managing(subscriber.public_id)])
