"""Sends many requests at once, without one channel keeping the others of its process from it.

All that send through here have together at most IN_FLIGHT messages out and not recorded. Each channel that
is at work has its share; what another holds beyond its own, it gives back as its requests end.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from itertools import islice
from threading import Condition
from typing import Any

from subscribers.channels.base import Message, Outcome, Result

log = logging.getLogger(__name__)

IN_FLIGHT = 15
# Seconds to wait for a place; without one the messages are left, and taken again.
PATIENCE = 5.0
# Seconds: what ends together is recorded in one statement.
MOMENT = 0.004

Send = Callable[[Message], Coroutine[Any, Any, Outcome]]


class _Places:
    """The places of a process, and who holds how many."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._changed = Condition()
        self._held: dict[object, int] = {}

    def enter(self) -> object:
        """Be counted; returns a key."""
        key = object()
        with self._changed:
            self._held[key] = 0
        return key

    def leave(self, key: object) -> None:
        """Give back all, and be counted no more."""
        with self._changed:
            del self._held[key]
            self._changed.notify_all()

    def take(self, key: object) -> int:
        """Take what is free of one's share; waits for one place where nothing is held yet."""
        with self._changed:
            if not self._held[key]:
                self._changed.wait_for(lambda: self._free(key) > 0, PATIENCE)
            taken = max(0, self._free(key))
            self._held[key] += taken
            return taken

    def give(self, key: object, number: int) -> None:
        """Give some back."""
        with self._changed:
            self._held[key] -= number
            self._changed.notify_all()

    def _free(self, key: object) -> int:
        share = max(1, self._number // len(self._held))
        return min(share - self._held[key], self._number - sum(self._held.values()))


_PLACES = _Places(IN_FLIGHT)


def at_once(messages: Iterable[Message], send: Send) -> Iterator[Sequence[Outcome]]:
    """What became of messages, as each answer comes: a receiver that hangs holds up nobody.

    A message is taken only when it is about to be sent; where `send` raises, that one alone is broken.
    """
    source = iter(messages)
    waiting: set[asyncio.Task[Outcome]] = set()
    key = _PLACES.enter()
    try:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            while True:
                room = _PLACES.take(key)
                fresh = [loop.create_task(_one(send, message)) for message in islice(source, room)]
                _PLACES.give(key, room - len(fresh))
                waiting |= set(fresh)
                if not waiting:
                    return
                done, waiting = loop.run_until_complete(_ended(waiting))
                yield [task.result() for task in done]
                _PLACES.give(key, len(done))
    finally:
        _PLACES.leave(key)


async def _one(send: Send, message: Message) -> Outcome:
    try:
        return await send(message)
    except Exception as error:  # whatever somebody answers must not cost the others their outcome
        # Nor its words: the address is a secret, which may stand in them.
        log.error("Delivery %s cannot be made: %s", message.delivery_id, type(error).__name__)
        return Outcome(message.delivery_id, Result.BROKEN, type(error).__name__)


async def _ended(
    tasks: set[asyncio.Task[Outcome]],
) -> tuple[set[asyncio.Task[Outcome]], set[asyncio.Task[Outcome]]]:
    """The first that ended, with those that do a moment later; and the others."""
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    if waiting:
        more, waiting = await asyncio.wait(waiting, timeout=MOMENT)
        done |= more
    return done, waiting
