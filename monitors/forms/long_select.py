"""A choice of one among thousands: written in one go, where a template for each would take seconds."""

from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

_CHOSEN = mark_safe(" selected")


class LongSelect(forms.Select):
    """As `Select` shows choices without groups."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The control as HTML."""
        chosen = set(self.format_value(value))
        rows = ((key := str(each), _CHOSEN if key in chosen else "", label) for each, label in self.choices)
        options = format_html_join("", '<option value="{}"{}>{}</option>', rows)
        about = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(about), options)


def lengthened(field: Any) -> Any:
    """A field of a form whose choices may be thousands."""
    long = LongSelect(field.widget.attrs)
    long.is_required = field.widget.is_required
    # Both hand their choices to the widget that they have.
    field.widget = long
    long.choices = field.choices
    return field
