"""How monitoring speaks by itself, page by page: with which templates, and after how long it is over.

A template that asks for more than monitoring knows is refused: nobody is there to answer.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from incidents.models import Autopost, Template
from incidents.watching import words
from monitors.models import Component, Page

_UNUSABLE = _("Monitoring can only use a template with a text that asks for {components} and {since} alone.")
_WAYS = ("can_add_related", "can_change_related", "can_view_related", "can_delete_related")


class AutopostForm(forms.ModelForm[Autopost]):
    """The settings of one page."""

    class Meta:
        model = Autopost
        fields: ClassVar = ["page", "begins", "resolves", "quiet"]
        help_texts: ClassVar = {
            "begins": _("It may name {components} and {since}. Empty: words that come with the product."),
            "resolves": _("It may name {components} and {since}. Empty: words that come with the product."),
            "quiet": _("Only then is an incident resolved, so that what flaps is one incident."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        templates = Template.objects.filter(kind=Template.Kind.INCIDENT)
        found = {
            "page": Page.objects.filter(hidden=False),
            "begins": templates.exclude(title_en="", title_fr=""),
            "resolves": templates,
        }
        for name, rows in found.items():
            field = self.fields.get(name)
            # Who may only look has no such field.
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = rows
                for way in _WAYS:
                    setattr(field.widget, way, False)

    def clean(self) -> dict[str, Any]:
        """Templates of this page or of every page, that monitoring can fill in."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("begins", "resolves"):
            template, page = cleaned.get(name), cleaned.get("page")
            if template is None or page is None:
                continue
            if template.page_id not in (None, page.pk):
                self.add_error(name, gettext("This template is of another page."))
            elif not words.usable(template, begins=name == "begins"):
                self.add_error(name, ValidationError(_UNUSABLE))
        return cleaned


@admin.register(Autopost)
class AutopostAdmin(admin.ModelAdmin[Autopost]):
    """One row for each page that is not to use the product's own words and times."""

    form = AutopostForm
    change_list_template = "admin/change_list.html"
    list_display = ("page", "begins", "resolves", "quiet", "acting")
    list_select_related = ("page", "begins", "resolves")
    actions = None

    class Media:
        css: ClassVar = {"all": ["admin-statuspage/lists.css"]}

    @admin.display(description=_("components it acts about"))
    def acting(self, autopost: Autopost) -> int:
        """How many components monitoring does anything about by itself."""
        return Component.objects.filter(page=autopost.page_id).exclude(policy="observe").count()
