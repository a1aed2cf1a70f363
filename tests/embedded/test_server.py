"""script/server as a newcomer runs it: real processes on a temporary folder."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from statuspage.embedded.process import dying_with_parent
from tests import ports

ROOT = Path(__file__).parent.parent.parent
OURS = {
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "DATA_KEYS",
    "SIGNING_KEY",
    "APP_URL",
    "ALLOWED_HOSTS",
    "EMAIL_URL",
}

# Seconds for one answer: the machine may be busy.
PATIENCE = 60

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("server")]


class Server:
    """One run; `said` is all it printed so far."""

    def __init__(self, state: Path, port: int, *words: str, **env: str) -> None:
        self.port = port
        clean = {name: value for name, value in os.environ.items() if name not in OURS}
        self.output = state.parent / f"{time.monotonic_ns()}.out"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "statuspage.embedded", "--port", str(port), *words],
                cwd=ROOT,
                env=clean | {"STATE_DIR": str(state)} | env,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=dying_with_parent(),
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def until_ready(self) -> None:
        until(lambda: "Ready after" in self.said or self.process.poll() is not None)
        assert self.process.poll() is None, self.said

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def until(happened: Callable[[], bool]) -> None:
    while not happened():
        time.sleep(0.05)


def free_port() -> int:
    """A port whose neighbours are free too."""
    return ports.free_port(3) + 1


def status(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response.status
    except OSError:
        return None
    finally:
        connection.close()


def processes_of(state: Path) -> list[int]:
    """Every living process that was told of this folder, by its command line or its environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if bytes(state) in told and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def environment_of(pid: int) -> bytes:
    """Nothing where it has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def pid_of(state: Path, name: str) -> int:
    return int((state / "run" / f"{name}.pid").read_text())


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("server") / "var"
    folder.parent.chmod(0o711)
    return folder


@pytest.fixture(scope="module")
def server(state: Path) -> Iterator[Server]:
    started = Server(state, free_port())
    started.until_ready()
    yield started
    if started.process.poll() is None:
        started.stop()


def test_it_ends_with_the_addresses_and_the_first_sign_in(server: Server) -> None:
    assert f"http://localhost:{server.port}/\n" in server.said
    assert f"http://localhost:{server.port + 1}/\n" in server.said
    assert f"http://localhost:{server.port}/admin/\n" in server.said
    assert re.search(r"owner / [\w-]{16}  \(shown only this once\)", server.said)
    assert re.search(r"Database \.+ \d+\.\d s", server.said)


def test_page_admin_and_separate_origin_answer(server: Server) -> None:
    for port in (server.port, server.port + 1):
        assert status(port, "/") == 200
        assert status(port, "/fr/") == 200
        assert status(port, "/api/v2/summary.json") == 200
    assert status(server.port, "/admin/login/") == 200
    assert status(server.port, "/healthz") == 200


def test_keys_are_kept_from_everyone_else(server: Server, state: Path) -> None:
    for name in ("secret_key", "data_keys", "signing_key"):
        assert (state / "keys" / name).stat().st_mode & 0o777 == 0o600
        key = (state / "keys" / name).read_bytes()
        assert not any(key in environment_of(pid) for pid in processes_of(state))


def test_the_first_components_are_really_watched(server: Server) -> None:
    def told() -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", server.port + 1, timeout=PATIENCE)
        connection.request("GET", "/api/v2/status.json")
        body = connection.getresponse().read()
        connection.close()
        return body

    until(lambda: b'"none"' in told())


def test_commands_beside_it_talk_to_the_same_installation(
    server: Server, state: Path, tmp_path: Path
) -> None:
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    for words in (["export", str(tmp_path / "out")], ["publish"]):
        subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=clean | {"STATE_DIR": str(state)}, check=True
        )
    assert "Application" in (tmp_path / "out" / "index.html").read_text()


def test_a_second_server_on_the_same_folder_is_refused(server: Server, state: Path) -> None:
    second = Server(state, free_port())
    assert second.process.wait() == 1
    assert second.said == f"Another server already runs on {state} (process {server.process.pid}).\n"


def test_a_taken_port_is_named_in_one_sentence(server: Server, tmp_path: Path) -> None:
    for port, taken in ((server.port, server.port), (server.port - 1, server.port)):
        second = Server(tmp_path / "var", port)
        assert second.process.wait() == 1
        assert second.said == f"Port {taken} is taken: choose another with --port.\n"


@pytest.mark.parametrize("name", ["web", "worker-publish", "beat", "workers", "origin", "valkey", "postgres"])
def test_a_child_that_is_killed_comes_back(server: Server, state: Path, name: str) -> None:
    before = pid_of(state, name)
    os.kill(before, signal.SIGKILL)
    until(lambda: pid_of(state, name) != before)
    assert f"{name} was killed by signal 9; it starts again in" in server.said
    until(lambda: status(server.port, "/") == 200 and status(server.port + 1, "/") == 200)


def test_stopping_leaves_no_process_and_a_second_start_keeps_all(server: Server, state: Path) -> None:
    # All of them, also those that came back a moment ago.
    until(lambda: len(processes_of(state)) >= 12)
    asked = time.monotonic()
    server.stop()
    assert time.monotonic() - asked < 10
    assert server.process.returncode == 0
    assert processes_of(state) == []
    again = Server(state, free_port())
    again.until_ready()
    assert "First sign-in" not in again.said
    # What watched the old port watches the new one.
    assert status(again.port, "/api/v2/summary.json") == 200
    again.process.kill()
    again.process.wait()
    until(lambda: processes_of(state) == [])


def test_being_stopped_while_it_starts_leaves_no_process(tmp_path: Path) -> None:
    for said in ("Starting in", "Database tables", "Application ..."):
        starting = Server(tmp_path / "var", free_port())
        until(lambda starting=starting, said=said: said in starting.said)  # type: ignore[misc]
        starting.stop()
        assert starting.process.returncode == 0
        until(lambda: processes_of(tmp_path / "var") == [])


def test_a_folder_that_cannot_be_written_is_named_in_one_sentence(tmp_path: Path) -> None:
    # Not even root makes a folder there.
    refused = Server(tmp_path / "var", free_port(), STATE_DIR="/proc/var")
    assert refused.process.wait() == 1
    assert re.fullmatch(r"The folder /proc/var cannot be written: [^\n]+\.\n", refused.said)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://someone:hidden@127.0.0.1:1/nothing",
        "postgres://someone:hidden@/nothing?host=/nowhere",
        "mysql://someone:hidden@127.0.0.1:1/nothing",
        "nonsense",
    ],
)
def test_an_unusable_database_is_named_in_one_sentence_without_its_password(tmp_path: Path, url: str) -> None:
    refused = Server(tmp_path / "var", free_port(), DATABASE_URL=url)
    assert refused.process.wait() == 1
    last = refused.said.splitlines()[-1]
    assert last.startswith(
        ("The database of DATABASE_URL cannot be used: ", "DATABASE_URL is not the address")
    )
    assert "hidden" not in refused.said
    assert "Traceback" not in refused.said
    assert processes_of(tmp_path / "var") == []


def test_a_port_that_is_none_is_refused(tmp_path: Path) -> None:
    for port in (0, 65535, 99999):
        refused = Server(tmp_path / "var", port)
        assert refused.process.wait() == 2
        assert "a port is a number from 1 to 65534" in refused.said
