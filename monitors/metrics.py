"""What is counted of checks, per region: what came of them, and how late their results came.

Kept in the database, so that every process counts into it and any may be asked; a count that is lost with a
process that dies is no more than that.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from monitors.essentials import resting
from monitors.probes.base import Result
from monitors.seen import Seen

# Upper bounds, in seconds, of how late a result came; whatever came later is counted at the end.
LAGS = (0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Checks:
    """What was counted of a region: `lag` by LAGS and the rest, `lag_sum` in seconds."""

    region: str
    results: Mapping[Result, int]
    lag: tuple[int, ...]
    lag_sum: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is to be probed: by how many seconds what is due longest is overdue, and the shortest wait.

    `longest_wait` is how long it may take until some worker says something: None where nothing is probed.
    """

    overdue: float
    longest_wait: timedelta | None


def count(region: str, results: Iterable[Seen], now: datetime) -> None:
    """Counts results as they come, from a region that there is."""
    seen = [each for each in results if each.acceptable(now)]
    kinds = Counter(each.outcome.result for each in seen)
    lags = [_lag(each, now) for each in seen]
    places = Counter(bisect_left(LAGS, lag) for lag in lags)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "region": region,
                **{result.value: kinds[result] for result in Result},
                "lag": [places[place] for place in range(len(LAGS) + 1)],
                "lag_sum": sum(lags),
            },
        )


def checks() -> list[Checks]:
    """What was counted of every region."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT r.name, t.up, t.degraded, t.down, t.unknown, t.lag, t.lag_sum
            FROM monitors_tally t JOIN monitors_region r ON r.id = t.region_id ORDER BY r.name"""
        )
        return [
            Checks(name, dict(zip(_RESULTS, (up, degraded, down, unknown), strict=True)), tuple(lag), lag_sum)
            for name, up, degraded, down, unknown, lag, lag_sum in cursor
        ]


def schedule(now: datetime) -> Schedule:
    """What is to be probed now; nothing is while the rest rests."""
    if resting():
        return Schedule(0.0, None)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT min(due_at), min(interval + timeout) * interval '1 second'
            FROM monitors_monitor WHERE enabled AND kind <> 'heartbeat'"""
        )
        due, wait = cursor.fetchone()
    return Schedule(max((now - due).total_seconds(), 0.0) if due else 0.0, wait)


def verdicts() -> dict[str, int]:
    """How many enabled monitors say what; `new` are those that have not said anything yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(v.verdict, 'new'), count(*)
            FROM monitors_monitor m LEFT JOIN monitors_verdict v ON v.monitor_id = m.id
            WHERE m.enabled GROUP BY 1 ORDER BY 1"""
        )
        return {str(verdict): int(number) for verdict, number in cursor}


def _lag(seen: Seen, now: datetime) -> float:
    """From its slot until it is here, without the check itself."""
    return max((now - seen.slot).total_seconds() - seen.duration_ms / 1000, 0.0)


_RESULTS = (Result.UP, Result.DEGRADED, Result.DOWN, Result.UNKNOWN)
_COUNT = """
INSERT INTO monitors_tally AS t (region_id, up, degraded, down, unknown, lag, lag_sum)
SELECT id, %(up)s, %(degraded)s, %(down)s, %(unknown)s, %(lag)s::bigint[], %(lag_sum)s
FROM monitors_region WHERE name = %(region)s
ON CONFLICT (region_id) DO UPDATE SET
    up = t.up + excluded.up,
    degraded = t.degraded + excluded.degraded,
    down = t.down + excluded.down,
    unknown = t.unknown + excluded.unknown,
    lag = (
        SELECT array_agg(coalesce(before, 0) + coalesce(more, 0) ORDER BY place)
        FROM unnest(t.lag, excluded.lag) WITH ORDINALITY AS both_of (before, more, place)
    ),
    lag_sum = t.lag_sum + excluded.lag_sum
"""
