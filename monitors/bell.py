"""The doorbell: asks workers to look at once. It never blocks its ringer and never raises.

What it rings for is a row that a tick finds within a second anyway (law 1): a ring that is lost
costs that second. It rings from a thread of its own with short timeouts, because a broker that
accepts and never answers would hold its caller for as long as it likes.
"""

import logging
import os
import threading
from queue import SimpleQueue

from django.conf import settings
from django.db import transaction
from kombu import Connection

logger = logging.getLogger(__name__)

TIMEOUT = 0.2
# Later than this a tick has come anyway.
EXPIRES = 10


def ring(*tasks: str) -> None:
    """Sends Celery tasks by name, without arguments, once the transaction has committed."""
    transaction.on_commit(lambda: ring_now(*tasks))


def ring_now(*tasks: str) -> None:
    """The same at once, for whoever has committed already and uses a connection of its own."""
    _bell().ring(tasks)


class _Bell:
    """One thread and one connection of one process."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.waiting: SimpleQueue[str] = SimpleQueue()
        self.connection: Connection | None = None
        threading.Thread(target=self._work, name="bell", daemon=True).start()

    def ring(self, tasks: tuple[str, ...]) -> None:
        for task in tasks:
            self.waiting.put(task)

    def _work(self) -> None:
        while True:
            tasks = {self.waiting.get()}
            while not self.waiting.empty():
                tasks.add(self.waiting.get())
            try:
                self._send(sorted(tasks))
            except Exception as error:
                logger.warning("The broker could not be told of %s: %s", ", ".join(sorted(tasks)), error)
                self.connection = None

    def _send(self, tasks: list[str]) -> None:
        # Wiring: only the project knows the queues.
        from statuspage.celery import app

        if self.connection is None:
            self.connection = Connection(
                settings.REDIS_URL,
                transport_options={
                    "socket_timeout": TIMEOUT,
                    "socket_connect_timeout": TIMEOUT,
                    # Else kombu tries for seven seconds, and whatever is rung for meanwhile waits behind it.
                    "max_retries": 1,
                    "interval_start": 0,
                },
            )
        for task in tasks:
            app.send_task(task, connection=self.connection, expires=EXPIRES, retry=False, ignore_result=True)


_one: _Bell | None = None
_guard = threading.Lock()


def _bell() -> _Bell:
    """The bell of this process: a thread does not survive a fork."""
    global _one
    with _guard:
        if _one is None or _one.process != os.getpid():
            _one = _Bell()
        return _one
