"""Advisory locks: one maker per page, one pusher per target, however many processes try."""

import contextlib
from collections.abc import Iterator
from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    """The classes of advisory locks (the first of their two keys)."""

    RELEASE = 1001
    TARGET = 1002
    IMPORT = 1003
    EXPORT = 1004
    FOLLOW_UP = 1005
    DRILL = 1006


@contextlib.contextmanager
def alone(lock: Lock, key: int) -> Iterator[bool]:
    """Whether this session holds the advisory lock; never waits for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [lock, key])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock, key])
