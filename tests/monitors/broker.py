"""Queues of the real broker, read from the other end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from kombu import Connection
from kombu.simple import SimpleQueue

from monitors import bell

PATIENCE = 60
# Of several tasks the bell sends the last by name last; one of no queue goes to the default one.
LAST = "zzz.no_task"


class Queues:
    """Some queues of the broker."""

    def __init__(self, connection: Connection, names: tuple[str, ...]) -> None:
        self._queues: dict[str, SimpleQueue] = {
            name: connection.SimpleQueue(name, no_ack=True) for name in names
        }

    def next(self, name: str) -> tuple[str, list[Any]]:
        """The next task in a queue and its arguments; waits for one."""
        message = self._queues[name].get(timeout=PATIENCE)
        return message.headers["task"], message.payload[0]

    def arguments_of(self, task: str, name: str = "core") -> list[Any]:
        """The arguments of the next task of this name, whatever else was rung for before it."""
        found, arguments = self.next(name)
        while found != task:
            found, arguments = self.next(name)
        return arguments

    def put(self, name: str, message: Any) -> None:
        """One more message in a queue."""
        self._queues[name].put(message)

    def empty(self) -> bool:
        """Whether nothing waits in any of them."""
        return not any(queue.queue.queue_declare().message_count for queue in self._queues.values())

    def clear(self) -> None:
        for queue in self._queues.values():
            queue.clear()


@contextmanager
def queues(*names: str) -> Iterator[Queues]:
    """These queues, empty at first and afterwards."""
    with Connection(settings.REDIS_URL) as connection:
        _wait_for_earlier_rings(Queues(connection, ("core",)))
        found = Queues(connection, names)
        found.clear()
        yield found
        found.clear()


def _wait_for_earlier_rings(core: Queues) -> None:
    """The bell rings from a thread: what earlier tests rang for may still be on its way."""
    bell.ring_now(LAST)
    core.arguments_of(LAST)
