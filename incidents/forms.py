"""What staff fill in to post: plain forms that work without a script.

They turn fields into the arguments of the verbs in `post`, which decides what may be posted.
"""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents import choosing, standing, words
from incidents.choosing import Choice
from incidents.composing import meanwhile
from incidents.composing.observed import observed
from incidents.lifecycle import Impact, IncidentStatus, incident_may_become
from incidents.models import INCIDENT_LABELS, Incident, incident_impacts
from incidents.typed import Moment, PostForm, status_field
from incidents.words import PostError
from monitors.models import Page
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
# A time that passed so lately was typed too slowly, or sent again after an outage.
JUST = timedelta(hours=2)
# What stands above the updates: an update that does not touch it leaves it as it is.
PINNED = ("scope_en", "scope_fr", "workaround_en", "workaround_fr")
_BRIEF = forms.Textarea(attrs={"rows": 2})


class UpdateForm(PostForm):
    """One more update of an incident."""

    impact = forms.ChoiceField(label=_("Impact"), choices=incident_impacts, widget=forms.RadioSelect)
    promise = forms.ChoiceField(label=_("Next update promised"), choices=PROMISES, required=False)
    promise_at = forms.TimeField(
        label=_("or at a time"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    # The form remembers what it showed: what somebody else wrote meanwhile is not taken back.
    workaround_en = forms.CharField(
        label=_("Workaround in English"), required=False, widget=_BRIEF, show_hidden_initial=True
    )
    workaround_fr = forms.CharField(
        label=_("Workaround in French"), required=False, widget=_BRIEF, show_hidden_initial=True
    )
    scope_en = forms.CharField(
        label=_("Who is affected, in English"),
        required=False,
        max_length=words.SCOPE_LENGTH,
        show_hidden_initial=True,
    )
    scope_fr = forms.CharField(
        label=_("Who is affected, in French"),
        required=False,
        max_length=words.SCOPE_LENGTH,
        show_hidden_initial=True,
    )

    texts: tuple[str, ...] = ("body", "workaround", "scope")

    def __init__(
        self, page: Page, data: Any = None, incident: Incident | None = None, **options: Any
    ) -> None:
        super().__init__(page, data, **options)
        before = IncidentStatus(incident.status) if incident else None
        self.fields["status"] = status_field(INCIDENT_LABELS, incident_may_become(before))
        self.initial["status"] = before or IncidentStatus.INVESTIGATING
        self.initial["impact"] = incident.impact if incident else Impact.MINOR
        for name in PINNED:
            self.initial[name] = getattr(incident, name) if incident else ""
        self.initial["seen"] = meanwhile.seen(incident) if incident else ""
        for component in self.components:
            self.fields[choosing.control(component)] = choosing.status_field(component)

    @cached_property
    def components(self) -> list[Any]:
        """Every component of the page."""
        return choosing.components_of(self.page)

    def choices(self) -> list[Choice]:
        """The components by group with their controls."""
        ids = [component.pk for component in self.components]
        return list(choosing.choices(self, self.components, standing.shown(ids), observed(ids)))

    def said(self) -> dict[str, Any]:
        """The arguments of open_incident and update_incident, but for the promise."""
        values = {component: self.cleaned_data[choosing.control(component)] for component in self.components}
        components = {component: Status(value) for component, value in values.items() if value}
        kept = {name: self.cleaned_data[name] for name in ("status", "impact")}
        return super().said() | self._pinned() | kept | {"components": components}

    def _pinned(self) -> dict[str, str | None]:
        """What was changed of it; None for what was left alone."""
        changed = self.changed_data
        return {name: self.cleaned_data[name] if name in changed else None for name in PINNED}

    def promised(self, now: datetime) -> datetime | None:
        """When the next update is promised: at the time typed, the next of the page's days that has it.

        Raises PostError for a time that has just passed: nobody means tomorrow's.
        """
        at: time | None = self.cleaned_data.get("promise_at")
        if at is not None:
            today = now.astimezone(self.zone)
            typed = today.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
            later = typed if typed > now else typed + timedelta(days=1)
            if later - now > timedelta(days=1) - JUST:
                sentence = gettext("The next update can only be promised for a later time.")
                raise PostError("promise_at", sentence)
            return later
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

    texts = ("title", "body", "workaround", "scope")

    def said(self) -> dict[str, Any]:
        """The arguments of open_incident, but for the promise."""
        return super().said() | {"started_at": self.cleaned_data["started_at"]}

    def _pinned(self) -> dict[str, str | None]:
        """All of it: before the first update there was nothing."""
        return {name: self.cleaned_data.get(name) for name in PINNED}
