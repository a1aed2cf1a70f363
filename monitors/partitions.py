"""The daily partitions of observations (UTC days): made ahead, dropped whole.

A result is never lost for want of a partition: recording makes the one that is missing.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

from monitors.narrow import Narrow, pack, pack_phases
from monitors.seen import KEPT, Seen

AHEAD = timedelta(days=3)
PREFIX = "monitors_observed_"
# Makers and droppers of partitions, one at a time.
LOCK = 1101


def partition(day: date) -> str:
    """The name of a day's partition."""
    return f"{PREFIX}{day:%Y%m%d}"


def ensure(days: Iterable[date]) -> int:
    """Makes the partitions of these days that are missing; returns how many."""
    names = {partition(day): day for day in days}
    missing = [names[name] for name in sorted(names.keys() - _existing(names))]
    if missing:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            for day in missing:
                cursor.execute(
                    f"CREATE TABLE IF NOT EXISTS {partition(day)} PARTITION OF monitors_observed"
                    f" FOR VALUES FROM ('{day}T00:00Z') TO ('{day + timedelta(days=1)}T00:00Z')"
                )
    return len(missing)


def maintain(now: datetime) -> tuple[int, int]:
    """Makes the partitions of the next days, drops the old ones; returns how many of each."""
    today = now.astimezone(UTC).date()
    made = ensure(today + timedelta(days=number) for number in range(AHEAD.days + 1))
    oldest = partition((now - KEPT).astimezone(UTC).date())
    old = [name for name in _existing() if name < oldest]
    for name in old:
        with transaction.atomic(), connection.cursor() as cursor:
            # Dropping waits for readers of any partition, and everybody else then waits for it.
            cursor.execute("SET LOCAL lock_timeout = '5s'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
    return made, len(old)


def _existing(names: Iterable[str] | None = None) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid
            WHERE inhparent = 'monitors_observed'::regclass
            AND (%(names)s::text[] IS NULL OR relname = ANY(%(names)s))""",
            {"names": None if names is None else list(names)},
        )
        return {name for (name,) in cursor}


def insert(region_id: int, results: Iterable[Seen]) -> None:
    """Stores observations in one statement; their partitions must exist."""
    rows = list(results)
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO monitors_observed (slot, phases, monitor_id, seen)
            SELECT * FROM unnest(%s::timestamptz[], %s::bigint[], %s::int[], %s::int[])""",
            [
                [row.slot for row in rows],
                [pack_phases(row.phases) for row in rows],
                [row.monitor_id for row in rows],
                [
                    pack(Narrow(row.outcome.result, row.reason, row.status_code or 0, region_id))
                    for row in rows
                ],
            ],
        )
