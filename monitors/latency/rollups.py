"""Latency by the hour and by the day, kept while observations come: none is left out, none counts twice.

It goes by turns: a turn is announced, and from then on recorders put what they store of an earlier slot
among the latecomers, too. Once all have committed who stored anything in the turn before, whatever is there
until the announced slot is added. Recorders wait for nobody: they share the lock of a turn, for which `roll`
waits.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import log

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from monitors import narrow
from monitors.latency import histogram
from monitors.models import EPOCH, Rolled
from monitors.partitions import ROLLING
from monitors.probes.base import PHASES, Result

# So often observations are added; what comes later than LATE after its slot is a latecomer.
STEP = timedelta(minutes=5)
LATE = timedelta(seconds=90)
# What is added at once where much is behind, and how often in one call.
MOST = timedelta(minutes=15)
TURN = 20
KEPT_HOURS = timedelta(days=35)
KEPT_DAYS = timedelta(days=400)
UNITS = ("hour", "day")


def roll(now: datetime) -> int:
    """Adds what was observed since the last time, and what came late; returns in how many parts."""
    until = _floor(now - LATE)
    # What came late, and what was announced by one that died before it was added.
    _add()
    parts = 0
    while parts < TURN and _announce(until):
        _add()
        parts += 1
    return parts


def tidy(now: datetime) -> int:
    """Drops what is old, and what is of monitors that are gone; returns how many rows."""
    dropped = 0
    with _alone() as cursor:
        for unit, kept in zip(UNITS, (KEPT_HOURS, KEPT_DAYS), strict=True):
            cursor.execute(
                f"""DELETE FROM monitors_latency{unit} r WHERE start < %s
                OR NOT EXISTS (SELECT FROM monitors_monitor m WHERE m.id = r.monitor_id)""",  # noqa: S608
                [now - kept],
            )
            dropped += cursor.rowcount
    return dropped


@contextmanager
def _alone() -> Iterator[CursorWrapper]:
    """A transaction beside which nobody else adds, announces or drops anything."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ROLLING])
        yield cursor


def _announce(upto: datetime) -> bool:
    """Begins a turn whose observations end at `upto` or earlier; False where no time has passed."""
    with _alone():
        rolled = Rolled.objects.filter(pk=1).first()
        if rolled is None:
            # Nobody knew when it began: whoever stored something by then left all of it to this turn.
            Rolled.objects.create(pk=1, added=EPOCH, until=min(upto, _oldest(upto) + MOST), turn=1)
            return True
        if rolled.added < rolled.until:
            return True
        end = min(upto, rolled.until + MOST)
        if end <= rolled.until:
            return False
        Rolled.objects.filter(pk=1).update(added=rolled.until, until=end, turn=rolled.turn + 1)
        return True


def _add() -> None:
    """Adds what was announced and is not added yet, and the latecomers of before."""
    with _alone() as cursor:
        rolled = Rolled.objects.filter(pk=1).first()
        if rolled is None:
            return
        # Whoever stored something in the turn before has committed now, and nobody stores in it any more.
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [ROLLING, rolled.turn - 1])
        cursor.execute(_ADD, {"since": rolled.added, "until": rolled.until})


def _oldest(otherwise: datetime) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(slot) FROM monitors_observed")
        oldest: datetime | None = cursor.fetchone()[0]
        return min(oldest, otherwise) if oldest else otherwise


def _floor(time: datetime) -> datetime:
    seconds = int(STEP.total_seconds())
    return datetime.fromtimestamp(time.timestamp() // seconds * seconds, UTC)


def _phase(place: int) -> str:
    """The milliseconds of one phase, as `narrow.unpack_phases` reads it."""
    packed = f"(phases >> {12 * place} & {narrow.STEPS})"
    step = log(narrow.LONGEST_MS / narrow.SHORTEST_MS) / (narrow.STEPS - 1)
    shortest = f"{narrow.SHORTEST_MS!r}::float8"
    return f"CASE WHEN {packed} = 0 THEN 0 ELSE {shortest} * exp(({packed} - 1) * {step!r}::float8) END"


_DOWN, _UNKNOWN = (narrow.RESULTS.index(result) for result in (Result.DOWN, Result.UNKNOWN))
# What has no latency has no step: least() and greatest() would make one of it.
_STEP = (
    "CASE WHEN ms IS NOT NULL THEN "
    f"least(greatest(ceil(ln(ms / {histogram.SHORTEST_MS!r}::float8) / {histogram.STEP!r}::float8), 0),"
    f" {histogram.LAST})::int END"
)
_UNIT = f"""{{unit}} AS (
    WITH said AS (
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
    FROM steps GROUP BY 1, 2, 3
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
)"""  # noqa: S608 (nothing of it is given)
# One statement, which sees a latecomer and its observation or neither: one since the announced time began is
# among the observations that are added.
_ADD = f"""
WITH late AS (
    DELETE FROM monitors_latecomer RETURNING slot, phases, monitor_id, seen
), observed AS (
    SELECT slot, monitor_id, seen >> {narrow.REGION} & 4095 AS region_id, seen & 3 AS result,
        {" + ".join(_phase(place) for place in range(len(PHASES)))} AS ms
    FROM (
        SELECT slot, phases, monitor_id, seen FROM monitors_observed
        WHERE slot >= %(since)s AND slot < %(until)s
        UNION ALL SELECT slot, phases, monitor_id, seen FROM late WHERE slot < %(since)s
    ) AS each
), {", ".join(_UNIT.format(unit=unit) for unit in UNITS)}
UPDATE monitors_rolled SET added = until WHERE id = 1
"""  # noqa: S608 (nothing of it is given)
