"""The rows of verdicts: locked, read into `Watched`, saved in bulk.

Only `record` calls it. The region rows of a monitor are its lock: whoever changes its verdicts or
its spans holds all of them, taken in the order of monitors and rows, so that nobody deadlocks.
"""

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import connection

from monitors.state import Heard, Judgement, Region, Rule, Verdict
from monitors.watched import RegionRow, Watched


def lock(monitor_ids: Collection[int]) -> dict[int, Watched]:
    """Locks the monitors that (still) exist until the transaction ends; disabled ones included."""
    ids = _keep(monitor_ids)
    rows = _regions(ids)
    watched = _monitors(ids)
    present = {(row.monitor_id, row.name) for row in rows}
    missing = {(monitor.id, name) for monitor in watched.values() for name in monitor.assigned} - present
    if missing:
        _create(sorted(missing))
        rows = _regions(ids)
        watched = _monitors(ids)
    for row in rows:
        watched[row.monitor_id].regions[row.name] = row
    return watched


def _keep(monitor_ids: Collection[int]) -> list[int]:
    with connection.cursor() as cursor:
        # KEY SHARE keeps deleters away, and lets the scheduler move due_at.
        cursor.execute(
            "SELECT id FROM monitors_monitor WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
            [list(monitor_ids)],
        )
        return [id_ for (id_,) in cursor]


def _monitors(ids: Collection[int]) -> dict[int, Watched]:
    """Read once the region rows are locked: only now is it what the writer before us left."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT m.id, m.page_id, m.enabled, m.regions, m.changed_at, v.verdict, v.since,
                m.interval, m.timeout, m.confirm_down, m.confirm_up
            FROM monitors_monitor m LEFT JOIN monitors_verdict v ON v.monitor_id = m.id
            WHERE m.id = ANY(%s)""",
            [list(ids)],
        )
        return {
            id_: Watched(
                id_,
                page_id,
                enabled,
                frozenset(regions),
                changed_at,
                _rule(*numbers),
                Judgement(Verdict(verdict), since) if verdict else None,
            )
            for id_, page_id, enabled, regions, changed_at, verdict, since, *numbers in cursor
        }


def _rule(interval: int, timeout: int, confirm_down: int, confirm_up: int) -> Rule:
    return Rule(timedelta(seconds=interval), timedelta(seconds=timeout), confirm_down, confirm_up)


def _regions(ids: Collection[int]) -> list[RegionRow]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id, monitor_id, region, verdict, since, last_slot, run
            FROM monitors_regionverdict WHERE monitor_id = ANY(%s) ORDER BY monitor_id, id FOR UPDATE""",
            [list(ids)],
        )
        return [
            RegionRow(id_, monitor_id, name, Region(Verdict(verdict), since, last_slot, _run(run)))
            for id_, monitor_id, name, verdict, since, last_slot, run in cursor
        ]


def _run(stored: str) -> tuple[Heard, ...]:
    if not stored:
        return ()
    return tuple((Verdict(result), datetime.fromisoformat(slot)) for result, slot in json.loads(stored))


def _stored(run: Iterable[Heard]) -> str:
    heard = [(result.value, slot.isoformat()) for result, slot in run]
    return json.dumps(heard) if heard else ""


def _create(missing: Iterable[tuple[int, str]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO monitors_regionverdict
                (monitor_id, region, last_slot, verdict, since, result, reason)
            SELECT monitor_id, region, 'epoch', 'new', 'epoch', '', ''
            FROM unnest(%s::bigint[], %s::text[]) AS new (monitor_id, region)
            ON CONFLICT DO NOTHING""",
            [list(column) for column in zip(*missing, strict=True)],
        )


def save(monitors: Collection[Watched]) -> None:
    """Stores what changed of region rows and verdicts, in three statements at most."""
    _save_regions([row for monitor in monitors for row in monitor.regions.values() if row.changed])
    turned = [monitor for monitor in monitors if monitor.turns]
    retired = [monitor.id for monitor in monitors if monitor.retired]
    if turned:
        _save_verdicts(turned)
    if retired:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM monitors_verdict WHERE monitor_id = ANY(%s)", [retired])


def _save_regions(rows: Collection[RegionRow]) -> None:
    if not rows:
        return
    values = [
        (
            row.id,
            row.region.last_slot,
            row.region.verdict.value,
            row.region.since,
            _stored(row.region.run),
            row.seen.outcome.result.value if row.seen else None,
            row.seen.reason if row.seen else None,
            row.seen.status_code if row.seen else None,
            row.seen.duration_ms if row.seen else None,
            json.dumps(row.seen.phases) if row.seen else None,
        )
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE monitors_regionverdict r SET
                last_slot = n.last_slot, verdict = n.verdict, since = n.since,
                run = n.run,
                result = coalesce(n.result, r.result), reason = coalesce(n.reason, r.reason),
                status_code = CASE WHEN n.result IS NULL THEN r.status_code ELSE n.status_code END,
                duration_ms = coalesce(n.duration_ms, r.duration_ms),
                phases = CASE WHEN n.phases IS NULL THEN r.phases
                    ELSE translate(n.phases, '[]', '{}')::float8[] END
            FROM unnest(
                %s::bigint[], %s::timestamptz[], %s::text[], %s::timestamptz[], %s::text[],
                %s::text[], %s::text[], %s::smallint[], %s::float8[], %s::text[]
            ) AS n (id, last_slot, verdict, since, run, result, reason, status_code, duration_ms, phases)
            WHERE r.id = n.id""",
            [list(column) for column in zip(*values, strict=True)],
        )


def _save_verdicts(monitors: Collection[Watched]) -> None:
    values = [
        (monitor.id, monitor.turns[-1].verdict.value, monitor.turns[-1].since, monitor.reason)
        for monitor in monitors
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO monitors_verdict (monitor_id, verdict, since, reason)
            SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[])
            ON CONFLICT (monitor_id) DO UPDATE SET
                verdict = excluded.verdict, since = excluded.since, reason = excluded.reason""",
            [list(column) for column in zip(*values, strict=True)],
        )
