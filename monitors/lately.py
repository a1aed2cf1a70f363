"""What was seen of a monitor lately: observations a window at a time, the newest first, by slot.

The index by monitor knows blocks of rows and no rows: it finds what is checked seldom, and of what is checked
often everything is read. So the window is as long as it takes for a page of checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitors.models import Monitor, Observation, Region
from monitors.narrow import unpack, unpack_phases
from monitors.probes import Result
from monitors.probes.base import PHASES

# So many checks of each region, if none was missed; not less than an hour, not more than a week.
CHECKS = 60
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=7)
MOST = 600


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation: milliseconds altogether and of each phase, `status` 0 for none."""

    slot: datetime
    region: str
    result: Result
    reason: str
    status: int
    milliseconds: float
    phases: tuple[tuple[str, float], ...]

    @property
    def wrong(self) -> bool:
        """Whether it was not up."""
        return self.result != Result.UP


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` until `end`; `cut` where there was more than is shown."""

    start: datetime
    end: datetime
    seen: tuple[Seen, ...]
    cut: bool


def window(monitor: Monitor, end: datetime) -> Window:
    """What was seen until `end`, as far back as one page goes."""
    length = min(max(CHECKS * timedelta(seconds=monitor.interval), SHORTEST), LONGEST)
    rows = Observation.objects.filter(monitor_id=monitor.pk, slot__gt=end - length, slot__lte=end)
    found = list(rows.order_by("-slot", "seen").values_list("slot", "seen", "phases")[: MOST + 1])
    names: Mapping[int, str] = dict(Region.objects.values_list("pk", "name"))
    seen = tuple(_seen(*row, names) for row in found[:MOST])
    cut = len(found) > MOST
    return Window(seen[-1].slot if cut else end - length, end, seen, cut)


def _seen(slot: datetime, number: int, phases: int, names: Mapping[int, str]) -> Seen:
    said, times = unpack(number), unpack_phases(phases)
    return Seen(
        slot=slot,
        region=names.get(said.region, str(said.region)),
        result=said.result,
        reason=said.reason,
        status=said.status,
        milliseconds=sum(times),
        phases=tuple((name, taken) for name, taken in zip(PHASES, times, strict=True) if taken),
    )
