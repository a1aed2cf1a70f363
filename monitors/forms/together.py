"""The form to change several monitors: whatever is left empty stays as it is."""

from typing import Any, cast

from django import forms
from django.contrib.postgres.forms import SimpleArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitors.branding import clean_tags
from monitors.forms.local_time import LocalTimeField
from monitors.forms.regions_field import RegionsField
from monitors.models import Monitor
from monitors.text import check_line
from monitors.together import Change

NUMBERS = ("interval", "timeout", "confirm_down", "confirm_up", "recheck")
LEAVE, PAUSE, RESUME = "", "pause", "resume"


def _number(name: str) -> forms.IntegerField:
    field: Any = Monitor._meta.get_field(name)
    bounds = {
        type(each): cast(int, each.limit_value) for each in field.validators if hasattr(each, "limit_value")
    }
    return forms.IntegerField(
        label=capfirst(field.verbose_name),
        help_text=field.help_text,
        required=False,
        min_value=bounds[MinValueValidator],
        max_value=bounds[MaxValueValidator],
    )


def _tags(label: Any) -> Any:
    return SimpleArrayField(
        forms.CharField(max_length=40), label=label, required=False, help_text=_("Separated by commas.")
    )


class TogetherForm(forms.Form):
    """What to change of each."""

    interval = _number("interval")
    timeout = _number("timeout")
    confirm_down = _number("confirm_down")
    confirm_up = _number("confirm_up")
    recheck = _number("recheck")
    regions = RegionsField(label=_("Regions"), required=False, help_text=_("These instead of all."))
    tags_added = _tags(_("Add tags"))
    tags_removed = _tags(_("Remove tags"))
    pausing = forms.ChoiceField(
        label=_("Pause"),
        choices=[
            (LEAVE, _("leave as it is")),
            (PAUSE, _("pause: nothing is checked")),
            (RESUME, _("resume: check from now on")),
        ],
        required=False,
        widget=forms.RadioSelect,
    )
    pause_reason = forms.CharField(
        label=_("Why it is paused"), required=False, max_length=300, validators=[check_line]
    )
    paused_until = LocalTimeField(
        label=_("Paused until"),
        required=False,
        help_text=_("On the clock of each one’s page. Empty: until somebody resumes it."),
    )

    def clean_tags_added(self) -> list[str]:
        """Each once, one visible line."""
        return clean_tags(self.cleaned_data["tags_added"] or [])

    def clean_tags_removed(self) -> list[str]:
        """The same."""
        return clean_tags(self.cleaned_data["tags_removed"] or [])

    def clean(self) -> dict[str, Any]:
        """What belongs to a pause alone means one."""
        cleaned = super().clean() or self.cleaned_data
        told = cleaned.get("paused_until") or cleaned.get("pause_reason")
        if cleaned.get("pausing") != PAUSE and told:
            self.add_error("pausing", gettext("Choose “pause”, or leave reason and time empty."))
        return cleaned

    def change(self) -> Change:
        """What a valid form asks for."""
        said = self.cleaned_data
        return Change(
            numbers={name: said[name] for name in NUMBERS if said[name] is not None},
            regions=said["regions"] or None,
            tags_added=said["tags_added"],
            tags_removed=said["tags_removed"],
            enabled={PAUSE: False, RESUME: True}.get(said["pausing"]),
            reason=said["pause_reason"],
            until=said["paused_until"],
        )
