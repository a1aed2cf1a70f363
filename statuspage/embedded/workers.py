"""The workers and beat of the embedded mode: one process loads everything, its copies work.

Django, Celery and our own code take about 100 MB; copies made after loading share most of it. In
production each is a process of its own with the same queues (docker-compose.yml).

    python -m statuspage.embedded.workers STATE_FOLDER
"""

import gc
import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from .process import Fork
from .steps import say
from .supervisor import Supervisor

PATIENCE = 4.0  # seconds; the one who started us waits a little longer
THREADS = {"core": 2, "send": 2, "publish": 3, "probe.default": 2}  # of each queue's worker
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "warning"]


def main() -> None:
    """Works until it is told to end."""
    state = Path(sys.argv[1])
    logs = state / "log"
    ended = _until_told()
    start = _load()
    supervisor = Supervisor(say, state / "run")
    try:
        for queue, threads in THREADS.items():
            words = ["worker", "-Q", queue, "-n", f"{queue}@%h", "-P", "threads", "-c", str(threads), *QUIET]
            _fork(supervisor, f"worker-{queue}", start, words, logs)
        _fork(supervisor, "beat", start, ["beat", "--pidfile=", "-l", "warning"], logs)
        while not ended.is_set():
            supervisor.tick(time.monotonic())
            time.sleep(0.2)
    finally:
        supervisor.stop(PATIENCE)


def _until_told() -> threading.Event:
    """Set once this process is told to end.

    Nothing is raised from the signal: Python swallows what is raised inside a callback, such as those
    around a fork. A copy that is told before Celery listens ends at once.
    """
    ended = threading.Event()
    owner = os.getpid()

    def end(number: int, frame: FrameType | None) -> None:
        if os.getpid() != owner:
            os._exit(0)
        ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return ended


def _load() -> Callable[[list[str]], None]:
    """Imports all that workers and beat need; answers Celery's command line."""
    from statuspage.celery import app

    app.loader.import_default_modules()
    app.finalize()
    for module in (
        "celery.apps.worker",
        "celery.apps.beat",
        "celery.concurrency.thread",
        "celery.bin.celery",
    ):
        importlib.import_module(module)
    importlib.import_module("kombu.transport.redis")
    # What is loaded by now is never garbage: collecting it would only unshare it.
    gc.collect()
    gc.freeze()
    return lambda words: app.start(argv=words)


def _fork(
    supervisor: Supervisor, name: str, start: Callable[[list[str]], None], words: list[str], logs: Path
) -> None:
    supervisor.start(name, Fork(logs / f"{name}.log", name, lambda: start(words)))


if __name__ == "__main__":
    main()
