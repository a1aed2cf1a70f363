"""A mail server that takes every mail and sends none: for rehearsals. It listens on this machine alone.

It keeps the recipients, in the order in which their mails were taken, and nothing else.
"""

import asyncio
import re
import threading
import time
from types import TracebackType
from typing import Self

_TO = re.compile(rb"RCPT TO:\s*<([^>]*)>", re.IGNORECASE)
# Bytes: the longest line or mail that is taken.
_LONGEST = 2**22


class Sink:
    """Runs in a thread of its own from `with` until its end; `port` is where."""

    def __init__(self) -> None:
        self.port = 0
        self.recipients: list[str] = []
        self.first: float | None = None
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, limit=_LONGEST)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        async with server:
            await self._end.wait()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        recipient = ""
        try:
            while line := await reader.readline():
                word = line[:4].upper()
                if word == b"RCPT" and (found := _TO.match(line)):
                    recipient = found[1].decode("latin-1")
                if word == b"DATA":
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    self.first = self.first or time.monotonic()
                    self.recipients.append(recipient)
                writer.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
                if word == b"QUIT":
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()
