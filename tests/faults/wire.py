"""A TCP port in front of a server on a unix socket, that can be cut or made deaf at any time."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from enum import Enum
from pathlib import Path
from typing import Any, Self


class State(Enum):
    """What becomes of connections: passed on; refused and closed; taken and kept, and never answered."""

    WHOLE = "whole"
    CUT = "cut"
    DEAF = "deaf"


class Wire:
    """Use it as a context manager; `port` is where it listens on 127.0.0.1."""

    def __init__(self, path: Path, port: int) -> None:
        self._path = path
        self.port = port
        self._state = State.WHOLE
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def turn(self, state: State) -> None:
        """From now on, for connections that there are and for new ones."""
        self._do(self._turn(state))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _turn(self, state: State) -> None:
        if self._state == State.CUT and state != State.CUT:
            await self._listen()
        self._state = state
        if state == State.CUT:
            self._server.close()
        if state != State.DEAF:
            # What it was deaf to is gone: both sides start anew.
            for writer in list(self._writers):
                writer.close()

    async def _end(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        try:
            with contextlib.suppress(OSError):
                inner, outer = await asyncio.open_unix_connection(self._path)
                self._writers.add(outer)
                await asyncio.gather(self._pump(reader, outer), self._pump(inner, writer))
                self._writers.discard(outer)
        finally:
            writer.close()
            self._writers.discard(writer)
            self._tasks.discard(task)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                if self._state == State.WHOLE:
                    sink.write(data)
                    await sink.drain()
        with contextlib.suppress(OSError):
            sink.close()
