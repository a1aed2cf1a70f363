"""The supervisor and its processes, with small real programs."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from statuspage.embedded import supervisor as module
from statuspage.embedded.process import Command, Fork
from statuspage.embedded.supervisor import Supervisor, bound

STUBBORN = "trap '' TERM; sleep 1000 & echo $!; echo started; while :; do sleep 0.1; done"
ROOT = Path(__file__).parent.parent.parent


def make_command(folder: Path, script: str) -> Command:
    return Command(folder / "out.log", ["/bin/sh", "-c", script], {"PATH": os.defpath})


def until(happened: Callable[[], bool]) -> None:
    """Awaits it; a test that waits in vain is ended by whoever runs it."""
    while not happened():
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_child_that_dies_is_started_again_and_said_aloud(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append, tmp_path / "run")
    command = make_command(tmp_path, "exec sleep 1000")
    supervisor.start("web", command)
    first = command.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    now = time.monotonic()
    until(lambda: supervisor.tick(now) or bool(said))  # type: ignore[func-returns-value]
    assert said == [f"web was killed by signal 9; it starts again in 0.5 s ({tmp_path / 'out.log'})."]
    supervisor.tick(now + 0.4)
    assert not command.running()
    supervisor.tick(now + 0.5)
    assert command.running()
    assert (tmp_path / "run/web.pid").read_text() == f"{command.pid}\n"
    supervisor.stop(5)
    assert not (tmp_path / "run/web.pid").exists()


def test_a_number_is_replaced_whole_under_whoever_reads_it(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append, tmp_path / "run")
    command = make_command(tmp_path, "exec sleep 1000")
    supervisor.start("web", command)
    first, now = command.pid, time.monotonic()
    assert first is not None
    with (tmp_path / "run/web.pid").open() as reader:
        os.kill(first, signal.SIGKILL)
        until(lambda: supervisor.tick(now) or bool(said))  # type: ignore[func-returns-value]
        supervisor.tick(now + 1)
        assert reader.read() == f"{first}\n"
    assert os.listdir(tmp_path / "run") == ["web.pid"]
    assert (tmp_path / "run/web.pid").read_text() == f"{command.pid}\n"
    supervisor.stop(5)


def test_the_wait_doubles_with_each_death_and_a_long_life_forgets_it(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append, tmp_path / "run")
    command = make_command(tmp_path, "exit 3")
    supervisor.start("web", command)
    now = time.monotonic()

    def die(at: float) -> str:
        before = len(said)
        until(lambda: supervisor.tick(at) or len(said) > before)  # type: ignore[func-returns-value]
        return said[-1].split(" in ")[1].split(" (")[0]

    waits = []
    for _ in range(8):
        waits.append(die(now))
        now += module.LONGEST_WAIT
        supervisor.tick(now)
    assert waits == ["0.5 s", "1 s", "2 s", "4 s", "8 s", "16 s", "30 s", "30 s"]
    assert die(now + module.LONG_LIFE + 1) == "0.5 s"
    assert "ended with code 3" in said[-1]


def test_what_ignores_being_asked_is_killed_with_all_its_own_children(tmp_path: Path) -> None:
    command = make_command(tmp_path, STUBBORN)
    command.start()
    until(lambda: "started" in command.output.read_text())
    pid, grandchild = command.pid, int(command.output.read_text().split()[0])
    assert pid is not None
    command.stop(patience=0.3)
    until(lambda: not alive(grandchild))
    assert not alive(pid)


def test_the_remains_of_a_dead_child_are_gone_before_it_starts_again(tmp_path: Path) -> None:
    command = make_command(tmp_path, STUBBORN)
    command.start()
    until(lambda: "started" in command.output.read_text())
    grandchild = int(command.output.read_text().split()[0])
    assert command.pid is not None
    os.kill(command.pid, signal.SIGKILL)
    until(lambda: not command.running())
    assert alive(grandchild)
    command.start()
    until(lambda: not alive(grandchild))
    command.stop(patience=0.1)


def test_children_die_with_their_parent_even_when_it_is_killed(tmp_path: Path) -> None:
    program = f"""
import os, sys, time
from pathlib import Path
from statuspage.embedded.process import Command, Fork
log = Path({str(tmp_path)!r}, "out.log")
children = [Command(log, ["sleep", "1000"], dict(os.environ)), Fork(log, "copy", lambda: time.sleep(1000))]
for child in children:
    child.start()
print(*[child.pid for child in children], flush=True)
time.sleep(1000)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    children = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(children) == 2
    assert all(alive(pid) for pid in children)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not any(alive(pid) for pid in children))


def test_a_copy_works_under_its_own_name_and_reports_its_end(tmp_path: Path) -> None:
    def work() -> None:
        os.system("echo working as $(cat /proc/$PPID/comm)")
        raise SystemExit(7)

    copy = Fork(tmp_path / "out.log", "worker-core", work)
    copy.start()
    until(lambda: copy.exit_code() is not None)
    assert copy.exit_code() == 7
    assert copy.output.read_text() == "working as worker-core\n"


def test_a_long_log_is_cut_to_its_end_while_its_writer_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOG_LIMIT", 1000)
    log = tmp_path / "web.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"old\n" * 300)
        bound(log)
        assert log.stat().st_size == 250
        writer.write(b"new\n")
    assert log.read_bytes().endswith(b"old\nnew\n")
