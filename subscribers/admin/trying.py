"""A test of a channel, by staff to themselves: mail to their own address, the rest to one that they type.

It goes through the code that sends to subscribers, and through the guard; what the other side said is shown.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitors.models import LANGUAGES, Page
from subscribers.admin.lists import PostRoomAdmin, staff_of
from subscribers.channels import CHANNELS
from subscribers.channels.base import AddressError
from subscribers.means import means
from subscribers.models import Notice, channels
from subscribers.staff import board, explaining, trying

MAIL = "email"


class TryForm(forms.Form):
    """Where a test goes, and in which language."""

    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=channels, widget=forms.RadioSelect)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES, widget=forms.RadioSelect)
    address = forms.CharField(
        label=gettext_lazy("Address of the webhook or chat"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Mail goes to the address of your own account, whatever stands here."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, own_address: str, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self._own = own_address

    def clean(self) -> dict[str, Any]:
        """An address that the channel can use, in its normal form."""
        cleaned: dict[str, Any] = super().clean() or {}
        channel = cleaned.get("channel")
        if not channel:
            return cleaned
        mail = channel == MAIL
        if mail and not self._own:
            self.add_error("channel", _("Your account has no e-mail address: an administrator can add one."))
            return cleaned
        try:
            typed = self._own if mail else cleaned.get("address", "")
            cleaned["address"] = CHANNELS[channel].clean(typed, means(settings))
        except AddressError as error:
            self.add_error("channel" if mail else "address", _(str(error)))
        return cleaned


class TryPages(PostRoomAdmin[Notice]):
    """The test, from a notice or with a sample."""

    def get_urls(self) -> list[URLPattern]:
        """Before those of single notices."""
        view = self.admin_site.admin_view(self.try_view)
        return [path("try/", view, name="subscribers_notice_try"), *super().get_urls()]

    def trial(self, request: HttpRequest, notice: Notice | None) -> dict[str, Any]:
        """What the card of the test shows."""
        return {
            "may_try": self.has_change_permission(request),
            "own_address": staff_of(request).email,
            "languages": LANGUAGES,
            "tried": notice,
        }

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """The form; a POST of it sends the test."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        notice, page = _notice(request), _page(request)
        page = notice.page if notice else page
        if page is None:
            messages.error(request, _("There is no page yet: add one first."))
            return HttpResponseRedirect(reverse("admin:index"))
        own = staff_of(request).email
        initial = {"channel": MAIL, "language": page.default_language}
        form = TryForm(own, request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            self._send(request, form.cleaned_data, page, notice)
            return HttpResponseRedirect(_back(request, notice))
        context = self.trial(request, notice) | {
            "title": _("Send a test to yourself"),
            "form": form,
            "page": page,
            "pages": [] if notice else list(Page.objects.all()),
        }
        return self.answer(request, "notice/try", context)

    def _send(self, request: HttpRequest, wanted: dict[str, Any], page: Page, notice: Notice | None) -> None:
        channel, address = wanted["channel"], wanted["address"]
        what = trying.told(page, notice, timezone.now())
        tried = trying.attempt(what, channel, address, wanted["language"], means(settings), timezone.now)
        to = CHANNELS[channel].shown(address)
        if tried.sent:
            self.message_user(
                request, _("The test was sent to %(address)s.") % {"address": to}, messages.SUCCESS
            )
            return
        explanation = explaining.explain(channel, tried.error)
        said = [
            _("The test did not arrive at %(address)s.") % {"address": to},
            explaining.said(tried.error),
            _(explanation.what),
        ]
        self.message_user(request, " ".join(said), messages.ERROR)


def _notice(request: HttpRequest) -> Notice | None:
    """The notice that the test tells, if it is news."""
    said = request.GET.get("notice", "")
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        return None
    news = Notice.objects.select_related("page").exclude(event__in=board.PERSONAL)
    return news.filter(pk=int(said)).first()


def _page(request: HttpRequest) -> Page | None:
    pages = Page.objects.order_by("pk")
    return pages.filter(public_id=request.GET.get("page", "")).first() or pages.first()


def _back(request: HttpRequest, notice: Notice | None) -> str:
    if notice is not None:
        return reverse("admin:subscribers_notice_change", args=[notice.pk])
    return request.get_full_path()
