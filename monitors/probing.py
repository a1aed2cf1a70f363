"""The event loop of a probe worker: checks run beside each other, results leave as they come.

It needs neither a database nor Django's models. A batch is handed over and its task returns at
once, so that one slow target delays nobody: not the rest of its batch, nor the batches after it.
What is under way when the worker dies is a missed slot, nothing else.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from monitors.network.guard import Allow
from monitors.probes.batch import Checker, Item
from monitors.probes.doubt import Witness
from monitors.reasons import Reason
from monitors.sealing import Keys, SealError, opened
from monitors.seen import Seen

logger = logging.getLogger(__name__)

Send = Callable[[str, list[dict[str, object]]], None]

# Checks under way or waiting at once; beyond them the worker is overloaded and whole batches are left out.
LIMIT = 8_000
# How long results gather before they are sent together, in seconds.
GATHER = 0.2


class Prober:
    """One loop in a thread of its own; `send` gets a region and its results, off the loop.

    `keys` open the secrets that batches bring along; `witnesses` tell whether our own network works.
    """

    def __init__(
        self,
        allow: Allow,
        send: Send,
        keys: Keys = Keys(),  # noqa: B008 (a frozen value)
        witnesses: Sequence[Witness] = (),
    ) -> None:
        self._process = os.getpid()
        self._keys = keys
        self._checker = Checker(allow, witnesses)
        self._send = send
        self._running = 0
        self._results: dict[str, list[dict[str, object]]] = {}
        self._loop = asyncio.new_event_loop()
        # Tasks are held here: the loop itself would let them be collected.
        self._tasks: set[asyncio.Task[None]] = set()
        threading.Thread(target=self._loop.run_forever, name="prober", daemon=True).start()

    @property
    def mine(self) -> bool:
        """Whether this process made it."""
        return self._process == os.getpid()

    def submit(self, region: str, items: Iterable[object]) -> None:
        """Starts the checks of a batch; malformed ones are left out. Returns at once."""
        readable = [parsed for item in items if (parsed := _read(item, self._keys)) is not None]
        self._loop.call_soon_threadsafe(self._start, region, readable)

    def _start(self, region: str, items: list[tuple[datetime, Item]]) -> None:
        if self._running + len(items) > LIMIT:
            logger.error("%d checks are under way: a batch of %d is left out", self._running, len(items))
            return
        for slot, item in items:
            self._running += 1
            self._keep(self._check(region, slot, item))

    async def _check(self, region: str, slot: datetime, item: Item) -> None:
        try:
            outcome = await self._checker.run(item)
        finally:
            self._running -= 1
        if not self._results:
            self._loop.call_later(GATHER, self._flush)
        self._results.setdefault(region, []).append(Seen(item.monitor_id, slot, outcome).to_json())

    def _flush(self) -> None:
        results, self._results = self._results, {}
        for region, seen in results.items():
            self._keep(self._deliver(region, seen))

    async def _deliver(self, region: str, seen: list[dict[str, object]]) -> None:
        try:
            await asyncio.to_thread(self._send, region, seen)
        except Exception as error:
            logger.error("%d results were lost: the broker said %s", len(seen), error)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _read(message: object, keys: Keys) -> tuple[datetime, Item] | None:
    try:
        match {"secrets": "", **message} if isinstance(message, Mapping) else message:
            case {
                "monitor": int(monitor_id),
                "slot": str(slot),
                "kind": str(kind),
                "config": dict(config),
                "timeout": int(timeout) | float(timeout),
                "after": int(after) | float(after),
                "secrets": str(sealed),
            }:
                item = Item(monitor_id, kind, config, timeout, after)
                return datetime.fromisoformat(slot), _unsealed(item, sealed, keys)
    except (ValueError, RecursionError):
        pass
    logger.error("A check could not be read.")
    return None


def _unsealed(item: Item, sealed: str, keys: Keys) -> Item:
    """The item with its secrets: never checked without them."""
    try:
        return replace(item, secrets=opened(sealed, item.kind, item.config, keys)) if sealed else item
    except SealError as error:
        logger.error("Monitor %d: %s", item.monitor_id, error)
        return replace(item, trouble=Reason.SEALED)
