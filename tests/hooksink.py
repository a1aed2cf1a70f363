"""A light receiver of webhooks in a process of its own; a path of /hang… never gets an answer.

It keeps when it was asked at which path, and nothing else: real servers would be slower than we are.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).parents[1]
_ANSWER = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class HookSink:
    """Where it is, and what it keeps."""

    url: str
    record: Path

    def taken(self) -> list[tuple[float, str]]:
        """When (seconds since 1970) it was asked at which path, in order."""
        lines = [line.split(" ") for line in self.record.read_text().splitlines()]
        return [(float(at), path) for at, path in lines]


@contextmanager
def hook_sink(record: Path) -> Iterator[HookSink]:
    """A sink on a port of its own, until the block ends."""
    words = [sys.executable, "-m", "tests.hooksink", str(record)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield HookSink(f"http://127.0.0.1:{int(process.stdout.readline())}", record)
        finally:
            process.kill()


class _Request(asyncio.Protocol):
    def __init__(self, record: TextIO) -> None:
        self._record = record
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        path = head.split(b" ", 2)[1].decode()
        self._record.write(f"{time.time()} {path}\n")
        if not path.startswith("/hang"):
            self._transport.write(_ANSWER)
            self._transport.close()


def _length(head: bytes) -> int:
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    return next(int(value) for name, _colon, value in lines if name == b"content-length")


async def serve(record: Path) -> None:
    """Serve until the process is killed; the port is the first line that it prints."""
    with record.open("w", buffering=1) as lines:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Request(lines), "127.0.0.1", 0, backlog=512)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
