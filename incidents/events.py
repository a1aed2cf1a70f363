"""The names of events, as webhooks and `/events.json` tell them. Pure.

An event is named after the status that the update carries, so that a last word ("resolved") is
known as one whatever was said before it.
"""

import hashlib

from incidents.lifecycle import IncidentStatus, MaintenanceStatus

_LAST_WORDS: dict[str, str] = {
    IncidentStatus.RESOLVED: "incident.resolved",
    IncidentStatus.POSTMORTEM: "incident.postmortem",
}
_STEPS: dict[str, str] = {
    MaintenanceStatus.SCHEDULED: "maintenance.scheduled",
    MaintenanceStatus.IN_PROGRESS: "maintenance.started",
    MaintenanceStatus.VERIFYING: "maintenance.updated",
    MaintenanceStatus.COMPLETED: "maintenance.completed",
    MaintenanceStatus.CANCELLED: "maintenance.cancelled",
}


def derived(update_id: str, what: str) -> str:
    """The permanent id of another event about an update, such as that it was taken back."""
    return hashlib.sha256(f"{update_id} {what}".encode()).hexdigest()[:12]


def incident_event(before: str | None, after: str) -> str:
    """The event of a step from `before` (None: a new incident) to `after`."""
    return "incident.created" if before is None else _LAST_WORDS.get(after, "incident.updated")


def maintenance_event(before: str | None, after: str) -> str:
    """The event of a step; starting is told once, although it may go back from verifying."""
    started = before not in (None, MaintenanceStatus.SCHEDULED)
    same = before == after or (started and after == MaintenanceStatus.IN_PROGRESS)
    return "maintenance.updated" if same else _STEPS.get(after, "maintenance.updated")
