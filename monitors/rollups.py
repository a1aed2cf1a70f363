"""Latency by the hour and by the day, kept while observations come: none is left out, none counts twice.

Observations before `Rolled.until` are in the tables. Only `roll` moves that on, alone under a lock that every
recorder shares until it has committed; what a recorder stores of an earlier slot it adds itself.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from math import log
from typing import Any

from django.db import connection, transaction

from monitors import histogram, narrow
from monitors.partitions import GIVEN, ROLLING, Stored, columns
from monitors.probes.base import PHASES, Result
from monitors.seen import Seen

# So often observations are added; what comes later than LATE after its slot is added as it comes.
STEP = timedelta(minutes=5)
LATE = timedelta(seconds=90)
# What is added at once where much is behind, and how often in one turn: recorders wait meanwhile.
MOST = timedelta(minutes=15)
TURN = 20
KEPT_HOURS = timedelta(days=35)
KEPT_DAYS = timedelta(days=400)
UNITS = ("hour", "day")


def roll(now: datetime) -> int:
    """Adds what was observed since the last time; returns in how many parts."""
    until = _floor(now - LATE)
    parts = 0
    while parts < TURN and _roll_part(until):
        parts += 1
    return parts


def late(stored: Stored, results: Iterable[Seen]) -> int:
    """Adds those of these results whose time is rolled already, in the transaction that stored them.

    Returns how many.
    """
    rows = [seen for seen in results if stored.rolled is not None and seen.slot < stored.rolled]
    if rows:
        _add(_GIVEN, {"region": stored.region_id, **columns(rows)})
    return len(rows)


def tidy(now: datetime) -> int:
    """Drops what is old, and what is of monitors that are gone; returns how many rows."""
    dropped = 0
    with connection.cursor() as cursor:
        for unit, kept in zip(UNITS, (KEPT_HOURS, KEPT_DAYS), strict=True):
            cursor.execute(
                f"""DELETE FROM monitors_latency{unit} r WHERE start < %s
                OR NOT EXISTS (SELECT FROM monitors_monitor m WHERE m.id = r.monitor_id)""",  # noqa: S608
                [now - kept],
            )
            dropped += cursor.rowcount
    return dropped


def _roll_part(upto: datetime) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ROLLING])
        until = _until()
        since = _oldest(upto) if until is None else until
        end = min(upto, since + MOST)
        if end <= since and until is not None:
            return False
        _add(_OBSERVED, {"since": since, "until": end})
        cursor.execute(
            """INSERT INTO monitors_rolled (id, until) VALUES (1, %s)
            ON CONFLICT (id) DO UPDATE SET until = excluded.until""",
            [max(since, end)],
        )
        return end > since


def _until() -> datetime | None:
    """A statement of its own: whoever waited for the lock reads what was committed meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT until FROM monitors_rolled WHERE id = 1")
        row = cursor.fetchone()
        return row[0] if row else None


def _oldest(otherwise: datetime) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(slot) FROM monitors_observed")
        oldest: datetime | None = cursor.fetchone()[0]
        return min(oldest, otherwise) if oldest else otherwise


def _floor(time: datetime) -> datetime:
    seconds = int(STEP.total_seconds())
    return datetime.fromtimestamp(time.timestamp() // seconds * seconds, UTC)


def _add(source: str, values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        for unit in UNITS:
            cursor.execute(_ADD.format(unit=unit, source=source), values)


def _phase(place: int) -> str:
    """The milliseconds of one phase, as `narrow.unpack_phases` reads it."""
    packed = f"(phases >> {12 * place} & {narrow.STEPS})"
    step = log(narrow.LONGEST_MS / narrow.SHORTEST_MS) / (narrow.STEPS - 1)
    shortest = f"{narrow.SHORTEST_MS!r}::float8"
    return f"CASE WHEN {packed} = 0 THEN 0 ELSE {shortest} * exp(({packed} - 1) * {step!r}::float8) END"


_OBSERVED = "monitors_observed WHERE slot >= %(since)s AND slot < %(until)s"
_GIVEN = f"""(
    SELECT slot, phases, monitor_id, seen | (%(region)s::int << {narrow.REGION}) AS seen FROM {GIVEN}
) AS given"""  # noqa: S608 (nothing of it is given)
_DOWN, _UNKNOWN = (narrow.RESULTS.index(result) for result in (Result.DOWN, Result.UNKNOWN))
# What has no latency has no step: least() and greatest() would make one of it.
_STEP = (
    "CASE WHEN ms IS NOT NULL THEN "
    f"least(greatest(ceil(ln(ms / {histogram.SHORTEST_MS!r}::float8) / {histogram.STEP!r}::float8), 0),"
    f" {histogram.LAST})::int END"
)
_ADD = f"""
WITH observed AS (
    SELECT slot, monitor_id, seen >> {narrow.REGION} & 4095 AS region_id, seen & 3 AS result,
        {" + ".join(_phase(place) for place in range(len(PHASES)))} AS ms
    FROM {{source}}
), said AS (
    SELECT date_trunc('{{unit}}', slot, 'UTC') AS start, monitor_id, region_id, result = {_DOWN} AS bad,
        CASE WHEN result <> {_DOWN} AND ms > 0 THEN ms END AS ms
    FROM observed WHERE result <> {_UNKNOWN}
), steps AS (
    SELECT start, monitor_id, region_id, {_STEP} AS step, count(*)::int AS count,
        (count(*) FILTER (WHERE bad))::int AS bad, max(ms) AS slowest
    FROM said GROUP BY 1, 2, 3, 4
)
INSERT INTO monitors_latency{{unit}} AS r
    (start, monitor_id, region_id, count, bad, slowest_ms, histogram)
SELECT start, monitor_id, region_id, sum(count), sum(bad), coalesce(max(slowest), 0),
    coalesce(
        array_agg(step << {histogram.COUNT_BITS} | count ORDER BY step) FILTER (WHERE step IS NOT NULL),
        array[]::int[]
    )
FROM steps GROUP BY 1, 2, 3 ORDER BY 2, 1, 3
ON CONFLICT (monitor_id, start, region_id) DO UPDATE SET
    count = r.count + excluded.count,
    bad = r.bad + excluded.bad,
    slowest_ms = greatest(r.slowest_ms, excluded.slowest_ms),
    histogram = (
        SELECT coalesce(array_agg(step << {histogram.COUNT_BITS} | count ORDER BY step), array[]::int[])
        FROM (
            SELECT each >> {histogram.COUNT_BITS} AS step, sum(each & {histogram.MOST})::int AS count
            FROM unnest(r.histogram || excluded.histogram) AS each GROUP BY 1
        ) AS merged
    )
"""  # noqa: S608 (nothing of it is given)
