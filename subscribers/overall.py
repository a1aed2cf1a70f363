"""How a page stands as a whole, in Statuspage's words (API v2). Pure, without Django.

Silence is never green: what nobody can see makes it at least minor.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from enum import StrEnum

from monitors.status import Status


class Indicator(StrEnum):
    """Statuspage's overall indicator, the worst last."""

    NONE = "none"
    MAINTENANCE = "maintenance"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


_ORDER = list(Indicator)
_LEVELS = {
    Status.OPERATIONAL: Indicator.NONE,
    Status.UNDER_MAINTENANCE: Indicator.MAINTENANCE,
    Status.UNKNOWN: Indicator.MINOR,
    Status.DEGRADED_PERFORMANCE: Indicator.MINOR,
    Status.PARTIAL_OUTAGE: Indicator.MINOR,
    Status.MAJOR_OUTAGE: Indicator.MAJOR,
}
DESCRIPTIONS = {
    Indicator.NONE: "All Systems Operational",
    Indicator.MAINTENANCE: "Service Under Maintenance",
    Indicator.MINOR: "Minor Service Outage",
    Indicator.MAJOR: "Partial System Outage",
    Indicator.CRITICAL: "Major System Outage",
}


def indicator(impacts: Iterable[str], statuses: Collection[Status]) -> Indicator:
    """The worse of open incidents' impacts and what components show.

    All components in a major outage are critical, one alone is major.
    """
    levels = [Indicator(impact) for impact in impacts]
    levels += [_LEVELS[status] for status in statuses]
    if statuses and all(status == Status.MAJOR_OUTAGE for status in statuses):
        levels.append(Indicator.CRITICAL)
    return max(levels, key=_ORDER.index, default=Indicator.NONE)


def description(
    impacts: Collection[str], statuses: Collection[Status], unseen_since: Iterable[datetime | None]
) -> str:
    """The indicator in words; `unseen_since`: when each unknown component was last seen."""
    level = indicator(impacts, statuses)
    if level != Indicator.MINOR or "minor" in impacts or Status.PARTIAL_OUTAGE in statuses:
        return DESCRIPTIONS[level]
    if Status.DEGRADED_PERFORMANCE in statuses:
        return "Partially Degraded Service"
    return unseen(unseen_since)


def unseen(since: Iterable[datetime | None]) -> str:
    """What stands for `unknown`, which the API lacks (DESIGN section 4)."""
    known = [at for at in since if at is not None]
    if not known:
        return "Status unknown: not checked yet"
    return f"Status unknown: not checked since {min(known).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
