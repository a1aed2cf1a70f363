"""What somebody wants to hear about and how, as a form: the same for strangers and for subscribers.

One that is valid names groups and components of this page alone. What nobody sent is what is usual.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from monitors.models import LANGUAGES, Page
from subscribers.channels import CHANNELS
from subscribers.channels.base import AddressError, Means
from subscribers.forms import zones
from subscribers.forms.choosing import Branch, Choosable
from subscribers.forms.ways import Way, ways
from subscribers.models import Kinds
from subscribers.signup import Wish

ALL, SOME, ONE = "all", "some", "incident"
# How the bodies of a channel may be written, where there is a choice.
FORMATS: Mapping[str, tuple[tuple[str, Any], ...]] = {
    "webhook": (("", _("Ours: type, timestamp, data")), ("statuspage", _("As Atlassian Statuspage writes"))),
}


_KINDS: tuple[tuple[str, Any], ...] = (
    (Kinds.ALL, _("Outages and maintenance")),
    (Kinds.INCIDENTS, _("Outages only")),
    (Kinds.MAINTENANCES, _("Maintenance only")),
)


class ChoosingForm(forms.Form):
    """What to hear about, and how: the same when somebody subscribes and whenever they change it."""

    scopes: ClassVar[tuple[tuple[str, Any], ...]] = (
        (ALL, _("Everything on this page")),
        (SOME, _("Only what I choose:")),
    )

    scope = forms.ChoiceField(label=_("What to tell you about"), widget=forms.RadioSelect)
    groups = forms.MultipleChoiceField(label=_("Groups"), required=False)
    components = forms.MultipleChoiceField(label=_("Components"), required=False)
    kinds = forms.ChoiceField(
        label=_("Which messages"),
        choices=_KINDS,
        initial=Kinds.ALL.value,
        required=False,
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label=_("Language of the messages"))
    time_zone = forms.CharField(label=_("Time zone"), max_length=64, required=False)
    format = forms.ChoiceField(label=_("Format"), required=False)
    contact = forms.CharField(
        label=_("Your e-mail address"),
        max_length=254,
        required=False,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )

    def __init__(self, page: Page, channel: str, means: Means, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self._page, self._channel, self._means = page, channel, means
        self._choosable = Choosable(page)
        self._field("scope").choices = self.scopes
        # Asked for only where somebody sent some.
        self._field("groups").choices = lambda: [(key, key) for key in self._choosable.groups]
        self._field("components").choices = lambda: [(key, key) for key in self._choosable.components]
        self._field("language").choices = [(code, name) for code, name in LANGUAGES if code in page.languages]
        if self.formats:
            self._field("format").choices = FORMATS[channel]
        else:
            del self.fields["format"]
        if not self.asks_contact:
            del self.fields["contact"]

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def explain_errors(self) -> None:
        """Ties each field to its error for screen readers."""
        for name in self.errors:
            if name in self.fields:
                attributes = {"aria-invalid": "true", "aria-describedby": f"{name}-error"}
                self.fields[name].widget.attrs |= attributes

    def clean_kinds(self) -> str:
        """All of them unless something was chosen."""
        return self.cleaned_data["kinds"] or Kinds.ALL.value

    def clean_time_zone(self) -> str:
        """A zone that the database knows, "" for the page's."""
        name: str = self.cleaned_data["time_zone"]
        if name and not zones.is_zone(name):
            raise forms.ValidationError(gettext("There is no such time zone."))
        return name

    def clean_contact(self) -> str:
        """In the normal form of mail addresses."""
        contact: str = self.cleaned_data["contact"]
        return self.cleaned("email", contact) if contact else ""

    def cleaned(self, channel: str, address: str) -> str:
        """An address in the normal form of a channel. Raises ValidationError."""
        try:
            return CHANNELS[channel].clean(address, self._means)
        except AddressError as error:
            raise forms.ValidationError(gettext(str(error))) from None

    def clean(self) -> dict[str, Any]:
        """Whoever wants only some things names at least one."""
        cleaned: dict[str, Any] = super().clean() or {}
        # A field that has an error of its own is no longer there.
        chosen = [cleaned.get(name, [True]) for name in ("groups", "components")]
        if cleaned.get("scope") == SOME and not any(chosen):
            self.add_error("components", _("Choose at least one component or group."))
        return cleaned

    def wish(self) -> Wish:
        """What a valid form asks for."""
        values = self.cleaned_data
        some = values["scope"] == SOME
        groups = values["groups"] if some else ()
        return Wish(
            language=values["language"],
            everything=values["scope"] == ALL,
            components=self._choosable.component_keys(values["components"], groups) if some else (),
            groups=self._choosable.group_keys(groups),
            subjects=self.subjects_wished(),
            kinds=values["kinds"],
            time_zone=values["time_zone"],
            format=values.get("format", ""),
            contact=values.get("contact", ""),
        )

    def subjects_wished(self) -> tuple[str, ...]:
        """The names of single incidents and maintenances that it asks for."""
        return ()

    @property
    def formats(self) -> bool:
        """Whether the channel's bodies can be written in more than one way."""
        return self._channel in FORMATS

    @property
    def asks_time_zone(self) -> bool:
        """Whether its messages tell times in words: software gets them with their offset."""
        return self._channel not in FORMATS

    @property
    def asks_contact(self) -> bool:
        """Whether the address is software, which cannot tell its owner that it stopped working."""
        return CHANNELS[self._channel].input_type != "email"

    @property
    def one_language(self) -> bool:
        """Whether there is nothing to choose from."""
        return len(self._field("language").choices) == 1

    @property
    def only_language(self) -> str:
        """The code of the first language, for where there is nothing to choose."""
        return next((str(code) for code, _name in self._field("language").choices), "")

    @cached_property
    def branches(self) -> list[Branch]:
        """Groups and components to tick."""
        return list(self._choosable.branches(self._sent("components"), self._sent("groups")))

    @property
    def zones(self) -> list[tuple[str, list[zones.Zone]]]:
        """Time zones to choose from, by region."""
        chosen = str(self["time_zone"].value() or "")
        known = chosen if zones.is_zone(chosen) else ""
        return zones.choices(get_language() or "en", known, self._page.time_zone)

    @property
    def ways(self) -> list[Way]:
        """How to follow the page without a subscription."""
        return ways(self._page, get_language() or "")

    def _sent(self, name: str) -> set[str]:
        return {str(value) for value in self[name].value() or ()}
