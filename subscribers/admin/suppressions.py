"""The suppression list in the admin: who is never written to, why and since when; staff bar and lift."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from subscribers import suppression
from subscribers.admin.lists import PostRoomAdmin
from subscribers.channels import CHANNELS
from subscribers.channels.base import AddressError
from subscribers.means import means
from subscribers.models import Suppression
from subscribers.staff import hearing


class SuppressionForm(forms.ModelForm[Suppression]):
    """An address, and why."""

    class Meta:
        model = Suppression
        fields = ("address", "detail")

    detail = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("Who asked for it, and when: for the day when somebody asks."),
    )

    def clean_address(self) -> str:
        """In the form in which it is written to."""
        try:
            return CHANNELS[suppression.CHANNEL].clean(self.cleaned_data["address"], means(settings))
        except AddressError as error:
            raise forms.ValidationError(_(str(error))) from None


@admin.register(Suppression)
class SuppressionAdmin(PostRoomAdmin[Suppression]):
    """Addresses that are never written to again."""

    form = SuppressionForm
    list_display = ("address", "why", "detail", "since")
    list_filter = ("reason",)
    search_fields = ("address",)
    search_help_text = gettext_lazy("A part of the address. How it begins, up to the @, is found fastest.")
    actions = ("lift",)
    change_list_template = "admin/subscribers/suppression/change_list.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Staff may bar an address."""
        return request.user.has_perm("subscribers.add_suppression")

    def has_change_permission(self, request: HttpRequest, obj: Suppression | None = None) -> bool:
        """What was said stays; it is lifted as a whole."""
        return False

    def has_lift_permission(self, request: HttpRequest) -> bool:
        """Whoever may delete."""
        return request.user.has_perm("subscribers.delete_suppression")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list under its own name."""
        return super().changelist_view(request, {"title": _("Suppression list")} | (extra_context or {}))

    def get_fields(self, request: HttpRequest, obj: Suppression | None = None) -> Any:
        """What is asked, or all there is to see."""
        return ("address", "detail") if obj is None else ("address", "why", "detail", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nothing of a new one."""
        return () if obj is None else ("address", "why", "detail", "created_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Suppression], search_term: str
    ) -> tuple[QuerySet[Suppression], bool]:
        """As subscribers are found."""
        return hearing.found(queryset, search_term), False

    @admin.display(description=gettext_lazy("why"))
    def why(self, barred: Suppression) -> str:
        """The reason by its name."""
        return barred.get_reason_display()

    @admin.display(description=gettext_lazy("since"))
    def since(self, barred: Suppression) -> str:
        """The day."""
        return date_format(barred.created_at, pgettext("format of a day", "j M Y"))

    def save_model(self, request: HttpRequest, obj: Suppression, form: Any, change: bool) -> None:
        """Ends their subscriptions, too."""
        ended = suppression.suppress(obj.address, Suppression.Reason.STAFF, obj.detail, timezone.now())
        saved = Suppression.objects.get(address=obj.address)
        obj.pk, obj.reason, obj.created_at = saved.pk, saved.reason, saved.created_at
        if ended:
            told = ngettext("%(number)d subscription ended.", "%(number)d subscriptions ended.", ended)
            messages.info(request, told % {"number": ended})

    @admin.action(description=gettext_lazy("Lift: they may subscribe again"), permissions=["lift"])
    def lift(self, request: HttpRequest, chosen: QuerySet[Suppression]) -> None:
        """Nobody is subscribed by it."""
        number = 0
        for barred in chosen:
            self.log_deletions(request, Suppression.objects.filter(pk=barred.pk))
            number += suppression.lift(barred.address)
        told = ngettext(
            "%(number)d address may subscribe again.", "%(number)d addresses may subscribe again.", number
        )
        self.message_user(request, told % {"number": number}, messages.SUCCESS)
