"""The button "Test now" on the form of a monitor: looks once at what is typed there, and saves nothing.

Whoever may save may test. Without JavaScript the form comes back with the result; else only the result does.
"""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from monitors import trial
from monitors.admin.copying import COPY
from monitors.forms.kind_inputs import input_name
from monitors.forms.monitors import TRY, MonitorForm
from monitors.network.guard import Allow
from monitors.on_page import OnPageAdmin
from monitors.probes import PROBES, Outcome, Result
from monitors.probes.heartbeat import HeartbeatProbe
from monitors.showing import badge
from monitors.status import Status
from monitors.told import why

TONES = {
    Result.UP: Status.OPERATIONAL,
    Result.DEGRADED: Status.DEGRADED_PERFORMANCE,
    Result.DOWN: Status.MAJOR_OUTAGE,
    Result.UNKNOWN: Status.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one look, or why there was none (`refused`: each with the setting that is wrong)."""

    outcome: Outcome | None = None
    refused: tuple[tuple[str, str], ...] = ()

    @property
    def state(self) -> str:
        """The result as a badge."""
        return badge(TONES[self.outcome.result], _words(self.outcome.result)) if self.outcome else ""

    @property
    def reason(self) -> str:
        """Why it is not up."""
        return why(self.outcome.reason or "", self.outcome.facts) if self.outcome else ""

    phases: list[trial.Phase] = field(default_factory=list)


def _words(result: Result) -> str:
    return {
        Result.UP: gettext("Up"),
        Result.DEGRADED: gettext("Degraded"),
        Result.DOWN: gettext("Down"),
        Result.UNKNOWN: gettext("Unknown"),
    }[result]


class Trying(OnPageAdmin):
    """A form that can be tested."""

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With what came of a test, if one is asked for."""
        context = dict(extra_context or {})
        if request.method == "POST" and TRY in request.POST:
            context["trial"] = self._try(request, object_id)
            if request.htmx:  # type: ignore[attr-defined]
                return TemplateResponse(request, "admin/monitors/monitor/trial.html", context)
        return super().changeform_view(request, object_id, form_url, context)

    def _try(self, request: HttpRequest, object_id: str | None) -> Trial:
        found = self.get_object(request, object_id) if object_id else None
        # A copy brings the secrets of another one along.
        changes = found is not None or bool(request.POST.get(COPY))
        may = self.has_change_permission(request, found) if changes else self.has_add_permission(request)
        if not may or (object_id and found is None):
            raise PermissionDenied
        form = self.get_form(request, found, change=found is not None)(request.POST, instance=found)
        return tried(form, request.user.pk)


def tried(form: MonitorForm, user_id: Any) -> Trial:
    """Looks at what a form is filled with, if that can be looked at."""
    errors = form.errors
    kind = form.cleaned_data.get("kind")
    own = {input_name(kind, each.name) for each in PROBES[kind].fields} if kind else set()
    refused = [
        (form.fields[name].label, " ".join(map(str, errors[name])))
        for name in errors
        if name in {"kind", "timeout"} | own
    ]
    if refused or kind is None or form.values is None:
        return Trial(refused=tuple((str(label), said) for label, said in refused))
    if kind == HeartbeatProbe.kind:
        return Trial(refused=(("", gettext("There is nothing to look at: the job calls.")),))
    if not trial.may(user_id):
        return Trial(refused=(("", gettext("Wait a minute: that was a lot of tests in a row.")),))
    allow = Allow.parse(settings.PROBE_ALLOW)
    outcome = trial.look(kind, form.values, form.cleaned_data["timeout"], allow)
    return Trial(outcome, phases=trial.phases(outcome.phases))
