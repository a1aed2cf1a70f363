"""What staff fill in to post: plain forms that work without a script.

They turn fields into the arguments of the verbs in `post`, which decides what may be posted; what
was typed is never lost, whoever refuses it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from incidents import choosing, standing, words
from incidents.choosing import Choice
from incidents.lifecycle import (
    Impact,
    IncidentStatus,
    MaintenanceStatus,
    incident_may_become,
    maintenance_may_become,
)
from incidents.models import INCIDENT_LABELS, Incident, Maintenance, Update, incident_impacts
from incidents.post import PostError
from monitors.ids import public_id
from monitors.markdown import clean
from monitors.models import LANGUAGES, Page
from monitors.status import Status

PROMISES = [
    ("", _("No promise")),
    ("15", _("in 15 minutes")),
    ("30", _("in 30 minutes")),
    ("60", _("in 1 hour")),
    ("120", _("in 2 hours")),
    ("240", _("in 4 hours")),
    ("1440", _("tomorrow at this time")),
]
_TEXT = forms.Textarea(attrs={"rows": 6})
_STEPS = {
    MaintenanceStatus.SCHEDULED: _("Stays scheduled"),
    MaintenanceStatus.IN_PROGRESS: _("In progress"),
    MaintenanceStatus.VERIFYING: _("Verifying"),
    MaintenanceStatus.COMPLETED: _("Completed"),
    MaintenanceStatus.CANCELLED: _("Cancelled"),
}


class Moment(forms.DateTimeField):
    """A time in the page's zone, by the browser's own control."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


_RULES = {"title": words.title, "body": words.body}


def _status(labels: Mapping[Any, Any], possible: Iterable[StrEnum]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Status"),
        choices=[(status.value, labels[status]) for status in possible],
        widget=forms.RadioSelect,
        error_messages={
            "invalid_choice": _("This cannot follow the present status, which may have changed meanwhile.")
        },
    )


class PostForm(forms.Form):
    """What every update has: text per language, whether to notify, an id that posts it once."""

    body_en = forms.CharField(label=_("Text in English"), required=False, widget=_TEXT)
    body_fr = forms.CharField(label=_("Text in French"), required=False, widget=_TEXT)
    notify = forms.BooleanField(label=_("Notify subscribers"), required=False, initial=True)
    update_id = forms.CharField(widget=forms.HiddenInput, initial=public_id)

    texts: tuple[str, ...] = ("body",)

    def __init__(self, page: Page, data: Any = None, **options: Any) -> None:
        super().__init__(data, label_suffix="", **options)
        self.page = page
        self.zone = ZoneInfo(page.time_zone)
        for text in self.texts:
            for language, _name in LANGUAGES:
                self._speak(text, language)

    def _speak(self, text: str, language: str) -> None:
        """Only the page's languages, each field marked as being in its language."""
        name = f"{text}_{language}"
        if language not in self.page.languages:
            del self.fields[name]
        else:
            self.fields[name].widget.attrs["lang"] = language

    def is_valid(self) -> bool:
        """Reads times in the page's zone."""
        with timezone.override(self.zone):
            return super().is_valid()

    def clean(self) -> dict[str, Any]:
        """Tells at once about every text that is missing or too long."""
        for text in self.texts:
            names = [f"{text}_{language}" for language, _name in LANGUAGES]
            if any(name in self.errors for name in names):
                continue
            try:
                _RULES[text](*(self.cleaned_data.get(name, "") for name in names))
            except PostError as error:
                self.refuse(error)
        return self.cleaned_data

    def said(self) -> dict[str, Any]:
        """The arguments of the verb that this form stands for."""
        texts = {f"{text}_{language}": "" for text in self.texts for language, _name in LANGUAGES}
        return texts | {
            name: value
            for name, value in self.cleaned_data.items()
            if name in texts or name in ("notify", "update_id")
        }

    def refuse(self, error: PostError) -> None:
        """Shows why a verb refused, beside the field where there is one."""
        text, _separator, _language = error.field.rpartition("_")
        beside = (error.field, f"{text}_en", f"{text}_fr")
        self.add_error(next((name for name in beside if name in self.fields), None), error.sentence)

    def repeats(self, update: Update) -> bool:
        """Whether this is the very update that was posted before from this form."""
        bodies = (update.body_en, update.body_fr)
        return bodies == tuple(
            clean(self.cleaned_data.get(name, "")).strip() for name in ("body_en", "body_fr")
        )

    def renew(self) -> None:
        """Gives the form a new id, so that sending it again posts it."""
        data = cast(QueryDict, self.data).copy()
        data["update_id"] = public_id()
        self.data = data
        self.add_error(
            None,
            _(
                "Something else was already posted from this form; what you see here was not. "
                "Send it again to post it too."
            ),
        )

    def minute(self, at: datetime) -> str:
        """A time as the browser's control wants it, in the page's zone."""
        return at.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M")


class UpdateForm(PostForm):
    """One more update of an incident."""

    impact = forms.ChoiceField(label=_("Impact"), choices=incident_impacts, widget=forms.RadioSelect)
    promise = forms.ChoiceField(label=_("Next update promised"), choices=PROMISES, required=False)

    def __init__(
        self, page: Page, data: Any = None, incident: Incident | None = None, **options: Any
    ) -> None:
        super().__init__(page, data, **options)
        before = IncidentStatus(incident.status) if incident else None
        self.fields["status"] = _status(INCIDENT_LABELS, incident_may_become(before))
        self.initial["status"] = before or IncidentStatus.INVESTIGATING
        self.initial["impact"] = incident.impact if incident else Impact.MINOR
        for component in self.components:
            self.fields[choosing.control(component)] = choosing.status_field(component)

    @cached_property
    def components(self) -> list[Any]:
        """Every component of the page."""
        return choosing.components_of(self.page)

    def choices(self) -> list[Choice]:
        """The components by group with their controls."""
        shown = standing.shown([component.pk for component in self.components])
        return list(choosing.choices(self, self.components, shown))

    def said(self) -> dict[str, Any]:
        """The arguments of open_incident and update_incident, but for the promise."""
        values = {component: self.cleaned_data[choosing.control(component)] for component in self.components}
        components = {component: Status(value) for component, value in values.items() if value}
        kept = {name: self.cleaned_data[name] for name in ("status", "impact")}
        return super().said() | kept | {"components": components}

    def promised(self, now: datetime) -> datetime | None:
        """When the next update is promised, as chosen."""
        chosen = self.cleaned_data["promise"]
        return now + timedelta(minutes=int(chosen)) if chosen else None


class IncidentForm(UpdateForm):
    """A new incident."""

    title_en = forms.CharField(label=_("Title in English"), required=False, max_length=words.TITLE_LENGTH)
    title_fr = forms.CharField(label=_("Title in French"), required=False, max_length=words.TITLE_LENGTH)
    started_at = Moment(
        label=_("Started"),
        required=False,
        help_text=_("Leave it empty if it starts now; never later than now."),
    )

    texts = ("title", "body")

    def said(self) -> dict[str, Any]:
        """The arguments of open_incident, but for the promise."""
        return super().said() | {"started_at": self.cleaned_data["started_at"]}


class MaintenanceUpdateForm(PostForm):
    """One more update of a maintenance."""

    scheduled_until = Moment(label=_("Planned end"))

    def __init__(self, page: Page, data: Any = None, *, maintenance: Maintenance, **options: Any) -> None:
        super().__init__(page, data, **options)
        self.maintenance = maintenance
        before = MaintenanceStatus(maintenance.status)
        # One that is over meanwhile still takes what was typed: the verb says why it is refused.
        after = maintenance_may_become(before) or tuple(MaintenanceStatus)
        self.fields["status"] = _status(_STEPS, after)
        self.initial["status"] = before
        self.initial["scheduled_until"] = self.minute(maintenance.scheduled_until)

    def said(self) -> dict[str, Any]:
        """The arguments of update_maintenance; an end that was not touched is not said."""
        until = self.cleaned_data["scheduled_until"]
        kept = self.minute(until) == self.minute(self.maintenance.scheduled_until)
        status = self.cleaned_data["status"]
        return super().said() | {"status": status, "scheduled_until": None if kept else until}


class MaintenanceForm(PostForm):
    """A maintenance to come."""

    title_en = forms.CharField(label=_("Title in English"), required=False, max_length=words.TITLE_LENGTH)
    title_fr = forms.CharField(label=_("Title in French"), required=False, max_length=words.TITLE_LENGTH)
    scheduled_for = Moment(label=_("Planned start"))
    scheduled_until = Moment(label=_("Planned end"))

    texts = ("title", "body")

    def __init__(self, page: Page, data: Any = None, **options: Any) -> None:
        super().__init__(page, data, **options)
        self.components = choosing.components_of(page)
        for component in self.components:
            self.fields[choosing.control(component)] = choosing.affected_field(component)

    def choices(self) -> list[Choice]:
        """The components by group with their controls."""
        shown = standing.shown([component.pk for component in self.components])
        return list(choosing.choices(self, self.components, shown))

    def said(self) -> dict[str, Any]:
        """The arguments of schedule_maintenance."""
        components = [each for each in self.components if self.cleaned_data[choosing.control(each)]]
        times = {name: self.cleaned_data[name] for name in ("scheduled_for", "scheduled_until")}
        return super().said() | times | {"components": components}
