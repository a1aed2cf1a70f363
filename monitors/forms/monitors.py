"""The form of monitors: the settings of every kind, of which only the chosen kind's count.

The settings come from `PROBES`: a new kind has its form by being there. All are in the page, so
that it works without JavaScript; a small script hides those of the other kinds. No secret is in it.
The clock is read here.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.models import BaseInlineFormSet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitors import secrets, told
from monitors.behind import circle
from monitors.branding import clean_tags
from monitors.forms import local_time
from monitors.forms.kind_inputs import input_name, is_text, make_inputs, remover_name
from monitors.forms.parts import LineForm
from monitors.forms.regions_field import RegionsField
from monitors.models import Feed, Monitor
from monitors.network.guard import Allow
from monitors.probes import PROBES, ConfigError
from monitors.secrets import Settings
from monitors.text import check_line

__all__ = ["FeedFormSet", "MonitorForm", "input_name"]

# The button that looks once and saves nothing.
TRY = "_try"
INPUTS = make_inputs()
SECRETS = [
    input_name(kind, field.name) for kind, probe in PROBES.items() for field in probe.fields if field.secret
]
NUMBERS = ("interval", "timeout", "confirm_down", "confirm_up", "recheck")


class MonitorForm(LineForm[Monitor]):
    """A monitor: what to watch, how often, from where.

    `values` is what the chosen kind is set to, once `clean` has found it right.
    """

    regions = RegionsField(
        label=_("regions"),
        initial=["default"],
        help_text=_("Where checks run from: a worker listens for each, with commas between them."),
    )
    paused_until = local_time.LocalTimeField(
        label=_("paused until"),
        required=False,
        help_text=_("On the page’s clock. It is enabled again by itself then; empty: when somebody does."),
    )
    # Whose secrets a copy is saved with: they never travel to the browser.
    copy_of = forms.ModelChoiceField(
        Monitor.objects.filter(page__hidden=False), required=False, widget=forms.HiddenInput
    )

    class Meta:
        model = Monitor
        fields = [
            *("page", "name", "tags", "kind", *NUMBERS, "regions", "behind"),
            *("enabled", "pause_reason", "paused_until"),
        ]

    values: Settings | None = None
    # What was typed of secrets and is shown to nobody again: it has to be typed once more.
    again: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NUMBERS:
            _limit(self.fields[name], cast(Any, Monitor._meta.get_field(name)).validators)
        for field in self.fields.values():
            if is_text(field) and check_line in field.validators:
                field.validators.remove(check_line)
        # Thousands of them: their names are asked for, not their secrets.
        shown = Monitor.objects.filter(page__hidden=False).exclude(pk=self.instance.pk).only("name", "page")
        self.fields["behind"].queryset = (  # type: ignore[attr-defined]
            shown.filter(page=self.instance.page_id) if self.instance.pk else shown
        )
        for name, value in self.instance.config.items():
            if input_name(self.instance.kind, name) in self.fields:
                self.initial[input_name(self.instance.kind, name)] = value
        self._tell_of_secrets()
        if self.instance.pk:
            zone = self.instance.page.time_zone
            self.initial["paused_until"] = local_time.shown(self.instance.paused_until, zone)

    def _tell_of_secrets(self) -> None:
        """Which are stored, and which have to be written again."""
        source = self.instance if self.instance.pk else self._copied()
        for name in Settings.kept({}, source.secrets).secrets if source else ():
            if field := self.fields.get(input_name(source.kind, name)):
                field.widget.attrs["placeholder"] = gettext("stored; empty keeps it")
        for name in SECRETS if self.is_bound else ():
            if self.data.get(self.add_prefix(name)):
                again = gettext("Write it again: what is secret is shown to nobody, not even to you.")
                self.fields[name].help_text = again
                self.again = (*self.again, str(self.fields[name].label))

    def _copied(self) -> Any:
        try:
            return self.fields["copy_of"].clean(self["copy_of"].value())
        except forms.ValidationError:
            return None

    def is_valid(self) -> bool:
        """A test is never a save."""
        return TRY not in self.data and super().is_valid()

    def clean_tags(self) -> list[str]:
        """Each once, one visible line."""
        return clean_tags(self.cleaned_data["tags"])

    def clean(self) -> dict[str, Any]:
        """Names the setting that is wrong; those of other kinds do not matter."""
        cleaned = super().clean() or self.cleaned_data
        timeout, interval = cleaned.get("timeout"), cleaned.get("interval")
        if timeout and interval and timeout > interval:
            self.add_error("timeout", gettext("A check must not take longer than the interval."))
        self._clean_pause(cleaned)
        self._clean_behind(cleaned)
        kind = cleaned.get("kind")
        names = {field.name: input_name(kind, field.name) for field in PROBES[kind].fields} if kind else {}
        for other in INPUTS.keys() - names.values():
            self.errors.pop(other, None)
        if kind and not self.errors.keys() & names.values():
            self._configure(kind, {name: cleaned[typed] for name, typed in names.items() if cleaned[typed]})
        return cleaned

    def _page(self) -> Any:
        return self.cleaned_data.get("page") or (self.instance.page if self.instance.page_id else None)

    def _clean_pause(self, cleaned: dict[str, Any]) -> None:
        """What is enabled is not paused; a pause ends in the future."""
        until, page = cleaned.get("paused_until"), self._page()
        if cleaned.get("enabled"):
            cleaned |= {"pause_reason": "", "paused_until": None}
            self.errors.pop("paused_until", None)
        elif until and page:
            cleaned["paused_until"] = local_time.in_zone(until, page.time_zone)
            if cleaned["paused_until"] <= timezone.now():
                self.add_error("paused_until", gettext("This time is past."))

    def _clean_behind(self, cleaned: dict[str, Any]) -> None:
        behind, page = cleaned.get("behind"), self._page()
        if behind is None or page is None:
            return
        if behind.page_id != page.pk:
            self.add_error("behind", gettext("This monitor is on another page."))
        elif circle(self.instance.pk, behind.pk):
            told = gettext("%(name)s is itself behind this monitor: one of them must stand in front.")
            self.add_error("behind", told % {"name": behind.name})

    def _configure(self, kind: str, typed: Mapping[str, str]) -> None:
        probe = PROBES[kind]
        gone = [field.name for field in probe.fields if self.cleaned_data.get(remover_name(kind, field.name))]
        try:
            split = secrets.split(probe, typed, self._before(kind), gone)
            probe.parse(split.whole, Allow.parse(settings.PROBE_ALLOW))
        except ConfigError as error:
            self.add_error(input_name(kind, error.field), told.refused(error))
        else:
            self.values = split
            self.instance.config, self.instance.secrets = dict(split.config), split.secret_text

    def _before(self, kind: str) -> Settings | None:
        """What is kept so far, by itself or by what it is a copy of."""
        source = self.instance if self.instance.pk else self.cleaned_data.get("copy_of")
        if source is None or source.kind != kind:
            return None
        return Settings.kept(source.config, source.secrets)


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
