"""How long an answer may take, in milliseconds, before that means degraded, and before it means down."""

from dataclasses import dataclass
from typing import Self

from monitors.probes.base import ConfigError, Finding
from monitors.reasons import N_, Reason

# As long as a check may take at all.
LONGEST = 60_000


@dataclass(frozen=True, slots=True)
class Pace:
    """Limits, None for none."""

    degraded: int | None
    down: int | None

    @classmethod
    def parse(cls, degraded: str, down: str, fields: tuple[str, str]) -> Self:
        """Both limits from texts, empty for none. Raises ConfigError naming one of `fields`."""
        lower, upper = _limit(degraded, fields[0]), _limit(down, fields[1])
        if lower is not None and upper is not None and lower >= upper:
            raise ConfigError(fields[1], N_("This limit must be above that for degraded."))
        return cls(lower, upper)

    def judge(self, total_ms: float) -> Finding:
        """Slow or not."""
        if self.down is not None and total_ms > self.down:
            return _slow(total_ms, self.down, degraded=False)
        if self.degraded is not None and total_ms > self.degraded:
            return _slow(total_ms, self.degraded, degraded=True)
        return Finding()


def _limit(text: str, field: str) -> int | None:
    if not text.strip():
        return None
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal() and 1 <= int(digits[:9]) <= LONGEST):
        raise ConfigError(field, N_("Write milliseconds from 1 to 60000."))
    return int(digits)


def _slow(total_ms: float, limit: int, *, degraded: bool) -> Finding:
    facts = {"milliseconds": str(round(total_ms)), "limit": str(limit)}
    return Finding(Reason.SLOW, degraded=degraded, facts=facts)
