"""The form of a page: what staff may save, and which field is wrong.

Every line of text is one visible line; every address is http or https without user data.
"""

from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.hashers import make_password
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitors.branding import (
    FAVICON_BYTES,
    LOGO_BYTES,
    clean_colour,
    clean_contact,
    clean_links,
    clean_picture,
    clean_sender,
    clean_web_address,
    written_links,
)
from monitors.forms.parts import LineForm
from monitors.models import LANGUAGES, Access, Page
from monitors.text import check_line, clean_host


def zones() -> list[tuple[str, str]]:
    """Every time zone that the system knows."""
    return [(zone, zone) for zone in sorted(available_timezones())]


class PageForm(LineForm[Page]):
    """A page: its host, addresses, languages, weights, looks and readers."""

    url = forms.CharField(
        label=_("public address"),
        max_length=500,
        help_text=_("Where customers read the page, without a slash at the end."),
    )
    support_url = forms.CharField(label=_("support address"), max_length=500, required=False)
    time_zone = forms.ChoiceField(label=_("time zone"), choices=zones, initial="Etc/UTC")
    languages = forms.MultipleChoiceField(
        label=_("languages"),
        choices=LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        initial=[code for code, _name in LANGUAGES],
    )

    new_password = forms.CharField(
        label=_("password for readers"),
        min_length=8,
        max_length=200,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Empty: stays as it is. A new one ends every reader’s access."),
    )
    logo_file = forms.FileField(label=_("logo"), required=False, help_text=_("PNG or WebP, up to 100 kB."))
    no_logo = forms.BooleanField(label=_("remove the logo"), required=False)
    favicon_file = forms.FileField(
        label=_("icon"),
        required=False,
        help_text=_("PNG or WebP, up to 30 kB. Shown while all is well; else the icon tells the status."),
    )
    no_favicon = forms.BooleanField(label=_("remove the icon"), required=False)
    written_links = forms.CharField(
        label=_("links"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In the footer, one a line: English | French | address."),
    )
    dead_man_url = forms.CharField(
        label=_("dead man’s switch"),
        required=False,
        max_length=500,
        help_text=_(
            "An address that is called after each publication, so that a service such as healthchecks.io "
            "tells you when publications stop."
        ),
    )

    class Meta:
        model = Page
        fields = [
            "name",
            "domain",
            "url",
            "support_url",
            "time_zone",
            "languages",
            "default_language",
            "hold",
            "weight_major",
            "weight_partial",
            "weight_degraded",
            "access",
            "accent",
            "legal_en",
            "legal_fr",
            "security_contact",
            "sender",
            "dead_man_url",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("weight_major", "weight_partial", "weight_degraded"):
            self.fields[name].validators += [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))]
            self.fields[name].help_text = gettext("From 0 (costs no uptime) to 1 (counts in full).")
        self.fields["hold"].required = False
        self.fields["hold"].help_text = gettext("So long nobody is told of a post; 0 tells at once.")
        for name in ("legal_en", "legal_fr", "written_links"):
            self.fields[name].validators.remove(check_line)
        # Helps are HTML in the admin: this one speaks of an address in angle brackets.
        self.fields["sender"].help_text = escape(self.fields["sender"].help_text)
        self.initial["written_links"] = written_links(self.instance.links)

    def clean_hold(self) -> int:
        """Seconds; what is left empty stays as it is."""
        hold: int | None = self.cleaned_data["hold"]
        return self.instance.hold if hold is None else hold

    def clean_domain(self) -> str:
        """The host as browsers send it."""
        return clean_host(self.cleaned_data["domain"])

    def clean_url(self) -> str:
        """A web address."""
        return clean_web_address(self.cleaned_data["url"])

    def clean_support_url(self) -> str:
        """A web address, or nothing."""
        return clean_web_address(self.cleaned_data["support_url"])

    def clean_accent(self) -> str:
        """A colour, or nothing."""
        return clean_colour(self.cleaned_data["accent"])

    def clean_written_links(self) -> list[dict[str, str]]:
        """The links as they are kept."""
        return clean_links(self.cleaned_data["written_links"])

    def clean_security_contact(self) -> str:
        """A mailto: or https: address, or nothing."""
        return clean_contact(self.cleaned_data["security_contact"])

    def clean_sender(self) -> str:
        """Somebody mail can come from, or nothing."""
        return clean_sender(self.cleaned_data["sender"])

    def clean_dead_man_url(self) -> str:
        """A web address, or nothing."""
        value: str = self.cleaned_data["dead_man_url"]
        clean_web_address(value)
        return value

    def clean_logo_file(self) -> bytes | None:
        """The picture itself."""
        return self._picture("logo_file", LOGO_BYTES)

    def clean_favicon_file(self) -> bytes | None:
        """The picture itself."""
        return self._picture("favicon_file", FAVICON_BYTES)

    def _picture(self, name: str, limit: int) -> bytes | None:
        upload = self.cleaned_data[name]
        return clean_picture(upload.read(limit + 1), limit) if upload else None

    def clean(self) -> dict[str, Any]:
        """The default language is one of the page's; a password is there where one is asked for."""
        cleaned = super().clean() or self.cleaned_data
        languages = cleaned.get("languages")
        if languages and cleaned.get("default_language") not in languages:
            self.add_error("default_language", gettext("The page does not speak this language."))
        if cleaned.get("access") == Access.PASSWORD and not (
            cleaned.get("new_password") or self.instance.password
        ):
            self.add_error("new_password", gettext("Readers need a password: set one."))
        return cleaned

    def save(self, commit: bool = True) -> Page:
        """The page with its pictures, links and password."""
        page, given = self.instance, self.cleaned_data
        page.links = given["written_links"]
        page.logo = None if given["no_logo"] else given["logo_file"] or page.logo
        page.favicon = None if given["no_favicon"] else given["favicon_file"] or page.favicon
        if given["new_password"]:
            page.password = make_password(given["new_password"])
        saved: Page = super().save(commit)
        return saved
