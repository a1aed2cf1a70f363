"""Names of regions as people write them: with commas between them, each once."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

REGION = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class RegionsField(forms.CharField):
    """Names of regions with commas between them, 1,000 characters at most."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=1_000, **options)

    def prepare_value(self, value: Any) -> Any:
        """A list as people write it."""
        return ", ".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compares what would be shown."""
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value: Any) -> list[str]:
        """The names, each once, in the order given. Raises ValidationError."""
        text = super().clean(value)
        names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
        if (names or self.required) and not (names and all(REGION.fullmatch(name) for name in names)):
            raise ValidationError(
                gettext("Write names of small letters and digits with commas between them, such as default.")
            )
        return names
