"""A monitor while it is locked: its verdicts in memory, and the turns that they take.

Pure: it comes from and goes back to the database through `locking`. A result counts once: only one
of a slot later than the last, of an assigned region, after the last change by staff.
"""

from dataclasses import dataclass, field
from datetime import datetime

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

    def silence(self, now: datetime) -> bool:
        """Makes every region silent from now on, because nobody asks them; whether there were any."""
        speaking = [
            row for row in self.regions.values() if self.enabled and row.region.verdict != Verdict.SILENT
        ]
        for row in speaking:
            self._become(row, Region(Verdict.SILENT, max(now, row.region.since), row.region.last_slot))
        return bool(speaking)

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
            row.region = Region(Verdict.NEW, now, min(row.region.last_slot, now))
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
