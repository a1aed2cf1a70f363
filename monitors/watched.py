"""A monitor while it is locked: its verdicts in memory, and the turns that they take.

Pure: it comes from and goes back to the database through `locking`. A result counts once: only one
of a slot later than the last, of an assigned region, after the last change by staff.
"""

from dataclasses import dataclass, field
from datetime import datetime

from monitors import state
from monitors.seen import Seen
from monitors.state import KNOWN, Judgement, Region, Rule, Verdict

FAILED = (Verdict.DEGRADED, Verdict.DOWN)


@dataclass(slots=True)
class RegionRow:
    """One region's row: its state, what it last saw, and whether either is new."""

    id: int
    monitor_id: int
    name: str
    region: Region
    seen: Seen | None = None
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Above:
    """One that a monitor is behind, and what it makes of itself as it is stored."""

    id: int
    judgement: Judgement | None

    @property
    def line(self) -> tuple[Judgement, ...]:
        """What it said of itself, in order."""
        return (self.judgement,) if self.judgement else ()


@dataclass(slots=True)
class Watched:
    """One monitor while it is locked.

    `judgement` is what it makes of itself, `turns` the judgements that it came to meanwhile. What is
    told of it may differ where it is behind others (`above`, the nearest first): `told` are those turns
    and `root` the monitor that explains it, both the work of `dependency`.
    """

    id: int
    page_id: int
    enabled: bool
    assigned: frozenset[str]
    changed_at: datetime
    rule: Rule
    judgement: Judgement | None
    root: int | None = None
    above: tuple[Above, ...] = ()
    before: Judgement | None = None
    regions: dict[str, RegionRow] = field(default_factory=dict)
    turns: list[Judgement] = field(default_factory=list)
    told: list[Judgement] = field(default_factory=list)
    failures: list[tuple[str, Seen]] = field(default_factory=list)
    # From when on it is explained anew although nothing turned: staff changed what it is behind.
    moved: datetime | None = None
    # Since when it says nothing at all.
    retired: datetime | None = None
    # Whether `root` is new.
    uprooted: bool = False

    @property
    def source(self) -> str:
        """The source of its spans."""
        return f"monitor:{self.id}"

    @property
    def reason(self) -> str:
        """The code of the reason that a region gave last in this transaction; empty for none."""
        return next((row.seen.reason for row in self.regions.values() if row.seen and row.seen.reason), "")

    @property
    def says(self) -> Verdict | None:
        """What is told of it now; None for nothing."""
        if self.judgement is None:
            return None
        return Verdict.UNKNOWN if self.root else self.judgement.verdict

    @property
    def news(self) -> tuple[Judgement, ...]:
        """What it came to say of itself since it was locked, in order; unknown once it is retired."""
        return (*self.turns, *([Judgement(Verdict.UNKNOWN, self.retired)] if self.retired else []))

    @property
    def line(self) -> tuple[Judgement, ...]:
        """What it said of itself before it was locked, and since."""
        return (*([self.before] if self.before else []), *self.news)

    @property
    def swayed(self) -> bool:
        """Whether it came to be down or ceased to be: those behind it are told otherwise then."""
        return bool(self.news) and any(judgement.verdict == Verdict.DOWN for judgement in self.line)

    @property
    def unsettled(self) -> datetime | None:
        """The slot of the last result that spoke against what its region says and confirmed nothing yet.

        One that the checker itself doubts asks for no more checks: those would be in doubt as well.
        """
        runs = [row.region.run for row in self.regions.values() if row.seen is not None]
        return max((run[-1][1] for run in runs if run and run[-1][0] in KNOWN), default=None)

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
        before, result = row.region, Verdict(seen.outcome.result)
        self._become(row, state.hear(before, result, seen.slot, self.rule))
        if result in FAILED and result != before.verdict and _is_new(before, row.region):
            self.failures.append((name, seen))
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
        self.moved = now
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
        self.judgement, self.retired = None, now
        self.turns.clear()
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


def _is_new(before: Region, after: Region) -> bool:
    """Whether a failure is the first of a run, or the one that turned its region."""
    first = not any(result in FAILED for result, _slot in before.run)
    return first or after.verdict != before.verdict
