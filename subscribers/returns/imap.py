"""Reads what is unread in a mailbox over IMAP, and marks what was read.

Nothing there is trusted: a visit has a deadline, a message a size, and a message stays unread until
somebody has done what it asks.
"""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from threading import Timer
from typing import Any

from subscribers.returns.mailbox import Place, Security

# Seconds for each step, and for a whole visit.
TIMEOUT = 10.0
VISIT = 20.0
# A report with our mail's headers is far smaller; of what is larger the beginning is read.
LARGEST = 64 * 1024
# So many messages are looked through in one question: the answer stays below the line that imaplib takes.
_WINDOW = 20_000


class MailboxDown(Exception):
    """The mailbox cannot be read just now; says why."""


class Mark(StrEnum):
    """What is written on a message that was read."""

    DONE = r"(\Seen)"
    DELETED = r"(\Seen \Deleted)"
    # Nothing that software understands: somebody should look.
    FOR_PEOPLE = r"(\Seen \Flagged)"


class Box:
    """An open mailbox."""

    def __init__(self, connection: imaplib.IMAP4, messages: int) -> None:
        self._connection = connection
        self.messages = messages
        # What it can do is said in full only to who has signed in.
        self._expunges = b"UIDPLUS" in (connection.capability()[1][0] or b"").upper().split()

    def unread(self, limit: int) -> Iterator[tuple[str, bytes]]:
        """Up to `limit` unread messages, oldest first: what names each here, and its beginning."""
        for name in self._names(limit):
            answer = self._do("FETCH", name, f"(BODY.PEEK[]<0.{LARGEST}>)")
            found = next((part[1] for part in answer if isinstance(part, tuple)), b"")
            yield name, bytes(found[:LARGEST])

    def mark(self, name: str, mark: Mark) -> None:
        """Write on a message that it was read; a deleted one goes at once where the server can do that."""
        self._do("STORE", name, "+FLAGS.SILENT", mark.value)
        if mark == Mark.DELETED and self._expunges:
            self._do("EXPUNGE", name)

    def _names(self, limit: int) -> list[str]:
        names: list[str] = []
        for first in range(1, self.messages + 1, _WINDOW):
            last = min(first + _WINDOW - 1, self.messages)
            answer = self._do("SEARCH", f"{first}:{last} UNSEEN UNDELETED")
            names += [word.decode() for line in answer if line for word in line.split() if word.isdigit()]
            if len(names) >= limit:
                break
        return names[:limit]

    def _do(self, command: str, *words: str) -> list[Any]:
        status, answer = self._connection.uid(command, *words)
        if status != "OK":
            raise MailboxDown(f"The mailbox refused {command}.")
        return list(answer)


class _Plain(imaplib.IMAP4):
    """Takes nothing that is larger than what was asked for, and no longer than a visit."""

    def open(self, *where: Any, **how: Any) -> None:
        super().open(*where, **how)
        self._end = Timer(VISIT, _hang_up, [self])
        self._end.daemon = True
        self._end.start()

    def read(self, size: int) -> bytes:
        if size > 2 * LARGEST:
            raise imaplib.IMAP4.abort("too much")
        return super().read(size)

    def shutdown(self) -> None:
        self._end.cancel()
        super().shutdown()


class _Secure(_Plain, imaplib.IMAP4_SSL):
    """The same, with TLS from the beginning."""


def _hang_up(connection: imaplib.IMAP4) -> None:
    with suppress(OSError):
        connection.sock.shutdown(2)


@contextmanager
def visit(place: Place) -> Iterator[Box]:
    """Sign in, and sign out in the end. Raises MailboxDown, also while the box is read."""
    try:
        connection = _connect(place)
        try:
            yield Box(connection, _enter(connection, place))
        finally:
            with suppress(OSError, imaplib.IMAP4.error):
                connection.logout()
            with suppress(OSError):
                connection.shutdown()
    except imaplib.IMAP4.error as error:
        raise MailboxDown(_said(error)) from None
    except (OSError, UnicodeError) as error:
        raise MailboxDown(f"No connection to the mailbox: {type(error).__name__}.") from None


def _connect(place: Place) -> imaplib.IMAP4:
    if place.security == Security.TLS:
        return _Secure(place.host, place.port, ssl_context=ssl.create_default_context(), timeout=TIMEOUT)
    return _Plain(place.host, place.port, timeout=TIMEOUT)


def _enter(connection: imaplib.IMAP4, place: Place) -> int:
    """Sign in and open the folder. Returns how many messages are in it."""
    if place.security == Security.STARTTLS:
        connection.starttls(ssl.create_default_context())
    if "AUTH=PLAIN" in connection.capabilities:
        signed = f"\0{place.user}\0{place.password}".encode()
        connection.authenticate("PLAIN", lambda _challenge: signed)
    else:
        connection.login(_quoted(place.user), place.password)
    status, answer = connection.select(_quoted(place.folder))
    if status != "OK":
        raise MailboxDown("The folder of the mailbox cannot be opened.")
    return int(answer[0] or 0)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _said(error: Exception) -> str:
    words = str(error).removeprefix("b'").removesuffix("'")
    said = "".join(letter if letter.isprintable() else " " for letter in words)
    return f"The mailbox refused us: {said[:200]}"
