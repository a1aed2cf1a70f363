"""Component statuses and the one rule that merges what is observed with what is declared.

The terms are the field's (Atlassian Statuspage API v2) plus `unknown`, which never counts as up.
"""

from collections.abc import Iterable, Sequence
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
    CORRECTION = "correction"


def source_kind(source: str) -> Source:
    """The kind of a span's source, such as MONITOR of "monitor:17".

    Raises ValueError for a source of no known kind.
    """
    return Source(source.partition(":")[0])


def merge(sources: Iterable[tuple[str, Status]]) -> Status:
    """What customers see of a component at one instant, from all (source, status) that hold then.

    What staff corrected wins over everything, the newest correction first. An open incident's outage
    wins over everything else but a worse observation; maintenance wins over what monitors observe;
    monitors win over what staff declared before there were any; nothing at all is unknown.
    """
    return decide(sources)[0]


def decide(sources: Iterable[tuple[str, Status]]) -> tuple[Status, str]:
    """The same, with the source that decides it: "" where nobody says anything.

    Of several that say the same it is the first by name, so that it does not depend on their order.
    Raises ValueError for a source of no known kind, and for a correction without a number.
    """
    by_kind: dict[Source, list[tuple[str, Status]]] = {}
    for source, status in sources:
        by_kind.setdefault(source_kind(source), []).append((source, status))
    if Source.CORRECTION in by_kind:
        source, status = max(by_kind[Source.CORRECTION], key=_number)
        return status, source
    observed = _worst(by_kind.get(Source.MONITOR, by_kind.get(Source.STAFF, ())))
    declared = _worst(by_kind.get(Source.INCIDENT, ()))
    work = [source for source, _status in by_kind.get(Source.MAINTENANCE, ())]
    if declared and declared[0] == Status.UNDER_MAINTENANCE:
        work.append(declared[1])
    if declared and declared[0] in IMPACTS:
        worse = observed and not work and observed[0].severity > declared[0].severity
        return observed if observed and worse else declared
    if work:
        return Status.UNDER_MAINTENANCE, min(work)
    return observed or (Status.UNKNOWN, "")


def _number(said: tuple[str, Status]) -> int:
    return int(said[0].partition(":")[2])


def _worst(said: Sequence[tuple[str, Status]]) -> tuple[Status, str] | None:
    if not said:
        return None
    source, status = min(said, key=lambda each: (-each[1].severity, each[0]))
    return status, source
