"""The form in which a visitor says that something does not work.

What is valid names a component that the page shows, or none, and is text as it was typed: never markup.
"""

import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents.choosing import components_of
from monitors.models import Component, Page
from monitors.text import TURNING

LONGEST = 2_000


class ReportForm(forms.Form):
    """What does not work, what they see, and where they can be asked."""

    component = forms.ChoiceField(label=_("What does not work?"), required=False)
    text = forms.CharField(
        label=_("What do you see?"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea({"rows": 5, "maxlength": LONGEST}),
    )
    email = forms.EmailField(
        label=_("Your e-mail address (may stay empty)"),
        max_length=254,
        required=False,
        widget=forms.EmailInput({"autocomplete": "email", "spellcheck": "false"}),
    )

    def __init__(self, page: Page, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self._components = {each.public_id: each for each in components_of(page) if each.visible}
        field: Any = self.fields["component"]
        field.choices = [("", _("I do not know, or something else")), *_grouped(self._components.values())]
        for name in self.errors:
            if name in self.fields:
                attributes = {"aria-invalid": "true", "aria-describedby": f"{name}-error"}
                self.fields[name].widget.attrs |= attributes

    def clean_text(self) -> str:
        """Without what nobody can see: control characters, and marks that turn text around."""
        text = self.cleaned_data["text"].replace("\r\n", "\n")
        return "".join(each for each in text if each == "\n" or _visible(each)).strip()

    def clean(self) -> dict[str, Any]:
        """One of both is enough."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not cleaned.get("component") and not cleaned.get("text"):
            self.add_error("text", gettext("Say what you see, or choose what does not work."))
        return cleaned

    @property
    def chosen(self) -> Component | None:
        """The component of a valid form; None where none was named."""
        return self._components.get(self.cleaned_data["component"])


def _visible(character: str) -> bool:
    return character not in TURNING and unicodedata.category(character) not in ("Cc", "Cs", "Co", "Cn")


def _grouped(components: Any) -> list[tuple[str, Any]]:
    """As a select shows them: those without a group first, then each group with its own."""
    choices: list[tuple[str, Any]] = []
    groups: dict[int, list[tuple[str, str]]] = {}
    for each in components:
        line = (each.public_id, str(each))
        if each.group is None:
            choices.append(line)
            continue
        if each.group.pk not in groups:
            groups[each.group.pk] = []
            choices.append((str(each.group), groups[each.group.pk]))
        groups[each.group.pk].append(line)
    return choices
