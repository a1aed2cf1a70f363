"""The whole product as script/server starts it, in a folder of its own, for tests that kill things."""

import contextlib
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

from tests import ports
from tests.e2e.seed import sow_files, sow_tables

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    """A port that nothing listens on, with the next one free too."""
    return ports.free_port(2)


def until(look: Callable[[], Any], what: str, seconds: float = 240) -> Any:
    """What `look` answers as soon as that is true; fails after `seconds`, naming `what`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := look():
            return answer
        threading.Event().wait(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def alive(process: psutil.Process) -> bool:
    """Whether it still runs; one that only waits to be reaped does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def fetch(url: str, headers: Mapping[str, str] | None = None, seconds: float = 5) -> bytes:
    """The body at a URL; raises OSError where nobody answers in so many seconds or not with 200."""
    with urllib.request.urlopen(
        urllib.request.Request(url, headers=dict(headers or {})), timeout=seconds
    ) as answer:
        body: bytes = answer.read()
        return body


class Product:
    """One running installation."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.state = folder / "var"
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.origin = f"http://localhost:{self.port + 1}"
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name
            not in (
                "DATABASE_URL",
                "REDIS_URL",
                "SECRET_KEY",
                "DATA_KEYS",
                "SIGNING_KEY",
                "APP_URL",
                "ALLOWED_HOSTS",
            )
        }
        self._env = {**inherited, **env, "STATE_DIR": str(self.state)}
        self._said: list[str] = []
        self._ready = threading.Event()
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Returns when it says that it is ready."""
        if not self.state.exists():
            sow_files(self.state)
            if "DATABASE_URL" not in self._env:
                sow_tables(self.state / "postgres")
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", "statuspage.embedded", "--port", str(self.port)],
            cwd=ROOT,
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()
        until(lambda: self._ready.is_set() or self._process.poll() is not None, "script/server is ready")
        assert self._process.poll() is None, "".join(self._said)

    def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                self._said.append(line)
                if "Ready after" in line:
                    self._ready.set()

    @property
    def said(self) -> str:
        """Everything printed so far."""
        return "".join(self._said)

    @property
    def credentials(self) -> tuple[str, str]:
        """Name and password of the first Owner, as they were printed once."""
        # It is said a moment after that it is ready.
        found = until(lambda: re.search(r"First sign-in +(\S+) / (\S+) ", self.said), "the first sign-in")
        return found[1], found[2]

    def environment(self) -> dict[str, str]:
        """What its web process was told: the test's own commands talk to the same installation."""
        web = next(child for child in self.processes() if "granian" in " ".join(child.cmdline()))
        return web.environ()

    def shell(self, code: str, **values: Any) -> str:
        """Runs Python in the installation's own Django, with `values` as JSON; what it prints."""
        lead = f"import json; globals().update(json.loads({json.dumps(json.dumps(values))}))\n"
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", lead + code],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def processes(self) -> list[psutil.Process]:
        """Everything that it started, and what that started."""
        assert self._process is not None
        return psutil.Process(self._process.pid).children(recursive=True)

    def kill(self) -> None:
        """kill -9 for the supervisor and for each of its processes, all at once."""
        assert self._process is not None
        children = self.processes()
        for process in (psutil.Process(self._process.pid), *children):
            # What dies with its parent may be gone already.
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait(10)
        psutil.wait_procs(children, 10)
        assert not any(alive(child) for child in children)

    def stop(self) -> None:
        """SIGTERM, as Ctrl-C would; nothing is left."""
        if self._process is None or self._process.poll() is not None:
            return
        children = self.processes()
        self._process.terminate()
        self._process.wait(20)
        assert not psutil.wait_procs(children, 5)[1]
