"""What observations weigh, and how they go away: a partition is dropped whole."""

import time
from datetime import UTC, timedelta

DROPPED = 1_000_000
_ROWS = """\
## Observations

| what | bytes or ms |
|---|---:|
| a row, on disk with everything | {row:.1f} bytes |
| a day of {monitors:,} monitors at {interval} s | {day:.2f} GB |
| reference: deleting {dropped:,} rows | {delete:,.0f} ms |
| dropping their partition | {drop:,.0f} ms |
"""


def bytes_per_row() -> float:
    """Of the observations that there are."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE monitors_observed")
        cursor.execute(
            """SELECT sum(pg_total_relation_size(inhrelid))::float
                / (SELECT count(*) FROM monitors_observed)
            FROM pg_inherits WHERE inhparent = 'monitors_observed'::regclass"""
        )
        return float(cursor.fetchone()[0])


def retention() -> tuple[float, float]:
    """Milliseconds to delete DROPPED old rows, and to drop the partition of as many."""
    from django.db import connection
    from django.utils import timezone

    from monitors import partitions
    from monitors.seen import KEPT

    now = timezone.now()
    days = [(now - KEPT - timedelta(days=number)).astimezone(UTC).date() for number in (2, 3)]
    partitions.ensure(days)
    with connection.cursor() as cursor:
        for day in days:
            cursor.execute(
                """INSERT INTO monitors_observed (slot, phases, monitor_id, seen)
                SELECT %s::timestamptz + n * interval '50 ms', n, n %% 10000, 1
                FROM generate_series(1, %s) n""",
                [f"{day}T00:00Z", DROPPED],
            )
        cursor.execute("CHECKPOINT")
        start = time.perf_counter()
        cursor.execute(f"DELETE FROM {partitions.partition(days[0])}")
        deleted = time.perf_counter()
        # The other one alone is left to drop.
        cursor.execute(f"DROP TABLE {partitions.partition(days[0])}")
    begun = time.perf_counter()
    partitions.maintain(now)
    return 1000 * (deleted - start), 1000 * (time.perf_counter() - begun)


def table(monitors: int, interval: int) -> str:
    """As Markdown, of the observations of so many monitors that there are."""
    row = bytes_per_row()
    delete, drop = retention()
    day = row * monitors * 86_400 / interval / 1e9
    return _ROWS.format(
        row=row, monitors=monitors, interval=interval, day=day, dropped=DROPPED, delete=delete, drop=drop
    )
