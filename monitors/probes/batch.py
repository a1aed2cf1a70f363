"""Run many checks in one event loop, each at its own offset, none able to spoil the others.

The checker doubts itself first: where the loop itself came late, a timeout says nothing about
the target and is unknown, never down.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from monitors.guard import Allow
from monitors.probes import PROBES
from monitors.probes.base import ConfigError, Outcome
from monitors.reasons import Reason

CONCURRENCY = 200
LAG = 0.5
LAG_PERIOD = 0.1


@dataclass(frozen=True, slots=True)
class Item:
    """One monitor to check: `deadline` and `after` (from the start of the batch) in seconds."""

    monitor_id: int
    kind: str
    config: Mapping[str, object]
    deadline: float
    after: float = 0.0


async def run_batch(items: Sequence[Item], allow: Allow) -> list[tuple[int, Outcome]]:
    """Check every item and return (monitor id, outcome) in the order of the items.

    Raises nothing but CancelledError: an item that cannot be read is unknown.
    """
    slots = asyncio.Semaphore(CONCURRENCY)
    async with LagMeter() as meter, asyncio.TaskGroup() as group:
        tasks = [group.create_task(_run(item, allow, slots, meter)) for item in items]
    return [(item.monitor_id, task.result()) for item, task in zip(items, tasks, strict=True)]


class LagMeter:
    """Counts how often the event loop came more than LAG seconds late."""

    def __init__(self) -> None:
        self._late = 0
        self._due = time.monotonic() + LAG_PERIOD

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._task.cancel()

    def stalls(self) -> int:
        """How often so far, with a delay that is still going on."""
        return self._late + self._is_late()

    def _is_late(self) -> bool:
        return time.monotonic() - self._due > LAG

    async def _watch(self) -> None:
        while True:
            self._due = time.monotonic() + LAG_PERIOD
            await asyncio.sleep(LAG_PERIOD)
            self._late += self._is_late()


async def _run(item: Item, allow: Allow, slots: asyncio.Semaphore, meter: LagMeter) -> Outcome:
    await asyncio.sleep(item.after)
    async with slots:
        stalls = meter.stalls()
        outcome = await _check(item, allow)
        if outcome.reason == Reason.TIMEOUT and meter.stalls() > stalls:
            return Outcome.failed(Reason.OVERLOADED, outcome.duration_ms)
        return outcome


async def _check(item: Item, allow: Allow) -> Outcome:
    try:
        probe = PROBES[item.kind]
        config = probe.parse(item.config, allow)
    except (KeyError, ConfigError):
        return Outcome.failed(Reason.CONFIG, 0.0)
    return await probe.run(config, item.deadline, allow)
