"""Hands out the messages of a batch, as long as there is time and each is still to be sent.

All the senders of a process together never have more than ROOM messages out that are not recorded: so many,
at most, come twice when it dies.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from threading import Condition

from subscribers import claims
from subscribers.channels.base import Clock, Message
from subscribers.claims import Batch

ROOM = 20
# So many are looked at together, just before they go, and again after a while: are they still ours to send?
LOOK = 10
STALE = timedelta(seconds=1)
_free = ROOM
_changed = Condition()


class Hand(Iterator[Message]):
    """Where it gives none, there may be more once something was settled."""

    def __init__(self, batch: Batch, clock: Clock, until: datetime) -> None:
        self.batch = batch
        self._clock = clock
        self._until = until
        self._rest = deque(batch.ids)
        self._ours: deque[int] = deque()
        self._looked_at = clock()
        self._out = 0

    def more(self) -> bool:
        """Whether there is something left, and time for it."""
        return bool(self._rest or self._ours) and self._in_time()

    def __next__(self) -> Message:
        while self.more():
            if not self._fresh():
                few = self.unsure()
                self.learn(few, claims.held(self.batch, few))
            elif self._take_place():
                self._out += 1
                return self.batch.by_id[self._ours.popleft()]
            elif self._out:
                break
        raise StopIteration

    def unsure(self) -> list[int]:
        """The next to look at: deliveries (primary keys) that may not be ours any more."""
        if not self._in_time():
            return []
        self._rest.extendleft(reversed(self._ours))
        self._ours.clear()
        return [self._rest.popleft() for _ in range(min(LOOK, len(self._rest)))]

    def learn(self, few: Collection[int], held: Collection[int]) -> None:
        """Of these, those in `held` are ours."""
        if few:
            self._ours.extend(delivery for delivery in few if delivery in held)
            self._looked_at = self._clock()

    def drop(self, unwanted: Callable[[Message], bool]) -> list[int]:
        """Hand out none of these any more. Returns which they are (primary keys)."""
        rest = [*self._ours, *self._rest]
        dropped = [delivery for delivery in rest if unwanted(self.batch.by_id[delivery])]
        if dropped:
            self._ours = deque()
            self._rest = deque(delivery for delivery in rest if delivery not in set(dropped))
        return dropped

    def settle(self, number: int) -> None:
        """So many are not out any more."""
        self._out -= number
        _give(number)

    def leave(self) -> None:
        """Nothing is out any more, whatever became of it."""
        self.settle(self._out)

    def _fresh(self) -> bool:
        return bool(self._ours) and self._clock() - self._looked_at <= STALE

    def _in_time(self) -> bool:
        return self._clock() < self._until

    def _take_place(self) -> bool:
        """Whoever has none out may wait for a place: those who have some give them back without it."""
        global _free
        with _changed:
            if not _free and not self._out:
                _changed.wait(STALE.total_seconds())
            taken = _free > 0
            _free -= taken
            return taken


def _give(number: int) -> None:
    global _free
    with _changed:
        _free += number
        _changed.notify_all()
