"""Places that answer nothing: beside them the page is shown, the person is told, and the command ends."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.black_hole import black_hole
from tests.emergency.kit import PASSPHRASE, Kit, make_kit

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("waiting")]
POST = ("post", "--title", "Down", "--en", "We know.", "--component", "Cards=major", "--yes")
# Seconds, from the command to the page.
PROMISED = 60


@contextmanager
def silent() -> Iterator[int]:
    """A port that accepts everybody and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=500) as server:
        yield server.getsockname()[1]


@contextmanager
def dripping() -> Iterator[int]:
    """A port that answers well, one byte a second, for as long as anybody listens."""
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n"
            )
            while not ended.wait(1):
                connection.sendall(b"x")

    def accept(server: socket.socket) -> None:
        while not ended.is_set():
            with suppress(TimeoutError):
                threading.Thread(target=drip, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=500) as server:
        server.settimeout(0.2)
        accepting = threading.Thread(target=accept, args=(server,))
        accepting.start()
        yield server.getsockname()[1]
        ended.set()
        accepting.join()


def store(name: str, port: int) -> str:
    """A target of a vault whose store is at that port."""
    return "\n".join(
        (
            f'name = "{name}"',
            'kind = "s3"',
            'bucket = "pages"',
            'private_bucket = "private"',
            'region = "us-east-1"',
            'addressing_style = "path"',
            f'endpoint_url = "http://127.0.0.1:{port}"',
            'access_key_id = "KEY"',
            'secret_access_key = "secret"',
        )
    )


class Run:
    """One command in a process of its own, as a person starts it."""

    def __init__(self, kit: Kit, *arguments: str) -> None:
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "EMERGENCY_PASSPHRASE": PASSPHRASE}
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "statuspage.emergency", *arguments],
            cwd=kit.path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def seconds_until_shown(self, path: Path, text: str) -> float:
        while text not in path.read_text():
            assert self._process.poll() is None, "ended before"
            time.sleep(0.02)
        return time.monotonic() - self._began

    def end(self) -> tuple[int, str, float]:
        """Exit status, all it said, seconds. It is waited for: what hangs, hangs as long as the test does."""
        out, err = self._process.communicate()
        return self._process.returncode, out + err, time.monotonic() - self._began


def test_beside_two_black_holes_the_page_is_shown_and_the_command_ends(tmp_path: Path) -> None:
    with silent() as mute, black_hole() as gone:
        kit = make_kit(tmp_path, "main", more=[store("mute", mute), store("gone", gone)])
        post = Run(kit, *POST)
        shown = post.seconds_until_shown(kit.places["main"] / "index.html", "Down")
        status, said, ended = post.end()
    print(f"\nshown after {shown:.1f} s, ended after {ended:.1f} s")
    assert status == 3, said
    assert "✓ main: published, release 42" in said
    assert "✗ mute: " in said
    assert "✗ gone: " in said
    assert said.count("“waiting-page” brings it up to date") == 2
    assert "1 of 3 targets shows it." in said or "1 of 3 targets show it." in said
    assert shown <= PROMISED
    assert ended <= PROMISED


def test_with_a_public_address_that_hangs_too_and_nothing_sure_it_still_ends(tmp_path: Path) -> None:
    """The worst of all: no target tells anything, and the page's own address is asked in vain."""
    with silent() as mute, silent() as page:
        kit = make_kit(tmp_path, "main", more=[store("mute", mute)], url=f"http://127.0.0.1:{page}")
        held = {name: (kit.places["main"] / name).read_bytes() for name in ("status.json", "status.json.sig")}
        for name, content in held.items():
            (kit.path / "work" / name).write_bytes(content)
        (kit.places["main"] / "status.json.sig").write_bytes(b"x" * 64)
        post = Run(kit, *POST)
        shown = post.seconds_until_shown(kit.places["main"] / "index.html", "Down")
        status, said, ended = post.end()
    print(f"\nshown after {shown:.1f} s, ended after {ended:.1f} s")
    assert status == 3, said
    assert shown <= PROMISED
    assert ended <= PROMISED


def test_where_everything_hangs_it_says_so_and_what_to_try_next(tmp_path: Path) -> None:
    with silent() as mute, silent() as page:
        kit = make_kit(tmp_path, more=[store("mute", mute)], url=f"http://127.0.0.1:{page}")
        status, said, ended = Run(kit, *POST).end()
    assert status == 1
    assert "mute: " in said
    assert f"http://127.0.0.1:{page}: it cannot be reached" in said
    assert "--from FILE" in said
    assert ended <= PROMISED


def test_whoever_hangs_at_publishing_alone_is_left_when_patience_ends(kit: Kit) -> None:
    """A folder that another process has locked, and does not let go of while the command runs."""
    lock = kit.places["second"] / ".publishing"
    lock.mkdir(exist_ok=True)
    held = f"import fcntl,sys; file = open({str(lock / 'lock')!r}, 'a'); fcntl.flock(file, fcntl.LOCK_EX)"
    holder = subprocess.Popen(
        [sys.executable, "-c", held + "; print('held', flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"held\n"
        status, said, _ended = Run(kit, *POST, "--patience", "6").end()
    finally:
        holder.kill()
        holder.communicate()
    assert status == 3, said
    assert "✗ second: It was not done in 6 seconds and was left" in said
    assert "--patience" in said
    assert "Down" in (kit.places["main"] / "index.html").read_text()
    assert "Down" not in (kit.places["second"] / "index.html").read_text()


def test_a_store_that_drips_for_ever_does_not_hold_the_command_open(tmp_path: Path) -> None:
    """No request to it ever fails: only the end of the process ends them."""
    with dripping() as slow:
        kit = make_kit(tmp_path, "main", more=[store("slow", slow)])
        status, said, ended = Run(kit, *POST, "--patience", "6").end()
    print(f"\nended after {ended:.1f} s")
    assert status == 3, said
    assert "✗ slow: It was not done in 6 seconds and was left" in said
    assert "Down" in (kit.places["main"] / "index.html").read_text()
    assert ended <= PROMISED
