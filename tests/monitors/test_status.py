"""The merge of what is observed with what is declared, as a table."""

import pytest

from monitors.status import IMPACTS, Source, Status, decide, merge, source_kind, worst

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
        # What staff corrected wins over everything, the newest of it first.
        ([("monitor:1", MAJOR), ("incident:a", PARTIAL), ("correction:1", UP)], UP),
        ([("monitor:1", UP), ("maintenance:m", MAINTENANCE), ("correction:1", UNKNOWN)], UNKNOWN),
        ([("correction:9", MAJOR), ("correction:10", DEGRADED), ("monitor:1", UP)], DEGRADED),
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


@pytest.mark.parametrize(
    ("sources", "source"),
    [
        ([], ""),
        ([("staff", UP)], "staff"),
        ([("staff", UP), ("monitor:1", UP)], "monitor:1"),
        # Of several that say the same, always the same one.
        ([("monitor:2", MAJOR), ("monitor:1", MAJOR), ("monitor:3", UP)], "monitor:1"),
        ([("monitor:1", PARTIAL), ("incident:a", PARTIAL)], "incident:a"),
        ([("monitor:1", MAJOR), ("incident:a", PARTIAL)], "monitor:1"),
        ([("monitor:1", UP), ("incident:a", UP)], "monitor:1"),
        ([("monitor:1", MAJOR), ("maintenance:m", MAINTENANCE)], "maintenance:m"),
        ([("maintenance:m", MAINTENANCE), ("incident:a", DEGRADED)], "incident:a"),
        ([("incident:a", MAINTENANCE)], "incident:a"),
        ([("correction:9", UP), ("correction:10", MAJOR)], "correction:10"),
    ],
)
def test_who_decides_it(sources: list[tuple[str, Status]], source: str) -> None:
    assert decide(sources)[1] == source
    assert decide(reversed(sources))[1] == source
