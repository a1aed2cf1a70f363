"""The lives of incidents and maintenances: which status may follow which. Pure.

Statuses are Statuspage's (API v2): postmortem follows resolved, a resolved incident may be
reopened, and nothing follows a completed or cancelled maintenance.
"""

from enum import StrEnum


class Impact(StrEnum):
    """How bad an incident is, as API v2 says it."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class IncidentStatus(StrEnum):
    """Where an incident is in its life."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"


class MaintenanceStatus(StrEnum):
    """Where a maintenance is in its life."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


OPEN = (IncidentStatus.INVESTIGATING, IncidentStatus.IDENTIFIED, IncidentStatus.MONITORING)
CLOSED = (IncidentStatus.RESOLVED, IncidentStatus.POSTMORTEM)
UPCOMING = (MaintenanceStatus.SCHEDULED,)
ACTIVE = (MaintenanceStatus.IN_PROGRESS, MaintenanceStatus.VERIFYING)
OVER = (MaintenanceStatus.COMPLETED, MaintenanceStatus.CANCELLED)


class NotAllowed(ValueError):
    """A status that cannot follow the present one."""


def incident_may_become(before: IncidentStatus | None) -> tuple[IncidentStatus, ...]:
    """Every status that can follow `before` (None: a new incident)."""
    if before == IncidentStatus.POSTMORTEM:
        return (IncidentStatus.POSTMORTEM,)
    living = (*OPEN, IncidentStatus.RESOLVED)
    return (*living, IncidentStatus.POSTMORTEM) if before == IncidentStatus.RESOLVED else living


def maintenance_may_become(before: MaintenanceStatus | None) -> tuple[MaintenanceStatus, ...]:
    """Every status that can follow `before` (None: a new maintenance)."""
    return _MAINTENANCE[before]


def check_incident(before: IncidentStatus | None, after: IncidentStatus) -> None:
    """Raises NotAllowed where `after` cannot follow `before` (None: a new incident)."""
    if after not in incident_may_become(before):
        raise NotAllowed(f"{after} cannot follow {before or 'nothing'}")


_MAINTENANCE: dict[MaintenanceStatus | None, tuple[MaintenanceStatus, ...]] = {
    None: (MaintenanceStatus.SCHEDULED, MaintenanceStatus.IN_PROGRESS),
    MaintenanceStatus.SCHEDULED: (
        MaintenanceStatus.SCHEDULED,
        MaintenanceStatus.IN_PROGRESS,
        MaintenanceStatus.CANCELLED,
    ),
    MaintenanceStatus.IN_PROGRESS: (
        MaintenanceStatus.IN_PROGRESS,
        MaintenanceStatus.VERIFYING,
        MaintenanceStatus.COMPLETED,
    ),
    MaintenanceStatus.VERIFYING: (
        MaintenanceStatus.IN_PROGRESS,
        MaintenanceStatus.VERIFYING,
        MaintenanceStatus.COMPLETED,
    ),
    MaintenanceStatus.COMPLETED: (),
    MaintenanceStatus.CANCELLED: (),
}


def check_maintenance(before: MaintenanceStatus | None, after: MaintenanceStatus) -> None:
    """Raises NotAllowed where `after` cannot follow `before` (None: a new maintenance)."""
    if after not in maintenance_may_become(before):
        raise NotAllowed(f"{after} cannot follow {before or 'nothing'}")
