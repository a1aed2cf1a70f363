"""Queues of the real broker, read from the other end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from kombu import Connection
from kombu.simple import SimpleQueue

PATIENCE = 60


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
        found = Queues(connection, names)
        found.clear()
        yield found
        found.clear()
