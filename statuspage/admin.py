"""Targets in the admin: where a page is published, how far each has come, and why one has not."""

import json
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.utils.timesince import timesince
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from monitors import bell
from statuspage import offsite
from statuspage.models import Target
from statuspage.publish import TARGETS, ConfigError


class ConfigField(forms.JSONField):
    """JSON that can be kept; Django's own fails on what is too deep, a huge number or half a character."""

    def to_python(self, value: Any) -> Any:
        """Raises ValidationError."""
        try:
            read = super().to_python(value)
            json.dumps(read, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
        return read

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What cannot be read comes back as it was written."""
        try:
            self.to_python(data)
        except ValidationError:
            return InvalidJSONInput(data)
        return super().bound_data(data, initial)


class TargetForm(forms.ModelForm[Target]):
    """Checks the configuration by the kind's own rules."""

    class Meta:
        model = Target
        fields = ["page", "name", "kind", "config", "enabled"]
        field_classes: ClassVar = {"config": ConfigField}
        help_texts: ClassVar = {
            "config": _(
                "A folder: {“path”: “/srv/status”}. S3: “bucket”, and where needed “prefix”, “endpoint_url”, "
                "“region”, “addressing_style”, “access_key_env” and “secret_key_env” (the names of the "
                "environment variables that hold the keys)."
            )
        }

    def clean(self) -> dict[str, Any]:
        """Names the setting that is wrong."""
        cleaned = super().clean() or {}
        kind, config = cleaned.get("kind"), cleaned.get("config")
        if kind and isinstance(config, dict):
            try:
                TARGETS[kind].parse(config)
            except ConfigError as error:
                self.add_error("config", f"{error.field}: {error.told(gettext)}")
        elif config is not None:
            self.add_error("config", gettext("Write one JSON object, such as {“path”: “/srv/status”}."))
        return cleaned


@admin.register(Target)
class TargetAdmin(admin.ModelAdmin[Target]):
    """What is published where."""

    form = TargetForm
    list_display = ["name", "page", "kind", "enabled", "sequence", "age", "error"]
    readonly_fields = ["sequence", "age", "failures", "error", "subscriber_list"]
    list_select_related = ["page"]

    @admin.display(description=_("public page"))
    def age(self, target: Target) -> str:
        """How old what this target shows is."""
        if target.published_at is None:
            return pgettext("target", "never published")
        return gettext("%(age)s old") % {"age": timesince(target.published_at)}

    @admin.display(description=_("subscriber list for emergencies"))
    def subscriber_list(self, target: Target) -> str:
        """How old it is, or why there is none."""
        reason = offsite.missing(target)
        if reason or target.listed_at is None:
            return gettext(reason) if reason else gettext("not written yet")
        return gettext("%(age)s old") % {"age": timesince(target.listed_at)}

    def save_model(self, request: Any, obj: Target, form: Any, change: bool) -> None:
        """A changed target is published to again from the start."""
        if form.has_changed():
            obj.sequence = 0
            obj.listed = ""
        super().save_model(request, obj, form, change)
        bell.ring("statuspage.tasks.publish")
