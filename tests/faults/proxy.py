"""A proxy in front of an HTTP server that does to requests what a test asks for.

It runs in a thread of its own and speaks plain HTTP/1.1, one request per connection; `faults` may be
changed at any time. Every request is noted in `requests` as (method, path), `fired` counts the faults.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers in the server's place, as S3 says what is wrong."""

    status: int
    code: str

    def reply(self) -> bytes:
        """The whole response."""
        body = f"<Error><Code>{self.code}</Code><Message>by the proxy</Message></Error>".encode()
        head = f"HTTP/1.1 {self.status} X\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}"
        return f"{head}\r\nConnection: close\r\n\r\n".encode() + body


@dataclass(frozen=True, slots=True)
class CutRequest:
    """Passes half of the body on, then closes both sides."""


@dataclass(frozen=True, slots=True)
class LoseAnswer:
    """Passes the request on, then closes without the answer."""


@dataclass(frozen=True, slots=True)
class CutAnswer:
    """Passes half of the answer back, then closes."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Never answers."""


@dataclass(frozen=True, slots=True)
class Slow:
    """Passes the answer on, and the body before it, at this many bytes per second."""

    rate: int


Fault = Answer | CutRequest | LoseAnswer | CutAnswer | Hang | Slow
Rule = Callable[[str, str], Fault | None]


def always(fault: Fault, method: str = "") -> Rule:
    """Every request (of a method)."""
    return lambda asked, _: fault if method in ("", asked) else None


def only(nth: int, fault: Fault, method: str = "PUT") -> Rule:
    """The nth request of a method, counted from 1, and no other."""
    return _counted(method, fault, lambda count: count == nth)


def since(nth: int, fault: Fault, method: str = "PUT") -> Rule:
    """The nth request of a method, counted from 1, and every one after it."""
    return _counted(method, fault, lambda count: count >= nth)


def _counted(method: str, fault: Fault, holds: Callable[[int], bool]) -> Rule:
    seen = 0

    def rule(asked: str, path: str) -> Fault | None:
        nonlocal seen
        if asked != method:
            return None
        seen += 1
        return fault if holds(seen) else None

    return rule


@dataclass
class FaultProxy:
    """Use it as a context manager; `url` is its address."""

    upstream: str
    faults: list[Rule] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    fired: int = 0
    url: str = ""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def heal(self) -> None:
        """No more faults."""
        self.faults.clear()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _stop(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._exchange(reader, writer)
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        self.requests.append((method, path))
        fault = next((found for rule in list(self.faults) if (found := rule(method, path))), None)
        self.fired += fault is not None
        if b"100-continue" in head.lower():
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await reader.readexactly(_length(head))
        if isinstance(fault, Hang):
            await asyncio.sleep(3600)
        elif isinstance(fault, Answer):
            writer.write(fault.reply())
            await writer.drain()
        else:
            await self._pass_on(_alone(head), body, fault, writer)

    async def _pass_on(
        self, head: bytes, body: bytes, fault: Fault | None, back: asyncio.StreamWriter
    ) -> None:
        at = urlsplit(self.upstream)
        answers, there = await asyncio.open_connection(at.hostname, at.port)
        try:
            there.write(head)
            if isinstance(fault, CutRequest):
                there.write(body[: len(body) // 2])
                await there.drain()
                return
            await _trickle(there, body, fault)
            answer = await answers.read()
            if isinstance(fault, LoseAnswer):
                return
            await _trickle(
                back, answer[: len(answer) // 2] if isinstance(fault, CutAnswer) else answer, fault
            )
        finally:
            there.close()


async def _trickle(writer: asyncio.StreamWriter, content: bytes, fault: Fault | None) -> None:
    step = max(fault.rate // 20, 1) if isinstance(fault, Slow) else max(len(content), 1)
    for start in range(0, len(content), step):
        writer.write(content[start : start + step])
        await writer.drain()
        if isinstance(fault, Slow):
            await asyncio.sleep(0.05)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def _alone(head: bytes) -> bytes:
    """The head asking for one answer and the end of the connection."""
    dropped = (b"expect:", b"connection:")
    lines = [line for line in head.rstrip().split(b"\r\n") if not line.lower().startswith(dropped)]
    return b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n"
