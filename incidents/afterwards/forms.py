"""What staff fill in to correct and complete what was said: plain forms that work without a script."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from incidents import choosing, words
from incidents.afterwards.times import Seen
from incidents.choosing import Choice
from incidents.lifecycle import Impact
from incidents.models import Incident, Postmortem, Update, incident_impacts
from incidents.typed import PostForm
from monitors.models import Page
from monitors.status import Status

_EXACT = "%Y-%m-%dT%H:%M:%S"


class Exactly(forms.DateTimeField):
    """A time to the second, by the browser's own control."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format=_EXACT)


class AfterForm(PostForm):
    """Texts, and what was there when the form was shown; only the fields in `kept` of a post's own."""

    kept: tuple[str, ...] = ()

    def __init__(self, page: Page, data: Any = None, **options: Any) -> None:
        super().__init__(page, data, **options)
        own = {"body_en", "body_fr"} if "body" not in self.texts else set()
        for name in own | ({"notify", "at_once", "update_id", "template"} - set(self.kept)):
            self.fields.pop(name, None)

    def text(self, name: str) -> dict[str, str]:
        """Both languages of a text, as the verbs take them."""
        names = (f"{name}_{language}" for language in ("en", "fr"))
        return {each: self.cleaned_data.get(each, "") for each in names}

    def exact(self, at: datetime) -> str:
        """A time to the second, in the page's zone."""
        return at.astimezone(self.zone).strftime(_EXACT)


class CorrectForm(AfterForm):
    """Another text for an update; nobody is told unless that is asked for."""

    kept = ("notify",)

    def __init__(self, page: Page, data: Any, update: Update) -> None:
        super().__init__(page, data)
        self.fields["notify"].label = _("Tell subscribers of the correction")
        self.initial.update(body_en=update.body_en, body_fr=update.body_fr, notify=False)
        self.initial["seen"] = update.edited_at.isoformat() if update.edited_at else ""

    def said(self) -> dict[str, Any]:
        """The arguments of correct."""
        seen = self.cleaned_data["seen"]
        moment = datetime.fromisoformat(seen) if seen else None
        return self.text("body") | {"seen": moment, "notify": self.cleaned_data["notify"]}

    def clean_seen(self) -> str:
        """A time, or nothing."""
        return _a_time(self.cleaned_data["seen"])


def _a_time(seen: str) -> str:
    try:
        if seen and datetime.fromisoformat(seen).tzinfo is None:
            raise ValueError
    except ValueError:
        raise forms.ValidationError(_("This form is damaged: please load it anew.")) from None
    return seen


class TimesForm(AfterForm):
    """Another title, impact, beginning and end; what monitors saw can be taken over."""

    title_en = forms.CharField(label=_("Title in English"), required=False, max_length=words.TITLE_LENGTH)
    title_fr = forms.CharField(label=_("Title in French"), required=False, max_length=words.TITLE_LENGTH)
    impact = forms.ChoiceField(label=_("Impact"), choices=incident_impacts, widget=forms.RadioSelect)
    started_at = Exactly(label=_("Started"))
    resolved_at = Exactly(label=_("Resolved"))
    attached = forms.MultipleChoiceField(
        label=_("Take over what monitors saw"), required=False, widget=forms.CheckboxSelectMultiple
    )

    texts = ("title",)

    def __init__(self, page: Page, data: Any, incident: Incident, seen: Sequence[Seen]) -> None:
        super().__init__(page, data)
        self.spans = {each.key: each for each in seen}
        self.fields["attached"].choices = [(each.key, each.key) for each in seen]  # type: ignore[attr-defined]
        self.initial.update({name: getattr(incident, name) for name in ("title_en", "title_fr", "impact")})
        self.initial["started_at"] = self.exact(incident.started_at)
        self.initial["seen"] = incident.updated_at.isoformat()
        self.known = {"started_at": incident.started_at, "resolved_at": incident.resolved_at}
        if incident.resolved_at is None:
            del self.fields["resolved_at"]
        else:
            self.initial["resolved_at"] = self.exact(incident.resolved_at)

    def clean_seen(self) -> str:
        """A time."""
        seen = _a_time(self.cleaned_data["seen"])
        if not seen:
            raise forms.ValidationError(_("This form is damaged: please load it anew."))
        return seen

    def rows(self) -> list[tuple[Seen, forms.boundfield.BoundWidget]]:
        """What monitors saw, each with its control."""
        return list(zip(self.spans.values(), self["attached"], strict=True))

    def said(self) -> dict[str, Any]:
        """The arguments of times.correct; what was not touched stays to the microsecond."""
        times = {name: self._time(name) for name in ("started_at", "resolved_at")}
        return (
            self.text("title")
            | times
            | {
                "impact": self.cleaned_data["impact"],
                "seen": datetime.fromisoformat(self.cleaned_data["seen"]),
                "attached": [self.spans[key] for key in self.cleaned_data["attached"]],
            }
        )

    def _time(self, name: str) -> datetime | None:
        typed: datetime | None = self.cleaned_data.get(name)
        before: datetime | None = self.known[name]
        same = typed is not None and before is not None and self.exact(typed) == self.exact(before)
        return before if same else typed


class BackfillForm(AfterForm):
    """An incident that is over already."""

    title_en = forms.CharField(label=_("Title in English"), required=False, max_length=words.TITLE_LENGTH)
    title_fr = forms.CharField(label=_("Title in French"), required=False, max_length=words.TITLE_LENGTH)
    impact = forms.ChoiceField(
        label=_("Impact"), choices=incident_impacts, widget=forms.RadioSelect, initial=Impact.MINOR
    )
    started_at = Exactly(label=_("Started"))
    resolved_at = Exactly(label=_("Resolved"))

    texts = ("title", "body")
    kept = ("update_id",)

    def __init__(self, page: Page, data: Any = None) -> None:
        super().__init__(page, data)
        self.components = choosing.components_of(page)
        for component in self.components:
            field = choosing.status_field(component, _("Was not affected"))
            self.fields[choosing.control(component)] = field

    def choices(self) -> list[Choice]:
        """The components by group with their controls."""
        return list(choosing.choices(self, self.components, {}))

    def said(self) -> dict[str, Any]:
        """The arguments of backfill."""
        values = {each: self.cleaned_data[choosing.control(each)] for each in self.components}
        kept = {
            name: self.cleaned_data[name] for name in ("impact", "started_at", "resolved_at", "update_id")
        }
        components = {component: Status(value) for component, value in values.items() if value}
        return self.text("title") | self.text("body") | kept | {"components": components}


class PostmortemForm(AfterForm):
    """What was learnt, until it is published."""

    def __init__(self, page: Page, data: Any, postmortem: Postmortem | None) -> None:
        super().__init__(page, data)
        self.fields["seen"] = forms.IntegerField(widget=forms.HiddenInput, initial=0, min_value=0)
        for name in ("body_en", "body_fr"):
            if name in self.fields:
                self.fields[name].widget.attrs["rows"] = 16
        if postmortem is not None:
            self.initial.update(body_en=postmortem.body_en, body_fr=postmortem.body_fr)
            self.initial["seen"] = postmortem.version

    def said(self) -> dict[str, Any]:
        """The arguments of postmortems.save, but for what the button says."""
        return self.text("body") | {"seen": self.cleaned_data["seen"]}


class PublishForm(AfterForm):
    """Whether subscribers hear of a postmortem that is published, and when."""

    texts = ()
    kept = ("notify", "at_once")

    def __init__(self, page: Page, data: Any, postmortem: Postmortem | None) -> None:
        super().__init__(page, data)
        version = postmortem.version if postmortem else 0
        self.fields["seen"] = forms.IntegerField(widget=forms.HiddenInput, initial=version, min_value=0)

    def said(self) -> dict[str, Any]:
        """The arguments of postmortems.publish."""
        return {name: self.cleaned_data[name] for name in ("seen", "notify")} | {"hold": self.hold}


class MergeForm(AfterForm):
    """The incident that another one turned out to be."""

    into = forms.ModelChoiceField(
        Incident.objects.none(), label=_("It is the same as"), widget=forms.RadioSelect, empty_label=None
    )

    texts = ()

    def __init__(self, page: Page, data: Any, others: QuerySet[Incident]) -> None:
        super().__init__(page, data)
        self.fields["into"].queryset = others  # type: ignore[attr-defined]
