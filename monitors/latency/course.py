"""The course of latency as values: windows of charts, and what was seen in each part of one. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# So long after its end a day is told: by then its checks have been counted.
SETTLED = HOUR


class Window(StrEnum):
    """How far back a chart goes."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    YEAR = "365d"

    @property
    def points(self) -> int:
        """How many points it has; the last one goes on."""
        return {"24h": 24, "7d": 168, "30d": 30, "90d": 90, "365d": 365}[self.value]

    @property
    def step(self) -> timedelta:
        """From one point to the next: an hour, or a day of UTC."""
        return HOUR if self in (Window.DAY, Window.WEEK) else DAY

    def starts(self, now: datetime) -> tuple[datetime, ...]:
        """When each point begins."""
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        last = midnight(now) if self.step == DAY else hour
        return tuple(last - number * self.step for number in reversed(range(self.points)))


@dataclass(frozen=True, slots=True)
class Point:
    """What was seen from `start` on. Durations are those of checks that did not find the target down."""

    start: datetime
    count: int = 0
    bad: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    slowest_ms: float | None = None


Course = tuple[Point, ...]


def midnight(at: datetime) -> datetime:
    """The start of its day of UTC."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def last_day(until: datetime) -> datetime:
    """The start of the last day of UTC that is over, and settled, for whoever tells things until then."""
    return midnight(until - SETTLED) - DAY
