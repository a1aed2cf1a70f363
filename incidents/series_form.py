"""What staff fill in about a recurring maintenance: all of it at once, also without a script.

It turns fields into a Plan, which `series` judges; times are the clock of the page's zone.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from incidents import words
from incidents.maintenance_forms import Affecting, reminders_field
from incidents.models import Series
from incidents.recurring import dates
from incidents.recurring.choices import PLACES, Choice, Ends, Monthly, Repeats, chosen, written
from incidents.recurring.rule import COUNT, INTERVAL, LENGTH, read
from incidents.recurring.spoken import PLACE_LABELS, sentence
from incidents.series import EARLIEST, LONGEST, Announced, Plan
from incidents.words import PostError
from monitors.models import LANGUAGES, Page

_REPEATS = [
    (Repeats.DAILY, _("Daily")),
    (Repeats.WEEKLY, _("Weekly")),
    (Repeats.MONTHLY, _("Monthly")),
    (Repeats.YEARLY, _("Yearly")),
    (Repeats.OWN, _("Own rule")),
]
_MONTHLY = [
    (Monthly.DAY, _("The same day of the month as the first one")),
    (Monthly.LAST_DAY, _("The last day of the month")),
    (Monthly.WEEKDAY, _("A weekday of the month")),
]
_ENDS = [
    (Ends.NEVER, _("Never")),
    (Ends.UNTIL, _("On a day")),
    (Ends.COUNT, _("After a number of times")),
]
_FOLLOW = [
    (Announced.KEEP, _("Stay as they were announced")),
    (Announced.FOLLOW, _("Follow: moved within their day or cancelled, and subscribers are told")),
]
_TEXT = forms.Textarea(attrs={"rows": 4})
# How many of the next dates are shown.
SHOWN = 6


class SeriesForm(Affecting, forms.Form):
    """A recurring maintenance; given one, what it is now."""

    title_en = forms.CharField(label=_("Title in English"), required=False, max_length=words.TITLE_LENGTH)
    title_fr = forms.CharField(label=_("Title in French"), required=False, max_length=words.TITLE_LENGTH)
    body_en = forms.CharField(label=_("Text in English"), required=False, widget=_TEXT)
    body_fr = forms.CharField(label=_("Text in French"), required=False, widget=_TEXT)
    first_date = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    start_time = forms.TimeField(
        label=_("Start"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    minutes = forms.IntegerField(label=_("Lasts (minutes)"), min_value=1, max_value=LONGEST, initial=60)
    repeats = forms.ChoiceField(
        label=_("Repeats"), choices=_REPEATS, widget=forms.RadioSelect, initial=Repeats.WEEKLY
    )
    every = forms.IntegerField(
        label=_("Every so many days, weeks, months or years"),
        min_value=1,
        max_value=INTERVAL,
        initial=1,
        required=False,
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    monthly = forms.ChoiceField(
        label=_("On"), choices=_MONTHLY, widget=forms.RadioSelect, initial=Monthly.DAY, required=False
    )
    place = forms.TypedChoiceField(
        label=_("Which one"), choices=[(n, PLACE_LABELS[n]) for n in PLACES], coerce=int, required=False
    )
    weekday = forms.TypedChoiceField(
        label=_("Weekday"), choices=list(WEEKDAYS.items()), coerce=int, required=False
    )
    rule = forms.CharField(
        label=_("Own rule"),
        required=False,
        max_length=LENGTH,
        help_text=_("An RRULE of RFC 5545, such as FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
    )
    ends = forms.ChoiceField(label=_("Ends"), choices=_ENDS, widget=forms.RadioSelect, initial=Ends.NEVER)
    until = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    count = forms.IntegerField(label=_("How many times"), min_value=1, max_value=COUNT, required=False)
    announced = forms.IntegerField(
        label=_("Announced so many days ahead"), min_value=1, max_value=EARLIEST, initial=14
    )
    notify = forms.BooleanField(label=_("Notify subscribers"), required=False, initial=True)
    follow = forms.ChoiceField(
        label=_("Those that are announced already"),
        choices=_FOLLOW,
        widget=forms.RadioSelect,
        initial=Announced.KEEP,
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, page: Page, data: Mapping[str, Any] | None = None, series: Series | None = None
    ) -> None:
        super().__init__(data, label_suffix="", initial=_initial(series) if series else {})
        self.page = page
        self.zone = ZoneInfo(page.time_zone)
        self.fields["reminders"] = reminders_field(series.reminders if series else ())
        self.offer_components(series.components.all() if series else ())
        if series is None:
            del self.fields["follow"]
        for text in ("title", "body"):
            for language, _name in LANGUAGES:
                self._speak(f"{text}_{language}", language)

    def _speak(self, name: str, language: str) -> None:
        if language in self.page.languages:
            self.fields[name].widget.attrs["lang"] = language
        else:
            del self.fields[name]

    def clean_first_date(self) -> date:
        """Of a year that anybody means: a rule is followed from its first day on, day by day."""
        first: date = self.cleaned_data["first_date"]
        if first.year not in words.YEARS:
            raise forms.ValidationError(_("Please check the year of this date."))
        return first

    def clean(self) -> dict[str, Any]:
        """Says what is missing for what was chosen, before anything is written."""
        chosen_end = self.cleaned_data.get("ends")
        if chosen_end == Ends.UNTIL and not self.cleaned_data.get("until") and "until" not in self.errors:
            self.add_error("until", _("Say until when."))
        if chosen_end == Ends.COUNT and not self.cleaned_data.get("count") and "count" not in self.errors:
            self.add_error("count", _("Say how many times."))
        return self.cleaned_data

    def rule_text(self) -> str:
        """The rule that was chosen."""
        said = self.cleaned_data
        return written(
            Choice(
                repeats=Repeats(said["repeats"]),
                every=said["every"] or 1,
                weekdays=said["weekdays"],
                monthly=Monthly(said["monthly"] or Monthly.DAY),
                place=said["place"] or PLACES[0],
                weekday=said["weekday"] or 0,
                ends=Ends(said["ends"]),
                until=said["until"],
                count=said["count"],
                rule=said["rule"],
            )
        )

    def plan(self) -> Plan:
        """What it says as a whole."""
        said = self.cleaned_data
        return Plan(
            title_en=said.get("title_en", ""),
            title_fr=said.get("title_fr", ""),
            body_en=said.get("body_en", ""),
            body_fr=said.get("body_fr", ""),
            components=tuple(self.affected()),
            rule=self.rule_text(),
            first_date=said["first_date"],
            start_time=said["start_time"],
            minutes=said["minutes"],
            reminders=tuple(said["reminders"]),
            notify=said["notify"],
            announced=said["announced"],
        )

    def see(self, series: Series) -> None:
        """Notes that its editor sees it as it is now."""
        data = cast(QueryDict, self.data).copy()
        data["seen"] = series.updated_at.isoformat()
        self.data = data

    def refuse(self, error: PostError) -> None:
        """Shows why it cannot be taken, beside the field where there is one."""
        text = error.field.rpartition("_")[0]
        places = (error.field, f"{text}_en", f"{text}_fr")
        self.add_error(next((name for name in places if name in self.fields), None), error.sentence)

    def preview(self, now: datetime) -> tuple[str, list[datetime]]:
        """The rule in a sentence and the next starts. Raises PostError."""
        said, text = self.cleaned_data, self.rule_text()
        rule = read(text)
        dates.check_ahead(rule, said["first_date"], said["start_time"], self.zone, said["minutes"], now)
        found = dates.upcoming(rule, said["first_date"], said["start_time"], self.zone, now)
        return sentence(text, said["first_date"]), [at for at, _n in zip(found, range(SHOWN), strict=False)]


def _initial(series: Series) -> dict[str, Any]:
    names = ("title_en", "title_fr", "body_en", "body_fr", "first_date", "start_time", "minutes")
    also = ("reminders", "notify", "announced")
    choice = chosen(series.rule)
    return {name: getattr(series, name) for name in (*names, *also)} | {
        "repeats": choice.repeats,
        "every": choice.every,
        "weekdays": list(choice.weekdays),
        "monthly": choice.monthly,
        "place": choice.place,
        "weekday": choice.weekday,
        "ends": choice.ends,
        "until": choice.until,
        "count": choice.count,
        "rule": series.rule if choice.repeats == Repeats.OWN else "",
        "seen": series.updated_at.isoformat(),
    }
