"""500 monitors, every tenth of a target that does its worst: the others are checked in time (F9).

Scaled in time: a check every 5 s instead of every 30, so that they do their worst six times as often.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import psutil
import pytest

from monitors import tasks
from monitors.models import Monitor
from monitors.schedule import next_slot
from statuspage.celery import app
from tests.hostile import hostile_targets
from tests.make import make_page
from tests.monitors.broker import queues
from tests.probers import prober
from tests.site import site

MONITORS, HOSTILE = 500, 50
INTERVAL, TIMEOUT = 5, 3
ROUNDS = 3
PATIENCE = 120  # seconds until all rounds must be over
LAG = 5.0  # seconds
RSS = 300 * 2**20


class Results:
    """What a region sends, taken from the broker as it comes: slots and results by monitor."""

    def __init__(self) -> None:
        self.slots: dict[int, list[datetime]] = defaultdict(list)
        self.results: dict[int, set[str]] = defaultdict(set)

    def take(self, seen: dict[str, Any]) -> None:
        self.slots[seen["monitor"]].append(datetime.fromisoformat(seen["slot"]))
        self.results[seen["monitor"]].add(seen["outcome"]["result"])

    def rounds(self) -> int:
        """How often every monitor has been checked at least."""
        return min(map(len, list(self.slots.values()))) if len(self.slots) == MONITORS else 0


@contextmanager
def collecting() -> Iterator[Results]:
    results, ended = Results(), threading.Event()

    def collect() -> None:
        with queues("core") as broker:
            ready.set()
            while not ended.is_set():
                _region, *seen = broker.arguments_of("monitors.tasks.record")
                for each in seen[0] if seen else []:
                    results.take(each)

    ready = threading.Event()
    thread = threading.Thread(target=collect, daemon=True)
    thread.start()
    ready.wait()
    try:
        yield results
    finally:
        ended.set()
        app.send_task("monitors.tasks.record", args=["mars"], queue="core")
        thread.join()


def make_monitors(port: int, hostile: dict[str, str]) -> tuple[list[int], dict[int, str]]:
    """The healthy ones and the hostile ones, spread over the interval."""
    page = make_page()
    rows = Monitor.objects.bulk_create(
        Monitor(
            page=page, name=str(number), kind="http", interval=INTERVAL, timeout=TIMEOUT, regions=["mars"]
        )
        for number in range(MONITORS)
    )
    bad = rows[:: MONITORS // HOSTILE]
    for row, url in zip(bad, cycle(hostile.values()), strict=False):
        row.config = {"url": url}
    good = [row for row in rows if row not in bad]
    for row in good:
        row.config = {"url": f"http://127.0.0.1:{port}/{row.pk}"}
    for row in rows:
        row.due_at = next_slot(row.pk, INTERVAL, datetime.now(UTC) + timedelta(seconds=1))
    Monitor.objects.bulk_update(rows, ["config", "due_at"])
    return [row.pk for row in good], {row.pk: row.config["url"] for row in bad}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_tenth_of_hostile_targets_delays_nobody_and_breaks_nothing(tmp_path: Path) -> None:
    memory = 0
    with (
        queues("probe.mars"),
        collecting() as results,
        hostile_targets() as hostile,
        site(tmp_path / "asked") as healthy,
        prober("127.0.0.0/8", tmp_path / "log") as worker,
    ):
        begun = time.time()
        good, bad = make_monitors(healthy.port, hostile)
        process = psutil.Process(worker.pid)
        tick = time.monotonic()
        while results.rounds() < ROUNDS:
            assert time.time() - begun < PATIENCE
            tasks.tick()
            memory = max(memory, process.memory_info().rss)
            tick += 1
            time.sleep(max(0, tick - time.monotonic()))
        assert worker.poll() is None
        assert not process.children()
        asked: dict[int, list[float]] = defaultdict(list)
        for at, number in healthy.taken(begun, time.time()):
            asked[number].append(at)
    lags = sorted(
        at - slot.timestamp()
        for number in good
        for at, slot in zip(asked[number], sorted(results.slots[number]), strict=False)
    )
    p99 = lags[int(0.99 * len(lags))]
    print(f"{len(lags)} checks, lag p50 {lags[len(lags) // 2]:.3f} p99 {p99:.3f} s, {memory / 2**20:.0f} MiB")
    assert p99 <= LAG
    assert memory <= RSS
    # Where the machine itself comes late a check says nothing: unknown, and never down.
    assert all("up" in results.results[number] for number in good)
    assert not any("down" in results.results[number] for number in good)
    circles = [number for number, url in bad.items() if url == hostile["endless redirects"]]
    assert circles
    assert all("down" in results.results[number] for number in circles)
