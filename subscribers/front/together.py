"""Questions that wait at the same time are written together: one statement, one commit for all of them.

Whoever asks goes on only when theirs is committed. While a group is being written the next one gathers.
"""

import logging
import threading
import time
from dataclasses import dataclass, field
from queue import SimpleQueue

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from monitors import bell
from subscribers.asking import Question, ask

logger = logging.getLogger(__name__)

# More in one statement would make those who came first wait for long.
MOST = 100
# Seconds until whoever waits gives up.
PATIENCE = 5.0
# Seconds between two rings: senders need no more to be told of a crowd.
RING_EVERY = 0.2


class NotWritten(Exception):
    """Nobody knows whether the question was written: it may be asked again, which counts once."""


def _held() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True)
class _Slip:
    question: Question
    # Held until it is written: half the work of an Event, thousands of times a second.
    done: threading.Lock = field(default_factory=_held)
    may: bool | None = None


class Together:
    """A thread that writes for all the others of this process, on a connection of its own."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[_Slip | None] = SimpleQueue()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._rung = 0.0

    def ask(self, question: Question) -> bool:
        """As `asking.ask`, for one question; raises NotWritten where the whole group failed."""
        self._start()
        slip = _Slip(question)
        self._waiting.put(slip)
        slip.done.acquire(timeout=PATIENCE)
        if slip.may is None:
            raise NotWritten
        return slip.may

    def stop(self) -> None:
        """Write what waits, and end the thread."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()

    def _start(self) -> None:
        """Begin at first need, because a thread does not survive a fork."""
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="together", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        own = _own_connection()
        while not self._stopping:
            group = self._gather()
            try:
                self._write(group, own)
            except Exception as error:  # each is tried alone then, and whoever is at fault hears of it
                logger.warning("%d sign-ups cannot be written: %s", len(group), type(error).__name__)
                own.close()
            for slip in group:
                slip.done.release()
        own.close()

    def _gather(self) -> list[_Slip]:
        """All that wait, once somebody does."""
        group: list[_Slip] = []
        while len(group) < MOST and not self._stopping and not (group and self._waiting.empty()):
            slip = self._waiting.get()
            if slip is None:
                self._stopping = True
            else:
                group.append(slip)
        return group

    def _write(self, group: list[_Slip], own: BaseDatabaseWrapper) -> None:
        if not group:
            return
        own.close_if_unusable_or_obsolete()
        answers = ask([slip.question for slip in group], timezone.now(), own)
        for slip, may in zip(group, answers, strict=True):
            slip.may = may
        if time.monotonic() - self._rung > RING_EVERY:
            bell.ring_now("subscribers.tasks.send")
            self._rung = time.monotonic()


def _own_connection() -> BaseDatabaseWrapper:
    """To the same database; it keeps the statement planned, which costs as much as a sign-up or two.

    That it still works is found out by using it: a group that fails is tried again one by one.
    """
    own = connection.copy()
    own.settings_dict["CONN_HEALTH_CHECKS"] = False
    own.settings_dict["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 0}
    return own
