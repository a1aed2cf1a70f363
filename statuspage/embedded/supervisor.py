"""Keeps child processes running, and ends them all.

A child that dies is started again after a back-off that doubles with each death and is forgotten
after a minute of life; every death is said aloud. What children print is kept in bounded files.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .process import Process, stop_all

FIRST_WAIT = 0.5  # seconds before the first restart
LONGEST_WAIT = 30.0
LONG_LIFE = 60.0  # a child that lived so long starts again with the first wait
LOG_LIMIT = 4_000_000  # bytes; a longer log is cut to its last quarter
LOG_CHECK = 10.0


@dataclass(slots=True)
class Child:
    """A process under supervision."""

    name: str
    process: Process
    started: float = 0.0
    wait: float = FIRST_WAIT
    due: float | None = None  # when it is started again


class Supervisor:
    """Children whose ids are kept in `pids`; `now` is monotonic seconds, `say` tells the person."""

    def __init__(self, say: Callable[[str], None], pids: Path) -> None:
        self._children: list[Child] = []
        self._say = say
        self._pids = pids
        self._logs_checked = 0.0

    def start(self, name: str, process: Process) -> None:
        """Starts a process and keeps it running from now on; one that already runs is adopted."""
        child = Child(name, process, started=time.monotonic())
        self._children.append(child)
        if not process.running():
            process.start()
        self._remember(child)

    def tick(self, now: float) -> None:
        """Looks once at every child."""
        for child in self._children:
            if child.due is None:
                self._look(child, now)
            elif now >= child.due:
                self._restart(child, now)
        if now - self._logs_checked > LOG_CHECK:
            self._logs_checked = now
            for child in self._children:
                bound(child.process.output)

    def stop(self, patience: float) -> None:
        """Ends all, those that serve the others last; returns within about `patience` seconds."""
        deadline = time.monotonic() + patience
        clients, servers = self._by_service()
        stop_all(clients, patience * 0.6)
        stop_all(servers, deadline - time.monotonic())
        for child in self._children:
            self._pid_file(child).unlink(missing_ok=True)

    def _by_service(self) -> tuple[Sequence[Process], Sequence[Process]]:
        services = ("postgres", "valkey")
        clients = [child.process for child in self._children if child.name not in services]
        return clients, [child.process for child in self._children if child.name in services]

    def _remember(self, child: Child) -> None:
        self._pids.mkdir(exist_ok=True)
        # Whoever reads it finds the last or the next number, never an empty file.
        beside = self._pid_file(child).with_suffix(".new")
        beside.write_text(f"{child.process.pid}\n")
        beside.replace(self._pid_file(child))

    def _pid_file(self, child: Child) -> Path:
        return self._pids / f"{child.name}.pid"

    def _look(self, child: Child, now: float) -> None:
        code = child.process.exit_code()
        if code is None:
            return
        if now - child.started > LONG_LIFE:
            child.wait = FIRST_WAIT
        child.due = now + child.wait
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        self._say(f"{child.name} {how}; it starts again in {child.wait:g} s ({child.process.output}).")
        child.wait = min(child.wait * 2, LONGEST_WAIT)

    def _restart(self, child: Child, now: float) -> None:
        child.started, child.due = now, None
        try:
            child.process.start()
            self._remember(child)
        except OSError as error:
            child.due = now + child.wait
            self._say(f"{child.name} cannot be started: {error}; it is tried again in {child.wait:g} s.")


def bound(log: Path) -> None:
    """Cuts a log that grew beyond LOG_LIMIT to its last quarter, in place: its writer appends."""
    if not log.exists() or log.stat().st_size <= LOG_LIMIT:
        return
    with log.open("r+b") as file:
        file.seek(-LOG_LIMIT // 4, 2)
        kept = file.read()
        file.truncate(0)
        file.seek(0)
        file.write(kept)
