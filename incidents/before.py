"""How an incident or a maintenance stood before an update, and back to it.

What an update did not change is not remembered: what somebody else changes meanwhile stays.
"""

from datetime import datetime
from typing import Any

from django.db.models import Field

from incidents import standing
from incidents.models import Incident, Maintenance
from monitors.status import Status

_COMMON = ("title_en", "title_fr", "status", "started_at")
_INCIDENT = (
    *_COMMON,
    *("impact", "monitoring_at", "resolved_at", "next_update_at"),
    *("workaround_en", "workaround_fr", "scope_en", "scope_fr"),
)
_MAINTENANCE = (*_COMMON, "scheduled_for", "scheduled_until", "completed_at", "reminders", "reminded")


def remembered(about: Incident | Maintenance, source: str) -> dict[str, Any]:
    """What an update is about to change: `about` is as it will be, the database holds it as it was.

    `first`: there was nothing before. `declared`: what its source said of components (primary keys).
    """
    if not about.updates.exists():
        return {"first": True}
    row = type(about).everything.get(pk=about.pk)
    names = _INCIDENT if isinstance(about, Incident) else _MAINTENANCE
    changed = [name for name in names if getattr(row, name) != getattr(about, name)]
    declared = {str(id_): status.value for id_, status in standing.declared(source).items()}
    return {"row": {name: _plain(getattr(row, name)) for name in changed}, "declared": declared}


def restore(about: Incident | Maintenance, before: dict[str, Any]) -> None:
    """Gives it back the values that it had; the caller saves it."""
    for name, value in before["row"].items():
        field = about._meta.get_field(name)
        setattr(about, name, field.to_python(value) if isinstance(field, Field) else value)


def declared(before: dict[str, Any]) -> dict[int, Status]:
    """What its source said of components (primary keys)."""
    return {int(id_): Status(status) for id_, status in before.get("declared", {}).items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
