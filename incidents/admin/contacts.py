"""Contacts for staff: who to call, how, and where the keys are kept. They go with the emergency bundle."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents.admin.pages import offer_pages
from incidents.models import Contact

_DIALLED = set("+0123456789*#,;")


class ContactForm(forms.ModelForm[Contact]):
    """One person or hotline; there is at least one way to reach them."""

    class Meta:
        model = Contact
        fields: ClassVar = [
            *("name", "role", "phone", "email", "other", "hours"),
            *("credentials", "page", "tags", "position"),
        ]
        help_texts: ClassVar = {
            "role": _(
                "What they are needed for: “DNS and certificates”, “our hosting company, contract 4711”."
            ),
            "hours": _("When they answer, such as “day and night” or “8 to 18, Paris”."),
            "tags": _("Separated by commas."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_pages(self)

    def clean(self) -> dict[str, Any]:
        """Somebody who cannot be reached is no contact."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not any(cleaned.get(way) for way in ("phone", "email", "other")) and not self.errors:
            raise ValidationError(gettext("Say how to reach them: by telephone, e-mail or in another way."))
        return cleaned


@admin.register(Contact)
class ContactAdmin(admin.ModelAdmin[Contact]):
    """One tap calls."""

    form = ContactForm
    # Not the list of what is posted, which is this application’s own.
    change_list_template = "admin/change_list.html"
    list_display = ("name", "role", "call", "write", "other", "hours", "credentials")
    search_fields = ("name", "role", "other", "credentials")
    list_select_related = ("page",)
    actions = None

    class Media:
        css: ClassVar = {"all": ["admin-statuspage/lists.css"]}

    @admin.display(description=_("telephone"))
    def call(self, contact: Contact) -> SafeString | str:
        """A number to tap."""
        number = "".join(each for each in contact.phone if each in _DIALLED)
        return format_html('<a href="tel:{}">{}</a>', number, contact.phone) if number else contact.phone

    @admin.display(description=_("e-mail"))
    def write(self, contact: Contact) -> SafeString | str:
        """An address to tap."""
        return (
            format_html('<a href="mailto:{}">{}</a>', contact.email, contact.email) if contact.email else ""
        )
