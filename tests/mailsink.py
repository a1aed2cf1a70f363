"""A light SMTP server in a process of its own: it takes everything, and can be told to misbehave.

`python -m tests.mailsink FOLDER MANNER` writes its port to FOLDER/port, a line for each mail it took (the
time and the recipient) to FOLDER/mails, and the verbs it heard to FOLDER/heard. Manners: "" (as good servers
do), "lock-step" (one command at a time), "tls" (offers STARTTLS and then cannot), "tarpit" (10 s a line).
"""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).parents[1]


@dataclass
class Log:
    """What was taken, and how many are connected now and were at most."""

    mails: TextIO
    heard: TextIO
    verbs: set[bytes] = field(default_factory=set)
    connected: int = 0
    most: int = 0

    def note(self, verb: bytes, command: bytes) -> None:
        """A command that is heard for the first time."""
        self.verbs.add(verb)
        self.heard.write(command.partition(b" ")[0].decode("ascii", "replace").upper() + "\n")
        self.heard.flush()


class Session(asyncio.Protocol):
    """One client. Recipients choose their answer: `rcpt-550@…` and `data-451@…` get that code."""

    def __init__(self, manner: str, log: Log) -> None:
        self.manner = manner
        self.log = log
        self.received = b""
        self.recipient = ""
        self.in_text = False
        self.late = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.log.connected += 1
        self.log.most = max(self.log.most, self.log.connected)
        self.say(b"220 sink\r\n")

    def connection_lost(self, error: Exception | None) -> None:
        self.log.connected -= 1

    def say(self, answer: bytes) -> None:
        if self.manner != "tarpit":
            self.transport.write(answer)
            return
        loop = asyncio.get_running_loop()
        for line in answer.splitlines(keepends=True):
            self.late = max(self.late, loop.time()) + 10
            loop.call_at(self.late, self.transport.write, line)

    def data_received(self, data: bytes) -> None:
        received, at = self.received + data, 0
        answers = []
        while not self.transport.is_closing():
            mark = b"\r\n.\r\n" if self.in_text else b"\r\n"
            end = received.find(mark, at)
            if end < 0:
                break
            answers.append(self.took() if self.in_text else self.answer(received[at:end]))
            at = end + len(mark)
        self.received = received[at:]
        # What is answered is written down.
        self.log.mails.flush()
        if answers and not self.transport.is_closing():
            self.say(b"".join(answers))

    def answer(self, command: bytes) -> bytes:
        verb = command[:4].upper()
        if verb not in self.log.verbs:
            self.log.note(verb, command)
        if verb == b"DATA":
            self.in_text = bool(self.recipient)
            return b"354 go on\r\n" if self.recipient else b"503 nobody\r\n"
        if verb == b"RCPT":
            address = command.partition(b"<")[2].rpartition(b">")[0].decode()
            code = address.removeprefix("rcpt-")[:3] if address.startswith("rcpt-") else ""
            self.recipient = "" if code else address
            return f"{code} {_words(address)}\r\n".encode() if code else b"250 ok\r\n"
        if verb == b"EHLO":
            offers = {"lock-step": b"", "tls": b"250-STARTTLS\r\n250-PIPELINING\r\n"}
            return b"250-sink\r\n" + offers.get(self.manner, b"250-PIPELINING\r\n") + b"250 SIZE\r\n"
        if verb == b"STAR":
            return b"454 not now\r\n"
        if verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        return b"250 ok\r\n"

    def took(self) -> bytes:
        self.in_text, recipient, self.recipient = False, self.recipient, ""
        if recipient.startswith("data-"):
            return f"{recipient[5:8]} {_words(recipient)}\r\n".encode()
        self.log.mails.write(f"{time.time():.3f} {recipient}\n")
        if recipient.startswith("drop-"):
            self.transport.abort()
        return b"250 taken\r\n"


def _words(address: str) -> str:
    """What follows the code in an answer: of `rcpt-550.5.7.1-x@…` the status."""
    status = address[8:].partition("@")[0].partition("-")[0].strip(".")
    return f"{status} says the sink".strip()


async def serve(folder: Path, manner: str) -> None:
    """Until it is told to stop."""
    loop = asyncio.get_running_loop()
    with (folder / "mails").open("a") as mails, (folder / "heard").open("a") as heard:
        log = Log(mails, heard)
        server = await loop.create_server(lambda: Session(manner, log), "127.0.0.1", 0, backlog=128)
        unfinished = folder / "port.unfinished"
        unfinished.write_text(str(server.sockets[0].getsockname()[1]))
        unfinished.replace(folder / "port")
        stopped = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, stopped.set)
        await stopped.wait()
        (folder / "most").write_text(str(log.most))


@dataclass(frozen=True)
class MailSink:
    """A running one."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def taken(self) -> list[tuple[float, str]]:
        """When each mail was taken, and for whom."""
        lines = (self.folder / "mails").read_text().split("\n")[:-1]
        return [(float(at), recipient) for at, recipient in (line.split(" ") for line in lines)]

    def most(self) -> int:
        """How many were connected at once at most; known once it was stopped."""
        return int((self.folder / "most").read_text())


@contextmanager
def mail_sink(folder: Path, manner: str = "") -> Iterator[MailSink]:
    """Start one, and stop it in the end."""
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen([sys.executable, "-m", "tests.mailsink", str(folder), manner], cwd=ROOT)
    try:
        while not (folder / "port").exists():
            assert process.poll() is None, "The sink ended."
            time.sleep(0.01)
        yield MailSink(folder, int((folder / "port").read_text()))
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2]))
