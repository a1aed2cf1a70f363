"""One SMTP connection: announces mails, writes their text, and judges what the server answers.

"Not now" is never taken for "never", and only a refusal of the recipient is held against the recipient.
"""

import re
import smtplib
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from subscribers.channels.base import ChannelDown, Result
from subscribers.channels.server import TIMEOUT, one_line
from subscribers.returns import refusals

# Seconds for the answer to a whole mail: servers look through it, and who leaves too early sends it twice.
PATIENCE = 20.0
GOODBYE = 1.0
LONGEST = 10_000
_BUSY = re.compile(r"421\b|4\d\d[ -]4\.7\.\d")
_STATUS = re.compile(r"5\d\d[ -]5\.\d+\.\d+")
# A refusal that speaks of these speaks of us, whoever it is for.
_OF_US = re.compile(
    r"relay|auth|permi|denied|allow|polic|spam|block|list|reput|spf|dkim|dmarc|sender|rate|virus|content|access|tls",
    re.IGNORECASE,
)


class LineBroke(Exception):
    """The connection is gone."""


class SenderRefused(ChannelDown):
    """The server takes mail from this sender for nobody, perhaps `for_good`; says why."""

    def __init__(self, code: int, said: bytes) -> None:
        super().__init__(one_line(code, said))
        self.for_good = 500 <= code < 600


@dataclass(frozen=True, slots=True)
class Finished:
    """A mail, ready to go."""

    recipient: str
    id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mail, and why; `busy` where the recipient's domain wants less of us for a while."""

    result: Result
    reason: str = ""
    busy: bool = False


class Line:
    """An open connection. What writes or reads raises LineBroke where it ends, or takes too long."""

    def __init__(self, connection: smtplib.SMTP, sender: str) -> None:
        self._connection = connection
        self._pipelining = connection.has_extn("pipelining")
        self._sender = sender
        self._received = b""
        # The server still thinks of a mail that came to nothing.
        self._untidy = False
        # It said that it will close the connection.
        self._ended = False

    def write(self, text: Finished | None, announced: Finished | None) -> None:
        """The text of the mail that was announced last, and the announcement of the next, in one piece."""
        piece = _text(text.content) if text else b""
        if announced and self._pipelining:
            piece += b"".join(self._announcement(announced))
        if piece:
            self._write(piece)

    def verdict(self) -> Verdict:
        """What the server says to the text."""
        code, said = self._answer(PATIENCE)
        return Verdict(Result.SENT) if 200 <= code < 300 else _judge(code, said)

    def announced(self, mail: Finished) -> Verdict | None:
        """What the server says to an announcement; None: it waits for the text. Raises SenderRefused."""
        answers = self._answers(self._announcement(mail))[self._untidy :]
        right = [200 <= code < 300 for code, _said in answers[:2]] + [code == 354 for code, _ in answers[2:]]
        self._untidy = not all(right)
        if all(right):
            return None
        if right[2:] == [True]:
            # It waits for a text for nobody (RFC 2920 3.1).
            self._write(b".\r\n")
            self._answer(PATIENCE)
        refused = right.index(False)
        if refused == 0:
            raise SenderRefused(*answers[0])
        return _judge(*answers[refused], of_recipient=refused == 1)

    def _announcement(self, mail: Finished) -> list[bytes]:
        commands = [f"MAIL FROM:<{self._sender}>", f"RCPT TO:<{mail.recipient}>", "DATA"]
        return [f"{command}\r\n".encode("ascii") for command in ["RSET"] * self._untidy + commands]

    def _answers(self, commands: Sequence[bytes]) -> list[tuple[int, bytes]]:
        """To each command; where they are given one by one, none is given after one that was refused."""
        answers: list[tuple[int, bytes]] = []
        deadline = time.monotonic() + TIMEOUT
        for command in commands:
            if not self._pipelining:
                self._write(command)
            answers.append(self._answer(deadline - time.monotonic()))
            if answers[-1][0] >= 400 and (self._ended or not self._pipelining):
                break
        return answers

    def _write(self, piece: bytes) -> None:
        if self._ended:
            raise LineBroke
        try:
            self._socket.settimeout(TIMEOUT)
            self._socket.sendall(piece)
        except OSError:
            raise LineBroke from None

    def _answer(self, patience: float) -> tuple[int, bytes]:
        deadline = time.monotonic() + patience
        line, said = self._line(deadline), b""
        while line[3:4] == b"-" and len(said) < LONGEST:
            said += line[4:]
            line = self._line(deadline)
        if self._ended or not line[:3].isdigit():
            raise LineBroke
        code = int(line[:3])
        self._ended = code == 421
        return code, said + line[4:]

    def _line(self, deadline: float) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            left = deadline - time.monotonic()
            if left <= 0 or len(self._received) > LONGEST:
                raise LineBroke
            try:
                self._socket.settimeout(left)
                piece = self._socket.recv(65_536)
            except OSError:
                raise LineBroke from None
            if not piece:
                raise LineBroke
            self._received += piece
        line, self._received = self._received[:end], self._received[end + 1 :]
        return line

    @property
    def _socket(self) -> Any:
        return self._connection.sock

    def close(self) -> None:
        """End it, whatever the state."""
        self._connection.close()

    def quit(self) -> None:
        """Say goodbye, but do not wait for an answer for long."""
        with suppress(OSError, LineBroke):
            if not self._ended:
                self._write(b"QUIT\r\n")
                self._answer(GOODBYE)
        self._connection.close()


def _text(content: bytes) -> bytes:
    """As it travels (RFC 5321 2.3.8, 4.5.2): no stray line ends, in which a second mail could hide."""
    lines = b"\r\n".join([b"", *content.splitlines(), b""])
    return lines.replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"


def _judge(code: int, said: bytes, *, of_recipient: bool = False) -> Verdict:
    reason = one_line(code, said)
    if not 500 <= code < 600:
        return Verdict(Result.FAILED, reason, busy=bool(_BUSY.match(reason)))
    return Verdict(Result.GONE if of_recipient and _is_gone(code, reason) else Result.REFUSED, reason)


def _is_gone(code: int, reason: str) -> bool:
    """Whether the refusal of a recipient says that the address is no good."""
    fault = refusals.judge(reason)
    if fault != refusals.Fault.OTHER or _STATUS.match(reason) or _OF_US.search(reason):
        return fault == refusals.Fault.ADDRESS
    return code in (550, 551, 552, 553)
