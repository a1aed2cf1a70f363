"""The form of a team channel: its address is typed, checked by its service's rules, and never shown again."""

from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.admin.pages import offer_pages
from incidents.models import TeamChannel
from monitors.network.guard import Allow
from subscribers.channels import CHANNELS
from subscribers.channels.base import AddressError
from subscribers.means import means


class TeamChannelForm(forms.ModelForm[TeamChannel]):
    """An empty address keeps the one there is."""

    typed = forms.CharField(
        label=gettext_lazy("Address"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy(
            "The address of an incoming webhook of the service. It is a secret, because whoever has it can "
            "post there: it is kept encrypted and shown no more. Empty: the one that is kept stays."
        ),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false", "class": "vTextField"}
        ),
    )

    class Meta:
        model = TeamChannel
        fields: ClassVar = ["name", "service", "page", "language", "enabled"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_pages(self)
        if self.instance.pk and "typed" in self.fields:
            self.fields["typed"].label = gettext_lazy("New address")

    def clean(self) -> dict[str, Any]:
        """The address in its normal form; of another service it is asked for anew."""
        cleaned: dict[str, Any] = super().clean() or {}
        service, typed = cleaned.get("service"), cleaned.get("typed", "")
        if not service:
            return cleaned
        if not typed and (self.instance.pk is None or "service" in self.changed_data):
            self.add_error("typed", _("Type the address that this service gave you."))
        elif typed:
            # Staff choose it, as they choose what monitors watch: the same networks of theirs are open.
            ours = replace(means(settings), webhook_allow=Allow.parse(settings.PROBE_ALLOW))
            try:
                cleaned["typed"] = CHANNELS[service].clean(typed, ours)
            except AddressError as error:
                self.add_error("typed", _(str(error)))
        return cleaned
