"""10,000 monitors, each every 30 s, through everything: beat, core, Postgres, broker, worker, site.

Two minutes while the machine has nothing else to do, and two while a busy loop holds one of its cores.
How late a check is, is seen by the site that is asked.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from bench import _observations
from bench._post_room import post_room
from statuspage.embedded.process import Command, stop_all
from tests.site import Site, site

MONITORS = 10_000
INTERVAL = 30
COMPONENTS = 1_000
SECONDS = 120
# The first checks are special: verdicts begin, rows are made.
WARM = 45
# Up to so many seconds before a slot, a check is early for it and not late for the one before.
EARLY = 1
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "warning"]
GROUPS = ("probing", "core", "beat", "Postgres", "broker", "site")
HEAD = """\
## Checks

{monitors:,} monitors, each every {interval} s, against a light site on this machine, by one probe worker, one
core worker and beat, for {seconds} s each; processor time in % of one core. The busy loop is one more
process, pinned to one of the cores. Goals: probing ≤ 50 %, schedule lag p99 ≤ 1 s, no false down.

| what | nothing else | beside a busy loop |
|---|---:|---:|"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Of some seconds: processor seconds per second, lags in seconds, counts."""

    cpu: dict[str, float]
    lags: list[float]
    downs: int
    unknowns: int
    rss: float

    def lag(self, rank: float) -> float:
        """A percentile."""
        return self.lags[min(int(len(self.lags) * rank), len(self.lags) - 1)]


def watch(port: int) -> None:
    """Everything is due, each at a time of its own."""
    from django.db import connection
    from django.utils import timezone

    from monitors.models import Component, Feed, Monitor, Page
    from monitors.schedule import next_slot

    page = Page.objects.get()
    now = timezone.now()
    components = Component.objects.bulk_create(
        Component(page=page, slug=f"c{number}", name_en=f"Component {number}") for number in range(COMPONENTS)
    )
    monitors = Monitor.objects.bulk_create(
        Monitor(page=page, name=f"Monitor {number}", kind="http", interval=INTERVAL)
        for number in range(MONITORS)
    )
    for monitor in monitors:
        monitor.config = {"url": f"http://127.0.0.1:{port}/{monitor.pk}"}
        monitor.due_at = next_slot(monitor.pk, INTERVAL, now + timedelta(seconds=10))
    Monitor.objects.bulk_update(monitors, ["config", "due_at"], batch_size=1000)
    Feed.objects.bulk_create(
        Feed(monitor=monitor, component=components[number % COMPONENTS])
        for number, monitor in enumerate(monitors)
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def workers(folder: Path, port: int) -> Iterator[dict[str, Command]]:
    """Beat and workers, as in production."""
    celery = [sys.executable, "-m", "celery", "-A", "statuspage.celery"]
    words = {
        "probing": ["worker", "-Q", "probe.default", "-n", "probe@%h", "-P", "threads", "-c", "2", *QUIET],
        "core": ["worker", "-Q", "core", "-n", "core@%h", "-P", "threads", "-c", "2", *QUIET],
        "beat": ["beat", "--pidfile=", "-l", "warning"],
    }
    environment = {**os.environ, "PROBE_ALLOW": f"127.0.0.1/32:{port}"}
    running = {
        name: Command(folder / f"{name}.log", [*celery, *rest], environment) for name, rest in words.items()
    }
    try:
        for command in running.values():
            command.start()
        yield running
    finally:
        stop_all(list(running.values()), 10)


@contextmanager
def busy_loop(wanted: bool) -> Iterator[None]:
    """One core has no time for anything else."""
    if not wanted:
        yield
        return
    core = max(os.sched_getaffinity(0))
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            os.sched_setaffinity(process.pid, {core})
            yield
        finally:
            process.kill()


class Meter:
    """The processor time of everybody, by group."""

    def __init__(self, running: dict[str, Command], one: Site) -> None:
        ours = psutil.Process().children(recursive=True)
        named = {name: _whole(command.pid) for name, command in running.items()}
        self._groups = {
            **named,
            "Postgres": [each for each in ours if each.name() == "postgres"],
            "broker": [each for each in ours if "valkey" in each.name() or "redis" in each.name()],
            "site": [psutil.Process(one.process.pid)],
        }

    def spent(self) -> dict[str, float]:
        """Seconds so far. A server's own count includes its children that have ended."""
        return {name: sum(map(_seconds, group)) for name, group in self._groups.items()}

    def rss(self, name: str) -> float:
        """Memory in MiB."""
        return sum(each.memory_info().rss for each in self._groups[name]) / 2**20


def _whole(pid: int | None) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def lags(one: Site, since: float, until: float) -> list[float]:
    """How long after its slot each check came, in order; too early is as wrong as too late."""
    from monitors.schedule import next_slot

    found = []
    for at, number in one.taken(since, until):
        came = datetime.fromtimestamp(at, UTC)
        slot = next_slot(number, INTERVAL, came - timedelta(seconds=INTERVAL))
        lag = (came - slot).total_seconds()
        found.append(lag if lag < INTERVAL - EARLY else INTERVAL - lag)
    return sorted(found)


def counted(result: int, since: float, until: float) -> int:
    """Observations with a result, by slot."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM monitors_observed WHERE seen & 3 = %s AND slot BETWEEN to_timestamp(%s)"
            " AND to_timestamp(%s)",
            [result, since, until],
        )
        return int(cursor.fetchone()[0])


def measure(meter: Meter, one: Site) -> Measured:
    """SECONDS of it."""
    from monitors.narrow import RESULTS
    from monitors.probes import Result

    before, since = meter.spent(), time.time()
    time.sleep(SECONDS)
    after, until = meter.spent(), time.time()
    took = until - since
    return Measured(
        {name: (after[name] - before[name]) / took for name in before},
        lags(one, since, until),
        counted(RESULTS.index(Result.DOWN), since, until),
        counted(RESULTS.index(Result.UNKNOWN), since, until),
        meter.rss("probing"),
    )


def table(calm: Measured, busy: Measured) -> str:
    """As Markdown."""
    both = (calm, busy)
    expected = MONITORS * SECONDS // INTERVAL
    rows = {
        f"checks that came, of {expected:,}": [f"{len(each.lags):,}" for each in both],
        **{f"CPU, {name}": [f"{100 * each.cpu[name]:.0f} %" for each in both] for name in GROUPS},
        "schedule lag p50": [f"{1000 * each.lag(0.5):.0f} ms" for each in both],
        "schedule lag p99": [f"{1000 * each.lag(0.99):.0f} ms" for each in both],
        "schedule lag, longest": [f"{1000 * each.lags[-1]:.0f} ms" for each in both],
        "false downs": [f"{each.downs}" for each in both],
        "unknown": [f"{each.unknowns}" for each in both],
        "memory of the probe worker": [f"{each.rss:.0f} MiB" for each in both],
    }
    return "\n".join(f"| {what} | {' | '.join(values)} |" for what, values in rows.items())


def main() -> None:
    """Measures and prints."""
    with post_room(0), tempfile.TemporaryDirectory() as name, site(Path(name) / "taken") as one:
        watch(one.port)
        with workers(Path(name), one.port) as running:
            time.sleep(WARM)
            meter = Meter(running, one)
            measured = []
            for wanted in (False, True):
                with busy_loop(wanted):
                    measured.append(measure(meter, one))
        print(HEAD.format(monitors=MONITORS, interval=INTERVAL, seconds=SECONDS))
        print(table(*measured), end="\n\n")
        print(_observations.table(MONITORS, INTERVAL))


if __name__ == "__main__":
    main()
