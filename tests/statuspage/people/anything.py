"""A row of any model, with whatever it needs: so that a test of all models meets those of tomorrow."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tests.incidents.make import make_subscriber, open_incident, schedule
from tests.make import make_component, make_group, make_monitor, make_page
from tests.people import make_staff

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
MAKERS = {
    "auth.user": lambda: make_staff("viewer"),
    "monitors.page": make_page,
    "monitors.group": make_group,
    "monitors.component": make_component,
    "monitors.monitor": lambda: make_monitor([make_component()]),
    "incidents.incident": lambda: open_incident(make_page()),
    "incidents.maintenance": lambda: schedule(page := make_page(), make_component(page)),
    "subscribers.subscriber": lambda: make_subscriber(make_page()),
}


def make_any(model: type[models.Model]) -> Any:
    """One row, saved."""
    if model._meta.label_lower in MAKERS:
        return MAKERS[model._meta.label_lower]()
    fields = [field for field in model._meta.local_concrete_fields if _needed(field)]
    return model._default_manager.create(**{field.name: _value(field) for field in fields})


def _needed(field: "models.Field[Any, Any]") -> bool:
    named = field.name.endswith(("_en", "_fr"))
    return named or not (field.primary_key or field.null or field.has_default() or field.auto_created)


def _value(field: "models.Field[Any, Any]") -> Any:
    if isinstance(field, models.ForeignKey | models.OneToOneField):
        return make_any(field.related_model)
    if field.flatchoices:
        return field.flatchoices[0][0]
    if field.name.endswith("url"):
        return "https://hooks.example.com/services/T0/B0"
    values: list[tuple[Any, Any]] = [
        (models.DateTimeField, NOW),
        (models.DateField, NOW.date()),
        (models.TimeField, NOW.time()),
        (models.EmailField, "somebody@example.com"),
        (models.CharField | models.TextField, f"a {field.name}"[: field.max_length or 20]),
        (models.BooleanField, False),
        (models.IntegerField, 1),
        (models.JSONField, {}),
        (ArrayField, []),
        (models.BinaryField, b""),
    ]
    return next(value for kind, value in values if isinstance(field, kind))
