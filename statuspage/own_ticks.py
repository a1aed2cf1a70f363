"""Workers go on without a broker: a tick that does not come is made up for here (law 1).

Beat's ticks reach a worker through Redis. Where two in a row have not come, the worker looks by itself, as
often as beat would ask, until they come again. Nothing is done twice by it: every tick only asks what is due.
"""

import logging
import threading
import time
from contextvars import ContextVar
from typing import Any

from celery import Celery, Task, bootsteps
from django.db import OperationalError, connection

log = logging.getLogger(__name__)

# Seconds that a worker which is told to end waits for a look that is going on.
GOODBYE = 20.0

# The ticks that need the database alone, and who runs them. What probes needs the broker anyway: that its
# results stay away is seen here.
OWN = {
    "monitors.tasks.sweep": "core",
    "incidents.tasks.tick": "core",
    "subscribers.tasks.send": "send",
    "incidents.tasks.tell_team": "send",
    "statuspage.tasks.alarm": "core",
    "statuspage.tasks.publish": "publish",
    "statuspage.tasks.follow_up": "publish",
    "statuspage.tasks.doubt": "publish",
}
_alone: ContextVar[bool] = ContextVar("alone", default=False)


class Heard(Task[Any, Any]):
    """A task that remembers when it last came."""

    last: float = 0.0

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        """Called by Celery just before it runs."""
        self.last = time.monotonic()


def hand_out(task: Any, key: int, expires: int) -> None:
    """Gives `task(key)` to whoever is free on its queue; without a broker it is done here, in a thread."""
    if _alone.get():
        threading.Thread(target=_run, args=(task, key), daemon=True).start()
    else:
        task.apply_async(args=[key], expires=expires)


class OwnTicks(bootsteps.StartStopStep):
    """Part of a worker: one thread for each of its own ticks."""

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, parent: Any) -> None:
        """Before the worker first asks for its broker, which may not be there."""
        app: Celery = parent.app
        queues = set(app.amqp.queues.consume_from)
        every = {tick["task"]: tick["schedule"] for tick in app.conf.beat_schedule.values()}
        for name, queue in OWN.items():
            if queue in queues:
                told = (app.tasks[name], every[name])
                thread = threading.Thread(target=self._watch, args=told, daemon=True)
                thread.start()
                self._threads.append(thread)

    def stop(self, parent: Any) -> None:
        """Begins nothing more, and lets what is going on come to its end."""
        self._ended.set()
        end = time.monotonic() + GOODBYE
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _watch(self, task: Any, every: float) -> None:
        _alone.set(True)
        task.last = time.monotonic()
        while not self._ended.wait(every):
            if time.monotonic() - task.last > 2 * every + 1:
                _run(task)


def _run(task: Any, *args: Any) -> None:
    try:
        task.run(*args)
    except OperationalError as error:
        log.warning("%s waits for the database: %s", task.name, error)
    except Exception:
        log.exception("%s failed", task.name)
    finally:
        connection.close()
