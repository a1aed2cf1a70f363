"""The rows of verdicts: locked, read into `Watched`, saved in bulk.

Only `record` calls it. The region rows of a monitor are its lock: whoever changes its verdicts or
its spans holds all of them, taken in the order of monitors and rows, so that nobody deadlocks.
"""

import json
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import connection

from monitors import dependency
from monitors.state import Heard, Judgement, Region, Rule, Verdict
from monitors.watched import Above, RegionRow, Watched


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


def behind(monitor_ids: Collection[int]) -> set[int]:
    """All monitors that are behind any of these, by whatever way."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE below (id) AS (
                SELECT id FROM monitors_monitor WHERE behind_id = ANY(%s)
                UNION SELECT m.id FROM monitors_monitor m JOIN below ON m.behind_id = below.id
            )
            SELECT id FROM below""",
            [list(monitor_ids)],
        )
        return {id_ for (id_,) in cursor}


def family(monitor_ids: Collection[int]) -> set[int]:
    """These monitors, all that they are behind, and all that are behind them."""
    return {*monitor_ids, *_above(monitor_ids)[0], *behind(monitor_ids)}


def _above(monitor_ids: Collection[int]) -> tuple[dict[int, Judgement | None], dict[int, int]]:
    """What all that these are behind make of themselves, and what each of all is behind."""
    judgements: dict[int, Judgement | None] = {}
    edges: dict[int, int] = {}
    if not monitor_ids:
        return judgements, edges
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE edges (id, behind_id) AS (
                SELECT id, behind_id FROM monitors_monitor WHERE id = ANY(%s) AND behind_id IS NOT NULL
                UNION SELECT m.id, m.behind_id FROM monitors_monitor m JOIN edges ON m.id = edges.behind_id
                WHERE m.behind_id IS NOT NULL
            )
            SELECT edges.id, edges.behind_id, v.verdict, v.since, v.root_id
            FROM edges LEFT JOIN monitors_verdict v ON v.monitor_id = edges.behind_id""",
            [list(monitor_ids)],
        )
        for id_, above, verdict, since, root in cursor:
            edges[id_] = above
            judgements[above] = _judgement(verdict, since, root)
    return judgements, edges


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
            """SELECT m.id, m.page_id, m.enabled, m.regions, m.changed_at, v.verdict, v.since, v.root_id,
                m.interval, m.timeout, m.confirm_down, m.confirm_up, m.behind_id
            FROM monitors_monitor m LEFT JOIN monitors_verdict v ON v.monitor_id = m.id
            WHERE m.id = ANY(%s)""",
            [list(ids)],
        )
        rows = cursor.fetchall()
    judgements, edges = _above([row[0] for row in rows if row[-1] is not None])
    watched = {}
    for id_, page_id, enabled, regions, changed_at, verdict, since, root, *numbers, _behind in rows:
        judgement = _judgement(verdict, since, root)
        above = tuple(Above(each, judgements[each]) for each in dependency.chain(id_, edges))
        watched[id_] = Watched(
            id_,
            page_id,
            enabled,
            frozenset(regions),
            changed_at,
            _rule(*numbers),
            judgement,
            root,
            above,
            before=judgement,
        )
    return watched


def _judgement(verdict: str | None, since: datetime, root: int | None) -> Judgement | None:
    """What a monitor makes of itself: one that is told as unknown because of its root is down."""
    if not verdict:
        return None
    return Judgement(Verdict.DOWN if root else Verdict(verdict), since)


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
    turned = [each for each in monitors if each.judgement and (each.turns or each.uprooted)]
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
    """The time is that of the monitor's own judgement, also where its root makes it unknown."""
    values = [
        (monitor.id, says.value, monitor.judgement.since, monitor.root, monitor.reason, bool(monitor.turns))
        for monitor in monitors
        if monitor.judgement and (says := monitor.says)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO monitors_verdict (monitor_id, verdict, since, root_id, reason)
            SELECT id, verdict, since, root, CASE WHEN turned THEN reason ELSE
                coalesce((SELECT v.reason FROM monitors_verdict v WHERE v.monitor_id = id), '') END
            FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::bigint[], %s::text[], %s::bool[])
                AS new (id, verdict, since, root, reason, turned)
            ON CONFLICT (monitor_id) DO UPDATE SET
                verdict = excluded.verdict, since = excluded.since, root_id = excluded.root_id,
                reason = excluded.reason""",
            [list(column) for column in zip(*values, strict=True)],
        )


def drop_unassigned(monitor_ids: Collection[int]) -> None:
    """Drops the rows of regions from which these monitors, locked, are no longer checked."""
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM monitors_regionverdict r USING monitors_monitor m
            WHERE m.id = r.monitor_id AND m.id = ANY(%s) AND r.region <> ALL(m.regions)""",
            [list(monitor_ids)],
        )
