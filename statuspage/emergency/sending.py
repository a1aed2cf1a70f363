"""Sends messages on one channel, journaled: before each goes out, and what became of it.

The channels are the application's own, and so are the words, the signatures and the rules of TLS. "Not now"
is tried again within the run; "never" is taken at its word. Nobody is sent the next message before the last.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol

from statuspage.emergency.journal import Journal, Line, Step
from statuspage.emergency.sharing import Sharing
from subscribers.channels import CHANNELS
from subscribers.channels.base import ChannelDown, Clock, Means, Message, Outcome, Result
from subscribers.channels.email import Desk

# Seconds before each further attempt within a run.
WAITS = (10.0, 60.0, 300.0, 600.0)
LONGEST_WAIT = 600.0
_STEPS = {Result.SENT: Step.SENT, Result.FAILED: Step.DEFERRED}
# The application is told of so many at once, before they are told.
_FEWEST, _PARTS = 200, 40
Note = Callable[[Message, Outcome], None]
Lines = Mapping[str, deque[Message]]


@dataclass
class Tally:
    """What came of it so far. `reasons` counts those who refused, and those who could not be reached."""

    total: int
    sent: int = 0
    refused: int = 0
    unreached: int = 0
    waiting: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    down: str = ""
    first_sent: float | None = None


class Sender(Protocol):
    """Sends some messages, journaled, and tells what became of each. Raises ChannelDown, Trouble."""

    def __call__(self, messages: Sequence[Message], note: Note) -> None: ...


class Mailer:
    """Several connections, each with at most one mail between the journal's lines."""

    def __init__(
        self, means: Means, journal: Journal, clock: Clock, connections: int, stop: threading.Event
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._stop = stop
        self._desks = [Desk(means, clock) for _number in range(connections)]

    def __call__(self, messages: Sequence[Message], note: Note) -> None:
        """See Sender."""
        waiting = deque(messages)
        with ThreadPoolExecutor(len(self._desks)) as pool:
            for _done in pool.map(lambda desk: self._work(desk, waiting, note), self._desks):
                pass

    def _work(self, desk: Desk, waiting: deque[Message], note: Note) -> None:
        finished: list[Line] = []
        try:
            while waiting and not self._stop.is_set():
                try:
                    message = waiting.popleft()
                except IndexError:
                    return
                # What became of the last one and what is begun now are one wait for the disk.
                self._journal.write(*finished, _line(message, Step.SENDING, self._clock))
                finished = [_line(message, Step.DEFERRED, self._clock)]
                outcome = desk.send(message)
                finished = [_of(message, outcome, self._clock)]
                note(message, outcome)
        finally:
            if finished:
                self._journal.write(*finished)

    def close(self) -> None:
        """Says goodbye to the mail server."""
        for desk in self._desks:
            desk.close()


class Caller:
    """Webhooks or one kind of chat: many at once, each on a connection of its own."""

    def __init__(
        self, channel: str, means: Means, journal: Journal, clock: Clock, stop: threading.Event
    ) -> None:
        self._channel = CHANNELS[channel]
        self._means = means
        self._journal = journal
        self._clock = clock
        self._stop = stop

    def __call__(self, messages: Sequence[Message], note: Note) -> None:
        """See Sender."""
        by_id = {message.delivery_id: message for message in messages}
        for outcomes in self._channel.send(self._begun(messages), self._means, self._clock):
            done = [(by_id[outcome.delivery_id], outcome) for outcome in outcomes]
            self._journal.write(*(_of(message, outcome, self._clock) for message, outcome in done))
            for message, outcome in done:
                note(message, outcome)

    def _begun(self, messages: Sequence[Message]) -> Iterator[Message]:
        for message in messages:
            if self._stop.is_set():
                return
            self._journal.write(_line(message, Step.SENDING, self._clock))
            yield message


class Run:
    """All messages of one channel: `lines` holds those of each subscriber (id), in order."""

    def __init__(
        self,
        lines: Lines,
        send: Sender,
        sharing: Sharing,
        clock: Clock,
        stop: threading.Event,
        waits: Sequence[float] = WAITS,
    ) -> None:
        self._lines = dict(lines)
        self._send = send
        self._sharing = sharing
        self._clock = clock
        self._stop = stop
        self._waits = waits
        self._lock = threading.Lock()
        self._attempts: Counter[str] = Counter()
        self._due: dict[str, float] = {}
        self.tally = Tally(sum(len(line) for line in self._lines.values()))

    def __call__(self) -> None:
        """Until everybody was told, or cannot be. Raises TakenOver, ChannelDown, Trouble."""
        downs = 0
        while self._lines and not self._stop.is_set():
            ready = self._ready()
            if not ready:
                self._stop.wait(max(0.0, min(self._due.values()) - time.monotonic()))
                continue
            for few in _in_parts(ready):
                if self._stop.is_set():
                    return
                try:
                    self._tell(few)
                    downs = 0
                except ChannelDown as down:
                    self.tally.down = str(down)
                    if downs == len(self._waits):
                        raise
                    self._stop.wait(self._waits[downs])
                    downs += 1

    def _ready(self) -> list[Message]:
        now = time.monotonic()
        return [
            replace(line[0], attempt=self._attempts[id_] + 1)
            for id_, line in self._lines.items()
            if self._due.get(id_, now) <= now
        ]

    def _tell(self, few: Sequence[Message]) -> None:
        keys = [(message.notice.public_id, message.subscriber_public_id) for message in few]
        self._sharing.announce(keys, self._clock())
        try:
            self._send(few, self._note)
        finally:
            self._sharing.done(keys)

    def _note(self, message: Message, outcome: Outcome) -> None:
        with self._lock:
            id_, tally = message.subscriber_public_id, self.tally
            if outcome.result == Result.FAILED:
                self._again(id_, outcome)
                return
            tally.waiting -= id_ in self._due
            self._forget(id_)
            if outcome.result == Result.SENT:
                tally.sent += 1
                tally.first_sent = tally.first_sent or time.monotonic()
            else:
                tally.refused += 1
                tally.reasons[outcome.error] += 1

    def _again(self, id_: str, outcome: Outcome) -> None:
        self.tally.waiting += id_ not in self._due
        if self._attempts[id_] == len(self._waits):
            self.tally.waiting -= 1
            self.tally.unreached += len(self._lines.pop(id_))
            self.tally.reasons[outcome.error] += 1
            del self._due[id_]
            return
        asked = outcome.retry_after.total_seconds() if outcome.retry_after else 0.0
        wait = max(self._waits[self._attempts[id_]], min(asked, LONGEST_WAIT))
        self._due[id_] = time.monotonic() + wait
        self._attempts[id_] += 1

    def _forget(self, id_: str) -> None:
        self._due.pop(id_, None)
        self._attempts.pop(id_, None)
        self._lines[id_].popleft()
        if not self._lines[id_]:
            del self._lines[id_]


def _in_parts(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    size = max(_FEWEST, len(messages) // _PARTS)
    for start in range(0, len(messages), size):
        yield messages[start : start + size]


def _line(message: Message, step: Step, clock: Clock, reason: str = "") -> Line:
    return Line(message.notice.public_id, message.subscriber_public_id, step, clock(), reason)


def _of(message: Message, outcome: Outcome, clock: Clock) -> Line:
    return _line(message, _STEPS.get(outcome.result, Step.FAILED), clock, outcome.error)
