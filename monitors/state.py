"""Verdicts: how the results of one region are confirmed, and how regions together decide.

Pure. A verdict changes only by a run of results that agree on it, and then from the first of that run:
a failure that is never confirmed leaves no trace. Degraded stands between up and down: down is also at
least degraded, and up at most degraded. Silence, and a checker that doubts itself, end in unknown, never
in up.

From a verdict that is no knowledge (new, unknown, silent) one success is enough for up: it proves
that the target works, and there is no outage to come back from. Down still takes its failures.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

# So many slots without an answer, or with an answer that says nothing, are silence.
SILENT_SLOTS = 3
# No run needs more results to confirm anything (the limit of confirm_down and confirm_up).
LONGEST = 20
# For a result to travel to the core after the check's own deadline.
GRACE = timedelta(seconds=5)


class Verdict(StrEnum):
    """What is made of a monitor: `NEW` and `SILENT` are said of one region only."""

    NEW = "new"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"
    SILENT = "silent"


# From good to bad.
KNOWN = (Verdict.UP, Verdict.DEGRADED, Verdict.DOWN)
# Regions that do not count as assigned: never heard yet, or no longer.
ABSENT = (Verdict.NEW, Verdict.SILENT)


@dataclass(frozen=True, slots=True)
class Rule:
    """How one monitor is confirmed; `interval` and `timeout` as it is configured."""

    interval: timedelta
    timeout: timedelta
    confirm_down: int
    confirm_up: int


# A result (up, degraded, down or unknown) and its slot.
Heard = tuple[Verdict, datetime]


@dataclass(frozen=True, slots=True)
class Region:
    """What one region says, since when, and the run: its results since the last that agreed with it."""

    verdict: Verdict
    since: datetime
    last_slot: datetime
    run: tuple[Heard, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all regions together say (up, degraded, down or unknown), since when."""

    verdict: Verdict
    since: datetime


def hear(region: Region, result: Verdict, slot: datetime, rule: Rule) -> Region:
    """The region after one more result (up, degraded, down or unknown) of a slot later than its last."""
    region = replace(region, last_slot=slot)
    if result == region.verdict:
        return replace(region, run=())
    run = (*region.run, (result, slot))
    for verdict in _candidates(region.verdict):
        agreeing = _agreeing(run, verdict, worse=_worse(verdict, region.verdict))
        if len(agreeing) >= _needed(region.verdict, verdict, rule):
            return Region(verdict, agreeing[0][1], slot, _after_last(run, verdict))
    return replace(region, run=run[-LONGEST:])


def _candidates(verdict: Verdict) -> tuple[Verdict, ...]:
    """What may come after a verdict, the farthest from it first, so that a run never stops half-way."""
    if verdict == Verdict.UP:
        return (Verdict.DOWN, Verdict.DEGRADED, Verdict.UNKNOWN)
    if verdict in (Verdict.DEGRADED, Verdict.DOWN):
        others = (each for each in KNOWN if each != verdict)
        return (*others, Verdict.UNKNOWN)
    return (*reversed(KNOWN), *(() if verdict == Verdict.UNKNOWN else (Verdict.UNKNOWN,)))


def _worse(verdict: Verdict, than: Verdict) -> bool:
    """Whether a verdict is reached by results at least as bad; else by those at most as bad."""
    if verdict == Verdict.UP or verdict not in KNOWN:
        return False
    return than not in KNOWN or KNOWN.index(verdict) > KNOWN.index(than)


def _agreeing(run: Sequence[Heard], verdict: Verdict, *, worse: bool) -> Sequence[Heard]:
    """The results at the end of a run that all agree on a verdict."""
    first = len(run)
    while first and _agrees(run[first - 1][0], verdict, worse=worse):
        first -= 1
    return run[first:]


def _agrees(result: Verdict, verdict: Verdict, *, worse: bool) -> bool:
    if result not in KNOWN or verdict not in KNOWN:
        return result == verdict
    distance = KNOWN.index(result) - KNOWN.index(verdict)
    return distance >= 0 if worse else distance <= 0


def _after_last(run: Sequence[Heard], verdict: Verdict) -> tuple[Heard, ...]:
    """What of a run goes on against the verdict that it led to."""
    first = max((number for number, heard in enumerate(run, 1) if heard[0] == verdict), default=0)
    return tuple(run[first:])


def _needed(before: Verdict, verdict: Verdict, rule: Rule) -> int:
    if verdict == Verdict.UNKNOWN:
        return SILENT_SLOTS
    if _worse(verdict, before):
        return rule.confirm_down
    return rule.confirm_up if before in KNOWN else 1


def hush(region: Region, heard: datetime, rule: Rule) -> Region:
    """The region once it is silent: since the first slot missed after it was last `heard`.

    One that was silent already only forgets its run: it is not confirmed across silence.
    """
    since = region.since if region.verdict == Verdict.SILENT else heard + rule.interval
    return Region(Verdict.SILENT, since, region.last_slot)


def missed(heard: datetime, slot: datetime, rule: Rule) -> bool:
    """Whether a region last heard (or first asked) at `heard` was silent until this slot."""
    return slot - heard > SILENT_SLOTS * rule.interval


def overdue(heard: datetime, now: datetime, rule: Rule) -> bool:
    """Whether a region last heard (or first asked) at `heard` is silent by now."""
    return now - heard > SILENT_SLOTS * rule.interval + rule.timeout + GRACE


def judge(before: Judgement | None, regions: Collection[Region], at: datetime) -> Judgement:
    """What the regions say after a change of theirs that took place at `at`.

    A verdict takes more than half of the regions that answered, a worse one counting for a milder one;
    at least half of the assigned must have answered, else unknown; a tie keeps what was said last.
    Assigned are all that were ever heard and are not silent, at least one. The new verdict holds since the
    moment when the last of the regions that it takes had come to it (for unknown: the last of those whose
    doubt was one too many), and not before `at`: until then it was not decided.
    """
    assigned = [region for region in regions if region.verdict not in ABSENT]
    answered = [region for region in assigned if region.verdict in KNOWN]
    if 2 * len(answered) < max(len(assigned), 1):
        doubtful = sorted(region.since for region in assigned if region.verdict not in KNOWN)
        too_many = len(assigned) // 2
        return _turn(before, Verdict.UNKNOWN, max([*doubtful[too_many : too_many + 1], at]))
    majority = len(answered) // 2 + 1
    last = KNOWN.index(before.verdict) if before and before.verdict in KNOWN else None
    said = 0
    for level in range(1, len(KNOWN)):
        worse = sum(KNOWN.index(region.verdict) >= level for region in answered)
        if len(answered) - worse >= majority:
            break
        if worse < majority and last is None:
            return before or Judgement(Verdict.UNKNOWN, at)
        if worse >= majority or (last is not None and last >= level):
            said = level
    improving = said == 0 or (last is not None and said < last)
    agreed = sorted(
        region.since
        for region in answered
        if (distance := KNOWN.index(region.verdict) - said) == 0 or (distance < 0) == improving
    )
    return _turn(before, KNOWN[said], max([*agreed[majority - 1 : majority], at]))


def _turn(before: Judgement | None, verdict: Verdict, since: datetime) -> Judgement:
    if before is None:
        return Judgement(verdict, since)
    if before.verdict == verdict:
        return before
    return Judgement(verdict, max(since, before.since))
