"""The form that strangers fill in: an address on one channel, what to hear about, which language.

A form that is valid holds an address in its normal form and components of this page alone.
"""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitors.models import LANGUAGES, Component, Page
from subscribers.channels import CHANNELS
from subscribers.channels.base import AddressError, Means
from subscribers.signup import Wish

ALL, SOME = "all", "some"


class SubscribeForm(forms.Form):
    """Who wants to hear what."""

    address = forms.CharField(max_length=2000)
    scope = forms.ChoiceField(
        label=_("What to tell you about"),
        choices=[(ALL, _("Everything on this page")), (SOME, _("Only these components:"))],
        widget=forms.RadioSelect,
    )
    components = forms.MultipleChoiceField(
        label=_("Components"), required=False, widget=forms.CheckboxSelectMultiple
    )
    language = forms.ChoiceField(label=_("Language of the messages"))

    def __init__(self, page: Page, channel: str, means: Means, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self._channel = CHANNELS[channel]
        self._means = means
        visible = Component.objects.filter(page=page, visible=True)
        self._keys = {component.public_id: component.pk for component in visible}
        self._field("components").choices = [(each.public_id, str(each)) for each in visible]
        self._field("language").choices = [(code, name) for code, name in LANGUAGES if code in page.languages]
        self.fields["address"].label = gettext(self._channel.address_label)
        self.fields["address"].widget.input_type = self._channel.input_type
        self.fields["address"].widget.attrs["autocomplete"] = self._channel.input_type
        self._explain_errors()

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def _explain_errors(self) -> None:
        """Ties each field to its error for screen readers."""
        for name in self.errors:
            if name in self.fields:
                self.fields[name].widget.attrs |= {
                    "aria-invalid": "true",
                    "aria-describedby": f"{name}-error",
                }

    def clean_address(self) -> str:
        """In the channel's normal form."""
        try:
            return self._channel.clean(self.cleaned_data["address"], self._means)
        except AddressError as error:
            raise forms.ValidationError(gettext(str(error))) from None

    def clean(self) -> dict[str, Any]:
        """Whoever wants only some components names at least one."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("scope") == SOME and not cleaned.get("components", [True]):
            self.add_error("components", _("Choose at least one component."))
        return cleaned

    def wish(self) -> Wish:
        """What a valid form asks for."""
        everything = self.cleaned_data["scope"] == ALL
        chosen = () if everything else self.cleaned_data["components"]
        return Wish(
            language=self.cleaned_data["language"],
            everything=everything,
            components=tuple(self._keys[public_id] for public_id in chosen),
        )
