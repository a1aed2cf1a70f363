"""A private Postgres: its data under one folder, reached over a unix socket that only we may enter.

Starting it again keeps all data. As root it runs with other credentials (credentials.py). The
caller makes sure that no one else uses the folder.
"""

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path
from urllib.parse import quote

from . import credentials
from .credentials import Credentials
from .errors import EmbeddedError
from .installations import binaries
from .process import Command, Process, run
from .service import Service
from .sockets import discard, socket_folder

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "max_wal_size": "256MB",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
IN_A_HURRY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Service):
    """The server of one folder; `durable=False` gives up safety on power loss for speed (tests)."""

    name = "Postgres"
    patience = 60.0  # recovery after a crash takes a while

    def __init__(self, folder: Path, *, durable: bool = True, log: Path | None = None) -> None:
        super().__init__(folder, log)
        self._settings = SETTINGS if durable else SETTINGS | IN_A_HURRY
        self._credentials = Credentials(self._folder)
        self._sockets = self._folder / "socket"

    @property
    def url(self) -> str:
        """The database's URL, in the form that libpq and django-environ both read."""
        return f"postgres://statuspage@/statuspage?host={quote(str(self._sockets), safe='')}"

    def accepts(self) -> bool:
        """Whether the server we started says that it is ready (the way pg_ctl asks)."""
        lines = [line.strip() for line in self._pid_file()]
        return lines[:1] == [str(self.process.pid)] and lines[7:8] == ["ready"]

    @property
    def _data(self) -> Path:
        return self._credentials.home / "data"

    def _prepare(self) -> Process:
        self._credentials = credentials.choose(self._folder)
        programs = self._programs()
        if not self._data.exists():
            self._make_data(programs)
        self._sockets = socket_folder(self._credentials.home / "socket")
        if self._credentials.nobody:
            credentials.give_to_nobody(self._sockets)
        options = self._settings | {"unix_socket_directories": str(self._sockets)}
        return Command(
            self._log,
            [str(programs / "postgres"), "-D", str(self._data), *_switches(options)],
            _environment(),
            cwd=self._credentials.home,
            before=self._clear_leftovers,
            credentials=self._credentials.take,
            terminate=signal.SIGINT,
        )

    def _clean(self) -> None:
        discard(self._sockets, self._credentials.home / "socket")

    def _programs(self) -> Path:
        version = self._data / "PG_VERSION"
        programs = binaries(int(version.read_text()) if version.exists() else None)
        if self._credentials.nobody:
            return credentials.reachable_programs(programs, self._credentials.home)
        return programs

    def _make_data(self, programs: Path) -> None:
        self._credentials.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = self._credentials.home / "data.partial"  # an interrupted initdb leaves only this
        shutil.rmtree(partial, ignore_errors=True)
        initdb = [str(programs / "initdb"), "-D", str(partial), "--no-instructions"]
        initdb += ["--username=statuspage", "--auth=trust"]
        initdb += ["--encoding=UTF8", "--locale=C", "--lc-ctype=C.UTF-8"]
        self._run(initdb)
        single = [str(programs / "postgres"), "--single", "-D", str(partial), "postgres"]
        self._run(single, b"CREATE DATABASE statuspage\n")
        partial.rename(self._data)

    def _run(self, argv: list[str], said: bytes = b"") -> None:
        with self._log.open("ab") as log:
            code = run(
                argv,
                said,
                stdout=log,
                stderr=log,
                cwd=self._credentials.home,
                env=_environment(),
                preexec_fn=self._credentials.take,
            )
        if code:
            raise EmbeddedError(f"The embedded Postgres cannot be set up; its reasons are in {self._log}.")

    def _pid_file(self) -> list[str]:
        with contextlib.suppress(OSError):
            return (self._data / "postmaster.pid").read_text().splitlines()
        return []

    def _clear_leftovers(self) -> None:
        """Ends a server that outlived its parent, and forgets a dead one whose id is in use again."""
        lines = self._pid_file()
        if not lines:
            return
        pid = int(lines[0])
        if str(self._data).encode() not in _command(pid):
            (self._data / "postmaster.pid").unlink(missing_ok=True)
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + self.patience
        while _command(pid) and time.monotonic() < deadline:
            time.sleep(0.05)


def _switches(options: dict[str, str]) -> list[str]:
    return [word for name, value in options.items() for word in ("-c", f"{name}={value}")]


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def _command(pid: int) -> list[bytes]:
    """The command line of a process, empty where there is none."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
    return []
