"""The seconds after a post, on the screens of staff: undo it, or send it before its time.

Both are done by a button without a script; what was undone is kept as a draft.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from incidents import undo
from incidents.afterwards import again
from incidents.composing import drafts
from incidents.composing.desk import author_of
from incidents.models import Incident, Maintenance, Postmortem, Update


class Holding(admin.ModelAdmin[Any]):
    """The addresses of what can be done with a post before anybody is told of it."""

    def get_urls(self) -> list[URLPattern]:
        """Each names the very update that was seen."""
        name = f"incidents_{self.opts.model_name}"
        views = (("undo", self.undo_view, "undo"), ("send-now", self.send_view, "send_now"))
        own = [
            path(
                f"<int:pk>/{route}/<str:update_id>/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"{name}_{end}",
            )
            for route, view, end in views
        ]
        return [*own, *super().get_urls()]

    def undo_view(self, request: HttpRequest, pk: int, update_id: str) -> HttpResponse:
        """Takes it back, and gives what was typed back."""
        update, about = self._held(request, pk, update_id)
        author, now = author_of(request), timezone.now()
        typed, learnt = again.fields(update, about), Postmortem.objects.filter(update=update).exists()
        try:
            update = undo.undo(update, now, author)
        except undo.CannotUndo as error:
            messages.error(request, error.sentence)
            return HttpResponseRedirect(self._place(pk))
        about = update.incident or update.maintenance or about
        gone = about.withdrawn_at is not None
        said = _(
            "Undone: no subscriber was told, and the page stands as before. What you wrote is kept here."
        )
        messages.success(request, said)
        self.log_change(request, about, _("Undone: “%(status)s”.") % {"status": update.get_status_display()})
        if learnt:
            # It is a draft of its own again.
            return HttpResponseRedirect(reverse("admin:incidents_incident_postmortem", args=[pk]))
        kind = str(self.opts.model_name)
        kept = drafts.as_query(typed if gone else again.continued(typed, about))
        draft = drafts.save(about.page, None if gone else about, kept, kind=kind, author=author, now=now)
        if not gone:
            return HttpResponseRedirect(self._place(pk))
        query = urlencode({"page": about.page.public_id, "draft": draft.update_id})
        return HttpResponseRedirect(f"{reverse(f'admin:incidents_{kind}_add')}?{query}")

    def send_view(self, request: HttpRequest, pk: int, update_id: str) -> HttpResponse:
        """Tells subscribers at once."""
        update, _about = self._held(request, pk, update_id)
        try:
            hurried = undo.send_now(update, timezone.now())
        except undo.CannotUndo as error:
            messages.error(request, error.sentence)
        else:
            said = _("It is being sent.") if hurried else _("It was being sent already.")
            messages.success(request, said)
        return HttpResponseRedirect(self._place(pk))

    def _held(self, request: HttpRequest, pk: int, update_id: str) -> tuple[Update, Incident | Maintenance]:
        updates = Update.everything.select_related("incident__page", "maintenance__page")
        update = get_object_or_404(updates, public_id=update_id, **{f"{self.opts.model_name}_id": pk})
        about = update.incident or update.maintenance
        if about is None or not self.has_change_permission(request, about):
            raise PermissionDenied
        return update, about

    def _place(self, pk: int) -> str:
        """Its page; the board where there is none any more."""
        if not self.model.objects.filter(pk=pk).exists():
            return reverse("admin:index")
        return reverse(f"admin:incidents_{self.opts.model_name}_change", args=[pk])
