"""What every form to post has in common: texts per language, named fields, an id that posts it once.

What was typed is never lost, whoever refuses it; times are read in the page's zone.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from incidents import words
from incidents.composing import fill, starting
from incidents.composing.meanwhile import Meanwhile
from incidents.models import Update
from incidents.post import PostError
from monitors.ids import public_id
from monitors.markdown import clean
from monitors.models import LANGUAGES, Page

_RULES = {
    "title": words.title,
    "body": words.body,
    "workaround": words.workaround,
    "scope": words.scope,
}
# What a person fills into a named field of a template.
_ANSWER = 300
_TEXT = forms.Textarea(attrs={"rows": 6})


class Moment(forms.DateTimeField):
    """A time in the page's zone, by the browser's own control."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def status_field(labels: Mapping[Any, Any], possible: Iterable[StrEnum]) -> forms.ChoiceField:
    """The statuses that can follow, to choose one of."""
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
    at_once = forms.BooleanField(label=_("Send at once"), required=False)
    update_id = forms.CharField(widget=forms.HiddenInput, initial=public_id)
    # What the form saw when it was shown, and which template it began with.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    template = forms.CharField(widget=forms.HiddenInput, required=False)

    texts: tuple[str, ...] = ("body",)
    # Whether it was sent to be posted, and not only to be shown.
    sent = False
    # What somebody else said and changed since it was shown.
    meanwhile: Meanwhile | None = None

    def __init__(self, page: Page, data: Any = None, **options: Any) -> None:
        super().__init__(data, label_suffix="", **options)
        self.page = page
        self.zone = ZoneInfo(page.time_zone)
        for text in self.texts:
            for language, _name in LANGUAGES:
                self._speak(text, language)
        self._ask(data or {})

    def _ask(self, data: Mapping[str, Any]) -> None:
        """One control for each named field that the browser shows."""
        named = (name.removeprefix(starting.FIELD) for name in data if name.startswith(starting.FIELD))
        self.asked_names = [name for name in named if fill.is_name(name)][: fill.MOST]
        for name in self.asked_names:
            self.fields[starting.FIELD + name] = forms.CharField(
                label=fill.words(name), required=False, max_length=_ANSWER
            )

    def asked(self) -> list[forms.BoundField]:
        """The controls of the named fields."""
        return [self[starting.FIELD + name] for name in self.asked_names]

    def restore(self) -> None:
        """Shows what it was given as it was typed, without judging it yet."""
        self._errors = ErrorDict()

    def _speak(self, text: str, language: str) -> None:
        """Only the page's languages, each field marked as being in its language."""
        name = f"{text}_{language}"
        if language not in self.page.languages:
            del self.fields[name]
        else:
            # An empty one can be told from others by the stylesheet.
            self.fields[name].widget.attrs |= {"lang": language, "placeholder": " "}

    def is_valid(self) -> bool:
        """Reads times in the page's zone."""
        with timezone.override(self.zone):
            return super().is_valid()

    def clean(self) -> dict[str, Any]:
        """Tells at once about every text that is missing or too long; named fields are filled in first."""
        self._fill()
        for text in self.texts:
            names = [f"{text}_{language}" for language, _name in LANGUAGES]
            if any(name in self.errors for name in names):
                continue
            try:
                _RULES[text](*(self.cleaned_data.get(name, "") for name in names))
            except PostError as error:
                self.refuse(error)
        return self.cleaned_data

    def _fill(self) -> None:
        values = {name: self.cleaned_data.get(starting.FIELD + name, "") for name in self.asked_names}
        for text in self.texts:
            for name in (f"{text}_{language}" for language, _name in LANGUAGES):
                if self.cleaned_data.get(name):
                    self._miss(fill.missing(self.cleaned_data[name], values))
                    self.cleaned_data[name] = fill.fill(self.cleaned_data[name], values)

    def _miss(self, names: Iterable[str]) -> None:
        """Tells about fields that still stand in a text, once each."""
        for name in names:
            if starting.FIELD + name not in self.errors:
                sentence = _("Fill this in, or take %(field)s out of the texts.") % {"field": f"{{{name}}}"}
                self.add_error(starting.FIELD + name, sentence)

    def said(self) -> dict[str, Any]:
        """The arguments of the verb that this form stands for."""
        texts = {f"{text}_{language}": "" for text in self.texts for language, _name in LANGUAGES}
        kept = {
            name: value
            for name, value in self.cleaned_data.items()
            if name in texts or name in ("notify", "update_id")
        }
        return texts | kept | {"hold": self.hold}

    @property
    def hold(self) -> timedelta:
        """How long its notices wait, in which it can be undone."""
        return timedelta(seconds=0 if self.cleaned_data["at_once"] else self.page.hold)

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
