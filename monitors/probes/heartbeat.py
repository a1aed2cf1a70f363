"""Heartbeat: a job calls us when it begins and when it ends; nobody looks.

Pure: what is made of its calls at a moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitors.network.guard import Allow
from monitors.probes.base import Finding, Outcome, Probe, Result
from monitors.probes.fields import Field
from monitors.probes.periods import read_period
from monitors.reasons import N_, OutboundError, Reason


class Ended(StrEnum):
    """How a job ended."""

    SUCCESS = "success"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class HeartbeatConfig:
    """How often the job has to end, how late it may be, and how long it may run."""

    period: timedelta
    grace: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Calls:
    """What a job said so far: when it last ended, when it last began, and how it ended."""

    ended_at: datetime | None = None
    started_at: datetime | None = None
    ended: str = ""
    exit_code: int | None = None
    excerpt: str = ""

    @property
    def running(self) -> datetime | None:
        """Since when it is running."""
        if self.started_at and (self.ended_at is None or self.started_at > self.ended_at):
            return self.started_at
        return None


class HeartbeatProbe(Probe[HeartbeatConfig]):
    """A job calls in time."""

    kind = "heartbeat"
    label = N_("Heartbeat of a job")
    timed = False
    fields = (
        Field(
            "period",
            N_("Period"),
            N_("How often the job runs: 90s, 15m, 1h 30m, 7d, up to 31d."),
            default="1d",
        ),
        Field("grace", N_("Grace"), N_("How late it may be until it counts as down."), default="1h"),
        Field(
            "longest",
            N_("Longest run"),
            N_("How long it may take from the call of /start. Empty: as long as the grace."),
            required=False,
        ),
    )

    def read(self, values: Mapping[str, str], allow: Allow) -> HeartbeatConfig:
        """See Probe.read."""
        period, grace = (read_period(name, values[name]) for name in ("period", "grace"))
        longest = values["longest"]
        return HeartbeatConfig(period, grace, read_period("longest", longest) if longest else grace)

    async def look(self, config: HeartbeatConfig, deadline: float, allow: Allow) -> Finding:
        """There is nothing to look at: the job calls."""
        raise OutboundError(Reason.CONFIG)


def judge(config: HeartbeatConfig, calls: Calls, since: datetime | None, now: datetime) -> Outcome:
    """What the calls of a job say at a moment.

    `since`: it is only watched (again) since then, and has a period and its grace from then on; None once it
    was up or down. While it runs, it is as late as it was when it began.
    """
    running = calls.running
    if running and now - running > config.longest:
        return _down(Reason.JOB_LONG)
    if calls.ended == Ended.FAIL:
        return _failed(calls)
    due = config.period + config.grace
    at = running or now
    if calls.ended_at and at - calls.ended_at <= due:
        return Outcome(Result.UP, 0.0)
    if since and at - since <= due:
        return Outcome.failed(Reason.JOB_AWAITED, 0.0)
    return _down(Reason.JOB_LATE if calls.ended_at or running else Reason.JOB_NEVER)


def _down(reason: Reason) -> Outcome:
    return Outcome.failed(reason, 0.0)


def _failed(calls: Calls) -> Outcome:
    reason, facts = Reason.JOB_FAILED, {}
    if calls.exit_code:
        reason, facts = Reason.JOB_CODE, {"code": str(calls.exit_code)}
    return Outcome(Result.DOWN, 0.0, reason.value, facts=facts, excerpt=calls.excerpt)
