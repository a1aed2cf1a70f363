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

PR_SET_PDEATHSIG = 1
REPEAT = 1.0  # seconds between repeated signals: granian ignored one sent while it started

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(by: signal.Signals = signal.SIGTERM) -> None:
    """Has the kernel send this process `by` when its parent dies; it outlives an exec (prctl(2))."""
    _libc.prctl(PR_SET_PDEATHSIG, int(by), 0, 0, 0)


@dataclass(slots=True)
class Process:
    """A command with its environment; `output` receives what it prints.

    `before` runs here before each start, `credentials` in the child before exec; `terminate` is the
    signal that asks it to end by itself, sent also when this process dies.
    """

    argv: Sequence[str]
    env: Mapping[str, str]
    output: Path
    cwd: Path | None = None
    before: Callable[[], None] | None = None
    credentials: Callable[[], None] | None = None
    terminate: signal.Signals = signal.SIGTERM
    _popen: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Starts the command, without remains of its last run; raises OSError where it cannot be executed."""
        self.kill()
        if self.before is not None:
            self.before()
        self.output.parent.mkdir(parents=True, exist_ok=True)
        with self.output.open("ab") as output:
            self._popen = subprocess.Popen(
                list(self.argv),
                env=dict(self.env),
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=self._in_child,
            )

    def _in_child(self) -> None:
        if self.credentials is not None:
            self.credentials()
        # After the credentials: changing them would clear it.
        die_with_parent(self.terminate)

    @property
    def pid(self) -> int | None:
        """The process id, which is also its group's; None before the first start."""
        return self._popen.pid if self._popen else None

    def exit_code(self) -> int | None:
        """None while it runs, before the first start and after it was stopped."""
        return self._popen.poll() if self._popen else None

    def running(self) -> bool:
        """Whether it has been started and not yet ended."""
        return self._popen is not None and self._popen.poll() is None

    def ask(self) -> None:
        """Sends the signal that asks the process to end."""
        if self._popen is not None:
            self._popen.send_signal(self.terminate)

    def kill(self) -> None:
        """Kills what is left of its group, at once."""
        if self._popen is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()
        self._popen = None

    def stop(self, patience: float = 8.0) -> None:
        """Asks it to end and kills its group after `patience` seconds."""
        stop_all([self], patience)


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
