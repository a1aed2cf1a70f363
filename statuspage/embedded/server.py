"""script/server: the whole product on one machine, for a first look and for development.

Everything it starts it also ends: on Ctrl-C and SIGTERM within ten seconds, and by the kernel
where this process is killed.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from .errors import EmbeddedError
from .place import check_port, claim, key_file
from .postgres import Postgres
from .process import Command, dying_with_parent, run
from .service import Service
from .steps import say, step
from .supervisor import Supervisor
from .told import tell
from .valkey import Valkey
from .watch import until_published

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 8.0  # seconds for stopping everything


class Stopped(BaseException):
    """Someone asked us to end."""


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code: 0 after a stop that was asked for, 1 after one sentence about what is wrong."""
    options = _options(argv)
    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(wanted, _stop)
    state = Path(os.environ.get("STATE_DIR") or ROOT / "var").resolve()
    server = Server(state, options.port, options.demo, options.restore)
    try:
        with ExitStack() as stack:
            server.run(stack)
    except EmbeddedError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    except OSError as error:
        print(f"The server cannot go on: {error}.", file=sys.stderr)  # noqa: T201
        return 1
    except Stopped:
        say("Stopped.")
    return 0


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("script/server", description="Starts the status page on this machine.")
    parser.add_argument("--port", type=_port, default=8000, metavar="N", help="application; the origin: N+1")
    parser.add_argument("--demo", action="store_true", help="fill the first page with demonstration data")
    parser.add_argument(
        "--restore",
        type=Path,
        metavar="FILE",
        help="begin with a backup (manage.py backup) in a new database",
    )
    return parser.parse_args(argv)


def _port(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) < 65535:
        return int(text)
    raise argparse.ArgumentTypeError("a port is a number from 1 to 65534")


def _stop(number: int, frame: FrameType | None) -> None:
    # Once: what stops us now must not be interrupted.
    for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(wanted, signal.SIG_IGN)
    raise Stopped


class Server:
    """One run on one state folder."""

    def __init__(self, state: Path, port: int, demo: bool, backup: Path | None) -> None:
        self._state = state
        self._port = port
        self._demo = demo
        self._backup = backup
        self._supervisor = Supervisor(say, state / "run")
        self._services: list[Service] = []

    def run(self, stack: ExitStack) -> None:
        """Starts everything and watches over it until stopped; `stack` ends what was started."""
        started = time.monotonic()
        stack.enter_context(claim(self._state))
        check_port(self._port)
        check_port(self._port + 1)
        say(f"Starting in {self._state}")
        stack.callback(self._stop)
        self._start_origin()
        env = self._environment()
        with step("Database"):
            env["DATABASE_URL"] = os.environ.get("DATABASE_URL") or self._serve(
                "postgres", Postgres(self._state / "postgres", log=self._log("postgres"))
            )
        with step("Broker"):
            env["REDIS_URL"] = os.environ.get("REDIS_URL") or self._serve(
                "valkey", Valkey(self._state / "valkey", log=self._log("valkey"))
            )
        tell(self._state, env)
        if self._backup is not None:
            self._restore(self._backup, env)
        report = self._prepare(env)
        with step("Application"):
            self._start_application(env)
            until_published(self._supervisor.tick, self._port, self._log("web"))
        self._welcome(report, time.monotonic() - started)
        while True:
            self._supervisor.tick(time.monotonic())
            time.sleep(0.2)

    def _environment(self) -> dict[str, str]:
        """What every child of ours is told; keys as files, so that they show in no environment."""
        env = dict(os.environ)
        for name in ("SECRET_KEY", "DATA_KEYS", "SIGNING_KEY"):
            if name not in env and f"{name}_FILE" not in env:
                env[f"{name}_FILE"] = str(key_file(self._state, name.lower()))
        own = f"127.0.0.1/32:{self._port} 127.0.0.1/32:{self._port + 1}"
        if "APP_URL" not in env:
            env["APP_URL"] = f"http://localhost:{self._port}"
            # Nobody but this machine reaches it: a first look needs no telephone.
            env.setdefault("SECOND_FACTOR", "optional")
        env.setdefault("DRILL_URL", f"http://127.0.0.1:{self._port}")
        return env | {
            "STATE_DIR": str(self._state),
            "PROBE_ALLOW": f"{env.get('PROBE_ALLOW', '')} {own}".strip(),
            "MALLOC_ARENA_MAX": "2",
        }

    def _stop(self) -> None:
        self._supervisor.stop(PATIENCE)
        for service in self._services:
            service.stop()

    def _serve(self, name: str, service: Service) -> str:
        self._services.append(service)
        url = service.start()
        self._supervisor.start(name, service.process)
        return url

    def _start_origin(self) -> None:
        folder = str(self._state / "public")
        self._python("origin", "statuspage.embedded.origin", folder, str(self._port + 1), env=os.environ)

    def _start_application(self, env: dict[str, str]) -> None:
        web = ["--interface", "wsgi", "--port", str(self._port), "--no-ws", "--http", "1"]
        web += ["--blocking-threads", "32", "--workers-kill-timeout", "3", "--respawn-failed-workers"]
        self._python("web", "granian", *web, "statuspage.wsgi:application", env=env)
        self._python("workers", "statuspage.embedded.workers", str(self._state), env=env, aloud=True)

    def _python(
        self, name: str, module: str, *words: str, env: Mapping[str, str], aloud: bool = False
    ) -> None:
        argv = [sys.executable, "-m", module, *words]
        self._supervisor.start(name, Command(self._log(name), argv, env, cwd=ROOT, aloud=aloud))

    def _restore(self, file: Path, env: dict[str, str]) -> None:
        """Before anything else is in the database; the command's own sentence says why it cannot be."""
        with step("Backup"):
            argv = [sys.executable, str(ROOT / "manage.py"), "restore", str(file.absolute())]
            done = subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise EmbeddedError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "No backup.")
        say(done.stdout.strip())

    def _log(self, name: str) -> Path:
        return self._state / "log" / f"{name}.log"

    def _prepare(self, env: dict[str, str]) -> dict[str, str]:
        """Runs statuspage.embedded.prepare, which shows its own steps, and answers its report."""
        read, write = os.pipe()
        words = [str(write), str(self._port), *(["--demo"] if self._demo else [])]
        with os.fdopen(read) as report, self._log("prepare").open("ab") as log:
            try:
                run(
                    [sys.executable, "-m", "statuspage.embedded.prepare", *words],
                    env=env,
                    cwd=ROOT,
                    stderr=log,
                    pass_fds=[write],
                    preexec_fn=dying_with_parent(),
                )
            finally:
                os.close(write)
            said = report.read()
        if not said:
            raise EmbeddedError(
                f"The application could not be prepared; its reasons are in {self._log('prepare')}."
            )
        answer: dict[str, str] = json.loads(said)
        if "error" in answer:
            raise EmbeddedError(answer["error"])
        return answer

    def _welcome(self, report: dict[str, str], seconds: float) -> None:
        lines = [
            f"Ready after {seconds:.1f} s. Ctrl-C stops everything.",
            "",
            f"  Page             http://localhost:{self._port}/",
            f"  Separate origin  http://localhost:{self._port + 1}/",
            f"  Admin            http://localhost:{self._port}/admin/",
        ]
        if report.get("password"):
            lines.append(
                f"  First sign-in    {report['owner']} / {report['password']}  (shown only this once)"
            )
        if not os.environ.get("EMAIL_URL"):
            lines.append(f"  Mail             to files in {self._state / 'mail'} (set EMAIL_URL to send it)")
        if report.get("note"):
            lines.append(f"  Note             {report['note']}")
        # At once: who waits for the first line reads them all.
        say("\n".join(lines))
