"""The inputs of every kind's settings, made of what `PROBES` says: a new kind has its own by being there.

What is secret is typed and never shown again: an empty input keeps what is stored, a box removes it.
"""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from monitors.probes import PROBES, Field

REMOVE = "-remove"


def input_name(kind: str, field: str) -> str:
    """The name of the input of one setting of a kind."""
    return f"{kind}-{field}"


def remover_name(kind: str, field: str) -> str:
    """The name of the box that removes a stored secret."""
    return input_name(kind, field) + REMOVE


def make_inputs() -> dict[str, forms.Field]:
    """Every input by its name."""
    return dict(_inputs())


def _inputs() -> Iterator[tuple[str, forms.Field]]:
    for kind, probe in PROBES.items():
        for field in probe.fields:
            yield input_name(kind, field.name), _input(field)
            if field.secret:
                yield (
                    remover_name(kind, field.name),
                    forms.BooleanField(label=_("remove what is stored"), required=False),
                )


def _input(field: Field) -> forms.Field:
    # Texts of settings are message ids; whether one is required is for its kind to say.
    about: dict[str, Any] = {
        "label": _(field.label),
        "help_text": escape(_(field.help)),
        "initial": field.default,
        "required": False,
    }
    if field.choices:
        return forms.ChoiceField(choices=[(choice, _(label)) for choice, label in field.options], **about)
    return forms.CharField(max_length=field.longest, strip=field.lines == 1, widget=_widget(field), **about)


def _widget(field: Field) -> forms.Widget:
    if field.lines > 1:
        # Bound to what was typed even where that is refused; but a secret never comes back.
        return (Unshown if field.secret else forms.Textarea)(attrs={"rows": field.lines, "cols": 60})
    if field.secret:
        return forms.PasswordInput(attrs={"autocomplete": "new-password", "size": 60})
    return forms.TextInput(attrs={"size": 60})


class Unshown(forms.Textarea):
    """Room for several lines, none of which is shown again."""

    def format_value(self, value: Any) -> None:
        """Nothing."""


def is_text(field: forms.Field) -> bool:
    """Whether an input is for several lines."""
    return isinstance(field.widget, forms.Textarea)
