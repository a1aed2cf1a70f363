"""A web process under load: granian as script/server starts it, wrk against it for a bounded time."""

import http.client
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from statuspage.embedded.process import Command

CONNECTIONS = 32
SECONDS = 5
PATIENCE = 30.0  # seconds until a server must answer
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Load:
    """What one run saw: requests per second, latencies in milliseconds, answers that were no success."""

    rate: float
    p50: float
    p99: float
    failed: int


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


def granian(application: str, port: int, log: Path) -> Command:
    """A web process, started."""
    options = [
        "--interface",
        "wsgi",
        "--port",
        str(port),
        "--no-ws",
        "--http",
        "1",
        "--blocking-threads",
        "32",
    ]
    server = Command(log, [sys.executable, "-m", "granian", *options, application], os.environ)
    server.start()
    return server


@dataclass(frozen=True, slots=True)
class Answer:
    """Of one GET: the length of the body, and its ETag."""

    size: int
    etag: str


def first_answer(port: int, server: Command, path: str = "/") -> Answer:
    """The first answer of `server` that is a page; raises RuntimeError where none comes in time."""
    deadline = time.monotonic() + PATIENCE
    while server.running() and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
            response = connection.getresponse()
            body = response.read()
            if response.status == 200:
                return Answer(len(body), response.headers.get("ETag", ""))
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise RuntimeError(f"No page from port {port}:\n{server.output.read_text()}")


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked for, on loopback only."""

    port: int
    headers: Sequence[str] = ()
    path: str = "/"
    # More words for wrk; what follows "--" goes to its script.
    script: Sequence[str] = ()


def press(case: Case) -> Load:
    """CONNECTIONS clients for SECONDS."""
    wrk = shutil.which("wrk")
    assert wrk is not None
    words = [wrk, "-t", "1", "-c", str(CONNECTIONS), "-d", f"{SECONDS}s", "--latency"]
    words += [word for header in case.headers for word in ("-H", header)]
    url = f"http://127.0.0.1:{case.port}{case.path}"
    done = subprocess.run(
        [*words, *case.script[:2], url, *case.script[2:]], capture_output=True, text=True, check=True
    )
    return read(done.stdout)


def read(said: str) -> Load:
    """The figures in what wrk prints."""
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    latency = {
        rank: float(value) * UNITS[unit]
        for rank, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", said)
    }
    errors = re.findall(r"(?:Non-2xx or 3xx responses: |connect |read |write |timeout )(\d+)", said)
    assert rate is not None, said
    return Load(float(rate[1]), latency["50"], latency["99"], sum(map(int, errors)))


def median(loads: Sequence[Load]) -> Load:
    """The middle of some runs, figure by figure; all failures."""
    return Load(
        statistics.median(load.rate for load in loads),
        statistics.median(load.p50 for load in loads),
        statistics.median(load.p99 for load in loads),
        sum(load.failed for load in loads),
    )
