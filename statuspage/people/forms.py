"""Forms about accounts."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from monitors.models import LANGUAGES
from statuspage.models import Person


def zones() -> list[tuple[str, Any]]:
    """Every time zone of the place-like kind, the page's own first."""
    named = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [("", _("As the page")), ("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in named)]


class AccountForm(forms.Form):
    """What somebody says about themselves."""

    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("As your browser says")), *LANGUAGES], required=False
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=zones,
        required=False,
        help_text=_("Times are shown in it, with the page’s beside it."),
    )

    def __init__(self, *args: Any, user: User, wish: Person, **kwargs: Any) -> None:
        self._user, self._wish = user, wish
        initial = {
            "first_name": user.first_name,
            "last_name": user.last_name,
            "language": wish.language,
            "time_zone": wish.time_zone,
        }
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"

    def save(self) -> None:
        """Both rows."""
        said = self.cleaned_data
        self._user.first_name, self._user.last_name = said["first_name"], said["last_name"]
        self._user.save(update_fields=["first_name", "last_name"])
        self._wish.language, self._wish.time_zone = said["language"], said["time_zone"]
        self._wish.save()


class AcceptForm(forms.Form):
    """What an invited person chooses."""

    username = forms.CharField(
        label=_("Name to sign in with"),
        max_length=150,
        validators=[User.username_validator],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    first_name = forms.CharField(label=_("First name"), max_length=150, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=150, required=False)
    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 12 characters. Several words are good."),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_username(self) -> str:
        """Raises ValidationError where somebody has that name, in whatever case."""
        name: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError(_("Somebody has this name already."))
        return name

    def clean(self) -> dict[str, Any]:
        """Judges the password by what is known of the person."""
        said = super().clean() or {}
        if password := said.get("password"):
            about = User(**{name: said.get(name, "") for name in ("username", "first_name", "last_name")})
            try:
                validate_password(password, about)
            except ValidationError as error:
                self.add_error("password", error)
        return said
