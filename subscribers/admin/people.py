"""Subscribers in the admin: found among a million, what they hear in words, what staff can do for one.

Whatever is done to a subscriber is in the log of the admin, which never holds a whole webhook address.
"""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy, pgettext

from subscribers import suppression
from subscribers.admin import doing
from subscribers.admin.importing import ImportPages
from subscribers.admin.lists import HEAVY
from subscribers.admin.overview import OverviewPages
from subscribers.models import Subscriber, Suppression
from subscribers.staff import explaining, hearing, looks

LAST = 20


@admin.register(Subscriber)
class SubscriberAdmin(ImportPages, OverviewPages):
    """Who wants to be told."""

    list_display = ("shown", "way", "standing", "hears", "page", "since")
    list_display_links = ("shown",)
    list_filter = ("state", "channel", "page", "kinds", "language")
    search_fields = ("address",)
    search_help_text = gettext_lazy("A part of the address. How it begins, up to the @, is found fastest.")
    actions = ("unsubscribe", "pause", "resume", "send_test", "suppress", "erase")
    change_list_template = "admin/subscribers/subscriber/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscriber]:
        """Without the secrets: no page of the admin has a use for them."""
        found = (
            super().get_queryset(request).select_related("page").defer("secret", "previous_secret", *HEAVY)
        )
        # Whoever reads of a drill is no subscriber.
        return found.filter(page__hidden=False).prefetch_related("components", "groups")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Subscriber], search_term: str
    ) -> tuple[QuerySet[Subscriber], bool]:
        """By how the address begins, which an index knows; else by any part of it."""
        return hearing.found(queryset, search_term), False

    def get_urls(self) -> list[URLPattern]:
        """With what staff do to one subscriber."""
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/do/<slug:verb>/", view(self.do), name="subscribers_subscriber_do"),
            *super().get_urls(),
        ]

    def has_erase_permission(self, request: HttpRequest) -> bool:
        """Whoever may delete."""
        return request.user.has_perm("subscribers.delete_subscriber")

    def has_suppress_permission(self, request: HttpRequest) -> bool:
        """Whoever may add to the suppression list."""
        return request.user.has_perm("subscribers.add_suppression")

    @admin.display(description=gettext_lazy("address"))
    def shown(self, subscriber: Subscriber) -> str:
        """As far as staff may see it."""
        return str(subscriber)

    @admin.display(description=gettext_lazy("channel"))
    def way(self, subscriber: Subscriber) -> str:
        """The channel by its name."""
        return subscriber.get_channel_display()

    @admin.display(description=gettext_lazy("state"))
    def standing(self, subscriber: Subscriber) -> str:
        """The state as a badge."""
        return looks.of_subscriber(subscriber)

    @admin.display(description=gettext_lazy("hears about"))
    def hears(self, subscriber: Subscriber) -> str:
        """In a few words."""
        return hearing.briefly(subscriber)

    @admin.display(description=gettext_lazy("since"))
    def since(self, subscriber: Subscriber) -> str:
        """When they confirmed; before that, when they first asked."""
        return date_format(
            subscriber.confirmed_at or subscriber.created_at, pgettext("format of a day", "j M Y")
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Everything about one, and what can be done."""
        subscriber = self.get_object(request, object_id)
        if subscriber is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.has_view_or_change_permission(request, subscriber):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return self.answer(request, "subscriber/detail", self._about(request, subscriber))

    def _about(self, request: HttpRequest, subscriber: Subscriber) -> dict[str, Any]:
        deliveries = list(subscriber.deliveries.select_related("notice").order_by("-id")[:LAST])
        for delivery in deliveries:
            delivery.error = explaining.said(delivery.error)
        suppressed = None
        if subscriber.channel == suppression.CHANNEL:
            suppressed = Suppression.objects.filter(address=subscriber.address).first()
        return {
            "title": str(subscriber),
            "subscriber": subscriber,
            "standing": self.standing(subscriber),
            "hears": hearing.in_words(subscriber),
            "why": explaining.said(subscriber.ended_why),
            "suppressed": suppressed,
            "deliveries": deliveries,
            "whole": subscriber.address if str(subscriber) != subscriber.address else "",
            "may_erase": self.has_erase_permission(request),
            "may_suppress": self.has_suppress_permission(request)
            and subscriber.channel == suppression.CHANNEL,
        }

    def do(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """What a button on the page of one does."""
        subscriber = self.get_object(request, str(pk))
        act = doing.ACTS.get(verb)
        if subscriber is None or act is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(pk))  # type: ignore[attr-defined,no-any-return]
        if not getattr(self, f"has_{act.permission}_permission")(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        doing.do(self, request, act, [subscriber], request.POST.get("reason", ""))
        if verb == "erase":
            return HttpResponseRedirect(reverse("admin:subscribers_subscriber_changelist"))
        return HttpResponseRedirect(reverse("admin:subscribers_subscriber_change", args=[pk]))

    @admin.action(description=gettext_lazy("Unsubscribe"), permissions=["change"])
    def unsubscribe(self, request: HttpRequest, chosen: QuerySet[Subscriber]) -> None:
        """As if each of them had pressed the button."""
        doing.do(self, request, doing.ACTS["unsubscribe"], chosen)

    @admin.action(description=gettext_lazy("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Subscriber]) -> None:
        """Nothing more until it is resumed."""
        doing.do(self, request, doing.ACTS["pause"], chosen)

    @admin.action(description=gettext_lazy("Resume"), permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Subscriber]) -> None:
        """After a pause."""
        doing.do(self, request, doing.ACTS["resume"], chosen)

    @admin.action(description=gettext_lazy("Send a test"), permissions=["change"])
    def send_test(self, request: HttpRequest, chosen: QuerySet[Subscriber]) -> None:
        """To software and chats."""
        doing.do(self, request, doing.ACTS["test"], chosen)

    @admin.action(description=gettext_lazy("Suppress the address"), permissions=["suppress"])
    def suppress(self, request: HttpRequest, chosen: QuerySet[Subscriber]) -> HttpResponse | None:
        """After a question, which asks for the reason."""
        return self._asked_first(request, "suppress", chosen)

    @admin.action(description=gettext_lazy("Erase"), permissions=["erase"])
    def erase(self, request: HttpRequest, chosen: QuerySet[Subscriber]) -> HttpResponse | None:
        """After a question."""
        return self._asked_first(request, "erase", chosen)

    def _asked_first(
        self, request: HttpRequest, verb: str, chosen: QuerySet[Subscriber]
    ) -> HttpResponse | None:
        if "sure" in request.POST:
            doing.do(self, request, doing.ACTS[verb], chosen, request.POST.get("reason", ""))
            return None
        context = {"title": doing.ACTS[verb].title, "verb": verb, "chosen": list(chosen)}
        return self.answer(request, "subscriber/sure", context)
