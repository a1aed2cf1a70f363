"""A light web site in a process of its own, and how late each of its checks came.

It keeps when it was asked at which path, and nothing else: real servers would be slower than we are. To
whoever does not speak HTTP it says goodbye.
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
FLUSHED = 0.5  # seconds until what was asked is in the file
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nok"


@dataclass(frozen=True, slots=True)
class Site:
    """Where it is, and what it keeps."""

    port: int
    record: Path
    process: "subprocess.Popen[str]"

    def taken(self, since: float, until: float) -> list[tuple[float, int]]:
        """When (seconds since 1970) it was asked at /<number>, in order."""
        time.sleep(2 * FLUSHED)
        lines = (line.split(" ") for line in self.record.read_text().splitlines())
        return [(at, int(number)) for word, number in lines if since <= (at := float(word)) < until]


@contextmanager
def site(record: Path) -> Iterator[Site]:
    """A site on a port of its own, until the block ends."""
    words = [sys.executable, "-m", "tests.site", str(record)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Site(int(process.stdout.readline()), record, process)
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
        if not self._read[:1].isalpha():
            self._transport.close()
        elif b"\r\n\r\n" in self._read:
            self._record.write(f"{time.time()} {self._read.split(b' ', 2)[1][1:].decode()}\n")
            self._transport.write(_ANSWER)
            self._transport.close()


async def serve(record: Path) -> None:
    """Serve until the process is killed; the port is the first line that it prints."""
    with record.open("w", buffering=1 << 20) as lines:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Request(lines), "127.0.0.1", 0, backlog=1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        async with server:
            while True:
                await asyncio.sleep(FLUSHED)
                lines.flush()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
