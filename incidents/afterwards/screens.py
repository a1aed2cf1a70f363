"""The screens to correct and complete what was said. Each is a form; what is refused keeps what was typed.

Here the clock is read.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.afterwards import backfill, correcting, merging, postmortems, times
from incidents.afterwards.forms import (
    AfterForm,
    BackfillForm,
    CorrectForm,
    MergeForm,
    PostmortemForm,
    PublishForm,
    TimesForm,
)
from incidents.composing.desk import asked_page, author_of
from incidents.models import Incident, Maintenance, Postmortem
from incidents.words import PostError
from monitors.models import Page

# Others among which the same incident is looked for.
_OTHERS = 30


class Screens(admin.ModelAdmin[Any]):
    """What the screens share."""

    def _thing(self, request: HttpRequest, pk: int) -> Any:
        thing = get_object_or_404(self.get_queryset(request).select_related("page"), pk=pk)
        if not self.has_change_permission(request, thing):
            raise PermissionDenied
        return thing

    def _place_of(self, thing: Incident | Maintenance) -> str:
        return reverse(f"admin:incidents_{self.opts.model_name}_change", args=[thing.pk])

    def _name(self, end: str) -> str:
        return f"incidents_{self.opts.model_name}_{end}"

    def _tried(self, form: AfterForm, verb: Callable[[], Any]) -> bool:
        """Whether a valid form was done; else it says why not."""
        if not form.is_valid():
            return False
        try:
            verb()
        except PostError as error:
            form.refuse(error)
            return False
        return True

    def _done(self, request: HttpRequest, thing: Any, sentence: str, more: str = "") -> HttpResponse:
        """Says so; `more` is for the log of changes alone."""
        messages.success(request, sentence)
        self.log_change(request, thing, f"{sentence} {more}".strip())
        return HttpResponseRedirect(self._place_of(thing))

    def _show(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "can_view": True}
        return TemplateResponse(request, f"admin/incidents/afterwards/{name}.html", shared | context)


class Correcting(Screens):
    """An update's text can be corrected, of an incident and of a maintenance."""

    def get_urls(self) -> list[URLPattern]:
        """Before those of single ones."""
        view = self.admin_site.admin_view(self.correct_view)
        own = path("<int:pk>/update/<str:update_id>/", view, name=self._name("correct"))
        return [own, *super().get_urls()]

    def correct_view(self, request: HttpRequest, pk: int, update_id: str) -> HttpResponse:
        """What it says, what it said before, and a form."""
        thing = self._thing(request, pk)
        update = get_object_or_404(thing.updates, public_id=update_id)
        form = CorrectForm(thing.page, request.POST or None, update)
        editor, now = author_of(request), timezone.now()
        if self._tried(form, lambda: correcting.correct(update, **form.said(), now=now, editor=editor)):
            return self._done(request, thing, _("Corrected: the page says when."))
        update.refresh_from_db()
        context = {
            "title": _("Correct an update"),
            "form": form,
            "thing": thing,
            "page": thing.page,
            "update": update,
            "revisions": update.revisions.select_related("editor"),
        }
        return self._show(request, "correct", context)


class Afterwards(Correcting):
    """What can be done with an incident beside posting updates."""

    def get_urls(self) -> list[URLPattern]:
        """Before those of single incidents."""
        views = (
            ("past/", self.backfill_view, "backfill"),
            ("<int:pk>/times/", self.times_view, "times"),
            ("<int:pk>/merge/", self.merge_view, "merge"),
            ("<int:pk>/postmortem/", self.postmortem_view, "postmortem"),
            ("<int:pk>/postmortem/publish/", self.publish_view, "publish"),
        )
        own = [
            path(route, self.admin_site.admin_view(view), name=self._name(end)) for route, view, end in views
        ]
        return [*own, *super().get_urls()]

    def backfill_view(self, request: HttpRequest) -> HttpResponse:
        """A past incident, entered without telling anybody."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        title, page = _("Enter a past incident"), asked_page(request)
        if page is None:
            context = {"title": title, "pages": Page.objects.filter(hidden=False)}
            shared = {**self.admin_site.each_context(request), "opts": self.opts, "can_view": True}
            return TemplateResponse(request, "admin/incidents/pages.html", shared | context)
        form = BackfillForm(page, request.POST or None)
        made: list[Incident] = []
        now, author = timezone.now(), author_of(request)
        if self._tried(
            form, lambda: made.append(backfill.backfill(page, **form.said(), now=now, author=author))
        ):
            return self._done(request, made[0], _("Entered: it stands in the history, and nobody was told."))
        return self._show(request, "backfill", {"title": title, "form": form, "page": page})

    def times_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Title, impact, beginning and end, beside what monitors saw."""
        incident, now = self._thing(request, pk), timezone.now()
        seen = times.seen_by_monitors(incident, now)
        form = TimesForm(incident.page, request.POST or None, incident, seen)
        before = times.spoken(incident)
        if self._tried(form, lambda: times.correct(incident, **form.said(), now=now)):
            said = _("Corrected: the page, the history and the uptime follow. Nobody was told.")
            declared = {"before": before, "after": times.spoken(incident)}
            return self._done(request, incident, said, _("Declared: %(before)s → %(after)s") % declared)
        context = {"title": _("Correct title, impact and times"), "form": form, "thing": incident}
        return self._show(request, "times", context | {"page": incident.page})

    def merge_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Which incident it is the same as."""
        incident = self._thing(request, pk)
        others = Incident.objects.filter(page=incident.page_id).exclude(pk=incident.pk)
        nearest = [row.pk for row in others.order_by("-started_at", "-pk")[:_OTHERS]]
        form = MergeForm(incident.page, request.POST or None, others.filter(pk__in=nearest))
        into: list[Incident] = []
        if self._tried(
            form,
            lambda: into.append(merging.merge(incident, form.cleaned_data["into"], timezone.now())),
        ):
            return self._done(
                request, into[0], _("Merged: readers of “%(title)s” are led here.") % {"title": incident}
            )
        context = {"title": _("Merge a duplicate"), "form": form, "thing": incident, "page": incident.page}
        return self._show(request, "merge", context)

    def postmortem_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The draft, its review, and the button to publish it."""
        incident = self._thing(request, pk)
        found = Postmortem.objects.filter(incident=incident).select_related("author", "update").first()
        form = PostmortemForm(incident.page, request.POST or None, found)
        author, now = author_of(request), timezone.now()
        review = "review" in request.POST
        if self._tried(
            form,
            lambda: postmortems.save(incident, **form.said(), for_review=review, now=now, author=author),
        ):
            said = _("Given to review.") if review else _("The draft of the postmortem is saved.")
            messages.success(request, said)
            return HttpResponseRedirect(request.get_full_path())
        return self._postmortem(request, incident, found, form, PublishForm(incident.page, None, found))

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Publishes what was reviewed."""
        incident = self._thing(request, pk)
        found = Postmortem.objects.filter(incident=incident).select_related("author", "update").first()
        form = PublishForm(incident.page, request.POST or None, found)
        reviewer, now = author_of(request), timezone.now()
        if self._tried(
            form, lambda: postmortems.publish(incident, **form.said(), now=now, reviewer=reviewer)
        ):
            return self._done(request, incident, _("The postmortem is published."))
        return self._postmortem(request, incident, found, PostmortemForm(incident.page, None, found), form)

    def _postmortem(
        self,
        request: HttpRequest,
        incident: Incident,
        found: Postmortem | None,
        form: PostmortemForm,
        publish: PublishForm,
    ) -> HttpResponse:
        context = {
            "title": _("Postmortem"),
            "form": form,
            "publish": publish,
            "thing": incident,
            "page": incident.page,
            "postmortem": found,
            "present": found if form.errors else None,
        }
        return self._show(request, "postmortem", context)
