"""Jobs that call us: their calls taken down, and what becomes of the monitors that they keep up.

A call is one statement, however many monitors there are and whether or not it is one of ours; the tick after
it judges. What was said stands in one row per monitor, so that nothing depends on a message.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from monitors import record
from monitors.jobs import KIND
from monitors.models import Monitor, Ping, Verdict
from monitors.network.guard import NOTHING
from monitors.probes import PROBES, ConfigError, Outcome
from monitors.probes.heartbeat import Calls, judge
from monitors.reasons import Reason
from monitors.schedule import LATE, next_slot
from monitors.seen import Seen
from monitors.state import KNOWN

# Of what a job says of itself: characters as many as evidence may have.
EXCERPT = 10_240
# Calls of one job that say the same count once in this time.
APART = timedelta(seconds=1)
AT_ONCE = 1_000


class Signal(StrEnum):
    """What a call says."""

    SUCCESS = "success"
    FAIL = "fail"
    START = "start"


class Answer(StrEnum):
    """What became of a call."""

    HEARD = "heard"
    TOO_SOON = "too soon"
    UNKNOWN = "unknown"


# A start counts once in a while. So does an end, unless it ends a run that began, or fails after a success.
# A time that is ahead of ours was written before a clock was turned back, and keeps nobody out.
_COUNTS = {
    Signal.START: "coalesce(p.started_at NOT BETWEEN %(then)s AND %(now)s, true)",
    Signal.SUCCESS: """coalesce(p.ended_at NOT BETWEEN %(then)s AND %(now)s, true)
        OR p.started_at > p.ended_at""",
    Signal.FAIL: """coalesce(p.ended_at NOT BETWEEN %(then)s AND %(now)s, true)
        OR p.started_at > p.ended_at OR p.ended = 'success'""",
}
# Whether a call that does not count says nothing new.
_SAID = {
    Signal.START: "p.ended_at IS NULL OR p.started_at > p.ended_at",
    Signal.SUCCESS: "p.ended = 'success'",
    Signal.FAIL: "p.ended = 'fail'",
}
_STARTED = "started_at = excluded.started_at"
# The beginning of the run that ends here is kept, and that of no earlier one. Where the clock was turned back
# meanwhile it would be later than the end, and the job run for ever.
_ENDED = """ended_at = excluded.ended_at, ended = excluded.ended, exit_code = excluded.exit_code,
        excerpt = excluded.excerpt,
        started_at = CASE WHEN p.started_at > p.ended_at OR p.ended_at IS NULL
            THEN least(p.started_at, excluded.ended_at) END"""
# The monitor is locked first, as by whoever deletes it.
_HEAR = """
WITH job AS (
    SELECT id FROM monitors_monitor WHERE ping_id = %(ping_id)s AND kind = %(kind)s FOR NO KEY UPDATE
), heard AS (
    INSERT INTO monitors_ping AS p (monitor_id, started_at, ended_at, ended, exit_code, excerpt)
    SELECT id, %(started_at)s, %(ended_at)s, %(ended)s, %(exit_code)s, %(excerpt)s FROM job
    ON CONFLICT (monitor_id) DO UPDATE SET {changes} WHERE {counts}
    RETURNING monitor_id
), due AS (
    UPDATE monitors_monitor SET due_at = least(due_at, %(now)s)
    WHERE id IN (SELECT monitor_id FROM heard)
)
SELECT
    EXISTS (SELECT FROM job),
    EXISTS (SELECT FROM heard) OR EXISTS (
        SELECT FROM monitors_ping p WHERE p.monitor_id IN (SELECT id FROM job) AND ({said})
    )
"""


def hear(ping_id: UUID, signal: Signal, exit_code: int | None, body: bytes, now: datetime) -> Answer:
    """Takes down one call of a job: it is judged within a tick.

    `exit_code`, 0 to 255, of an end that gave one; of `body`, what the job says of itself, the beginning is
    kept. What a job says again within a second counts once; what contradicts it comes too soon.
    """
    started = signal is Signal.START
    statement = _HEAR.format(
        changes=_STARTED if started else _ENDED, counts=_COUNTS[signal], said=_SAID[signal]
    )
    values: dict[str, Any] = {
        "ping_id": ping_id,
        "kind": KIND,
        "now": now,
        "then": now - APART,
        "started_at": now if started else None,
        "ended_at": None if started else now,
        "ended": "" if started else signal.value,
        "exit_code": None if started else exit_code,
        "excerpt": "" if started else _text(body),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        [(known, heard)] = cursor.fetchall()
    if not known:
        return Answer.UNKNOWN
    return Answer.HEARD if heard else Answer.TOO_SOON


def _text(body: bytes) -> str:
    """What the database can hold of what a job says."""
    return body.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")[:EXCERPT]


def judge_due(now: datetime) -> int:
    """Judges the jobs that are due, because they called or because it is time to; returns how many.

    What is made of them is recorded as if each of the monitor's regions had seen it.
    """
    due = _claim(now)
    calls = _calls(due)
    known = _known(due)
    results: dict[str, list[Seen]] = defaultdict(list)
    for monitor, slot in due.items():
        since = None if monitor.pk in known else monitor.changed_at
        seen = Seen(monitor.pk, slot, _judged(monitor, calls.get(monitor.pk, Calls()), since, now))
        for region in monitor.regions:
            results[region].append(seen)
    for region in sorted(results):
        record.record_batch(region, results[region], now)
    return len(due)


def _claim(now: datetime) -> dict[Monitor, datetime]:
    """Takes what is due, each with its slot, and moves it to its next one."""
    with transaction.atomic():
        due = list(
            Monitor.objects.filter(enabled=True, kind=KIND, due_at__lte=now)
            .select_for_update(skip_locked=True, no_key=True)
            .only("kind", "config", "interval", "regions", "due_at", "changed_at")
            .order_by("due_at")[:AT_ONCE]
        )
        slots = {monitor: monitor.due_at if now - monitor.due_at <= LATE else now for monitor in due}
        for monitor in due:
            monitor.due_at = next_slot(monitor.pk, monitor.interval, now)
        Monitor.objects.bulk_update(due, ["due_at"])
    return slots


def _calls(monitors: Iterable[Monitor]) -> Mapping[int, Calls]:
    """Read once the monitors are taken: a call that comes later makes its monitor due again."""
    return {
        ping.monitor_id: Calls(ping.ended_at, ping.started_at, ping.ended, ping.exit_code, ping.excerpt)
        for ping in Ping.objects.filter(monitor__in=list(monitors))
    }


def _known(monitors: Iterable[Monitor]) -> set[int]:
    """Those that were up or down, by their primary keys."""
    said = [verdict.value for verdict in KNOWN]
    verdicts = Verdict.objects.filter(monitor__in=list(monitors), verdict__in=said)
    return set(verdicts.values_list("monitor_id", flat=True))


def _judged(monitor: Monitor, calls: Calls, since: datetime | None, now: datetime) -> Outcome:
    try:
        config = PROBES[KIND].parse(monitor.config, NOTHING)
    except ConfigError:
        return Outcome.failed(Reason.CONFIG, 0.0)
    return judge(config, calls, since, now)
