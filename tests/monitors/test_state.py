"""Confirmation in one region, and the quorum of several."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitors.state import LONGEST, Judgement, Region, Rule, Verdict, hear, hush, judge, missed, overdue

START = datetime(2026, 11, 20, tzinfo=UTC)
INTERVAL = timedelta(seconds=30)
NEW, UP, DEGRADED, DOWN, UNKNOWN, SILENT = Verdict
SLOTS = 40


def slot(number: int) -> datetime:
    return START + number * INTERVAL


def make_rule(down: int = 2, up: int = 2) -> Rule:
    return Rule(INTERVAL, timedelta(seconds=10), down, up)


def make_region(verdict: Verdict = NEW, since: int = 0, last: int = 0) -> Region:
    return Region(verdict, slot(since), slot(last))


def hear_all(region: Region, results: str, rule: Rule, first: int = 1) -> Region:
    """Results as letters: u(p), d(own), ? (unknown)."""
    for number, letter in enumerate(results, first):
        region = hear(region, {"u": UP, "g": DEGRADED, "d": DOWN, "?": UNKNOWN}[letter], slot(number), rule)
    return region


@pytest.mark.parametrize(
    ("before", "results", "verdict", "since"),
    [
        # N failures in a row, from the first of them.
        (UP, "dd", DOWN, 1),
        (UP, "d", UP, 0),
        (UP, "udd", DOWN, 2),
        (UP, "dud", UP, 0),
        (UP, "dududd", DOWN, 5),
        # M successes in a row, from the first of them.
        (DOWN, "uuu", UP, 1),
        (DOWN, "uu", DOWN, 0),
        (DOWN, "uuduuu", UP, 4),
        # A checker that doubts itself is silence after as many slots, and breaks a run.
        (UP, "??", UP, 0),
        (UP, "???", UNKNOWN, 1),
        (UP, "d?d", UP, 0),
        (DOWN, "???", UNKNOWN, 1),
        # One success ends what is no knowledge; down still takes its failures.
        (NEW, "u", UP, 1),
        (UNKNOWN, "u", UP, 1),
        (SILENT, "u", UP, 1),
        (NEW, "d", NEW, 0),
        (NEW, "dd", DOWN, 1),
        (UNKNOWN, "dd", DOWN, 1),
        (NEW, "du", UP, 2),
        (NEW, "???", UNKNOWN, 1),
        (SILENT, "???", UNKNOWN, 1),
        # Degraded: down is at least that, up at most.
        (UP, "gg", DEGRADED, 1),
        (UP, "dg", DEGRADED, 1),
        (UP, "gd", DEGRADED, 1),
        (UP, "gdd", DOWN, 2),
        (UP, "dgd", DEGRADED, 1),
        (UP, "gug", UP, 0),
        (DEGRADED, "dd", DOWN, 1),
        (DEGRADED, "dgd", DEGRADED, 0),
        (DEGRADED, "uuu", UP, 1),
        (DOWN, "guu", DEGRADED, 1),
        (DOWN, "guuu", UP, 2),
        (DOWN, "ggdggg", DEGRADED, 4),
        (UNKNOWN, "gg", DEGRADED, 1),
        (UNKNOWN, "gd", DEGRADED, 1),
    ],
)
def test_a_region_says(before: Verdict, results: str, verdict: Verdict, since: int) -> None:
    region = hear_all(make_region(before), results, make_rule(down=2, up=3))
    assert (region.verdict, region.since) == (verdict, slot(since))
    assert region.last_slot == slot(len(results))


def test_a_run_that_confirms_nothing_stays_short() -> None:
    region = hear_all(make_region(UP), "d?" * 100, make_rule(down=20, up=20))
    assert region.verdict == UP
    assert len(region.run) == LONGEST


def brute_force(results: list[Verdict | None], rule: Rule) -> list[Verdict]:
    """The verdict of every slot, rewritten from the first of each confirmed run."""
    verdicts = [NEW]
    heard: list[tuple[int, Verdict]] = []
    last = 0
    for number, result in enumerate(results, 1):
        verdicts.append(verdicts[-1])
        if result is None:
            continue
        if number - last > 3:
            verdicts[last + 1 :] = [SILENT] * (number - last)
            heard = []
        last = number
        heard.append((number, result))
        current = verdicts[-1]
        needed = {UP: rule.confirm_up if current in (UP, DOWN) else 1, DOWN: rule.confirm_down, UNKNOWN: 3}
        run = heard[-needed[result] :]
        if result != current and len(run) == needed[result] and {each for _, each in run} == {result}:
            verdicts[run[0][0] :] = [result] * (number - run[0][0] + 1)
    return verdicts


@given(
    st.lists(st.sampled_from([UP, DOWN, UNKNOWN, None]), max_size=SLOTS),
    st.integers(1, 4),
    st.integers(1, 4),
)
@example([UP, None, None, None, DOWN, DOWN], 2, 2)
@example([UP, None, None, None, DOWN, None, None, None, DOWN], 2, 2)
def test_it_agrees_with_counting_every_slot(results: list[Verdict | None], down: int, up: int) -> None:
    rule = make_rule(down, up)
    region = make_region()
    verdicts = [NEW] * (len(results) + 1)

    def note(after: Region) -> Region:
        first = (after.since - START) // INTERVAL if after.verdict != region.verdict else len(verdicts)
        verdicts[first:] = [after.verdict] * (len(verdicts) - first)
        return after

    for number, result in enumerate(results, 1):
        if result is None:
            continue
        if missed(region.last_slot, slot(number), rule):
            region = note(hush(region, region.last_slot, rule))
        region = note(hear(region, result, slot(number), rule))
    expected = brute_force(results, rule)
    while results and results[-1] is None:
        results, verdicts, expected = results[:-1], verdicts[:-1], expected[:-1]
    assert verdicts == expected


def test_a_region_is_silent_after_three_slots_their_deadline_and_a_grace() -> None:
    rule = make_rule()
    assert not overdue(slot(0), slot(3) + timedelta(seconds=15), rule)
    assert overdue(slot(0), slot(3) + timedelta(seconds=15, microseconds=1), rule)
    assert hush(make_region(UP, since=-9), slot(0), rule) == make_region(SILENT, since=1)


def test_a_result_after_three_missed_slots_reveals_the_silence() -> None:
    rule = make_rule()
    assert not missed(slot(0), slot(3), rule)
    assert missed(slot(0), slot(4), rule)


def decide(letters: str, before: Verdict | None = UP, at: int = 9) -> Verdict:
    kinds = {"u": UP, "d": DOWN, "?": UNKNOWN, "s": SILENT, "n": NEW}
    regions = [make_region(kinds[letter]) for letter in letters]
    return judge(before and Judgement(before, slot(0)), regions, slot(at)).verdict


@pytest.mark.parametrize(
    ("letters", "before", "verdict"),
    [
        ("d", UP, DOWN),
        ("u", DOWN, UP),
        ("?", UP, UNKNOWN),
        # More than half of those that answered.
        ("ddu", UP, DOWN),
        ("duu", DOWN, UP),
        # A tie keeps the last verdict.
        ("du", UP, UP),
        ("du", DOWN, DOWN),
        ("du", UNKNOWN, UNKNOWN),
        ("du", None, UNKNOWN),
        # At least half of the assigned must answer.
        ("d?", UP, DOWN),
        ("d??", UP, UNKNOWN),
        ("dd??", UP, DOWN),
        ("u??", UP, UNKNOWN),
        # Silent regions leave the assigned, as do those never heard yet; never fewer than one.
        ("dss", UP, DOWN),
        ("uss", DOWN, UP),
        ("d?ss", UP, DOWN),
        ("unn", None, UP),
        ("sss", UP, UNKNOWN),
        ("sn", None, UNKNOWN),
    ],
)
def test_regions_decide(letters: str, before: Verdict | None, verdict: Verdict) -> None:
    assert decide(letters, before) == verdict
    assert decide(letters[::-1], before) == verdict


@given(st.lists(st.sampled_from("ud?sn"), min_size=1, max_size=7), st.sampled_from([None, UP, DOWN, UNKNOWN]))
def test_the_quorum_agrees_with_counting(letters: list[str], before: Verdict | None) -> None:
    ups, downs, doubts = letters.count("u"), letters.count("d"), letters.count("?")
    assigned, answered = max(ups + downs + doubts, 1), ups + downs
    if answered * 2 < assigned:
        expected = UNKNOWN
    elif ups == downs:
        expected = before or UNKNOWN
    else:
        expected = UP if ups > downs else DOWN
    assert decide("".join(letters), before) == expected


def test_down_holds_since_the_region_that_made_the_majority() -> None:
    regions = [make_region(DOWN, since=3), make_region(DOWN, since=5), make_region(UP, since=0)]
    assert judge(Judgement(UP, slot(0)), regions, slot(3)) == Judgement(DOWN, slot(5))
    assert judge(Judgement(UP, slot(0)), regions, slot(5)) == Judgement(DOWN, slot(5))


def test_a_region_that_leaves_decides_nothing_of_the_time_before() -> None:
    regions = [make_region(DOWN, since=3), make_region(SILENT, since=8)]
    assert judge(Judgement(UP, slot(0)), regions, slot(8)) == Judgement(DOWN, slot(8))


def test_a_verdict_never_begins_before_the_one_it_follows() -> None:
    assert judge(Judgement(UNKNOWN, slot(7)), [make_region(UP, since=3)], slot(3)) == Judgement(UP, slot(7))


def test_the_same_verdict_keeps_its_time() -> None:
    before = Judgement(DOWN, slot(2))
    assert judge(before, [make_region(DOWN, since=3), make_region(DOWN, since=5)], slot(5)) is before
