"""The form of monitors: the settings of every kind, of which only the chosen kind's count.

The settings come from `PROBES`: a new kind has its form by being there. All are in the page, so
that it works without JavaScript; a small script hides those of the other kinds.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitors.forms import LineForm
from monitors.guard import Allow
from monitors.models import Feed, Monitor
from monitors.probes import PROBES, ConfigError, Field
from monitors.probes.base import MAX_LENGTH

REGION = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class RegionsField(forms.CharField):
    """Names of regions with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        """A list as people write it."""
        return ", ".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares what would be shown."""
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value: Any) -> list[str]:
        """The names, each once, in the order given. Raises ValidationError."""
        text = super().clean(value)
        names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
        if not names or not all(REGION.fullmatch(name) for name in names):
            raise ValidationError(
                gettext("Write names of small letters and digits with commas between them, such as default.")
            )
        return names


def input_name(kind: str, field: str) -> str:
    """The name of the input of one setting of a kind."""
    return f"{kind}-{field}"


def _input(field: Field) -> forms.Field:
    # Texts of settings are message ids; whether one is required is for its kind to say.
    about: dict[str, Any] = {
        "label": _(field.label),
        "help_text": _(field.help),
        "initial": field.default,
        "required": False,
    }
    if field.choices:
        return forms.ChoiceField(choices=[(choice, choice) for choice in field.choices], **about)
    return forms.CharField(max_length=MAX_LENGTH, widget=forms.TextInput(attrs={"size": 60}), **about)


INPUTS = {
    input_name(kind, field.name): _input(field) for kind, probe in PROBES.items() for field in probe.fields
}


class MonitorForm(LineForm[Monitor]):
    """A monitor: what to watch, how often, from where."""

    regions = RegionsField(
        label=_("regions"),
        initial=["default"],
        max_length=1_000,
        help_text=_("Where checks run from: a worker listens for each, with commas between them."),
    )

    class Meta:
        model = Monitor
        fields = [
            "page",
            "name",
            "enabled",
            "kind",
            "interval",
            "timeout",
            "confirm_down",
            "confirm_up",
            "regions",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("interval", "timeout", "confirm_down", "confirm_up"):
            _limit(self.fields[name], cast(Any, Monitor._meta.get_field(name)).validators)
        for name, value in self.instance.config.items():
            if input_name(self.instance.kind, name) in self.fields:
                self.initial[input_name(self.instance.kind, name)] = value

    def clean(self) -> dict[str, Any]:
        """Names the setting that is wrong; those of other kinds do not matter."""
        cleaned = super().clean() or self.cleaned_data
        timeout, interval = cleaned.get("timeout"), cleaned.get("interval")
        if timeout and interval and timeout > interval:
            self.add_error("timeout", gettext("A check must not take longer than the interval."))
        kind = cleaned.get("kind")
        names = {field.name: input_name(kind, field.name) for field in PROBES[kind].fields} if kind else {}
        for other in INPUTS.keys() - names.values():
            self.errors.pop(other, None)
        if kind and not self.errors.keys() & names.values():
            self._configure(kind, {name: cleaned[typed] for name, typed in names.items() if cleaned[typed]})
        return cleaned

    def _configure(self, kind: str, config: Mapping[str, str]) -> None:
        try:
            PROBES[kind].parse(config, Allow.parse(settings.PROBE_ALLOW))
        except ConfigError as error:
            self.add_error(input_name(kind, error.field), gettext(error.sentence))
        else:
            self.instance.config = dict(config)


# Django's admin makes its own form of these, and the form itself is made of those.
MonitorForm.declared_fields.update(INPUTS)
MonitorForm.base_fields.update(INPUTS)


def _limit(field: forms.Field, validators: Iterable[object]) -> None:
    """The column's own limits in place of those of its type: in the page, and before `clean`."""
    limits = [each for each in validators if isinstance(each, MinValueValidator | MaxValueValidator)]
    field.validators = [*limits]
    for each in limits:
        field.widget.attrs["min" if isinstance(each, MinValueValidator) else "max"] = each.limit_value


class FeedFormSet(BaseInlineFormSet[Feed, Any, Any]):
    """Feeds never cross pages."""

    def clean(self) -> None:
        """Names the row that does."""
        super().clean()
        for form in self.forms:
            feed = getattr(form, "cleaned_data", {})
            for field in {"component", "monitor"} & feed.keys():
                if self.instance.page_id and feed[field].page_id != self.instance.page_id:
                    form.add_error(field, gettext("This is on another page."))
