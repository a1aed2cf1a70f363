"""How a person posts from the admin: a form to begin, a page to go on, one answer to every refusal.

What was typed comes back with the reason; what was posted is answered by a redirect, so that a
reload never posts again, and its draft is gone with the same commit. Only the verbs of `post` write.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from incidents import telling
from incidents.composing import drafts, gone, meanwhile
from incidents.composing.desk import Desk, asked_page, author_of
from incidents.composing.keeping import Keeping
from incidents.holding import Holding
from incidents.models import Incident, Maintenance
from incidents.post import AlreadyPosted, PostError
from incidents.typed import PostForm
from monitors.models import Page

Thing = TypeVar("Thing", Incident, Maintenance)


class PostingAdmin(Holding, Keeping, admin.ModelAdmin[Thing]):
    """A list, a form to begin, and a page with everything said so far and a form to say more."""

    actions = None
    list_per_page = 50
    change_list_template = "admin/incidents/change_list.html"
    list_select_related = ("page",)
    search_fields = ("title_en", "title_fr")
    begin_title: Any

    @abstractmethod
    def begin_form(self, page: Page, data: Any) -> PostForm:
        """The form that begins one on this page."""

    @abstractmethod
    def update_form(self, thing: Thing, data: Any) -> PostForm | None:
        """The form that says more; None where nothing can follow."""

    @abstractmethod
    def begin(self, form: Any, author: User) -> Thing:
        """Posts a valid form that begins one. Raises PostError."""

    @abstractmethod
    def update(self, thing: Thing, form: Any, author: User) -> Thing:
        """Posts a valid form that says more. Raises PostError."""

    @abstractmethod
    def about(self, thing: Thing) -> dict[str, Any]:
        """What its page shows beside the updates."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Thing]:
        """Without what belongs to a drill."""
        return super().get_queryset(request).filter(page__hidden=False)

    def has_delete_permission(self, request: HttpRequest, obj: Thing | None = None) -> bool:
        """Never: what was said in public stays said."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list under its own name."""
        context = {"title": capfirst(str(self.opts.verbose_name_plural)), "begin_title": self.begin_title}
        return super().changelist_view(request, context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The form to begin, once it is known on which page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        page = asked_page(request)
        if page is None:
            pages = Page.objects.filter(hidden=False)
            return self._answer(request, "pages", {"title": self.begin_title, "pages": pages})
        desk = self._desk(request, page)
        form = desk.form(lambda data: self.begin_form(page, data))
        # There is always something to begin.
        assert form is not None  # noqa: S101
        if form.sent and form.is_valid():
            author = author_of(request)
            begun = self._attempt(request, form, lambda: self.begin(form, author))
            if begun is not None:
                return HttpResponseRedirect(self._address(begun))
        shown = {"title": self.begin_title, "form": form, "page": page} | desk.context(form)
        return self._answer(request, "begin", shown)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Everything said so far, and the form to say more."""
        thing = self.get_object(request, object_id)
        if thing is None:
            kept = self._kept(request, object_id) if request.method == "POST" else None
            return kept or self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        if not self.has_view_or_change_permission(request, thing):
            raise PermissionDenied
        desk, form = self._desk(request, thing.page, thing), None
        if self.has_change_permission(request, thing):
            form = desk.form(lambda data: self.update_form(thing, data))
        if form is None and request.method == "POST":
            raise PermissionDenied
        if form is not None and form.sent and form.is_valid():
            valid, author = form, author_of(request)
            said = self._attempt(request, form, lambda: self._go_on(request, thing, valid, author))
            if said is not None:
                return HttpResponseRedirect(self._address(said))
        around = desk.context(form) if form is not None else {}
        return self._answer(request, "detail", self._shown(thing) | {"form": form} | around)

    def _desk(self, request: HttpRequest, page: Page, thing: Thing | None = None) -> Desk:
        return Desk(request, page, thing, str(self.opts.model_name), timezone.now())

    def _go_on(self, request: HttpRequest, thing: Thing, form: PostForm, author: User) -> Thing:
        """Says more, unless somebody else did since the form was shown. Raises PostError."""
        held = type(thing)._default_manager.select_for_update(of=("self",), no_key=True)
        present = held.select_related("page").filter(pk=thing.pk).first()
        if present is None or meanwhile.found(present, request.POST):
            raise meanwhile.ChangedMeanwhile
        return self.update(thing, form, author)

    def _kept(self, request: HttpRequest, object_id: str) -> HttpResponse | None:
        """Leads to where what was typed about something that is gone can be posted."""
        known = object_id.isascii() and object_id.isdigit() and len(object_id) < 19
        about: Any = self.model.everything.filter(pk=object_id).first() if known else None
        if about is None or not (self.has_change_permission(request) and self.has_add_permission(request)):
            return None
        draft = gone.keep(about, request.POST, author_of(request), timezone.now())
        if draft is None:
            return None
        told = _("This was undone or merged meanwhile. What you wrote is kept here; nothing was posted.")
        messages.warning(request, told)
        return HttpResponseRedirect(self._back(about.page, draft.incident or draft.maintenance, draft))

    def _attempt(self, request: HttpRequest, form: PostForm, verb: Callable[[], Thing]) -> Thing | None:
        """Posts; where that is refused, the form says why and keeps what was typed."""
        try:
            with transaction.atomic():
                thing = verb()
                drafts.forget(form.cleaned_data["update_id"])
        except AlreadyPosted as error:
            if not form.repeats(error.update):
                form.renew()
                return None
            drafts.forget(error.update.public_id)
            messages.info(request, _("This was posted already; nothing was posted again."))
            return error.update.incident or error.update.maintenance  # type: ignore[return-value]
        except PostError as error:
            form.refuse(error)
            return None
        self._report(request, thing)
        return thing

    def _report(self, request: HttpRequest, thing: Thing) -> None:
        update = thing.updates.latest("id")
        told = _("Nobody is notified.")
        if update.notify and update.held_until is not None:
            told = _("Subscribers are notified in a moment.")
        elif update.notify:
            told = _("Subscribers are being notified.")
        posted = _("Posted: “%(status)s”.") % {"status": thing.get_status_display()}
        link = format_html('<a href="{}">{}</a>', telling.address(thing), _("See the public page"))
        messages.success(request, format_html("{} {} {}", posted, told, link))
        log = self.log_addition if thing.updates.count() == 1 else self.log_change
        log(request, thing, f"{posted} {told}")

    def _shown(self, thing: Thing) -> dict[str, Any]:
        updates = thing.updates.select_related("author").prefetch_related("changes__component")
        shown = {"thing": thing, "page": thing.page, "updates": updates, "address": telling.address(thing)}
        return shown | self.about(thing)

    def _address(self, thing: Thing) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[thing.pk])

    def _answer(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "can_view": self.has_view_permission(request),
        }
        folder = "admin/incidents" if name == "pages" else f"admin/incidents/{self.opts.model_name}"
        return TemplateResponse(request, f"{folder}/{name}.html", shared | context)
