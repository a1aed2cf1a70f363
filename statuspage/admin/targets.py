"""Targets in the admin: where a page is published, how far each has come, and why one has not."""

import json
from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.fields import InvalidJSONInput
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _

from monitors import bell
from monitors.models import EPOCH
from statuspage import offsite, standing
from statuspage.models import Target
from statuspage.publish import TARGETS, ConfigError
from statuspage.push import forget


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
                "A folder: {“path”: “/srv/status”}. S3: “bucket”, and where needed “prefix”, "
                "“endpoint_url”, “region”, “addressing_style”, “access_key_env” and “secret_key_env” (the "
                "names of the environment variables that hold the keys), “kms_key_id”, “acl”, "
                "“cloudfront_distribution_id”. Both: “public_url”, where customers read it, so that it is "
                "read back after each publication; and “private_path” or “private_bucket” with "
                "“private_prefix”, a place that nobody can read in public, for rolling back and for "
                "emergencies."
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
    list_display = ["name", "standing", "receipt", "age", "page", "kind", "enabled", "sequence"]
    readonly_fields = ["sequence", "age", "standing", "failures", "receipt", "dead_man", "subscriber_list"]
    list_select_related = ["page", "page__publishing"]
    actions = ["resync"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Target]:
        """Without the target of a drill."""
        return super().get_queryset(request).filter(page__hidden=False)

    @admin.display(description=_("public page"))
    def age(self, target: Target) -> str:
        """How old what this target shows is."""
        if target.published_at is None:
            return pgettext("target", "never published")
        return standing.age(target, timezone.now())

    @admin.display(description=_("state"))
    def standing(self, target: Target) -> str:
        """What is wrong with it, all of it; or that it is as it should be."""
        return " ".join(standing.problems(target)) or pgettext("target", "in order")

    @admin.display(description=_("receipt"))
    def receipt(self, target: Target) -> str:
        """Whether customers get what was published."""
        return standing.receipt(target, timezone.now())

    @admin.display(description=_("dead man’s switch"))
    def dead_man(self, target: Target) -> str:
        """Whether it was told of the page."""
        return standing.dead_man(target.page, timezone.now())

    @admin.action(description=_("Compare every file again (resync)"), permissions=["change"])
    def resync(self, request: HttpRequest, queryset: QuerySet[Target]) -> None:
        """The worker compares every file of the targets with the newest release."""
        count = queryset.filter(enabled=True).count()
        forget(queryset.filter(enabled=True))
        bell.ring("statuspage.tasks.publish")
        said = ngettext(
            "Every file of %(count)d target is compared now.",
            "Every file of %(count)d targets is compared now.",
            count,
        )
        self.message_user(request, said % {"count": count})

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With what staff must not overlook on top of the list."""
        if request.method == "GET":
            self._warn(request, self.get_queryset(request).select_related("page__publishing"))
        return super().changelist_view(request, extra_context)

    def _warn(self, request: HttpRequest, targets: Iterable[Target]) -> None:
        for target in targets:
            if warning := standing.warning(target, timezone.now()):
                messages.warning(request, warning)

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
            obj.sequence = obj.failures = obj.receipt_sequence = obj.reads = 0
            obj.error, obj.retry_at, obj.unseen_since = "", EPOCH, None
            obj.error_said = obj.alarm = obj.warning = obj.agreed = obj.receipt_error = {}
            obj.listed = ""
        super().save_model(request, obj, form, change)
        bell.ring("statuspage.tasks.publish")
