"""The two forms: of strangers who subscribe an address, and of subscribers who change what they hear.

A form that is valid holds an address in its normal form, and incidents and maintenances of this page alone.
"""

import re
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, Self

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitors.models import Page
from subscribers import subjects
from subscribers.channels import CHANNELS
from subscribers.channels.base import Means
from subscribers.channels.chat import Chat
from subscribers.forms.choice_form import ALL as ALL
from subscribers.forms.choice_form import ONE as ONE
from subscribers.forms.choice_form import SOME as SOME
from subscribers.forms.choice_form import ChoosingForm
from subscribers.models import Subscriber
from subscribers.signup import Wish
from subscribers.standing import is_shared
from subscribers.subjects import Subject

_SUBJECT = re.compile(r"[a-z]{1,20}:[0-9a-z]{12}")


class SubscribeForm(ChoosingForm):
    """Who wants to hear what."""

    scopes: ClassVar[tuple[tuple[str, Any], ...]] = (
        (ONE, _("This one alone, until it is over")),
        *ChoosingForm.scopes,
    )

    address = forms.CharField(max_length=2000)
    # One incident or maintenance by its name, for whoever comes from its page.
    subject = forms.CharField(max_length=40, required=False)
    # No person sees it.
    website = forms.CharField(required=False)

    def __init__(self, page: Page, channel: str, means: Means, data: Any = None, **options: Any) -> None:
        super().__init__(page, channel, means, data, **options)
        shape = CHANNELS[channel]
        address = self.fields["address"]
        address.label = gettext(shape.address_label)
        if isinstance(shape, Chat):  # most of them call theirs the same
            address.label = f"{address.label} ({gettext(shape.label)})"
        address.widget.input_type = shape.input_type
        address.widget.attrs |= {"autocomplete": shape.input_type, "spellcheck": "false"}
        self.explain_errors()

    @classmethod
    def blank(cls, page: Page, channel: str, means: Means, language: str, subject: str) -> Self:
        """As it is shown first, to somebody who comes from the page of an incident or from anywhere ("")."""
        form = cls(page, channel, means, initial={"language": language, "subject": subject})
        form.initial["scope"] = ONE if form.followed else ALL
        return form

    @cached_property
    def subject_name(self) -> str:
        """What was asked for, known or not."""
        return str(self["subject"].value() or "").strip()

    @cached_property
    def followed(self) -> Subject | None:
        """The incident or maintenance of this page that was asked for, while it is not over."""
        if not _SUBJECT.fullmatch(self.subject_name):
            return None
        found = subjects.known([self.subject_name]).get(self.subject_name)
        return found if found and found.page_id == self._page.pk and not found.over else None

    @property
    def lost(self) -> bool:
        """Whether somebody asked for an incident or maintenance that cannot be followed."""
        return bool(self.subject_name) and self.followed is None

    def clean_address(self) -> str:
        """In the channel's normal form."""
        return self.cleaned(self._channel, self.cleaned_data["address"])

    def clean(self) -> dict[str, Any]:
        """Nobody waits for news of what is over or not of this page."""
        cleaned = super().clean()
        if cleaned.get("scope") == ONE and self.followed is None:
            self.add_error(
                "scope", _("This is over, or not on this page: nothing more will be said about it.")
            )
        return cleaned

    def subjects_wished(self) -> tuple[str, ...]:
        """The one that it came for, while it is wanted alone."""
        alone = self.followed if self.cleaned_data["scope"] == ONE else None
        return (alone.name,) if alone else ()


class ManageForm(ChoosingForm):
    """What one subscriber hears from now on: filled in with what it is."""

    subjects = forms.MultipleChoiceField(label=_("What you follow"), required=False)

    def __init__(self, subscriber: Subscriber, means: Means, data: Any = None) -> None:
        super().__init__(subscriber.page, subscriber.channel, means, data, initial=_initial(subscriber))
        self._subscriber = subscriber
        self._field("subjects").choices = [(subject.name, subject.title) for subject in self.followed]
        if self.followed:
            alone = (ONE, _("Only the incidents and maintenances below"))
            self._field("scope").choices = (*self.scopes, alone)
        self.explain_errors()

    @cached_property
    def followed(self) -> list[Subject]:
        """The incidents and maintenances that it follows by name, the latest first."""
        known = subjects.known(self._subscriber.subjects).values()
        return sorted(known, key=lambda subject: subject.changed_at, reverse=True)

    @property
    def _unseen_contact(self) -> str:
        """What stays where nothing else is typed: whoever reads a chat need not know whose address it is."""
        return self._subscriber.contact if is_shared(self._subscriber) else ""

    @cached_property
    def kept(self) -> set[str]:
        """The names of those that are ticked."""
        return self._sent("subjects")

    def clean(self) -> dict[str, Any]:
        """Whoever wants single ones alone keeps at least one."""
        cleaned = super().clean()
        if cleaned.get("scope") == ONE and not cleaned.get("subjects", [True]):
            self.add_error("subjects", _("Keep at least one, or unsubscribe."))
        return cleaned

    def subjects_wished(self) -> tuple[str, ...]:
        """Those that stay."""
        return tuple(self.cleaned_data["subjects"])

    def wish(self) -> Wish:
        """What a valid form asks for; chosen components that the page hides just now stay chosen."""
        wish = super().wish()
        wish = replace(wish, contact=wish.contact or self._unseen_contact)
        hidden = self._subscriber.components.filter(visible=False).values_list("pk", flat=True)
        return (
            replace(wish, components=(*wish.components, *hidden))
            if self.cleaned_data["scope"] == SOME
            else wish
        )


def _initial(subscriber: Subscriber) -> dict[str, Any]:
    components = [component.public_id for component in subscriber.components.all()]
    groups = [group.public_id for group in subscriber.groups.all()]
    some = components or groups or not subscriber.subjects
    return {
        "scope": ALL if subscriber.everything else SOME if some else ONE,
        "components": components,
        "groups": groups,
        "subjects": subscriber.subjects,
        "kinds": subscriber.kinds,
        "language": subscriber.language,
        "time_zone": subscriber.time_zone,
        "format": subscriber.format,
        "contact": "" if is_shared(subscriber) else subscriber.contact,
    }
