"""Run many checks in one event loop, each at its own offset, none able to spoil the others.

The checker doubts itself first: where the loop itself came late, a timeout says nothing about
the target and is unknown, never down; nor does it where our own network is gone (`doubt`).
"""

import asyncio
import resource
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from monitors.network import contacts
from monitors.network.guard import Allow
from monitors.probes import PROBES
from monitors.probes.base import ConfigError, Outcome, Probe
from monitors.probes.doubt import Doubt, Witness
from monitors.reasons import Reason

# Most of them wait for targets that hang: enough for 10,000 monitors, of which a third does.
CONCURRENCY = 4_000
# File descriptors of a check: its connection, and those of a second address that is tried beside it.
DESCRIPTORS = 2
LAG = 0.5
LAG_PERIOD = 0.1
# What a checker that comes late itself can see in a target that is well.
LATE = {Reason.TIMEOUT, Reason.RESET, Reason.SLOW}
# Settings of so many monitors are kept as they were read: reading them costs as much as asking.
KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Item:
    """One monitor to check: `deadline` and `after` (from when it is handed over) in seconds.

    `trouble` is why it cannot be checked at all.
    """

    monitor_id: int
    kind: str
    config: Mapping[str, object]
    deadline: float
    after: float = 0.0
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    trouble: Reason | None = None


class Checker:
    """Runs checks beside each other in one event loop, however they come in."""

    def __init__(self, allow: Allow, witnesses: Sequence[Witness] = ()) -> None:
        self._allow = allow
        self._doubt = Doubt(allow, witnesses)
        self._places = asyncio.Semaphore(min(CONCURRENCY, descriptors() // DESCRIPTORS))
        self._meter = LagMeter()
        self._settings = SettingsRead(allow)

    async def run(self, item: Item) -> Outcome:
        """Check one item at its offset, as soon as there is a place.

        Raises nothing but CancelledError: an item that cannot be read is unknown.
        """
        await asyncio.sleep(item.after)
        check = self._doubt.check()
        async with self._places:
            with self._meter as meter, contacts.told_to(check):
                stalls = meter.stalls()
                outcome = await self._check(item)
                if outcome.reason in LATE and meter.stalls() > stalls:
                    return Outcome.failed(Reason.OVERLOADED, outcome.duration_ms)
        return await self._doubt.settle(check, outcome)

    async def _check(self, item: Item) -> Outcome:
        if item.trouble is not None:
            return Outcome.failed(item.trouble, 0.0)
        try:
            probe, settings = self._settings.of(item)
        except (KeyError, ConfigError):
            return Outcome.failed(Reason.CONFIG, 0.0)
        return await probe.run(settings, item.deadline, self._allow, tuple(item.secrets.values()))


class SettingsRead:
    """The settings of monitors as their kinds read them, read again once they are others."""

    def __init__(self, allow: Allow) -> None:
        self._allow = allow
        self._read: dict[int, tuple[str, dict[str, object], Any]] = {}

    def of(self, item: Item) -> tuple[Probe[Any], Any]:
        """The kind of an item and its settings. Raises KeyError for an unknown kind, and ConfigError."""
        probe = PROBES[item.kind]
        whole = {**item.config, **item.secrets}
        kind, texts, read = self._read.get(item.monitor_id, ("", {}, None))
        if kind != item.kind or texts != whole:
            read = probe.parse(whole, self._allow)
            if len(self._read) >= KEPT:
                self._read.clear()
            self._read[item.monitor_id] = item.kind, whole, read
        return probe, read


def descriptors() -> int:
    """How many files this process may have open, after asking for as many as it can get."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONCURRENCY * DESCRIPTORS + 256
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else soft


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
