"""The post room in the admin: who is subscribed, what was told, what failed and may be tried again.

Staff look and decide; nothing here is typed in, and a secret is never shown.
"""

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from monitors import bell
from subscribers import records, signup
from subscribers.models import Delivery, DeliveryState, Notice, Subscriber


class _ReadOnly:
    """Rows that only the post room writes."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody types them in."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything that is shown."""
        return self.fields  # type: ignore[attr-defined]


@admin.register(Subscriber)
class SubscriberAdmin(_ReadOnly, admin.ModelAdmin[Subscriber]):
    """Who wants to be told."""

    list_display = ["address", "channel", "page", "state", "language", "confirmed_at"]
    list_filter = ["state", "channel", "page", "language"]
    list_select_related = ["page"]
    search_fields = ["address"]
    fields = [
        "page",
        "channel",
        "address",
        "state",
        "language",
        "everything",
        "chosen",
        "created_at",
        "confirmed_at",
        "ended_at",
    ]
    actions = ["unsubscribe"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscriber]:
        """Without the secret: no page of the admin has a use for it."""
        return super().get_queryset(request).defer("secret")

    @admin.display(description=_("components"))
    def chosen(self, subscriber: Subscriber) -> str:
        """The components that were chosen by name."""
        return ", ".join(str(component) for component in subscriber.components.all())

    @admin.action(description=_("Unsubscribe"), permissions=["change"])
    def unsubscribe(self, request: HttpRequest, chosen: QuerySet[Subscriber]) -> None:
        """As if each of them had pressed the button."""
        for public_id in chosen.values_list("public_id", flat=True):
            signup.leave(public_id, timezone.now())


@admin.register(Notice)
class NoticeAdmin(_ReadOnly, admin.ModelAdmin[Notice]):
    """What was told, and how far it got."""

    list_display = ["event", "subject", "page", "created_at", "waiting", "sent", "failed", "cancelled"]
    list_filter = ["event", "page"]
    list_select_related = ["page"]
    search_fields = ["subject"]
    fields = ["event", "subject", "page", "created_at", "waiting", "sent", "failed", "cancelled", "content"]
    actions = ["retry"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        """With the number of deliveries in each state."""
        return (
            super()
            .get_queryset(request)
            .annotate(
                **{
                    f"in_{state.value}": Count("deliveries", filter=Q(deliveries__state=state))
                    for state in DeliveryState
                }
            )
        )

    @admin.display(description=_("waiting"))
    def waiting(self, notice: Any) -> int:
        """Deliveries that are still to come."""
        return int(notice.in_pending)

    @admin.display(description=_("sent"))
    def sent(self, notice: Any) -> int:
        """Deliveries that arrived."""
        return int(notice.in_sent)

    @admin.display(description=_("failed"))
    def failed(self, notice: Any) -> int:
        """Deliveries that were given up."""
        return int(notice.in_dead)

    @admin.display(description=_("cancelled"))
    def cancelled(self, notice: Any) -> int:
        """Deliveries that something newer made pointless, or that nobody wants any more."""
        return int(notice.in_cancelled)

    @admin.display(description=_("content"))
    def content(self, notice: Notice) -> str:
        """What it says, as stored."""
        return format_html("<pre>{}</pre>", json.dumps(notice.payload, ensure_ascii=False, indent=2))

    @admin.action(description=_("Try failed deliveries again"), permissions=["change"])
    def retry(self, request: HttpRequest, chosen: QuerySet[Notice]) -> None:
        """All of the chosen notices' dead ones."""
        _retry(self, request, Delivery.objects.filter(notice__in=chosen.values("pk")))


@admin.register(Delivery)
class DeliveryAdmin(_ReadOnly, admin.ModelAdmin[Delivery]):
    """What became of each notice for each subscriber."""

    list_display = ["recipient", "what", "channel", "state", "attempts", "due_at", "finished_at", "reason"]
    list_filter = ["state", "channel"]
    list_select_related = ["subscriber", "notice"]
    search_fields = ["subscriber__address"]
    fields = ["recipient", "what", "channel", "state", "attempts", "due_at", "finished_at", "reason"]
    actions = ["retry"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Without the subscriber's secret."""
        return super().get_queryset(request).defer("subscriber__secret")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was told stays on record."""
        return False

    @admin.display(description=_("subscriber"), ordering="subscriber")
    def recipient(self, delivery: Delivery) -> str:
        """Whom it is for."""
        return delivery.subscriber.address

    @admin.display(description=_("notice"), ordering="notice")
    def what(self, delivery: Delivery) -> str:
        """What it tells."""
        return str(delivery.notice)

    @admin.display(description=_("last error"))
    def reason(self, delivery: Delivery) -> str:
        """Why it has not arrived: ours in the reader's language, the other side's as it was said."""
        return gettext(delivery.error) if delivery.error else ""

    @admin.action(description=_("Try again"), permissions=["change"])
    def retry(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        """The dead ones among the chosen."""
        _retry(self, request, chosen)


def _retry(where: Any, request: HttpRequest, deliveries: QuerySet[Delivery]) -> None:
    dead = list(deliveries.filter(state=DeliveryState.DEAD).values_list("pk", flat=True))
    number = records.retry(dead, timezone.now())
    bell.ring("subscribers.tasks.send")
    sentence = ngettext(
        "%(number)d delivery is tried again.", "%(number)d deliveries are tried again.", number
    )
    where.message_user(request, sentence % {"number": number}, messages.SUCCESS)
