"""The daily partitions of observations (UTC days): made ahead, dropped whole.

A result is never lost for want of a partition: recording makes the one that is missing.
"""

from collections.abc import Collection, Iterable
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
# Held by whoever adds observations to the hours and days of latency. With a turn of `Rolled` beside it,
# shared by whoever stores observations in that turn: who adds them waits for those, and they for nobody.
ROLLING = 1102


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


def insert(region: str, results: Collection[Seen]) -> None:
    """Stores observations in one query; their partitions must exist.

    Those of a time whose turn it was already stand among the latecomers too. Where the turn moves on
    meanwhile it is begun again: nothing is stored in a turn whose lock is not held.
    """
    with connection.cursor() as cursor:
        while True:
            # Two statements, and each sees what was committed when it begins: the lock is held by the second.
            cursor.execute(_INSERT, {"lock": ROLLING, "region": region, **_columns(results)})
            cursor.nextset()
            known, stored = cursor.fetchone()
            if stored:
                return
            if not known:
                regions.number(region)


def _columns(results: Collection[Seen]) -> dict[str, Any]:
    """Results by column; the region is not in `seen` yet."""
    return {
        "slots": [seen.slot for seen in results],
        "phases": [pack_phases(seen.phases) for seen in results],
        "monitors": [seen.monitor_id for seen in results],
        "seen": [
            pack(Narrow(seen.outcome.result, seen.reason, seen.status_code or 0, 0)) for seen in results
        ],
    }


# The lock is had unless whoever adds waits for it, for which the next turn is there already.
_INSERT = f"""
SELECT set_config('monitors.turn', turn::text, true), pg_try_advisory_xact_lock_shared(%(lock)s, turn)
FROM (SELECT coalesce(max(turn), 0) AS turn FROM monitors_rolled) AS now;
WITH region AS (
    SELECT id FROM monitors_region WHERE name = %(region)s
), rolled AS (
    SELECT coalesce(max(turn), 0) AS turn, max(until) AS until FROM monitors_rolled
), given AS (
    SELECT slot, phases, monitor_id, seen | (region.id::int << {REGION}) AS seen, slot < until AS late
    FROM region, rolled, unnest(
        %(slots)s::timestamptz[], %(phases)s::bigint[], %(monitors)s::int[], %(seen)s::int[]
    ) AS result (slot, phases, monitor_id, seen)
    WHERE turn = current_setting('monitors.turn')::int
), stored AS (
    INSERT INTO monitors_observed (slot, phases, monitor_id, seen)
    SELECT slot, phases, monitor_id, seen FROM given
), late AS (
    INSERT INTO monitors_latecomer (slot, phases, monitor_id, seen)
    SELECT slot, phases, monitor_id, seen FROM given WHERE late
)
SELECT EXISTS (SELECT FROM region), EXISTS (SELECT FROM given)
"""  # noqa: S608 (nothing of it is given)
