"""The monitors of one transaction: locked, with their verdicts in memory, saved in bulk.

Only `record` calls it. The region rows of a monitor are its lock: whoever changes its verdicts or
its spans holds all of them, taken in the order of monitors and rows, so that nobody deadlocks.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from monitors import state
from monitors.seen import Seen
from monitors.state import Judgement, Region, Rule, Verdict


@dataclass(slots=True)
class RegionRow:
    """One region's row: its state, what it last saw, and whether either is new."""

    id: int
    monitor_id: int
    name: str
    region: Region
    seen: Seen | None = None
    changed: bool = False


@dataclass(slots=True)
class Watched:
    """One monitor while it is locked. `turns` are the verdicts that it came to meanwhile."""

    id: int
    page_id: int
    enabled: bool
    assigned: frozenset[str]
    changed_at: datetime
    rule: Rule
    judgement: Judgement | None
    regions: dict[str, RegionRow] = field(default_factory=dict)
    turns: list[Judgement] = field(default_factory=list)
    retired: bool = False

    @property
    def source(self) -> str:
        """The source of its spans."""
        return f"monitor:{self.id}"

    @property
    def reason(self) -> str:
        """The code of the reason that a region gave last in this transaction; empty for none."""
        return next((row.seen.reason for row in self.regions.values() if row.seen and row.seen.reason), "")

    def hear(self, name: str, seen: Seen) -> bool:
        """Takes one result of a region; False if it is late, doubled or not asked for."""
        row = self.regions.get(name)
        if row is None or not self.enabled or name not in self.assigned:
            return False
        if seen.slot <= max(row.region.last_slot, self.changed_at):
            return False
        heard = self._heard(row)
        if state.missed(heard, seen.slot, self.rule):
            self._become(row, state.hush(row.region, heard, self.rule))
        row.seen = seen
        self._become(row, state.hear(row.region, Verdict(seen.outcome.result), seen.slot, self.rule))
        return True

    def hush(self, now: datetime) -> bool:
        """Gives up on regions that are silent by now; whether there were any."""
        silent = [
            row
            for row in self.regions.values()
            if self.enabled
            and row.region.verdict != Verdict.SILENT
            and state.overdue(self._heard(row), now, self.rule)
        ]
        for row in silent:
            self._become(row, state.hush(row.region, self._heard(row), self.rule))
        return bool(silent)

    def assign(self, now: datetime) -> None:
        """Forgets unfinished runs and regions no longer assigned, as after a change by staff."""
        for row in self.regions.values():
            row.region = Region(row.region.verdict, row.region.since, row.region.last_slot)
            row.changed = True
        gone = [name for name in self.regions if name not in self.assigned]
        for name in gone:
            del self.regions[name]
        if gone and self.judgement:
            self._judge(now)

    def retire(self, now: datetime) -> None:
        """Forgets every verdict: the monitor speaks again only once it is heard again."""
        self.judgement, self.retired = None, True
        for row in self.regions.values():
            row.region = Region(Verdict.NEW, now, row.region.last_slot)
            row.changed = True

    def _heard(self, row: RegionRow) -> datetime:
        return max(row.region.last_slot, self.changed_at)

    def _become(self, row: RegionRow, region: Region) -> None:
        turned = region.verdict != row.region.verdict
        row.region, row.changed = region, True
        if turned:
            self._judge(region.since)

    def _judge(self, at: datetime) -> None:
        judgement = state.judge(self.judgement, [row.region for row in self.regions.values()], at)
        if judgement != self.judgement:
            self.judgement = judgement
            self.turns.append(judgement)


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
            """SELECT id, monitor_id, region, verdict, since, last_slot, run_result, run_since, run_length
            FROM monitors_regionverdict WHERE monitor_id = ANY(%s) ORDER BY monitor_id, id FOR UPDATE""",
            [list(ids)],
        )
        return [
            RegionRow(id_, monitor_id, name, Region(Verdict(verdict), since, last_slot, _run(run), *rest))
            for id_, monitor_id, name, verdict, since, last_slot, run, *rest in cursor
        ]


def _run(result: str) -> Verdict | None:
    return Verdict(result) if result else None


def _create(missing: Iterable[tuple[int, str]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO monitors_regionverdict
                (monitor_id, region, last_slot, verdict, since, run_result, run_length, result, reason)
            SELECT monitor_id, region, 'epoch', 'new', 'epoch', '', 0, '', ''
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
            row.region.run_result.value if row.region.run_result else "",
            row.region.run_since,
            row.region.run_length,
            row.seen.outcome.result.value if row.seen else None,
            row.seen.reason if row.seen else None,
            row.seen.status_code if row.seen else None,
            row.seen.duration_ms if row.seen else None,
        )
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE monitors_regionverdict r SET
                last_slot = n.last_slot, verdict = n.verdict, since = n.since,
                run_result = n.run_result, run_since = n.run_since, run_length = n.run_length,
                result = coalesce(n.result, r.result), reason = coalesce(n.reason, r.reason),
                status_code = CASE WHEN n.result IS NULL THEN r.status_code ELSE n.status_code END,
                duration_ms = coalesce(n.duration_ms, r.duration_ms)
            FROM unnest(
                %s::bigint[], %s::timestamptz[], %s::text[], %s::timestamptz[], %s::text[],
                %s::timestamptz[], %s::int[], %s::text[], %s::text[], %s::smallint[], %s::float8[]
            ) AS n (id, last_slot, verdict, since, run_result, run_since, run_length,
                result, reason, status_code, duration_ms)
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
