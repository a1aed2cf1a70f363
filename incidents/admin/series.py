"""The screens of recurring maintenances for staff: the list, one form for all of it, an end.

Whoever may not see or change them does not get there. What is announced is posted only by the verbs of
`series`. Here the clock is read.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from incidents import occurrences, series
from incidents.composing.desk import asked_page, author_of
from incidents.models import Series
from incidents.occurrences import Followed
from incidents.recurring.spoken import sentence
from incidents.series import Announced
from incidents.series_form import SHOWN, SeriesForm
from incidents.templatetags.console import badge, moment
from incidents.words import PostError
from monitors.models import Page


@admin.register(Series)
class SeriesAdmin(admin.ModelAdmin[Series]):
    """What comes again, and by which rule."""

    actions = None
    change_list_template = "admin/incidents/change_list.html"
    list_display = ("__str__", "repeats", "state", "upcoming", "page")
    list_select_related = ("page",)
    search_fields = ("title_en", "title_fr")
    begin_title = _("Add a recurring maintenance")

    def has_delete_permission(self, request: HttpRequest, obj: Series | None = None) -> bool:
        """Never: it is ended, and what was announced stays said."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Series]:
        """Without what belongs to a drill."""
        return super().get_queryset(request).filter(page__hidden=False)

    def get_urls(self) -> list[URLPattern]:
        """Before those of single ones."""
        end, resume = (
            self.admin_site.admin_view(require_POST(view)) for view in (self.end_view, self.resume_view)
        )
        return [
            path("<int:key>/end/", end, name="incidents_series_end"),
            path("<int:key>/resume/", resume, name="incidents_series_resume"),
            *super().get_urls(),
        ]

    @admin.display(description=_("repeats"))
    def repeats(self, one: Series) -> str:
        """Its rule in a sentence."""
        return sentence(one.rule, one.first_date)

    @admin.display(description=_("status"))
    def state(self, one: Series) -> SafeString:
        """Whether it goes on."""
        if one.enabled and one.due_at is not None:
            return badge("maintenance", gettext("goes on"))
        return badge("none", gettext("ended"))

    @admin.display(description=_("next time"))
    def upcoming(self, one: Series) -> str:
        """When it takes place next, by its rule."""
        at = next(iter(_next(one, timezone.now(), 1)), None)
        return moment(at, one.page.time_zone) if at else ""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list under its own name."""
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, "begin_title": self.begin_title})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The form to begin, once it is known on which page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        page = asked_page(request)
        if page is None:
            pages = Page.objects.filter(hidden=False)
            return self._answer(request, "pages", {"title": self.begin_title, "pages": pages})
        form = SeriesForm(page, request.POST or None)

        def begin() -> tuple[Series, str]:
            begun = series.begin(page, form.plan(), timezone.now())
            return begun, _added(series.waiting(begun))

        return self._edit(request, form, begin, {"title": self.begin_title, "page": page})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form with what it is now, and what is announced of it."""
        one = self.get_object(request, object_id)
        if one is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        if not self.has_view_or_change_permission(request, one):
            raise PermissionDenied
        context = {"title": str(one), "page": one.page, "thing": one} | _about(one)
        if not self.has_change_permission(request, one):
            if request.method == "POST":
                raise PermissionDenied
            return self._answer(request, "series/form", context)
        form = SeriesForm(one.page, request.POST or None, one)

        def change() -> tuple[Series, str]:
            follow = Announced(form.cleaned_data["follow"])
            seen = _seen(form.cleaned_data["seen"])
            done = series.change(one, form.plan(), follow, timezone.now(), author_of(request), seen)
            return one, " ".join((gettext("Saved."), _followed(done)))

        return self._edit(request, form, change, context)

    def _edit(
        self,
        request: HttpRequest,
        form: SeriesForm,
        verb: Callable[[], tuple[Series, str]],
        context: dict[str, Any],
    ) -> HttpResponse:
        """Shows the form, the next dates of what it says, or does it."""
        preview = None
        if form.is_valid():
            try:
                preview = form.preview(timezone.now())
                if "preview" not in request.POST:
                    return self._done(request, *verb())
            except series.ChangedMeanwhile as error:
                form.see(series.present(context["thing"]))
                form.refuse(error)
            except PostError as error:
                form.refuse(error)
        shown = {"form": form, "preview": preview, "previewed": "preview" in request.POST}
        return self._answer(request, "series/form", context | shown)

    def _done(self, request: HttpRequest, one: Series, told: str) -> HttpResponse:
        messages.success(request, told)
        log = self.log_addition if one.created_at == one.updated_at else self.log_change
        log(request, one, told)
        return HttpResponseRedirect(reverse("admin:incidents_series_change", args=[one.pk]))

    def end_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Nothing more of it is announced."""
        one = self._held(request, key)
        follow = Announced.FOLLOW if request.POST.get("follow") == Announced.FOLLOW else Announced.KEEP
        done = series.end(one, follow, timezone.now(), author_of(request))
        return self._done(
            request, one, " ".join((gettext("Ended: nothing more is announced."), _followed(done)))
        )

    def resume_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """It goes on."""
        one = self._held(request, key)
        try:
            series.resume(one, timezone.now())
        except PostError as error:
            messages.error(request, error.sentence)
            return HttpResponseRedirect(reverse("admin:incidents_series_change", args=[one.pk]))
        return self._done(request, one, gettext("It goes on."))

    def _held(self, request: HttpRequest, key: int) -> Series:
        one = get_object_or_404(self.get_queryset(request), pk=key)
        if not self.has_change_permission(request, one):
            raise PermissionDenied
        return one

    def _answer(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "can_view": self.has_view_permission(request),
        }
        return TemplateResponse(request, f"admin/incidents/{name}.html", shared | context)


def _next(one: Series, now: datetime, number: int) -> list[datetime]:
    """The next starts by its rule; none where it was ended, or can no longer be read."""
    try:
        found = occurrences.starts(one, now) if one.enabled else ()
        return [at for at, _number in zip(found, range(number), strict=False)]
    except PostError:
        return []


def _about(one: Series) -> dict[str, Any]:
    """What it says, and which of it is announced."""
    coming = one.maintenances.order_by("scheduled_for").filter(scheduled_until__gte=timezone.now())
    return {
        "sentence": sentence(one.rule, one.first_date),
        "upcoming": _next(one, timezone.now(), SHOWN),
        "occurrences": coming[:30],
        "components": one.components.all(),
        "waiting": series.waiting(one),
    }


def _seen(text: str) -> datetime:
    """When the series was changed last as the form saw it; never, where the form is damaged."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise series.ChangedMeanwhile from None


def _added(number: int) -> str:
    told = ngettext("%(number)d maintenance is announced.", "%(number)d maintenances are announced.", number)
    return " ".join((gettext("Saved."), told % {"number": number}))


def _followed(done: Followed) -> str:
    parts = []
    if done.changed:
        said = ngettext(
            "%(number)d announced one changed.", "%(number)d announced ones changed.", done.changed
        )
        parts.append(said % {"number": done.changed})
    if done.cancelled:
        said = ngettext(
            "%(number)d announced one cancelled.", "%(number)d announced ones cancelled.", done.cancelled
        )
        parts.append(said % {"number": done.cancelled})
    return " ".join(parts)
