"""What staff fill in to correct uptime: times on the page's clock, to the second, and a public reason."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from monitors.models import LANGUAGES, Component, Correction, Page, statuses
from monitors.proving.corrections import LONGEST
from monitors.proving.proof import EntryValue
from monitors.proving.touched import CorrectionError, Wanted
from monitors.status import Status

_EXACT = "%Y-%m-%dT%H:%M:%S"
_TEXT = forms.Textarea(attrs={"rows": 3})


class ExactTime(forms.DateTimeField):
    """A time to the second by the browser's own control; where clocks change, with its offset as text."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=_EXACT)

    def to_python(self, value: Any) -> datetime | None:
        """Raises ValidationError."""
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            if error.code != "ambiguous_timezone":
                raise
            # The control of the browser knows no offsets.
            self.widget.input_type = "text"
            raise forms.ValidationError(
                _(
                    "The clocks change then: this time comes twice, or not at all. Write it with its "
                    "offset, such as 2026-10-25T02:30:00+01:00."
                )
            ) from None


class ReasonForm(forms.Form):
    """Why, in the languages of the page; and which digits were shown before it is saved."""

    reason_en = forms.CharField(
        label=_("Public reason (English)"), required=False, max_length=LONGEST, widget=_TEXT
    )
    reason_fr = forms.CharField(
        label=_("Public reason (French)"), required=False, max_length=LONGEST, widget=_TEXT
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, page: Page, data: Any = None, **options: Any) -> None:
        super().__init__(data, label_suffix="", **options)
        self.page = page
        for language, _name in LANGUAGES:
            if language not in page.languages:
                del self.fields[f"reason_{language}"]
            else:
                self.fields[f"reason_{language}"].widget.attrs["lang"] = language

    def is_valid(self) -> bool:
        """Reads times in the page's zone."""
        with timezone.override(ZoneInfo(self.page.time_zone)):
            return super().is_valid()

    def clean(self) -> dict[str, Any]:
        """Everybody reads why, in one language at least."""
        names = [name for name in self.fields if name.startswith("reason_")]
        if not any(name in self.errors or self.cleaned_data.get(name) for name in names):
            self.add_error(names[0], _("Write in at least one language why: everybody reads it."))
        return self.cleaned_data

    def reasons(self) -> dict[str, str]:
        """As the verb takes them."""
        return {name: self.cleaned_data.get(name, "") for name in ("reason_en", "reason_fr")}

    def refuse(self, error: CorrectionError) -> None:
        """Shows why the verb refused, beside the field where there is one."""
        self.add_error(error.field if error.field in self.fields else None, error.sentence)

    def show(self, mark: str) -> None:
        """Remembers which digits it was shown with."""
        data = cast(QueryDict, self.data).copy()
        data["seen"] = mark
        self.data = data


class CorrectionForm(ReasonForm):
    """From when until when a component was what."""

    start = ExactTime(label=_("From"))
    end = ExactTime(label=_("Until"))
    status = forms.ChoiceField(label=_("What it was"), choices=statuses, widget=forms.RadioSelect)

    field_order = ["start", "end", "status", "reason_en", "reason_fr"]

    def __init__(self, component: Component, data: Any = None, **options: Any) -> None:
        super().__init__(component.page, data, **options)
        self.component = component

    def wanted(self) -> Wanted:
        """The correction that it asks for."""
        said = self.cleaned_data
        return Wanted(self.component, said["start"], said["end"], Status(said["status"]))


class TakeBackForm(ReasonForm):
    """Why a correction was wrong."""

    def __init__(self, correction: Correction, data: Any = None, **options: Any) -> None:
        super().__init__(correction.component.page, data, **options)
        self.correction = correction

    def wanted(self) -> Wanted:
        """The end of the correction."""
        return Wanted.taking_back(self.correction)


def mark(wanted: Wanted, entries: Iterable[EntryValue]) -> str:
    """Another one for another correction or other digits: nobody saves what they did not see."""
    seen = repr((wanted.start.timestamp(), wanted.end.timestamp(), wanted.status, tuple(entries)))
    return hashlib.sha256(seen.encode()).hexdigest()[:16]
