"""The choice of the page that something prepared is for: one of them, or every page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from monitors.models import Page


def offer_pages(form: forms.ModelForm[Any]) -> None:
    """Offers the pages that there are, without ways to their screens; who may only look has no such field."""
    field = form.fields.get("page")
    if not isinstance(field, forms.ModelChoiceField):
        return
    field.queryset = Page.objects.filter(hidden=False)
    field.empty_label = _("Every page")
    for way in ("can_add_related", "can_change_related", "can_view_related", "can_delete_related"):
        setattr(field.widget, way, False)
