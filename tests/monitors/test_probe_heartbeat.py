"""Heartbeats: what the calls of a job say at a moment."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from monitors.network.guard import NOTHING
from monitors.probes import PROBES, ConfigError, Result
from monitors.probes.heartbeat import Calls, Ended, judge

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CONFIG = PROBES["heartbeat"].parse({"period": "1h", "grace": "10m", "longest": "30m"}, NOTHING)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def told(calls: Calls, since: datetime | None = None) -> tuple[str, str | None]:
    outcome = judge(CONFIG, calls, since, NOW)
    return outcome.result.value, outcome.reason


@pytest.mark.parametrize(
    ("calls", "verdict"),
    [
        (Calls(ended_at=ago(0), ended="success"), ("up", None)),
        (Calls(ended_at=ago(70), ended="success"), ("up", None)),
        (Calls(ended_at=ago(70.1), ended="success"), ("down", "job_late")),
        (Calls(), ("down", "job_never")),
        (Calls(ended_at=ago(5), ended="fail"), ("down", "job_failed")),
        (Calls(ended_at=ago(5), ended="fail", exit_code=3), ("down", "job_code")),
        # A failure stays one until a success, late or not.
        (Calls(ended_at=ago(500), ended="fail"), ("down", "job_failed")),
        # It runs: neither late nor well until it ends.
        (Calls(ended_at=ago(90), started_at=ago(29), ended="success"), ("up", None)),
        (Calls(ended_at=ago(100), started_at=ago(30.1), ended="success"), ("down", "job_long")),
        (Calls(ended_at=ago(100), started_at=ago(29), ended="fail"), ("down", "job_failed")),
        (Calls(ended_at=ago(100), started_at=ago(31), ended="fail"), ("down", "job_long")),
        # It began when it was late already.
        (Calls(ended_at=ago(100), started_at=ago(29), ended="success"), ("down", "job_late")),
        (Calls(started_at=ago(29)), ("down", "job_late")),
        (Calls(started_at=ago(31)), ("down", "job_long")),
        # The run that ended last is over.
        (Calls(ended_at=ago(5), started_at=ago(60), ended="success"), ("up", None)),
    ],
)
def test_once_it_was_up_or_down_only_calls_count(calls: Calls, verdict: tuple[str, str | None]) -> None:
    assert told(calls) == verdict


@pytest.mark.parametrize(
    ("calls", "minutes", "verdict"),
    [
        # Not called yet, with a period and its grace to do so.
        (Calls(), 70, ("unknown", "job_awaited")),
        (Calls(), 71, ("down", "job_never")),
        (Calls(started_at=ago(5)), 60, ("unknown", "job_awaited")),
        # It was paused, and has not called since.
        (Calls(ended_at=ago(500), ended="success"), 10, ("unknown", "job_awaited")),
        (Calls(ended_at=ago(500), ended="success"), 71, ("down", "job_late")),
        (Calls(ended_at=ago(50), ended="success"), 10, ("up", None)),
        (Calls(ended_at=ago(50), ended="fail"), 10, ("down", "job_failed")),
    ],
)
def test_who_is_watched_only_since_a_while_has_a_period_to_call(
    calls: Calls, minutes: float, verdict: tuple[str, str | None]
) -> None:
    assert told(calls, ago(minutes)) == verdict


def test_a_failure_tells_its_code_and_what_the_job_said() -> None:
    calls = Calls(ended_at=ago(5), ended=Ended.FAIL, exit_code=137, excerpt="Killed")
    outcome = judge(CONFIG, calls, None, NOW)
    assert (outcome.facts, outcome.excerpt) == ({"code": "137"}, "Killed")
    well = judge(CONFIG, Calls(ended_at=ago(5), ended=Ended.SUCCESS, excerpt="all done"), None, NOW)
    assert (well.facts, well.excerpt) == ({}, "")


def test_nobody_looks_at_a_job() -> None:
    outcome = asyncio.run(PROBES["heartbeat"].run(CONFIG, 5, NOTHING))
    assert (outcome.result, outcome.reason) == (Result.UNKNOWN, "config")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("1h 30m", 5_400),
        ("1h30m", 5_400),
        (" 7 D ", 604_800),
        ("1d 2h 3m 4s", 93_784),
        ("31d", 2_678_400),
        ("1s", 1),
    ],
)
def test_periods_are_written_as_people_write_them(text: str, seconds: int) -> None:
    config = PROBES["heartbeat"].parse({"period": text}, NOTHING)
    assert config.period == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["0", "-1d", "1h30", "1.5h", "31d 1s", "1m 1h", "daily", "* * * * *", "٥d"])
@pytest.mark.parametrize("field", ["period", "grace", "longest"])
def test_periods_that_make_no_sense_are_refused(field: str, text: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        PROBES["heartbeat"].parse({field: text}, NOTHING)
    assert refusal.value.field == field


def test_without_a_longest_run_it_may_take_as_long_as_the_grace() -> None:
    config = PROBES["heartbeat"].parse({"grace": "5m"}, NOTHING)
    assert config.longest == config.grace == timedelta(minutes=5)
