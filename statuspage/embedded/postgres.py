"""A private Postgres: its data under one folder, reached over a unix socket that only we may enter.

Starting it twice keeps all data. As root it runs with other credentials (credentials.py). Its
caller makes sure that no one else uses the folder.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from . import credentials
from .errors import EmbeddedError
from .installations import binaries
from .process import Process
from .sockets import discard, socket_folder

PATIENCE = 60.0  # seconds for recovery after a crash
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


class Postgres:
    """The server of one folder; `durable=False` gives up safety on power loss for speed (tests)."""

    def __init__(self, folder: Path, *, durable: bool = True, log: Path | None = None) -> None:
        self._folder = folder.resolve()
        self._settings = SETTINGS if durable else SETTINGS | IN_A_HURRY
        self._log = log or self._folder.with_name(f"{self._folder.name}.log")
        self._home = self._folder
        self._prepare: Callable[[], None] | None = None
        self._sockets: Path | None = None
        self.process: Process | None = None

    def start(self) -> str:
        """Starts the server and answers the URL of its database; the data is made when missing.

        Raises EmbeddedError where that is impossible.
        """
        self.process = self.ready_to_start()
        self.process.start()
        self.wait()
        return self.url

    @property
    def url(self) -> str:
        """The database's URL, in the form that libpq and django-environ both read."""
        return f"postgres://statuspage@/statuspage?host={quote(str(self._sockets), safe='')}"

    @property
    def _data(self) -> Path:
        return self._home / "data"

    def ready_to_start(self) -> Process:
        """Everything but the start: credentials, data, sockets, and leftovers of a crash."""
        self._choose_credentials()
        programs = self._programs()
        if not self._data.exists():
            self._make_data(programs)
        self._clear_leftovers()
        self._sockets = socket_folder(self._home / "socket")
        if self._prepare is credentials.become_nobody:
            credentials.give_to_nobody(self._sockets)
        options = self._settings | {"unix_socket_directories": str(self._sockets)}
        argv = [str(programs / "postgres"), "-D", str(self._data)]
        argv += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        return Process(
            argv, self._env(), self._log, cwd=self._home, prepare=self._prepare, terminate=signal.SIGINT
        )

    def wait(self) -> None:
        """Returns once connections are accepted; raises EmbeddedError where it ends instead."""
        assert self.process is not None
        deadline = time.monotonic() + PATIENCE
        while not self.accepts():
            if not self.process.running() or time.monotonic() > deadline:
                self.process.stop()
                raise EmbeddedError(f"The embedded Postgres did not start; its reasons are in {self._log}.")
            time.sleep(0.02)

    def accepts(self) -> bool:
        """Whether the server we started says that it is ready (the way pg_ctl asks)."""
        lines = self._pid_file()
        ours = self.process is not None and lines[:1] == [str(self.process.pid)]
        return ours and [line.strip() for line in lines[7:8]] == ["ready"]

    def stop(self) -> None:
        """Stops the server; open connections are ended, nothing committed is lost."""
        if self.process is not None:
            self.process.stop()
        if self._sockets is not None:
            discard(self._sockets, self._home / "socket")

    def _choose_credentials(self) -> None:
        if os.geteuid() != 0:
            return
        home = credentials.home_of_nobody(self._folder)
        if not credentials.is_nobodys(home) and credentials.namespaces_allowed():
            self._prepare = credentials.unshare
            return
        if home != self._folder and (self._folder / "data").exists():
            raise EmbeddedError(
                f"Postgres refuses to run as root, and the user nobody cannot reach its data in {self._folder}."
            )
        if not credentials.is_nobodys(home):
            credentials.give_to_nobody(home)
        self._prepare = credentials.become_nobody
        self._home = home

    def _programs(self) -> Path:
        version = self._data / "PG_VERSION"
        programs = binaries(int(version.read_text()) if version.exists() else None)
        if self._prepare is not credentials.become_nobody or credentials.reachable_by_all(programs):
            return programs
        return credentials.copy_for_nobody(programs.parent, self._home) / "bin"

    def _make_data(self, programs: Path) -> None:
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = self._home / "data.partial"  # an interrupted initdb leaves only this
        shutil.rmtree(partial, ignore_errors=True)
        options = ["--username=statuspage", "--auth=trust", "--encoding=UTF8", "--no-instructions"]
        locale = ["--locale=C", "--lc-ctype=C.UTF-8"]
        self._run([str(programs / "initdb"), "-D", str(partial), "--no-sync", *options, *locale])
        single = [
            str(programs / "postgres"),
            "--single",
            "-D",
            str(partial),
            "-c",
            "lc_messages=C",
            "postgres",
        ]
        self._run(single, b"CREATE DATABASE statuspage\n")
        partial.rename(self._data)

    def _run(self, argv: list[str], said: bytes = b"") -> None:
        with self._log.open("ab") as log:
            done = subprocess.run(
                argv,
                input=said,
                stdout=log,
                stderr=log,
                cwd=self._home,
                env=self._env(),
                preexec_fn=self._prepare,
                check=False,
            )
        if done.returncode:
            raise EmbeddedError(f"The embedded Postgres cannot be set up; its reasons are in {self._log}.")

    @staticmethod
    def _env() -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}

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
        if str(self._data).encode() not in _command(pid).split(b"\0"):
            (self._data / "postmaster.pid").unlink(missing_ok=True)
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + PATIENCE
        while _command(pid) and time.monotonic() < deadline:
            time.sleep(0.05)


def _command(pid: int) -> bytes:
    """The command line of a process, empty where there is none."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
