"""A worker of the region mars as it runs on another host: the broker is all that it knows."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from statuspage.celery import app

ROOT = Path(__file__).parents[1]


@contextmanager
def prober(allow: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The worker, ready, until the block ends; it talks to `log`: a pipe that nobody reads would stop it."""
    environment = {
        "PATH": os.environ["PATH"],
        "REDIS_URL": settings.REDIS_URL,
        "PROBE_ALLOW": allow,
        "PYTHONPATH": str(ROOT),
    }
    words = ["-A", "statuspage.celery", "worker", "-Q", "probe.mars", "-P", "threads", "-c", "2"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "warning"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", *words, *quiet],
            env=environment,
            stdout=output,
            stderr=output,
            cwd="/",
        )
        try:
            # What is sent before may be too old by the time that it can begin.
            while not app.control.ping(timeout=0.5):
                assert process.poll() is None, log.read_text()
            yield process
        finally:
            process.terminate()
            process.wait()
            print(log.read_text())
