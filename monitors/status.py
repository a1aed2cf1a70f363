"""Component statuses and the one rule that merges what is observed with what is declared.

The terms are the field's (Atlassian Statuspage API v2) plus `unknown`, which never counts as up.
"""

from collections.abc import Iterable
from enum import StrEnum


class Status(StrEnum):
    """What customers see of a component."""

    OPERATIONAL = "operational"
    UNDER_MAINTENANCE = "under_maintenance"
    UNKNOWN = "unknown"
    DEGRADED_PERFORMANCE = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"

    @property
    def severity(self) -> int:
        """Order of the definition above: higher is worse, and silence is worse than up."""
        return _SEVERITY[self]


_SEVERITY = {status: rank for rank, status in enumerate(Status)}

# What a monitor that is down may mean for a component, and what an update may declare.
IMPACTS = (Status.DEGRADED_PERFORMANCE, Status.PARTIAL_OUTAGE, Status.MAJOR_OUTAGE)


def worst(statuses: Iterable[Status]) -> Status | None:
    """The most severe of some statuses; None of none."""
    return max(statuses, key=lambda status: status.severity, default=None)


class Source(StrEnum):
    """Who says so: the part of a span's source before the colon."""

    MONITOR = "monitor"
    STAFF = "staff"
    INCIDENT = "incident"
    MAINTENANCE = "maintenance"


def source_kind(source: str) -> Source:
    """The kind of a span's source, such as MONITOR of "monitor:17".

    Raises ValueError for a source of no known kind.
    """
    return Source(source.partition(":")[0])


def merge(sources: Iterable[tuple[str, Status]]) -> Status:
    """What customers see of a component at one instant, from all (source, status) that hold then.

    An open incident's outage wins over everything but a worse observation; maintenance wins over
    what monitors observe; monitors win over what staff declared before there were any; nothing at
    all is unknown.
    """
    by_kind: dict[Source, list[Status]] = {}
    for source, status in sources:
        by_kind.setdefault(source_kind(source), []).append(status)
    in_maintenance = Source.MAINTENANCE in by_kind
    observed = worst(by_kind.get(Source.MONITOR, by_kind.get(Source.STAFF, ())))
    declared = worst(by_kind.get(Source.INCIDENT, ()))
    if declared == Status.UNDER_MAINTENANCE:
        in_maintenance = True
    if declared in IMPACTS:
        seen = declared if in_maintenance or observed is None else worst((declared, observed))
        return seen or declared
    if in_maintenance:
        return Status.UNDER_MAINTENANCE
    return observed or Status.UNKNOWN
