"""Verdicts: how the results of one region are confirmed, and how regions together decide.

Pure. A verdict changes only by a run of equal results, and then from the first of that run: a
failure that is never confirmed leaves no trace. Silence, and a checker that doubts itself, end in
unknown, never in up.

From a verdict that is no knowledge (new, unknown, silent) one success is enough for up: it proves
that the target works, and there is no outage to come back from. Down still takes its failures.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

# So many slots without an answer, or with an answer that says nothing, are silence.
SILENT_SLOTS = 3
# For a result to travel to the core after the check's own deadline.
GRACE = timedelta(seconds=5)


class Verdict(StrEnum):
    """What is made of a monitor: `NEW` and `SILENT` are said of one region only."""

    NEW = "new"
    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"
    SILENT = "silent"


KNOWN = (Verdict.UP, Verdict.DOWN)
# Regions that do not count as assigned: never heard yet, or no longer.
ABSENT = (Verdict.NEW, Verdict.SILENT)


@dataclass(frozen=True, slots=True)
class Rule:
    """How one monitor is confirmed; `interval` and `timeout` as it is configured."""

    interval: timedelta
    timeout: timedelta
    confirm_down: int
    confirm_up: int


@dataclass(frozen=True, slots=True)
class Region:
    """What one region says, since when, and the run of results against it."""

    verdict: Verdict
    since: datetime
    last_slot: datetime
    run_result: Verdict | None = None
    run_since: datetime | None = None
    run_length: int = 0


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all regions together say (up, down or unknown), since when."""

    verdict: Verdict
    since: datetime


def hear(region: Region, result: Verdict, slot: datetime, rule: Rule) -> Region:
    """The region after one more result (up, down or unknown) of a slot later than its last."""
    region = replace(region, last_slot=slot)
    if result == region.verdict:
        return replace(region, run_result=None, run_since=None, run_length=0)
    again = region.run_result == result and region.run_since is not None
    since = region.run_since if again and region.run_since else slot
    length = region.run_length + 1 if again else 1
    if length < _needed(region.verdict, result, rule):
        return replace(region, run_result=result, run_since=since, run_length=length)
    return Region(result, since, slot)


def _needed(verdict: Verdict, result: Verdict, rule: Rule) -> int:
    if result == Verdict.UNKNOWN:
        return SILENT_SLOTS
    if result == Verdict.DOWN:
        return rule.confirm_down
    return rule.confirm_up if verdict in KNOWN else 1


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

    Down (and up) takes more than half of the regions that answered; at least half of the assigned
    must have answered, else unknown; a tie keeps the last verdict. Assigned are all that were ever
    heard and are not silent, at least one. The new verdict holds since the moment when the last of
    the regions that it takes had come to it, and not before `at`: until then it was not decided.
    """
    assigned = [region for region in regions if region.verdict not in ABSENT]
    answered = [region for region in assigned if region.verdict in KNOWN]
    if 2 * len(answered) < max(len(assigned), 1):
        return _turn(before, Verdict.UNKNOWN, at)
    majority = len(answered) // 2 + 1
    for verdict in KNOWN:
        agreed = sorted(region.since for region in answered if region.verdict == verdict)
        if len(agreed) >= majority:
            return _turn(before, verdict, max(agreed[majority - 1], at))
    return before or Judgement(Verdict.UNKNOWN, at)


def _turn(before: Judgement | None, verdict: Verdict, since: datetime) -> Judgement:
    if before is None:
        return Judgement(verdict, since)
    if before.verdict == verdict:
        return before
    return Judgement(verdict, max(since, before.since))
