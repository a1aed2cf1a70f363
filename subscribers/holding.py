"""Keeps a lease alive while its batch is being sent.

From a thread of its own with its own connection: one slow receiver must not cost the lease of the
other 499. Where the database is away the lease runs out, and that is safe.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import DatabaseError, connection

from subscribers.claims import LEASE, Batch, renew


@contextmanager
def holding(batch: Batch, clock: Callable[[], datetime]) -> Iterator[None]:
    """Renew the lease every third of its length until the block ends."""
    done = threading.Event()
    thread = threading.Thread(target=_renew_until, args=(done, batch, clock), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _renew_until(done: threading.Event, batch: Batch, clock: Callable[[], datetime]) -> None:
    try:
        while not done.wait(LEASE.total_seconds() / 3):
            try:
                renew(batch, clock())
            except DatabaseError:
                connection.close()
    finally:
        connection.close()
