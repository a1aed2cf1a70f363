"""A copy of this process that runs one function and ends: the fork beneath `process.Fork`.

Only for a process without threads: whatever lock another thread held would stay held in the copy.
"""

import ctypes
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import IO, NoReturn, Self

PR_SET_NAME = 15


class Forked:
    """A running copy, held as subprocess.Popen holds a program."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: int | None = None

    @classmethod
    def start(cls, name: str, work: Callable[[], None], output: IO[bytes]) -> Self:
        """Runs `work` in a copy that is called `name` in ps and prints to `output`."""
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            _run(name, work, output)
        return cls(pid)

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._reap(os.WNOHANG)

    def wait(self) -> int:
        """Waits for the exit code."""
        code = self._reap(0)
        assert code is not None  # noqa: S101 (a blocking wait always has one)
        return code

    def _reap(self, options: int) -> int | None:
        if self._code is None:
            pid, status = os.waitpid(self.pid, options)
            self._code = os.waitstatus_to_exitcode(status) if pid else None
        return self._code


def _run(name: str, work: Callable[[], None], output: IO[bytes]) -> NoReturn:
    code = 1
    try:
        os.setsid()
        for inherited in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(inherited, signal.SIG_DFL)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)
        work()
        code = 0
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else int(bool(asked.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
