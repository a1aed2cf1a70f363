"""Hands finished mails to an SMTP server over a few connections that serve many mails.

Where the server can (RFC 2920), all commands of a mail travel together, behind the mail before. Trouble that
is the server's own is never blamed on a recipient, and only a mail whose text went out is in doubt.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from subscribers.channels.base import ChannelDown, Result
from subscribers.channels.line import Finished as Finished
from subscribers.channels.line import Line, LineBroke, SenderRefused
from subscribers.channels.line import Verdict as Verdict
from subscribers.channels.server import Server

# Connections at once, and what each of them is worth opening for.
CONNECTIONS = 4
WORTH = 3
# A mail before whose text the connection breaks is begun so often.
BEGINNINGS = 2
BROKE = "The connection to the mail server broke."


class Relay(Protocol):
    """Where finished mails go."""

    def open(self) -> None:
        """Be ready. Raises ChannelDown where no mail can go."""

    def hand_over(self, mails: Sequence[Finished]) -> Iterator[tuple[Finished, Verdict]]:
        """What became of each, as it is known. Raises ChannelDown for those of which it is not."""

    def close(self) -> None:
        """Be done with it."""


@dataclass
class _Lane:
    """A connection, the mail whose text it waits for, and the one that is being announced."""

    line: Line
    taken: Finished | None = None
    next: Finished | None = None


class Smtp:
    """Connections are made when there is mail for them, and again after they broke."""

    def __init__(self, server: Server, sender: str) -> None:
        self._server = server
        self._sender = sender
        self._most = CONNECTIONS
        self._lanes: list[_Lane] = []

    def open(self) -> None:
        """Connect and sign in, unless that is done. Raises ChannelDown."""
        self._connect(1)

    def hand_over(self, mails: Sequence[Finished]) -> Iterator[tuple[Finished, Verdict]]:
        """See Relay."""
        waiting, begun = deque(mails), dict.fromkeys((mail.id for mail in mails), 0)
        try:
            while waiting or any(lane.taken for lane in self._lanes):
                self._connect(-(-len(waiting) // WORTH))
                for lane in self._lanes:
                    lane.next = waiting.popleft() if waiting else None
                    if lane.next:
                        begun[lane.next.id] += 1
                yield from self._round(waiting, begun)
        except BaseException:
            self._abandon()
            raise

    def _connect(self, wanted: int) -> None:
        while len(self._lanes) < max(1, min(wanted, self._most)):
            try:
                connection = self._server.connect(self._sender.rpartition("@")[2])
            except ChannelDown:
                if not self._lanes:
                    raise
                # As many as it wants from one client.
                self._most = len(self._lanes)
            else:
                self._lanes.append(_Lane(Line(connection, self._sender)))

    def _round(self, waiting: deque[Finished], begun: dict[str, int]) -> Iterator[tuple[Finished, Verdict]]:
        """On each connection: the text of the mail that it waits for, and the announcement of the next."""
        down: SenderRefused | None = None
        broken = [lane for lane in self._lanes if not _written(lane)]
        for lane in self._lanes:
            try:
                if lane not in broken:
                    yield from _read(lane)
            except SenderRefused as refused:
                down = refused
            except LineBroke:
                broken.append(lane)
        for lane in broken:
            yield from self._drop(lane, waiting, begun)
        if down:
            raise down

    def _drop(
        self, lane: _Lane, waiting: deque[Finished], begun: dict[str, int]
    ) -> Iterator[tuple[Finished, Verdict]]:
        self._lanes.remove(lane)
        lane.line.close()
        if lane.taken:
            yield lane.taken, Verdict(Result.FAILED, BROKE)
        if lane.next and begun[lane.next.id] < BEGINNINGS:
            waiting.appendleft(lane.next)
        elif lane.next:
            yield lane.next, Verdict(Result.FAILED, BROKE)

    def _abandon(self) -> None:
        """Leave in the middle: what was announced and not written does not exist for the server."""
        lanes, self._lanes = self._lanes, []
        for lane in lanes:
            lane.line.close()

    def close(self) -> None:
        """Say goodbye, but do not wait for an answer for long."""
        lanes, self._lanes = self._lanes, []
        for lane in lanes:
            lane.line.quit()


def _written(lane: _Lane) -> bool:
    with suppress(LineBroke):
        lane.line.write(lane.taken, lane.next)
        return True
    return False


def _read(lane: _Lane) -> Iterator[tuple[Finished, Verdict]]:
    if lane.taken:
        taken, verdict = lane.taken, lane.line.verdict()
        lane.taken = None
        yield taken, verdict
    if lane.next:
        refused = lane.line.announced(lane.next)
        announced, lane.next = lane.next, None
        if refused:
            yield announced, refused
        else:
            lane.taken = announced
