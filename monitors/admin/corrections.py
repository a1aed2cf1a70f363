"""Corrections of uptime for staff: what was corrected, and two screens that show the digits before they save.

What is saved stays: it can be taken back by another correction, never changed or deleted. Here the clock is
read.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitors import bell, showing
from monitors.admin.against import Against, against
from monitors.admin.telling import PUBLISH
from monitors.forms.corrections import CorrectionForm, TakeBackForm, mark
from monitors.models import STATUS_LABELS, Component, Correction, localized
from monitors.proving import corrected, corrections, touched
from monitors.proving.proof import EntryValue
from monitors.status import Status


@admin.register(Correction)
class CorrectionAdmin(admin.ModelAdmin[Correction]):
    """What staff corrected of uptime, the newest first."""

    list_display = ["__str__", "component", "what", "when", "author", "written", "standing"]
    list_filter = ["component__page"]
    list_select_related = ["component__page", "author", "taken_back", "takes_back"]
    search_fields = ["component__name_en", "component__name_fr", "reason_en", "reason_fr"]
    list_per_page = 100
    # None is deleted but with its component.
    actions = None

    class Media:
        css = {"all": ["admin-statuspage/lists.css"]}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Correction]:
        """Without what belongs to a drill."""
        return super().get_queryset(request).filter(component__page__hidden=False)

    def get_urls(self) -> list[URLPattern]:
        """With the screen to take one back."""
        view = self.admin_site.admin_view(self.take_back_view)
        return [
            path("<int:pk>/take-back/", view, name="monitors_correction_take_back"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("status"))
    def what(self, correction: Correction) -> SafeString | str:
        """What it says the time was."""
        if correction.takes_back_id:
            return _("takes correction %(number)d back") % {"number": correction.takes_back_id}
        return showing.badge(correction.status, STATUS_LABELS[Status(correction.status)])

    @admin.display(description=gettext_lazy("from – until"))
    def when(self, correction: Correction) -> str:
        """In the page's zone."""
        zone = correction.component.page.time_zone
        return f"{showing.moment(correction.start, zone)} – {showing.moment(correction.end, zone)}"

    @admin.display(description=gettext_lazy("made at"), ordering="made_at")
    def written(self, correction: Correction) -> str:
        """In the page's zone."""
        return showing.moment(correction.made_at, correction.component.page.time_zone)

    @admin.display(description=gettext_lazy("counts"))
    def standing(self, correction: Correction) -> str:
        """Whether it was taken back."""
        later = getattr(correction, "taken_back", None)
        return _("taken back by correction %(number)d") % {"number": later.pk} if later else _("yes")

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The ledger keeps them."""
        raise PermissionDenied

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """First the component, then the form: times are told on the clock of its page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        asked = request.GET.get("component", "")
        components = (
            Component.objects.filter(page__hidden=False)
            .select_related("page")
            .order_by(*showing.AS_ON_THE_PAGE)
        )
        component = components.filter(pk=int(asked)).first() if _is_number(asked) else None
        if component is None:
            context = {"title": _("Correct uptime: of which component?"), "components": components}
            return self._show(request, "choose", context)
        given = {name: request.GET.get(name, "") for name in ("start", "end", "status")}
        form = CorrectionForm(component, request.POST or None, initial=given)
        counted = against(component, timezone.now())
        return self._ask(request, form, component, _("Correct uptime"), counted)

    def take_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Why it is taken back, and the digits without it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).select_related("component__page")
        correction = get_object_or_404(found, pk=pk)
        form = TakeBackForm(correction, request.POST or None)
        return self._ask(request, form, correction.component, _("Take a correction back"), (), correction)

    def _ask(
        self,
        request: HttpRequest,
        form: CorrectionForm | TakeBackForm,
        component: Component,
        title: str,
        counted: tuple[Against, ...],
        correction: Correction | None = None,
    ) -> HttpResponse:
        """The form, then with its digits, then it is saved if those are still the digits."""
        entries, made = self._tried(request, form)
        if made is not None:
            messages.success(request, _("Corrected: the page shows why, and the digits before and after."))
            bell.ring(PUBLISH)
            self.log_addition(request, made, str(made))
            return HttpResponseRedirect(reverse("admin:monitors_correction_change", args=[made.pk]))
        context = {
            "title": title,
            "form": form,
            "component": component,
            "page": component.page,
            "entries": entries,
            "correction": correction,
            "counted": counted,
        }
        return self._show(request, "form", context)

    def _tried(
        self, request: HttpRequest, form: CorrectionForm | TakeBackForm
    ) -> tuple[tuple[EntryValue, ...], Correction | None]:
        if not form.is_valid():
            return (), None
        now, wanted = timezone.now(), form.wanted()
        try:
            entries = corrections.preview(wanted, now)
            if request.POST.get("do") == "save" and form.cleaned_data["seen"] == mark(wanted, entries):
                author: Any = request.user
                made = corrections.correct(wanted, **form.reasons(), author=author, now=now, seen=entries)
                return entries, made
        except touched.CorrectionError as error:
            form.refuse(error)
            return (), None
        form.show(mark(wanted, entries))
        return entries, None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What it says, why, and what it changed."""
        if request.method != "GET" or not self.has_view_or_change_permission(request):
            raise PermissionDenied
        correction = self.get_object(request, object_id)
        if correction is None:
            raise Http404
        zone = correction.component.page.time_zone
        context = {
            "title": str(correction),
            "correction": correction,
            "entries": corrected.entries([correction.pk])[correction.pk],
            "what": self.what(correction),
            "when": self.when(correction),
            "written": showing.moment(correction.made_at, zone),
            "reason": localized(correction.reason_en, correction.reason_fr),
            "later": getattr(correction, "taken_back", None),
            "may_take_back": self.has_add_permission(request) and bool(correction.status),
        }
        return self._show(request, "detail", context)

    def _show(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "can_view": True}
        return TemplateResponse(request, f"admin/monitors/correction/{name}.html", shared | context)


def _is_number(asked: str) -> bool:
    return asked.isascii() and asked.isdigit() and len(asked) < 19
