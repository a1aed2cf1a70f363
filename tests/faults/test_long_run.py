"""An hour of checks every second, as fast as they go: memory and connections stay as they are (F16)."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from statuspage.celery import app
from tests.monitors.broker import Queues, queues
from tests.probers import prober
from tests.site import site

ROUNDS = 3_600
TOGETHER = 100  # rounds under way at once
BATCH = 20  # checks in a message
WARM = 900  # rounds after which everything has been used once
GROWTH = 2**20
START = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Size:
    """Of a worker: bytes of memory, open files (connections among them), threads."""

    rss: int
    files: int
    threads: int


@contextmanager
def closed_port() -> Iterator[int]:
    """A port that nobody listens on, and nobody else will."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def make_items(rounds: range, port: int, closed: int) -> list[dict[str, Any]]:
    """For each round one check of each kind of end: up, connected, no TLS, refused."""
    kinds = [
        ("http", {"url": f"http://127.0.0.1:{port}/1"}),
        ("tcp", {"address": f"127.0.0.1:{port}"}),
        ("http", {"url": f"https://127.0.0.1:{port}/2"}),
        ("http", {"url": f"http://127.0.0.1:{closed}/"}),
    ]
    return [
        {
            "monitor": number,
            "slot": (START + timedelta(seconds=second)).isoformat(),
            "kind": kind,
            "config": config,
            "timeout": 20,
            "after": 0.0,
        }
        for second in rounds
        for number, (kind, config) in enumerate(kinds, 1)
    ]


def run(rounds: range, port: int, closed: int, broker: Queues) -> None:
    """Sends the checks of these rounds, and waits for all their results."""
    items = make_items(rounds, port, closed)
    for first in range(0, len(items), BATCH):
        batch = items[first : first + BATCH]
        app.send_task("monitors.tasks.probe_batch", args=["mars", batch], queue="probe.mars")
    waiting = len(items)
    while waiting > 0:
        _region, results = broker.arguments_of("monitors.tasks.record")
        waiting -= len(results)
        for result in results:
            up = result["monitor"] in (1, 2)
            assert result["outcome"]["result"] == ("up" if up else "down")


@pytest.mark.slow
def test_an_hour_of_checks_every_second_leaves_memory_and_connections_flat(tmp_path: Path) -> None:
    sizes: list[Size] = []
    with (
        queues("core", "probe.mars") as broker,
        site(tmp_path / "asked") as target,
        closed_port() as closed,
        prober("127.0.0.1/32", tmp_path / "log") as worker,
    ):
        process = psutil.Process(worker.pid)
        # More at once than ever after: else a moment at which the machine is busy takes one more of Python's
        # arenas (a MiB each), which it keeps.
        run(range(3 * TOGETHER), target.port, closed, broker)
        for first in range(0, ROUNDS, TOGETHER):
            run(range(first, first + TOGETHER), target.port, closed, broker)
            sizes.append(Size(process.memory_info().rss, process.num_fds(), process.num_threads()))
        assert worker.poll() is None
    warm, rest = sizes[WARM // TOGETHER - 1], sizes[WARM // TOGETHER :]
    print(f"warm {warm}, then {[size.rss // 1024 for size in rest]} KiB, at the end {rest[-1]}")
    assert max(size.rss for size in rest) - warm.rss <= GROWTH
    assert rest[-1].files <= warm.files
    assert max(size.threads for size in rest) <= warm.threads
