"""Run many checks in one event loop, each at its own offset, none able to spoil the others.

The checker doubts itself first: where the loop itself came late, a timeout says nothing about
the target and is unknown, never down.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from monitors.guard import Allow
from monitors.probes import PROBES
from monitors.probes.base import ConfigError, Outcome
from monitors.reasons import Reason

# Each holds a file descriptor, of which a process often has 1,024.
CONCURRENCY = 500
LAG = 0.5
LAG_PERIOD = 0.1


@dataclass(frozen=True, slots=True)
class Item:
    """One monitor to check: `deadline` and `after` (from when it is handed over) in seconds."""

    monitor_id: int
    kind: str
    config: Mapping[str, object]
    deadline: float
    after: float = 0.0


class Checker:
    """Runs checks beside each other in one event loop, however they come in."""

    def __init__(self, allow: Allow) -> None:
        self._allow = allow
        self._places = asyncio.Semaphore(CONCURRENCY)
        self._meter = LagMeter()

    async def run(self, item: Item) -> Outcome:
        """Check one item at its offset, as soon as there is a place.

        Raises nothing but CancelledError: an item that cannot be read is unknown.
        """
        await asyncio.sleep(item.after)
        async with self._places:
            with self._meter as meter:
                stalls = meter.stalls()
                outcome = await _check(item, self._allow)
                if outcome.reason == Reason.TIMEOUT and meter.stalls() > stalls:
                    return Outcome.failed(Reason.OVERLOADED, outcome.duration_ms)
                return outcome


class LagMeter:
    """Counts how often the event loop came more than LAG seconds late, while anybody is inside."""

    def __init__(self) -> None:
        self._inside = 0
        self._late = 0

    def __enter__(self) -> Self:
        self._inside += 1
        if self._inside == 1:
            self._arm()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inside -= 1
        if self._inside == 0:
            self._timer.cancel()

    def stalls(self) -> int:
        """How often so far, with a delay that is still going on."""
        return self._late + self._is_late()

    def _is_late(self) -> bool:
        return time.monotonic() - self._due > LAG

    def _arm(self) -> None:
        self._due = time.monotonic() + LAG_PERIOD
        self._timer = asyncio.get_running_loop().call_later(LAG_PERIOD, self._tick)

    def _tick(self) -> None:
        self._late += self._is_late()
        self._arm()


async def _check(item: Item, allow: Allow) -> Outcome:
    try:
        probe = PROBES[item.kind]
        config = probe.parse(item.config, allow)
    except (KeyError, ConfigError):
        return Outcome.failed(Reason.CONFIG, 0.0)
    return await probe.run(config, item.deadline, allow)
