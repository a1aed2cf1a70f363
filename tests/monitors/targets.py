"""Real servers on loopback, friendly and hostile, and a resolver that answers what a test says."""

import asyncio
import base64
import contextlib
import gzip
import html
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

import pytest

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Target:
    """A server: where it is, and the head of every request that it got."""

    port: int
    heads: list[str] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def header(self, name: str, request: int = -1) -> str | None:
        """A header of a request as it was sent."""
        for line in self.heads[request].split("\r\n")[1:]:
            found, _, value = line.partition(":")
            if found.lower() == name.lower():
                return value.strip()
        return None


@contextlib.asynccontextmanager
async def serving(
    talk: Talk, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Target]:
    """A server that talks to each connection, and ends every conversation when the test is done."""
    target = Target(0)
    conversations: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        conversations.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.transport.abort()
        conversations.discard(task)

    server = await asyncio.start_server(converse, host, port, ssl=tls, backlog=500)
    target.port = server.sockets[0].getsockname()[1]
    CURRENT[talk] = target
    try:
        yield target
    finally:
        server.close()
        for task in conversations:
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)


CURRENT: dict[Talk, Target] = {}


async def request_of(reader: asyncio.StreamReader) -> str:
    """The head of a request."""
    return (await reader.readuntil(b"\r\n\r\n")).decode()


def answering(raw: bytes) -> Talk:
    """Answers every request with these bytes and closes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        CURRENT[talk].heads.append(await request_of(reader))
        writer.write(raw)
        await writer.drain()
        writer.write_eof() if writer.can_write_eof() else writer.close()
        await reader.read()

    return talk


def response(status: str = "200 OK", body: bytes = b"ok", **headers: str) -> bytes:
    """A well-formed response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirecting(location: str, status: str = "302 Found") -> Talk:
    return answering(response(status, b"", Location=location))


def dripping(first: bytes, drop: bytes) -> Talk:
    """Begins well, then sends a drop at a time, for ever."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(first)
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.02)

    return talk


def flooding(first: bytes, wave: bytes) -> Talk:
    """Sends as fast as the other side reads, for ever."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(first)
        while True:
            writer.write(wave)
            await writer.drain()
            # Under TLS, draining neither waits nor fails while a lost connection is still to be told of.
            await asyncio.sleep(0)

    return talk


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accepts and never says a word."""
    await asyncio.Event().wait()


async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes as soon as it is asked something."""
    await reader.read(1)


async def garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speaks neither TLS nor HTTP."""
    writer.write(b"\x00\xff\x16\x03" * 500)
    await writer.drain()
    await reader.read()


async def echoing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Fails, and repeats all that it was sent in every way in which it can be written."""
    heard = await reader.read(64 * 1024)
    said = heard.decode(errors="replace")
    named = [line.partition(": ")[2] for line in said.split("\r\n")]
    opened = [base64.b64decode(each[6:]).decode() for each in named if each.startswith("Basic ")]
    ways = [said, quote(said), quote_plus(said), json.dumps(said), html.escape(said), heard.hex(), *opened]
    ways += [base64.b64encode(b"x" * shift + heard).decode() for shift in range(3)]
    headers = {f"X_{number}": value for number, value in enumerate(named) if value}
    writer.write(response("500 Internal Server Error", "\n".join(ways).encode(), **headers))
    await writer.drain()
    await reader.read()


def nested(opening: bytes) -> Talk:
    """JSON that never closes what it opens."""
    return answering(response(body=opening * (60_000 // len(opening)), Content_Type="application/json"))


def bomb() -> bytes:
    """Gzip in gzip: a few hundred bytes that would be 200 MB."""
    return gzip.compress(gzip.compress(gzip.compress(b"\0" * 20_000_000)))


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

HOSTILE: dict[str, Talk] = {
    "says nothing": silence,
    "closes at once": slam,
    "breaks off": answering(HEAD + b"Content-Length: 100\r\n\r\nhalf"),
    "one byte of the body at a time": dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
    "one header at a time": dripping(HEAD, b"X-More: yes\r\n"),
    "endless headers": flooding(HEAD, b"X-More: yes\r\n" * 1000),
    "one endless header": flooding(HEAD + b"X-More: ", b"y" * 10_000),
    "endless interim answers": flooding(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500),
    "ten gigabytes": flooding(HEAD + b"Content-Length: 10000000000\r\n\r\n", b"x" * 60_000),
    "endless body": flooding(HEAD + b"\r\n", b"x" * 60_000),
    "endless tiny chunks": flooding(CHUNKED, b"1\r\nx\r\n" * 1000),
    "endless chunk extensions": flooding(CHUNKED, b"1;" + b"e" * 9_000 + b"\r\nx\r\n"),
    "garbage": garbage,
    "nested gzip": answering(response(body=bomb(), Content_Encoding="gzip, gzip, gzip")),
    "endless redirects": redirecting("/again"),
    "redirect to metadata": redirecting("http://169.254.169.254/latest/meta-data/"),
    "redirect to a file": redirecting("file:///etc/passwd"),
    "redirect to nonsense": redirecting("http://[::1/%zz:99999999"),
    "two lengths": answering(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
    "status of letters": answering(b"HTTP/1.1 abc OK\r\n\r\n"),
    "an empty line": answering(b"\r\n\r\n"),
    "nested arrays": nested(b"["),
    "nested objects": nested(b'{"a":'),
    "an endless number": answering(response(body=b"1" * 60_000)),
    "an odd charset": answering(response(body=b"\xff" * 60_000, Content_Type="text/html; charset=punycode")),
    "bytes that are no text": answering(response("500 \xff", bytes(range(256)) * 100, X_Odd="\x80")),
    "repeats everything": echoing,
}


class Resolver:
    """Stands in for the C library's resolver: one list of addresses for each call, the last for all after."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.answers: dict[str, list[list[str]]] = {}
        monkeypatch.setattr(socket, "getaddrinfo", self._getaddrinfo)

    def _getaddrinfo(self, host: bytes, *_rest: object) -> list[tuple[object, ...]]:
        name = host.decode()
        self.calls.append(name)
        answers = self.answers[name]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(None, None, None, "", (address, 0)) for address in addresses]
