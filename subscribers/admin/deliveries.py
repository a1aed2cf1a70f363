"""Deliveries in the admin: what became of each, and what failed for good, explained and tried again.

Its table is the longest there is: every list stands in an index, so states that have none are listed for one
notice alone.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from monitors import bell
from monitors.showing import moment
from subscribers import records
from subscribers.admin.lists import HEAVY, PostRoomAdmin
from subscribers.models import Delivery, DeliveryState, Notice, Subscriber
from subscribers.staff import board, explaining, hearing, looks

# Reasons are looked for among so many of the newest failures.
NEWEST = 20_000
# Subscribers whose address is searched for.
FOUND = 1_000


class StateFilter(admin.SimpleListFilter):
    """By state: what waits and what failed, everywhere; the others, of one notice."""

    title = gettext_lazy("state")
    parameter_name = "state__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Those that an index knows."""
        listed = DeliveryState if request.GET.get("notice") else (DeliveryState.DEAD, DeliveryState.PENDING)
        return [(state.value, state.label) for state in listed]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Those in the chosen state."""
        return queryset.filter(state=self.value()) if self.value() else queryset


class NoticeFilter(admin.SimpleListFilter):
    """Of one notice; it comes from the notice's own page, and can only be taken off here."""

    title = gettext_lazy("notice")
    parameter_name = "notice"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The one that was asked for."""
        asked = request.GET.get("notice", "")
        return [(asked, asked)] if asked.isascii() and asked.isdigit() else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Those of the notice."""
        return queryset.filter(notice=int(str(self.value())[:18])) if self.value() else queryset


class ChannelFilter(admin.SimpleListFilter):
    """By channel, of what is not all there is."""

    title = gettext_lazy("channel")
    parameter_name = "channel__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Only beside a filter that an index knows."""
        beside = request.GET.get("notice") or request.GET.get("state__exact")
        return list(Delivery._meta.get_field("channel").flatchoices) if beside else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Those of the channel."""
        return queryset.filter(channel=self.value()) if self.value() else queryset


@admin.register(Delivery)
class DeliveryAdmin(PostRoomAdmin[Delivery]):
    """What became of each notice for each subscriber."""

    list_display = ("recipient", "standing", "reason", "what", "way", "attempts", "when")
    list_filter = (NoticeFilter, StateFilter, ChannelFilter)
    list_select_related = ("subscriber", "notice__page")
    search_fields = ("subscriber__address",)
    search_help_text = gettext_lazy("A part of the subscriber’s address.")
    actions = ("retry",)
    change_list_template = "admin/subscribers/delivery/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Without the subscriber's secrets, and without what belongs to a drill."""
        drills = Notice.objects.filter(page__hidden=True).values("pk")
        found = super().get_queryset(request).exclude(notice_id__in=drills)
        secrets = ("subscriber__secret", "subscriber__previous_secret")
        return found.defer(*secrets, *(f"notice__{field}" for field in HEAVY))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The newest first; those of one notice as the index has them, which a million others are not in."""
        return ("-subscriber_id",) if request.GET.get("notice") else ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        """First the subscribers, then what is theirs."""
        if not search_term.strip():
            return queryset, False
        theirs = hearing.found(Subscriber.objects.order_by(), search_term).values_list("pk", flat=True)
        return queryset.filter(subscriber__in=list(theirs[:FOUND])), False

    def get_urls(self) -> list[URLPattern]:
        """With the button that tries again."""
        view = self.admin_site.admin_view(self.again)
        return [path("again/", view, name="subscribers_delivery_again"), *super().get_urls()]

    @admin.display(description=gettext_lazy("subscriber"))
    def recipient(self, delivery: Delivery) -> str:
        """Whom it is for, as far as staff may see it."""
        return str(delivery.subscriber)

    @admin.display(description=gettext_lazy("notice"))
    def what(self, delivery: Delivery) -> str:
        """What it tells."""
        return looks.title_of(delivery.notice)

    @admin.display(description=gettext_lazy("channel"))
    def way(self, delivery: Delivery) -> str:
        """The channel by its name."""
        return delivery.get_channel_display()

    @admin.display(description=gettext_lazy("state"))
    def standing(self, delivery: Delivery) -> str:
        """The state as a badge."""
        return looks.of_delivery(delivery)

    @admin.display(description=gettext_lazy("when"))
    def when(self, delivery: Delivery) -> str:
        """When it ended, or when it is tried next: in the page's zone, as everywhere in the console."""
        return moment(delivery.finished_at or delivery.due_at, delivery.notice.page.time_zone)

    @admin.display(description=gettext_lazy("last error"))
    def reason(self, delivery: Delivery) -> str:
        """Why it has not arrived: ours in the reader's language, the other side's as it was said."""
        return explaining.said(delivery.error)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the reasons on top where only failures are listed."""
        context: dict[str, Any] = {"title": _("Deliveries")}
        dead = request.GET.get("state__exact") == DeliveryState.DEAD
        if dead and not request.GET.get("notice") and request.method == "GET":
            newest = board.dead().order_by("-id").values("pk")[:NEWEST]
            failures = board.failures(Delivery.objects.filter(pk__in=newest))
            context |= {
                "title": _("What failed for good"),
                "dead": True,
                "failures": explained(failures),
                "number": sum(failure.number for failure in failures),
                "may_change": self.has_change_permission(request),
            }
        return super().changelist_view(request, context | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One delivery, explained."""
        delivery = self.get_object(request, object_id)
        if delivery is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.has_view_or_change_permission(request, delivery):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        failed = delivery.state == DeliveryState.DEAD
        context = {
            "title": f"{delivery.subscriber} · {delivery.notice}",
            "delivery": delivery,
            "standing": self.standing(delivery),
            "failed": failed,
            "reason": self.reason(delivery),
            "explanation": _explained(delivery.channel, delivery.error) if failed else None,
        }
        return self.answer(request, "delivery/detail", context)

    def again(self, request: HttpRequest) -> HttpResponse:
        """Starts anew with one failure, with those of a reason, of a notice, or with all."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        notice, one = _number(request, "notice"), _number(request, "delivery")
        chosen = board.dead(notice, request.POST.get("channel"), request.POST.get("reason"))
        if one is not None:
            chosen = Delivery.objects.filter(pk=one)
        retry(self, request, chosen)
        if notice is not None:
            return HttpResponseRedirect(reverse("admin:subscribers_notice_change", args=[notice]))
        if one is not None:
            return HttpResponseRedirect(reverse("admin:subscribers_delivery_change", args=[one]))
        return HttpResponseRedirect(reverse("admin:subscribers_delivery_changelist") + "?state__exact=dead")

    @admin.action(description=gettext_lazy("Try again"), permissions=["change"])
    def retry(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """The dead ones among the chosen."""
        retry(self, request, Delivery.objects.filter(pk__in=list(chosen.values_list("pk", flat=True))))


def explained(failures: list[board.Failure]) -> list[dict[str, Any]]:
    """Failures with what is behind them, in the reader's language."""
    return [
        {
            "failure": failure,
            "channel": _(str(dict(Delivery._meta.get_field("channel").flatchoices).get(failure.channel, ""))),
            "said": explaining.said(failure.reason),
            **_explained(failure.channel, failure.reason),
        }
        for failure in failures
    ]


def _explained(channel: str, error: str) -> dict[str, str]:
    found = explaining.explain(channel, error)
    return {"what": _(found.what), "do": _(found.do)}


def retry(where: Any, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
    """Start anew with those that failed among these, and say how many that are."""
    number = records.retry_all(deliveries, timezone.now())
    board.look_again()
    bell.ring("subscribers.tasks.send")
    sentence = ngettext(
        "%(number)d delivery is tried again.", "%(number)d deliveries are tried again.", number
    )
    where.message_user(request, sentence % {"number": number}, messages.SUCCESS)


def _number(request: HttpRequest, name: str) -> int | None:
    said = request.POST.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None
