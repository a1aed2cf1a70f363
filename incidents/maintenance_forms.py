"""What staff fill in about a maintenance: to schedule it, to move it, to say how it goes.

They turn fields into the arguments of the verbs in `maintain`, which decides what may be posted.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from incidents import choosing, overlaps, standing, words
from incidents.choosing import Choice
from incidents.composing import meanwhile
from incidents.lifecycle import UPCOMING, MaintenanceStatus, maintenance_may_become
from incidents.models import Maintenance, Update, default_reminders
from incidents.overlaps import Overlap
from incidents.typed import Moment, PostForm, status_field
from monitors.models import Component, Page

STEPS = {
    MaintenanceStatus.SCHEDULED: _("Stays scheduled"),
    MaintenanceStatus.IN_PROGRESS: _("In progress"),
    MaintenanceStatus.VERIFYING: _("Verifying"),
    MaintenanceStatus.COMPLETED: _("Completed"),
    MaintenanceStatus.CANCELLED: _("Cancelled"),
}
REMINDERS = {
    10080: _("7 days"),
    2880: _("2 days"),
    1440: _("24 hours"),
    240: _("4 hours"),
    60: _("1 hour"),
    15: _("15 minutes"),
}
# Minutes by which one button extends a maintenance.
EXTENSIONS = (15, 30, 60, 120)


def reminder_label(minutes: int) -> object:
    """A reminder in words, also one that no form offers."""
    return REMINDERS.get(minutes) or _("%(number)d minutes") % {"number": minutes}


def reminders_field(also: Iterable[int] = ()) -> forms.TypedMultipleChoiceField:
    """Which reminders are sent, the earliest first; `also` those that somebody chose otherwise."""
    offered = sorted({*REMINDERS, *also}, reverse=True)
    return forms.TypedMultipleChoiceField(
        label=_("Remind subscribers before it starts"),
        choices=[(minutes, reminder_label(minutes)) for minutes in offered],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=default_reminders,
    )


class Affecting:
    """A form with a control for each component that may be affected."""

    page: Page
    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def offer_components(self, chosen: Iterable[Component] = ()) -> None:
        """Adds the controls."""
        self.components = choosing.components_of(self.page)
        ids = {component.pk for component in chosen}
        for component in self.components:
            self.fields[choosing.control(component)] = field = choosing.affected_field(component)
            field.initial = component.pk in ids

    def choices(self) -> list[Choice]:
        """The components by group with their controls."""
        shown = standing.shown([component.pk for component in self.components])
        return list(choosing.choices(self, self.components, shown))  # type: ignore[arg-type]

    def affected(self) -> list[Component]:
        """The components that are chosen."""
        return [each for each in self.components if self.cleaned_data.get(choosing.control(each))]


class Warned(PostForm):
    """Whoever schedules what overlaps something sees it first, and sends the form again."""

    # What overlaps, as the form showed it.
    overlapping = forms.CharField(widget=forms.HiddenInput, required=False)
    overlaps: list[Overlap] | None = None

    def warn(self, found: list[Overlap]) -> None:
        """Refuses once where there is something that the person has not seen."""
        self.overlaps = found
        if found and overlaps.keys(found) != self.cleaned_data.get("overlapping"):
            data = cast(QueryDict, self.data).copy()
            data["overlapping"] = overlaps.keys(found)
            self.data = data
            self.add_error(None, _("This overlaps what is listed here. Send it again to do it all the same."))


class MaintenanceForm(Affecting, Warned):
    """A maintenance to come."""

    title_en = forms.CharField(label=_("Title in English"), required=False, max_length=words.TITLE_LENGTH)
    title_fr = forms.CharField(label=_("Title in French"), required=False, max_length=words.TITLE_LENGTH)
    scheduled_for = Moment(label=_("Planned start"))
    scheduled_until = Moment(label=_("Planned end"))

    texts = ("title", "body")

    def __init__(self, page: Page, data: Any = None, **options: Any) -> None:
        super().__init__(page, data, **options)
        self.fields["reminders"] = reminders_field()
        self.offer_components()

    def clean(self) -> dict[str, Any]:
        """Warns of what overlaps once all else is right."""
        super().clean()
        if not self.errors:
            start, end = (self.cleaned_data[name] for name in ("scheduled_for", "scheduled_until"))
            self.warn(overlaps.found(self.page, self.affected(), start, end))
        return self.cleaned_data

    def said(self) -> dict[str, Any]:
        """The arguments of schedule_maintenance."""
        names = ("scheduled_for", "scheduled_until", "reminders")
        kept = {name: self.cleaned_data[name] for name in names}
        return super().said() | kept | {"components": self.affected()}


class MaintenanceUpdateForm(Warned):
    """One more update of a maintenance: without a text, it says in a sentence what has changed."""

    scheduled_for = Moment(label=_("Planned start"), required=False)
    scheduled_until = Moment(label=_("Planned end"), required=False)
    # By how many minutes it goes on longer: what a button sends instead of an end.
    extend = forms.TypedChoiceField(
        choices=[(minutes, minutes) for minutes in EXTENSIONS],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, page: Page, data: Any = None, *, maintenance: Maintenance, **options: Any) -> None:
        super().__init__(page, data, **options)
        self.maintenance = maintenance
        before = MaintenanceStatus(maintenance.status)
        if before not in UPCOMING:
            del self.fields["scheduled_for"]
        # One that is over meanwhile still takes what was typed: the verb says why it is refused.
        after = maintenance_may_become(before) or tuple(MaintenanceStatus)
        self.fields["status"] = status_field(STEPS, after)
        self.initial["status"] = before
        for name in ("scheduled_for", "scheduled_until"):
            self.initial[name] = self.minute(getattr(maintenance, name))
        self.initial["seen"] = meanwhile.seen(maintenance)

    def clean(self) -> dict[str, Any]:
        """A text is needed only where nothing else is said."""
        texts = self.texts
        self.texts = texts if self._needs_text() else ()
        try:
            super().clean()
        finally:
            self.texts = texts
        start, end = self._times()
        moved = self.maintenance.scheduled_for if start is None else start
        if not self.errors and (start or end):
            until = end or moved + (self.maintenance.scheduled_until - self.maintenance.scheduled_for)
            others = list(self.maintenance.components.all())
            self.warn(overlaps.found(self.page, others, moved, until, self.maintenance))
        return self.cleaned_data

    def _needs_text(self) -> bool:
        typed = any(self.cleaned_data.get(f"body_{language}") for language in self.page.languages)
        stays = self.cleaned_data.get("status") == self.maintenance.status
        if typed or not stays or self._times() != (None, None):
            return typed
        # Pressed twice: what was done has nothing more to say.
        return not Update.everything.filter(public_id=self.cleaned_data.get("update_id", "")).exists()

    def _times(self) -> tuple[datetime | None, datetime | None]:
        """The times that were changed; None for those that were left alone."""
        start, end = (self._changed(name) for name in ("scheduled_for", "scheduled_until"))
        if end is None and self.cleaned_data.get("extend"):
            end = self.maintenance.scheduled_until + timedelta(minutes=self.cleaned_data["extend"])
        return start, end

    def _changed(self, name: str) -> datetime | None:
        typed: datetime | None = self.cleaned_data.get(name)
        if typed is None or self.minute(typed) == self.minute(getattr(self.maintenance, name)):
            return None
        return typed

    def repeats(self, update: Update) -> bool:
        """Also where it said nothing but what was done."""
        typed = any(self.cleaned_data.get(f"body_{language}") for language in self.page.languages)
        return super().repeats(update) if typed else update.status == self.cleaned_data.get("status")

    def said(self) -> dict[str, Any]:
        """The arguments of update_maintenance; a time that was not touched is not said."""
        start, end = self._times()
        status = self.cleaned_data["status"]
        return super().said() | {"status": status, "scheduled_for": start, "scheduled_until": end}


class DetailsForm(forms.Form):
    """What is changed without an update: the title and the reminders."""

    title_en = forms.CharField(label=_("Title in English"), required=False, max_length=words.TITLE_LENGTH)
    title_fr = forms.CharField(label=_("Title in French"), required=False, max_length=words.TITLE_LENGTH)

    def __init__(self, maintenance: Maintenance, data: Mapping[str, Any] | None = None) -> None:
        initial = {name: getattr(maintenance, name) for name in ("title_en", "title_fr", "reminders")}
        super().__init__(data, label_suffix="", initial=initial, auto_id="details_%s")
        for language in ("en", "fr"):
            if language not in maintenance.page.languages:
                del self.fields[f"title_{language}"]
            else:
                self.fields[f"title_{language}"].widget.attrs["lang"] = language
        self.remindable = maintenance.status in UPCOMING
        if self.remindable:
            self.fields["reminders"] = reminders_field(maintenance.reminders)
