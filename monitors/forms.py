"""Forms of pages, groups and components: what staff may save, and which field is wrong.

Every line of text is one visible line; every address is http or https without user data.
"""

from decimal import Decimal
from typing import Any, Generic, TypeVar
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from monitors.addresses import check_url
from monitors.guard import Allow
from monitors.models import LANGUAGES, STATUS_LABELS, Component, Group, Page
from monitors.reasons import UrlRefused
from monitors.status import IMPACTS, Source, Status
from monitors.text import check_line, clean_host

M = TypeVar("M", bound=Model)
# Readers open these addresses, not we: an intranet's are as good as any.
ANYWHERE = Allow.parse("0.0.0.0/0 ::/0")


class LineForm(forms.ModelForm[M], Generic[M]):
    """A form whose texts are single visible lines."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # As Django writes the labels that it takes from models.
            field.label = capfirst(field.label)
            if isinstance(field, forms.CharField):
                field.validators.append(check_line)


def clean_address(value: str) -> str:
    """An http(s) address without a slash at the end. Raises ValidationError."""
    try:
        return check_url(value, ANYWHERE).rstrip("/") if value else value
    except UrlRefused as error:
        raise ValidationError(gettext(error.sentence), code="address") from None


def zones() -> list[tuple[str, str]]:
    """Every time zone that the system knows."""
    return [(zone, zone) for zone in sorted(available_timezones())]


class PageForm(LineForm[Page]):
    """A page: its host, addresses, languages and weights."""

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
            "weight_major",
            "weight_partial",
            "weight_degraded",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("weight_major", "weight_partial", "weight_degraded"):
            self.fields[name].validators += [MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))]
            self.fields[name].help_text = gettext("From 0 (costs no uptime) to 1 (counts in full).")

    def clean_domain(self) -> str:
        """The host as browsers send it."""
        return clean_host(self.cleaned_data["domain"])

    def clean_url(self) -> str:
        """A web address."""
        return clean_address(self.cleaned_data["url"])

    def clean_support_url(self) -> str:
        """A web address, or nothing."""
        return clean_address(self.cleaned_data["support_url"])

    def clean(self) -> dict[str, Any]:
        """The default language is one of the page's."""
        cleaned = super().clean() or self.cleaned_data
        languages = cleaned.get("languages")
        if languages and cleaned.get("default_language") not in languages:
            self.add_error("default_language", gettext("The page does not speak this language."))
        return cleaned


class GroupForm(LineForm[Group]):
    """A group of components."""

    class Meta:
        model = Group
        fields = ["page", "name_en", "name_fr", "position"]


class ComponentForm(LineForm[Component]):
    """A component; its group is one of its page's."""

    declared = forms.ChoiceField(
        label=_("status declared by staff"),
        choices=[(status.value, STATUS_LABELS[status]) for status in (Status.OPERATIONAL, *IMPACTS)],
        required=False,
        initial=Status.OPERATIONAL.value,
        help_text=_("What the page shows while no monitor watches this component."),
    )

    class Meta:
        model = Component
        fields = [
            "page",
            "group",
            "name_en",
            "name_fr",
            "slug",
            "description_en",
            "description_fr",
            "position",
            "visible",
            "only_show_if_degraded",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        component = self.instance
        if component.pk is None:
            return
        self.fields["group"].queryset = Group.objects.filter(page=component.page_id)  # type: ignore[attr-defined]
        declared = component.spans.filter(source=Source.STAFF).order_by("-during").first()
        if declared:
            self.initial["declared"] = declared.status
        if component.feeds.exists():
            self.fields["declared"].disabled = True

    def clean(self) -> dict[str, Any]:
        """Names the field that does not fit the page."""
        cleaned = super().clean() or self.cleaned_data
        page = cleaned.get("page") or getattr(self.instance, "page", None)
        group = cleaned.get("group")
        if group and page and group.page_id != page.pk:
            self.add_error("group", gettext("This group is on another page."))
        others = Component.objects.filter(page=page, slug=cleaned.get("slug")).exclude(pk=self.instance.pk)
        if page and others.exists():
            self.add_error("slug", gettext("Another component of this page has this short name."))
        return cleaned
