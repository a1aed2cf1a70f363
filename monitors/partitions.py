"""The daily partitions of observations (UTC days): made ahead, dropped whole.

A result is never lost for want of a partition: recording makes the one that is missing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from monitors import regions
from monitors.narrow import REGION, Narrow, pack, pack_phases
from monitors.seen import KEPT, Seen

AHEAD = timedelta(days=3)
PREFIX = "monitors_observed_"
# Makers and droppers of partitions, one at a time.
LOCK = 1101
# Held by whoever adds observations to the hours and days of latency, shared by whoever stores them.
ROLLING = 1102


@dataclass(frozen=True, slots=True)
class Stored:
    """The number of the region, and up to which slot observations are in the hours and days already."""

    region_id: int
    rolled: datetime | None


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


def insert(region: str, results: Collection[Seen]) -> Stored:
    """Stores observations in one query; their partitions must exist. `ROLLING` is shared from then on."""
    with connection.cursor() as cursor:
        while True:
            # Two statements, and each sees what was committed when it begins: the lock is held by the second.
            cursor.execute(_INSERT, {"lock": ROLLING, "region": region, **columns(results)})
            cursor.nextset()
            if row := cursor.fetchone():
                return Stored(*row)
            regions.number(region)


def columns(results: Collection[Seen]) -> dict[str, Any]:
    """Results by column, as parameters of `GIVEN`; the region is not in `seen` yet."""
    return {
        "slots": [seen.slot for seen in results],
        "phases": [pack_phases(seen.phases) for seen in results],
        "monitors": [seen.monitor_id for seen in results],
        "seen": [
            pack(Narrow(seen.outcome.result, seen.reason, seen.status_code or 0, 0)) for seen in results
        ],
    }


GIVEN = """unnest(%(slots)s::timestamptz[], %(phases)s::bigint[], %(monitors)s::int[], %(seen)s::int[])
    AS given (slot, phases, monitor_id, seen)"""
_INSERT = f"""
SELECT pg_advisory_xact_lock_shared(%(lock)s);
WITH region AS (
    SELECT id FROM monitors_region WHERE name = %(region)s
), stored AS (
    INSERT INTO monitors_observed (slot, phases, monitor_id, seen)
    SELECT slot, phases, monitor_id, seen | (id::int << {REGION}) FROM region, {GIVEN}
)
SELECT id, (SELECT until FROM monitors_rolled WHERE id = 1) FROM region
"""  # noqa: S608 (nothing of it is given)
