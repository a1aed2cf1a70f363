"""A field for a time as people write it on the page's clock; whoever knows the page gives it its zone."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

SHOWN = "%Y-%m-%dT%H:%M"


class LocalTimeField(forms.Field):
    """A time without a zone, by the browser's own control; `in_zone` makes it a moment."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=SHOWN)
    default_error_messages = {"invalid": _("Write a day and a time, such as 2026-11-22 14:30.")}

    def to_python(self, value: Any) -> datetime | None:
        """What the control sends, and the same with a space. Raises ValidationError."""
        if value in self.empty_values:
            return None
        try:
            time = datetime.fromisoformat(str(value).strip())
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        return time.replace(tzinfo=None)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """To the minute, as it is shown."""
        shown = f"{initial:{SHOWN}}" if isinstance(initial, datetime) else str(initial or "")
        return shown != str(data or "").strip().replace(" ", "T")[:16]


def in_zone(time: datetime, zone: str) -> datetime:
    """The moment at which clocks there show this time; the first of two in autumn."""
    return time.replace(tzinfo=ZoneInfo(zone))


def shown(at: datetime | None, zone: str) -> datetime | None:
    """What clocks there show at a moment, for a field."""
    return timezone.make_naive(at, ZoneInfo(zone)) if at else None
