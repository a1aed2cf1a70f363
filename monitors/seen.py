"""One result as it travels from a regional worker to the core, and what the core accepts of it.

Pure. Whatever a worker sends is judged field by field before it can reach the database: nothing
in one bad result can spoil the batch that it came in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from monitors.probes.base import Outcome
from monitors.reasons import Reason

# Results this old have no partition any more, and none of them may change what is past.
KEPT = timedelta(days=30)
# How far the clocks of two hosts of the core may be apart.
AHEAD = timedelta(seconds=60)
MAX_ID = 2**31 - 1
LONGEST_MS = 86_400_000.0
_REASONS = {reason.value for reason in Reason}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a region saw of a monitor at a slot (the core's time of record)."""

    monitor_id: int
    slot: datetime
    outcome: Outcome

    def to_json(self) -> dict[str, object]:
        """The result as JSON can carry it."""
        return {"monitor": self.monitor_id, "slot": self.slot.isoformat(), "outcome": self.outcome.to_json()}

    @classmethod
    def from_json(cls, data: object) -> Self:
        """The result that a worker sent. Raises ValueError for anything else."""
        match data:
            case {"monitor": int(monitor_id), "slot": str(slot), "outcome": Mapping() as outcome}:
                return cls(monitor_id, datetime.fromisoformat(slot), Outcome.from_json(outcome))
        raise ValueError("This is not a result.")

    def acceptable(self, now: datetime) -> bool:
        """Whether the database can hold it and its slot is one that was ever asked for."""
        return (
            0 < self.monitor_id <= MAX_ID
            and self.slot.tzinfo is not None
            and now - KEPT < self.slot < now + AHEAD
        )

    @property
    def reason(self) -> str:
        """The code of the reason; empty for up, and for a code that this version does not know."""
        return self.outcome.reason if self.outcome.reason in _REASONS else ""

    @property
    def status_code(self) -> int | None:
        """The HTTP status, where it is one."""
        code = self.outcome.status_code
        return code if code is not None and 0 <= code <= 999 else None

    @property
    def phases(self) -> tuple[float, ...]:
        """Milliseconds of each phase; a kind that tells none has all of its time before the first byte."""
        return self.outcome.phases or (0.0, 0.0, 0.0, self.duration_ms, 0.0)

    @property
    def duration_ms(self) -> float:
        """The duration, not more than a day."""
        return min(self.outcome.duration_ms, LONGEST_MS)
