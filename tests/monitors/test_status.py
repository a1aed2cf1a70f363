"""The merge of what is observed with what is declared, as a table."""

import pytest

from monitors.status import IMPACTS, Source, Status, merge, source_kind, worst

UP, MAINTENANCE, UNKNOWN = Status.OPERATIONAL, Status.UNDER_MAINTENANCE, Status.UNKNOWN
DEGRADED, PARTIAL, MAJOR = IMPACTS


@pytest.mark.parametrize(
    ("sources", "seen"),
    [
        # Silence is never green.
        ([], UNKNOWN),
        ([("staff", UP)], UP),
        ([("staff", MAJOR)], MAJOR),
        ([("monitor:1", UP)], UP),
        ([("monitor:1", UNKNOWN)], UNKNOWN),
        # Monitors win over what staff declared before there were any.
        ([("staff", UP), ("monitor:1", MAJOR)], MAJOR),
        ([("staff", MAJOR), ("monitor:1", UP)], UP),
        ([("staff", UP), ("monitor:1", UNKNOWN)], UNKNOWN),
        # The worst of several monitors.
        ([("monitor:1", UP), ("monitor:2", DEGRADED)], DEGRADED),
        ([("monitor:1", UP), ("monitor:2", UNKNOWN)], UNKNOWN),
        ([("monitor:1", UNKNOWN), ("monitor:2", DEGRADED)], DEGRADED),
        # An incident's outage wins over everything but a worse observation.
        ([("monitor:1", UP), ("incident:a", PARTIAL)], PARTIAL),
        ([("monitor:1", MAJOR), ("incident:a", PARTIAL)], MAJOR),
        ([("monitor:1", UNKNOWN), ("incident:a", DEGRADED)], DEGRADED),
        ([("incident:a", DEGRADED)], DEGRADED),
        ([("incident:a", DEGRADED), ("incident:b", MAJOR)], MAJOR),
        # An incident that says operational takes nothing back.
        ([("monitor:1", MAJOR), ("incident:a", UP)], MAJOR),
        ([("monitor:1", UNKNOWN), ("incident:a", UP)], UNKNOWN),
        # Maintenance wins over what monitors observe, not over an incident.
        ([("monitor:1", MAJOR), ("maintenance:m", MAINTENANCE)], MAINTENANCE),
        ([("monitor:1", UNKNOWN), ("maintenance:m", MAINTENANCE)], MAINTENANCE),
        ([("staff", UP), ("maintenance:m", MAINTENANCE)], MAINTENANCE),
        ([("maintenance:m", MAINTENANCE)], MAINTENANCE),
        ([("monitor:1", UP), ("maintenance:m", MAINTENANCE), ("incident:a", PARTIAL)], PARTIAL),
        ([("monitor:1", MAJOR), ("maintenance:m", MAINTENANCE), ("incident:a", DEGRADED)], DEGRADED),
        ([("monitor:1", MAJOR), ("incident:a", MAINTENANCE)], MAINTENANCE),
    ],
)
def test_customers_see(sources: list[tuple[str, Status]], seen: Status) -> None:
    assert merge(sources) == seen
    assert merge(reversed(sources)) == seen


def test_silence_is_worse_than_up_and_better_than_any_outage() -> None:
    assert worst([UP, UNKNOWN]) == UNKNOWN
    assert worst([UNKNOWN, DEGRADED]) == DEGRADED
    assert worst([]) is None


def test_a_source_of_no_known_kind_is_refused() -> None:
    assert source_kind("monitor:17") == Source.MONITOR
    with pytest.raises(ValueError, match="weather"):
        source_kind("weather:17")
