"""Waits until visitors can read the page, looking at it as they do."""

import http.client
import time
from collections.abc import Callable
from pathlib import Path

from .errors import EmbeddedError
from .steps import say

PATIENCE = 60.0  # seconds


def until_published(tick: Callable[[float], None], port: int, log: Path) -> None:
    """Returns once the application and the separate origin serve the page, calling `tick` meanwhile.

    Raises EmbeddedError where the application does not answer at all; says so where only the
    page is late.
    """
    deadline = time.monotonic() + PATIENCE
    while not (status(port + 1, "/") == 200 and status(port, "/") == 200):
        tick(time.monotonic())
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    else:
        return
    if status(port, "/healthz") is None:
        raise EmbeddedError(f"The application does not answer on port {port}; its reasons are in {log}.")
    say("late: the page is not published yet")


def status(port: int, path: str) -> int | None:
    """The status of a GET on this host, None where nothing answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        response = connection.getresponse()
        response.read()
        return response.status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
