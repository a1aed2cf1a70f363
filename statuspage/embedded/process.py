"""One child process: started in a session of its own, stopped as a whole group.

A child never outlives its parent: the kernel signals it when the parent dies (PR_SET_PDEATHSIG).
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from .forked import Forked

PR_SET_PDEATHSIG = 1
REPEAT = 1.0  # seconds between repeated signals: granian ignored one sent while it started

_libc = ctypes.CDLL(None, use_errno=True)


class Handle(Protocol):
    """The part of subprocess.Popen that a process is held by."""

    pid: int

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""

    def wait(self) -> int:
        """Waits for the exit code."""


def dying_with_parent(by: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """What a child of this process calls so that the kernel sends it `by` when this one dies.

    It outlives an exec, but not a change of credentials (prctl(2)).
    """
    parent = os.getpid()

    def ask_kernel() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, int(by), 0, 0, 0)
        if os.getppid() != parent:  # it died before we could ask
            os.kill(os.getpid(), signal.SIGKILL)

    return ask_kernel


@dataclass(slots=True)
class Process:
    """Something that runs apart from us: `_launch` says what; `output` receives what it prints.

    `terminate` is the signal that asks it to end by itself.
    """

    output: Path
    terminate: signal.Signals = field(default=signal.SIGTERM, kw_only=True)
    _handle: Handle | None = field(default=None, init=False)

    def start(self) -> None:
        """Starts it, without remains of its last run; raises OSError where that is impossible."""
        self.kill()
        self.output.parent.mkdir(parents=True, exist_ok=True)
        with self.output.open("ab") as output:
            self._handle = self._launch(output)

    def _launch(self, output: IO[bytes]) -> Handle:
        raise NotImplementedError

    @property
    def pid(self) -> int | None:
        """The process id, which is also its group's; None before the first start."""
        return self._handle.pid if self._handle else None

    def exit_code(self) -> int | None:
        """None while it runs, before the first start and after it was stopped."""
        return self._handle.poll() if self._handle else None

    def running(self) -> bool:
        """Whether it has been started and not yet ended."""
        return self._handle is not None and self._handle.poll() is None

    def ask(self) -> None:
        """Sends the signal that asks the process to end."""
        if self._handle is not None and self._handle.poll() is None:
            os.kill(self._handle.pid, self.terminate)

    def kill(self) -> None:
        """Kills what is left of its group, at once."""
        if self._handle is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._handle.pid, signal.SIGKILL)
        self._handle.wait()
        self._handle = None

    def stop(self, patience: float = 8.0) -> None:
        """Asks it to end and kills its group after `patience` seconds."""
        stop_all([self], patience)


@dataclass(slots=True)
class Command(Process):
    """A program with its environment.

    `before` runs here before each start, `credentials` in the child before exec; where `aloud`, its
    standard output is ours and only its errors go to `output`.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: Path | None = None
    before: Callable[[], None] | None = None
    credentials: Callable[[], None] | None = None
    aloud: bool = False

    def _launch(self, output: IO[bytes]) -> Handle:
        if self.before is not None:
            self.before()
        die = dying_with_parent(self.terminate)

        def in_child() -> None:
            if self.credentials is not None:
                self.credentials()
            die()

        return subprocess.Popen(
            list(self.argv),
            env=dict(self.env),
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=None if self.aloud else output,
            stderr=output,
            start_new_session=True,
            preexec_fn=in_child,
        )


@dataclass(slots=True)
class Fork(Process):
    """A function in a copy of this process, with whose memory it shares all that neither changes."""

    name: str
    work: Callable[[], None]

    def _launch(self, output: IO[bytes]) -> Handle:
        # Nothing waits for it once its parent is dead: whatever it did not commit is done again.
        die = dying_with_parent(signal.SIGKILL)

        def in_copy() -> None:
            die()
            self.work()

        return Forked.start(self.name, in_copy, output)


def run(argv: Sequence[str], said: bytes = b"", **options: Any) -> int:
    """Runs a program to its end and answers its exit code; whatever interrupts us ends its whole group.

    `said` is its standard input, `options` are those of subprocess.Popen.
    """
    with subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True, **options) as child:
        try:
            child.communicate(said)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            raise
        return child.returncode


def stop_all(processes: Sequence[Process], patience: float) -> None:
    """Asks all to end, repeatedly, and kills what is left of their groups after `patience` seconds."""
    deadline = time.monotonic() + patience
    asked = 0.0
    while time.monotonic() < deadline and (left := [each for each in processes if each.running()]):
        if time.monotonic() - asked >= REPEAT:
            asked = time.monotonic()
            for process in left:
                process.ask()
        time.sleep(0.02)
    for process in processes:
        process.kill()
