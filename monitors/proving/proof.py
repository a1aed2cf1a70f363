"""What is proved of one component's uptime: figures, months, budget, corrections, and sums to add up.

Pure values. Figures are thousandths of a percent, floored (99871 is 99.871 %), None without data; times
are aware UTC datetimes.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from monitors.status import Status

# Rolling windows: 24 hours, and calendar days of the page's zone of which today is the last. A calendar
# month is called by its name, such as "2026-10".
WINDOWS = ("24h", "7d", "30d", "90d", "365d")
# Who says so where monitors do, in public: which of them is the team's own affair.
CHECKS = "checks"


@dataclass(frozen=True, slots=True)
class Figure:
    """The uptime of one window, from `start` until `end` (exclusive).

    `spent` is the exact time in each status that occurs, `unwatched` the time before the component was
    first watched; together they are the window.
    """

    key: str
    start: datetime
    end: datetime
    millis: int | None
    coverage_millis: int
    spent: tuple[tuple[Status, timedelta], ...]
    unwatched: timedelta

    def time(self, status: Status) -> timedelta:
        """The time in a status."""
        return dict(self.spent).get(status, timedelta())


@dataclass(frozen=True, slots=True)
class Budget:
    """What a promise for a calendar month leaves, in whole seconds, floored against us.

    `total` less `spent` is `left`, below zero where more was spent. `met`: no more was lost than the promise
    allows, to the microsecond; of a closed month its digits say the same.
    """

    target_millis: int
    total: int
    spent: int
    left: int
    met: bool


@dataclass(frozen=True, slots=True)
class MonthValue:
    """A calendar month in the page's zone; `sequence` is 0 before it is frozen, 1 as frozen, then grows.

    `weights` are those of a major outage, a partial one and degraded performance that were used.
    """

    figure: Figure
    frozen: bool
    frozen_at: datetime | None
    sequence: int
    weights: tuple[Decimal, Decimal, Decimal]
    budget: Budget | None


@dataclass(frozen=True, slots=True)
class EntryValue:
    """One figure that a correction changed: its digits before and after."""

    key: str
    before: int | None
    after: int | None
    coverage_before: int
    coverage_after: int


@dataclass(frozen=True, slots=True)
class CorrectionValue:
    """What staff corrected, why, and which figures it changed; without a status it takes another one back."""

    id: int
    start: datetime
    end: datetime
    status: Status | None
    reason_en: str
    reason_fr: str
    made_at: datetime
    takes_back: int | None
    taken_back_by: int | None
    entries: tuple[EntryValue, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """All of one component: figures until `until`; months and corrections newest first."""

    since: datetime | None
    until: datetime
    windows: tuple[Figure, ...]
    months: tuple[MonthValue, ...]
    budget: Budget | None
    corrections: tuple[CorrectionValue, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a sum: an interval, what it was, who says so, and what it counts for.

    `source` is CHECKS, "staff", "incident:<public id>", "maintenance:<public id>", "correction:<number>", or
    "" for nobody; to staff also "monitor:<id>". `seconds` is its exact length; `counted` the same, or nothing
    where `weight` is None because maintenance and unknown are taken out; `lost` is counted × weight.
    """

    start: datetime
    end: datetime
    status: Status
    source: str
    weight: Decimal | None
    seconds: Decimal
    counted: Decimal
    lost: Decimal


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure added up: its rows, the earliest first, and their columns' sums.

    Sums of one component that overlap share their rows: each lies in a window or outside of it. `millis` is
    100,000 × (observed − lost) / observed, floored: the digits of the figure of the same key.
    """

    key: str
    start: datetime
    end: datetime
    rows: tuple[Row, ...]
    observed: Decimal
    lost: Decimal
    millis: int | None
