"""The screen of drills: start one, watch it, stop it, and what earlier ones showed. Reads the clock."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from incidents.models import TeamChannel
from monitors.models import LANGUAGES, Page
from statuspage import told
from statuspage.drill import figures, running
from statuspage.drill.places import place
from statuspage.models import Drill

LISTED = 12


class StartForm(forms.Form):
    """Who is written to."""

    email = forms.EmailField(
        label=_("Send the notice to"),
        max_length=254,
        required=False,
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
    )

    def clean_email(self) -> str:
        """Without anybody to tell, there is no first notice to wait for."""
        email: str = self.cleaned_data["email"]
        if not email and not TeamChannel.objects.filter(page=None, enabled=True).exists():
            raise forms.ValidationError(gettext("Give an address: the team has no channel to be told in."))
        return email


@admin.register(Drill)
class DrillAdmin(admin.ModelAdmin[Drill]):
    """Drills, the latest first."""

    def has_delete_permission(self, request: HttpRequest, obj: Drill | None = None) -> bool:
        """What they showed stays on record."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Three of our own, and none of a single drill."""
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="statuspage_drill_changelist"),
            path("start/", wrap(require_POST(self.start_view)), name="statuspage_drill_start"),
            path("stop/", wrap(require_POST(self.stop_view)), name="statuspage_drill_stop"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """What goes on, and what was."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._show(request, StartForm(initial={"email": getattr(request.user, "email", "")}))

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """Begins one."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = StartForm(request.POST)
        if not form.is_valid():
            return self._show(request, form, status=400)
        language = translation.get_language() or ""
        known = language if language in dict(LANGUAGES) else LANGUAGES[0][0]
        user = request.user if isinstance(request.user, User) else None
        try:
            running.start(
                place(), timezone.now(), email=form.cleaned_data["email"], language=known, user=user
            )
        except running.CannotDrill as refused:
            messages.error(request, gettext(str(refused)))
        return self._back()

    def stop_view(self, request: HttpRequest) -> HttpResponse:
        """Ends the one that goes on."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if running.stop(place(), timezone.now(), request.user.get_username()):
            messages.success(request, gettext("The drill is stopped, and cleared away."))
        return self._back()

    def _back(self) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:statuspage_drill_changelist"))

    def _show(self, request: HttpRequest, form: StartForm, status: int = 200) -> HttpResponse:
        now = timezone.now()
        drills = list(Drill.objects.select_related("started_by")[:LISTED])
        going_on = next((drill for drill in drills if drill.finished_at is None), None)
        first = Page.objects.values_list("time_zone", flat=True).first()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Drill"),
            "form": form,
            "running": going_on,
            "nobody": going_on and figures.nobody_runs_it(going_on, now),
            "drills": [(drill, figures.reached(drill), told.told(drill.why, gettext)) for drill in drills],
            "due": figures.due_since(now),
            "zone": first or "Etc/UTC",
            "limit": int(running.LIMIT.total_seconds() // 60),
            "may_start": self.has_add_permission(request),
            "may_stop": self.has_change_permission(request),
        }
        template = (
            "admin/drill/drills.html" if request.headers.get("HX-Request") else "admin/drill/screen.html"
        )
        return TemplateResponse(request, template, context, status=status)
