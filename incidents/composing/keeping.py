"""Keeps what is being typed, asked by the form's script every few seconds or by a button without one.

Only drafts are written here, and nobody's but one's own; nothing of it is published.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from incidents.composing import drafts
from incidents.composing.desk import author_of
from incidents.models import Draft, Incident, Maintenance
from incidents.step import AlreadyPosted
from incidents.words import PostError
from monitors.models import Page

# 409: it was posted, its draft is needed no more (RFC 9110 section 15.5.10).
POSTED, REFUSED = 409, 400


class Keeping(admin.ModelAdmin[Any]):
    """The addresses under which a form's drafts are kept and thrown away."""

    def get_urls(self) -> list[URLPattern]:
        """Before those of single incidents and maintenances."""
        name = f"incidents_{self.opts.model_name}"
        views = (
            ("draft/", self.keep_view, "keep"),
            ("draft/<str:update_id>/forget/", self.forget_view, "forget"),
            ("<int:object_id>/draft/", self.keep_view, "keep_more"),
        )
        own = [
            path(route, self.admin_site.admin_view(require_POST(view)), name=f"{name}_{end}")
            for route, view, end in views
        ]
        return [*own, *super().get_urls()]

    def keep_view(self, request: HttpRequest, object_id: int | None = None) -> HttpResponse:
        """Keeps the fields of a form, whatever stands in them."""
        about = self._about(request, object_id)
        page = about.page if about else get_object_or_404(Page, public_id=request.GET.get("page", ""))
        quiet = "application/json" in request.headers.get("Accept", "")
        try:
            draft = drafts.save(
                page,
                about,
                request.POST,
                kind=str(self.opts.model_name),
                author=author_of(request),
                now=timezone.now(),
            )
        except PostError as error:
            posted = isinstance(error, AlreadyPosted)
            if quiet:
                return JsonResponse({"words": error.sentence}, status=POSTED if posted else REFUSED)
            messages.error(request, error.sentence)
            return HttpResponseRedirect(self._back(page, about, None))
        if quiet:
            return JsonResponse({"words": _("Draft saved"), "saved": draft.saved_at.isoformat()})
        messages.success(request, _("The draft is saved; nothing was posted."))
        return HttpResponseRedirect(self._back(page, about, draft))

    def forget_view(self, request: HttpRequest, update_id: str) -> HttpResponse:
        """Throws one's own draft away, or a proposal."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        author = author_of(request)
        draft = Draft.objects.filter(update_id=update_id, kind=self.opts.model_name).first()
        if draft is not None and drafts.forget(update_id, author):
            messages.success(request, _("The draft is thrown away."))
            return HttpResponseRedirect(self._back(draft.page, draft.incident or draft.maintenance, None))
        return HttpResponseRedirect(reverse("admin:index"))

    def _about(self, request: HttpRequest, object_id: int | None) -> Incident | Maintenance | None:
        about = None if object_id is None else self.get_object(request, str(object_id))
        if object_id is not None and about is None:
            raise Http404
        allowed = self.has_change_permission(request, about) if about else self.has_add_permission(request)
        if not allowed:
            raise PermissionDenied
        return about

    def _back(self, page: Page, about: Incident | Maintenance | None, draft: Draft | None) -> str:
        name = f"admin:incidents_{self.opts.model_name}"
        query = {"draft": draft.update_id} if draft else {}
        if about is not None:
            address = reverse(f"{name}_change", args=[about.pk])
        else:
            address, query = reverse(f"{name}_add"), {"page": page.public_id, **query}
        return f"{address}?{urlencode(query)}" if query else address
