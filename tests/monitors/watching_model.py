"""A plain model of watching that counts every second: no runs, no spans, no joins, only lists of letters.

Letters: u(p), g (degraded), d(own), ? (unknown), and of a region also n (never heard) and s(ilent). Times are
whole seconds from a start.
"""

from dataclasses import dataclass, field

# No test comes so far.
END = 800
INTERVAL, TIMEOUT, GRACE = 10, 5, 5
GOOD_TO_BAD = "ugd"


@dataclass
class ModelRegion:
    """What one region says, since when, and every result since it was last silent or asked anew."""

    verdict: str = "n"
    since: int = -1
    last_slot: int = -1
    heard: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class ModelMonitor:
    """One monitor. `own` and `told` say of each second what it makes of itself and what is told of it."""

    name: int
    regions: dict[str, ModelRegion]
    down: int
    up: int
    behind: "ModelMonitor | None" = None
    enabled: bool = True
    changed_at: int = 0
    verdict: str | None = None
    since: int = 0
    own: list[str | None] = field(default_factory=lambda: [None] * END)
    told: list[str | None] = field(default_factory=lambda: [None] * END)
    # Of the transaction that goes on: from when its verdict held before, from when each new one does, and
    # whether it was or is down in any.
    known_from: int = 0
    was_known: bool = False
    news: list[int] = field(default_factory=list)
    swayed: bool = False
    moved: int | None = None

    @property
    def above(self) -> list["ModelMonitor"]:
        """All that it is behind, the nearest first."""
        return [] if self.behind is None else [self.behind, *self.behind.above]

    @property
    def root(self) -> int | None:
        """The farthest above that is down, if it is down itself."""
        down = [each.name for each in self.above if each.verdict == "d"]
        return down[-1] if down and self.verdict == "d" else None

    def begin(self) -> None:
        """A transaction begins."""
        self.known_from, self.was_known = self.since, self.verdict is not None
        self.news, self.moved, self.swayed = [], None, False

    def hear(self, region: str, letter: str, slot: int) -> bool:
        """One result; False if it does not count."""
        if not self.enabled or region not in self.regions:
            return False
        row = self.regions[region]
        heard = max(row.last_slot, self.changed_at)
        if slot <= heard:
            return False
        if slot - heard > 3 * INTERVAL:
            self.fall_silent(row, heard)
        row.last_slot = slot
        row.heard.append((letter, slot))
        for verdict in self.candidates(row.verdict):
            agreeing = self.agreeing(row, verdict)
            if len(agreeing) >= self.needed(row.verdict, verdict):
                self.turn_region(row, verdict, agreeing[0])
                break
        return True

    def candidates(self, now: str) -> str:
        """What may come next, the farthest first."""
        return {"u": "dg?", "g": "ud?", "d": "ug?", "?": "dgu"}.get(now, "dgu?")

    def agreeing(self, row: ModelRegion, verdict: str) -> list[int]:
        """The slots of the newest results that all agree on a verdict."""
        slots: list[int] = []
        for letter, slot in reversed(row.heard):
            if letter == row.verdict or not self.agrees(letter, verdict, row.verdict):
                break
            slots.insert(0, slot)
        return slots

    def agrees(self, letter: str, verdict: str, now: str) -> bool:
        """Down is at least degraded, up at most."""
        if "?" in (letter, verdict):
            return letter == verdict
        place, wanted = GOOD_TO_BAD.index(letter), GOOD_TO_BAD.index(verdict)
        return place >= wanted if self.is_worse(verdict, now) else place <= wanted

    def is_worse(self, verdict: str, now: str) -> bool:
        """Whether a verdict is bad news; any but up is after none."""
        if now not in GOOD_TO_BAD:
            return verdict in "gd"
        return GOOD_TO_BAD.index(verdict) > GOOD_TO_BAD.index(now)

    def needed(self, now: str, verdict: str) -> int:
        """How many results it takes."""
        if verdict == "?":
            return 3
        if self.is_worse(verdict, now):
            return self.down
        return self.up if now in GOOD_TO_BAD else 1

    def fall_silent(self, row: ModelRegion, heard: int) -> None:
        """A region is silent since the first slot that it missed."""
        row.heard.clear()
        if row.verdict != "s":
            self.turn_region(row, "s", heard + INTERVAL)

    def sweep(self, now: int) -> None:
        """Whoever was not heard for three slots is silent."""
        for row in self.regions.values():
            heard = max(row.last_slot, self.changed_at)
            if self.enabled and row.verdict != "s" and now - heard > 3 * INTERVAL + TIMEOUT + GRACE:
                self.fall_silent(row, heard)

    def turn_region(self, row: ModelRegion, verdict: str, since: int) -> None:
        """A region says something else; perhaps all together do."""
        row.verdict, row.since = verdict, since
        decided = self.decided()
        if decided != self.verdict:
            earliest = max(since, self.since) if self.verdict else since
            self.turn(decided, self.onset(decided, earliest))

    def turn(self, verdict: str | None, since: int) -> None:
        """From then on it makes this of itself, whatever it said before."""
        self.swayed |= "d" in (self.verdict, verdict)
        self.verdict, self.since = verdict, since
        self.own[since:] = [verdict] * (END - since)
        self.news.append(since)

    def decided(self) -> str:
        """The middle of what the regions that answered say; of two, the nearest to the verdict before."""
        assigned = [row.verdict for row in self.regions.values() if row.verdict not in "ns"]
        places = sorted(GOOD_TO_BAD.index(each) for each in assigned if each != "?")
        if not assigned or 2 * len(places) < len(assigned):
            return "?"
        low, high = places[(len(places) - 1) // 2], places[len(places) // 2]
        if low < high and self.verdict not in ("u", "g", "d"):
            return self.verdict or "?"
        before = GOOD_TO_BAD.index(self.verdict) if self.verdict in ("u", "g", "d") else low
        return GOOD_TO_BAD[min(max(before, low), high)]

    def onset(self, decided: str, earliest: int) -> int:
        """The first second, not before `earliest`, in which enough of what the regions say now held."""
        rows = [row for row in self.regions.values() if row.verdict not in "ns"]
        answered = [row for row in rows if row.verdict != "?"]
        for second in range(earliest, END):
            holding = [row.verdict for row in rows if row.since <= second]
            if decided == "?":
                if 2 * (len(rows) - holding.count("?")) < max(len(rows), 1):
                    return second
            elif sum(self.supports(each, decided) for each in holding) > len(answered) // 2:
                return second
        return earliest

    def supports(self, said: str, decided: str) -> bool:
        """Whether a region that says this is one of those that decide it."""
        if said == "?":
            return False
        now = self.verdict or "?"
        place, wanted = GOOD_TO_BAD.index(said), GOOD_TO_BAD.index(decided)
        return place >= wanted if self.is_worse(decided, now) else place <= wanted

    def save(self, now: int) -> None:
        """Staff saved it as it is: what is not confirmed yet is forgotten."""
        self.changed_at = self.moved = now
        for row in self.regions.values():
            row.heard.clear()

    def pause(self, now: int) -> None:
        """It says nothing any more, and has never been heard."""
        self.enabled, self.changed_at = False, now
        for row in self.regions.values():
            row.verdict, row.since, row.last_slot = "n", now, min(row.last_slot, now)
            row.heard.clear()
        if self.verdict is not None:
            self.turn(None, now)
        self.told[now:] = [None] * (END - now)

    def resume(self, now: int) -> None:
        """It is asked again, from now on."""
        self.enabled = True
        self.save(now)

    def tell(self) -> None:
        """At the end of a transaction: told is what it makes of itself, unless one above it explains it."""
        starts = self.news[:1]
        others = [each.news[0] for each in self.above if each.swayed]
        others += [] if self.moved is None else [self.moved]
        if others and self.was_known:
            starts = [*starts, max(min(others), self.known_from)]
        if self.verdict is None or not starts:
            return
        above = [(each.own, each.remembered_from) for each in self.above]
        for second in range(min(starts), END):
            own = self.own[second]
            explained = any(second >= first and said[second] == "d" for said, first in above)
            self.told[second] = "?" if own == "d" and explained else own

    @property
    def remembered_from(self) -> int:
        """From when on it is remembered what it made of itself: not what was before its last verdict."""
        return self.known_from if self.was_known else min(self.news, default=END)
