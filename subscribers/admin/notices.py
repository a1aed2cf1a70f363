"""Notices in the admin: how far each has come on each channel, what failed and why, a test to oneself."""

import json
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitors.showing import moment
from subscribers.admin.deliveries import explained, retry
from subscribers.admin.lists import HEAVY
from subscribers.admin.trying import TryPages
from subscribers.models import Delivery, DeliveryState, Notice
from subscribers.staff import board, looks

# Seconds after which the board looks again: counting a great many takes a moment itself.
QUICKLY, SLOWLY = 3, 20


class EventFilter(admin.SimpleListFilter):
    """What happened, in words: those of which there can be a notice."""

    title = gettext_lazy("event")
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every event that is news."""
        return [(event, _(words)) for event, words in looks.EVENTS.items() if event not in board.PERSONAL]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        """The notices of one event."""
        return queryset.filter(event=self.value()) if self.value() else queryset


@admin.register(Notice)
class NoticeAdmin(TryPages):
    """What was told, and how far it got."""

    list_display = (
        "heading",
        "happened",
        "page",
        "written",
        "told",
        "waiting",
        "failed",
        "brief",
    )
    list_display_links = ("heading",)
    list_filter = (EventFilter, "page")
    list_per_page = 20
    search_fields = ("subject",)
    search_help_text = gettext_lazy("What it is about, such as incident:abcdefghijkl.")
    actions = ("retry",)
    change_list_template = "admin/subscribers/notice/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        """News: what one subscriber alone was asked is on that subscriber's page; nothing of a drill."""
        news = super().get_queryset(request).exclude(event__in=board.PERSONAL).filter(page__hidden=False)
        return news.select_related("page").defer(*HEAVY)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With the number of deliveries, for the notices on this page of the list alone."""
        changes = super().get_changelist_instance(request)
        shown = list(changes.result_list)
        found = board.totals(shown)
        for notice in shown:
            notice.total = found[notice.pk]
        changes.result_list = shown
        return changes

    def get_urls(self) -> list[URLPattern]:
        """With the part of the page that follows what happens."""
        view = self.admin_site.admin_view(self.board_view)
        return [path("<int:pk>/board/", view, name="subscribers_notice_board"), *super().get_urls()]

    @admin.display(description=gettext_lazy("notice"))
    def heading(self, notice: Notice) -> str:
        """The title of what it tells, or what it is about."""
        return looks.title_of(notice)

    @admin.display(description=gettext_lazy("event"), ordering="event")
    def happened(self, notice: Notice) -> str:
        """Its event in words."""
        return looks.event_words(notice.event)

    @admin.display(description=gettext_lazy("Written"))
    def written(self, notice: Notice) -> str:
        """When, in the page's zone."""
        return moment(notice.created_at, notice.page.time_zone)

    @admin.display(description=gettext_lazy("deliveries"))
    def told(self, notice: Any) -> int:
        """For how many it was written."""
        return self._total(notice).told

    @admin.display(description=gettext_lazy("waiting"))
    def waiting(self, notice: Any) -> int:
        """Deliveries that are still to come."""
        return self._total(notice).waiting

    @admin.display(description=gettext_lazy("failed"))
    def failed(self, notice: Any) -> int:
        """Deliveries that were given up."""
        return self._total(notice).failed

    @admin.display(description=gettext_lazy("deliveries"))
    def brief(self, notice: Any) -> str:
        """All of that in one cell, where there is no room for columns."""
        total = self._total(notice)
        parts = {DeliveryState.PENDING: total.waiting, DeliveryState.DEAD: total.failed}
        rest = [f"{number} {state.label}" for state, number in parts.items() if number]
        return " · ".join([_("deliveries: %(number)s") % {"number": total.told}, *rest])

    def _total(self, notice: Any) -> board.Total:
        total: board.Total = notice.total
        return total

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list under its own name."""
        return super().changelist_view(request, {"title": _("Notices")} | (extra_context or {}))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The board of a notice."""
        notice = self.get_object(request, object_id)
        if notice is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.has_view_or_change_permission(request, notice):
            raise PermissionDenied
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        context = self._board(request, notice, timezone.now()) | {
            "title": self.heading(notice),
            "content": json.dumps(notice.payload, ensure_ascii=False, indent=2),
            **self.trial(request, notice),
        }
        return self.answer(request, "notice/detail", context)

    def board_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The board alone, for the page that shows it already."""
        notice = self.get_object(request, str(pk))
        if notice is None or not self.has_view_permission(request, notice):
            raise PermissionDenied
        return self.answer(request, "notice/board", self._board(request, notice, timezone.now()))

    def _board(self, request: HttpRequest, notice: Notice, now: datetime) -> dict[str, Any]:
        progress = board.progress(notice.pk, now)
        together = progress[-1] if progress else None
        failures = board.failures(board.dead(notice.pk)) if together and together.failed else []
        return {
            "notice": notice,
            "now": now,
            "zone": notice.page.time_zone,
            "together": together,
            "pause": QUICKLY if together is None or together.number < board.MANY else SLOWLY,
            "channels": [(each, _(each.label) if each.channel else _("All channels")) for each in progress],
            "failures": explained(failures),
            "may_retry": request.user.has_perm("subscribers.change_delivery"),
            "may_see": request.user.has_perm("subscribers.view_delivery"),
        }

    @admin.action(description=gettext_lazy("Try failed deliveries again"), permissions=["retry"])
    def retry(self, request: HttpRequest, chosen: QuerySet[Notice]) -> None:
        """All of the chosen notices' dead ones."""
        notices = list(chosen.values_list("pk", flat=True))
        retry(self, request, Delivery.objects.filter(notice__in=notices))

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whoever may change deliveries."""
        return request.user.has_perm("subscribers.change_delivery")
