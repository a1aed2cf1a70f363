"""Who was told what, one JSON line each, in `work/journal.jsonl`.

A line is on the disk before the mail it speaks of goes out, and another one before the next mail on the same
connection: after a crash at most one mail per connection is in doubt. It names people by their ids alone.
"""

import fcntl
import json
import os
import secrets
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from django.utils.translation import gettext as _

from statuspage.emergency import account
from statuspage.emergency.account import Fate
from statuspage.emergency.trouble import Trouble

NAME = "journal.jsonl"
Key = tuple[str, str]


class Step(StrEnum):
    """How far a message has come. A deferred one is tried again."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DEFERRED = "deferred"


FATES = {Step.SENDING: Fate.UNKNOWN, Step.SENT: Fate.SENT, Step.FAILED: Fate.FAILED}


@dataclass(frozen=True, slots=True)
class Line:
    """One step of one update (id) for one subscriber (id), and why."""

    update: str
    subscriber: str
    step: Step
    at: datetime
    reason: str = ""

    @property
    def key(self) -> Key:
        """What and for whom."""
        return self.update, self.subscriber


class Journal:
    """The journal of a folder; nobody else writes to it until it is closed. `id` tells it from others."""

    def __init__(self, work: Path) -> None:
        self.id = ""
        self.last: dict[Key, Line] = {}
        self._path = work / NAME
        self._memory = threading.Lock()
        self._disk = threading.Lock()
        self._waiting = b""
        self._asked = self._written = 0
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise _unwritable(error) from error
        self._begin()

    def _begin(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise Trouble(
                _("Another “notify” is at work in this folder."), _("Wait for it, or stop it.")
            ) from None
        content = self._path.read_bytes()
        self.last = {line.key: line for line in lines(content)}
        # A line that a crash cut stays a line of its own.
        self._waiting = b"\n" if content and not content.endswith(b"\n") else b""
        self.id = _id(content)
        if not self.id:
            self.id = secrets.token_hex(8)
            self._waiting += json.dumps({"journal": self.id}).encode() + b"\n"
            self.write()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def write(self, *written: Line) -> None:
        """Returns once the lines are on the disk. Threads that come together share one wait for it.

        Raises Trouble.
        """
        with self._memory:
            self.last |= {line.key: line for line in written}
            self._waiting += b"".join(_encoded(line) for line in written)
            self._asked += 1
            mine = self._asked
        with self._disk:
            if self._written < mine:
                self._flush()

    def _flush(self) -> None:
        with self._memory:
            content, self._waiting = self._waiting, b""
            upto = self._asked
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(self._file, view) :]
            os.fsync(self._file)
        except OSError as error:
            raise _unwritable(error) from error
        self._written = upto

    def adopt(self, told: account.Account) -> None:
        """Takes over what copies of this folder did elsewhere, where this one knows nothing of it.

        What is in doubt in its own account is not: it was announced, and never begun.
        """
        steps = {fate: step for step, fate in FATES.items()}
        new = [
            Line(each.update, each.subscriber, steps[each.fate], each.at)
            for each in told.entries
            if told.by != self.id or each.fate != Fate.UNKNOWN
        ]
        self.write(*(line for line in new if line.key not in self.last))

    def entries(self) -> Iterator[account.Entry]:
        """What the application is to know of it."""
        with self._memory:
            last = list(self.last.values())
        yield from entries_of(last)


def entries_of(said: Iterable[Line]) -> Iterator[account.Entry]:
    """What some lines, the oldest first, mean in the end; who is to be tried again is left out."""
    for line in {line.key: line for line in said}.values():
        if line.step in FATES:
            yield account.Entry(line.update, line.subscriber, FATES[line.step], line.at)


def _id(content: bytes) -> str:
    for each in content.splitlines():
        try:
            return str(json.loads(each)["journal"])
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return ""


def lines(content: bytes) -> Iterator[Line]:
    """What a journal says, the oldest first; a line that was cut is left out."""
    for each in content.splitlines():
        try:
            said = json.loads(each)
            at = datetime.fromisoformat(said["at"])
            yield Line(said["update"], said["subscriber"], Step(said["step"]), at, said.get("reason", ""))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue


def _encoded(line: Line) -> bytes:
    said = {
        "at": line.at.isoformat(),
        "update": line.update,
        "subscriber": line.subscriber,
        "step": line.step,
    }
    return json.dumps(said | ({"reason": line.reason} if line.reason else {})).encode() + b"\n"


def _unwritable(error: OSError) -> Trouble:
    return Trouble(
        _("The journal cannot be written: %(reason)s.") % {"reason": error.strerror},
        _("Copy the whole folder to a disk that can be written, and start it there."),
    )
