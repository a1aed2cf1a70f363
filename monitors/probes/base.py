"""What every kind of probe shares: its fields, the one way it runs, and what it reports.

A run never raises and never outlives its deadline, whatever the kind does and meets, and tells no
secret of what it met.
"""

import asyncio
import logging
import re
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar, Generic, Self, TypeVar

from monitors.masks import masked
from monitors.network.guard import Allow
from monitors.probes.fields import MAX_LENGTH as MAX_LENGTH
from monitors.probes.fields import ConfigError as ConfigError
from monitors.probes.fields import Field as Field
from monitors.probes.fields import read_text
from monitors.reasons import N_, OutboundError, Reason

logger = logging.getLogger(__name__)

# In which the time of a check is told, in this order.
PHASES = ("dns", "connect", "tls", "first_byte", "transfer")
# The part of its deadline that a check has for its connections.
OF_DEADLINE = 0.99
# Characters kept of what came, where the check failed; and looked through for secrets, which must be whole at
# the cut to be found.
EXCERPT = 10_240
LOOKED_THROUGH = 2 * EXCERPT
MOST_FACTS = 8
LONGEST_FACT = 200
CODE = re.compile("[a-z_]{1,40}")
# Failures that say something of the checker and nothing of the target.
OWN_FAULTS = {
    Reason.PING_FORBIDDEN,
    Reason.JOB_AWAITED,
    Reason.UPSTREAM_SILENT,
    Reason.UPSTREAM_COMPONENT,
    Reason.FORBIDDEN,
    Reason.LOCAL,
    Reason.OFFLINE,
    Reason.UNWITNESSED,
    Reason.REQUEST,
    Reason.CONFIG,
    Reason.SEALED,
    Reason.OVERLOADED,
    Reason.INTERNAL,
}


class Result(StrEnum):
    """What one check says of its target; unknown says nothing."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one check. `reason` is a code of `monitors.reasons`, whose sentence `facts` fill.

    `phases` are milliseconds of each of PHASES; `excerpt` is what came, of a check that failed alone: the
    first 10 KB as text, without secrets.
    """

    result: Result
    duration_ms: float
    reason: str | None = None
    status_code: int | None = None
    phases: tuple[float, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    excerpt: str = ""

    @classmethod
    def failed(cls, reason: Reason, duration_ms: float, status_code: int | None = None) -> Self:
        """Down for this reason, or unknown if the fault is the checker's own."""
        result = Result.UNKNOWN if reason in OWN_FAULTS else Result.DOWN
        return cls(result, duration_ms, reason.value, status_code)

    def to_json(self) -> dict[str, object]:
        """The outcome as JSON can carry it; what is empty is left out."""
        said: dict[str, object] = {"result": self.result.value, "duration_ms": self.duration_ms}
        if self.reason is not None:
            said["reason"] = self.reason
        if self.status_code is not None:
            said["status_code"] = self.status_code
        if self.phases:
            said["phases"] = list(self.phases)
        if self.facts:
            said["facts"] = dict(self.facts)
        if self.excerpt:
            said["excerpt"] = self.excerpt
        return said

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Self:
        """The outcome that another worker sent. Raises ValueError for anything else."""
        match {"reason": None, "status_code": None, "phases": [], "facts": {}, "excerpt": ""} | dict(data):
            case {
                "result": str(result),
                "duration_ms": float() | int() as duration,
                "reason": str() | None as reason,
                "status_code": int() | None as status,
                "phases": list(phases),
                "facts": dict(facts),
                "excerpt": str(excerpt),
            } if (
                0 <= duration < float("inf")
                and (reason is None or CODE.fullmatch(reason))
                and (status is None or 100 <= status <= 999)
                and (not phases or len(phases) == len(PHASES))
                and all(isinstance(each, float | int) and 0 <= each < float("inf") for each in phases)
                and len(facts) <= MOST_FACTS
                and all(map(_is_fact, facts.items()))
                and len(excerpt) <= EXCERPT
            ):
                times = tuple(float(phase) for phase in phases)
                return cls(Result(result), float(duration), reason, status, times, facts, _clean(excerpt))
        raise ValueError("This is not an outcome.")


def _clean(text: str) -> str:
    """What the database can hold of a text from outside."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _is_fact(item: tuple[object, object]) -> bool:
    name, value = item
    return (
        isinstance(name, str)
        and bool(CODE.fullmatch(name))
        and isinstance(value, str)
        and len(value) <= LONGEST_FACT
        and value.isprintable()
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """What a kind found: no reason means up; one means down, or degraded where `degraded` says so.

    `phases`, `facts` and `excerpt` as in Outcome.
    """

    reason: Reason | None = None
    status_code: int | None = None
    degraded: bool = False
    phases: tuple[float, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    excerpt: str = ""


C = TypeVar("C")


class Probe(ABC, Generic[C]):
    """One kind of check. A new kind says its settings, reads them, and looks."""

    kind: ClassVar[str]
    label: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    # Whether the time a check takes is that of what is watched: latency is told of no other.
    timed: ClassVar[bool] = True

    @abstractmethod
    def read(self, values: Mapping[str, str], allow: Allow) -> C:
        """The settings, read from complete and known texts. Raises ConfigError."""

    @abstractmethod
    async def look(self, config: C, deadline: float, allow: Allow) -> Finding:
        """Look once. Raises OutboundError; `run` sees to the deadline (seconds)."""

    def audience(self, values: Mapping[str, str]) -> str:
        """Who gets to know the secrets: where that is another, nobody takes them along unseen."""
        return values.get(self.fields[0].name, "").strip() if self.fields else ""

    def parse(self, config: Mapping[str, object], allow: Allow) -> C:
        """The settings of a monitor, secret ones among them, whoever wrote them.

        Raises ConfigError naming the field.
        """
        return self.read(self._texts(config), allow)

    async def run(self, config: C, deadline: float, allow: Allow, secrets: Collection[str] = ()) -> Outcome:
        """One check within `deadline` seconds, telling none of `secrets`.

        Raises nothing but CancelledError.
        """
        started = time.monotonic()
        try:
            async with asyncio.timeout(deadline):
                # A little less, so that what ends there can still say how far it came.
                finding = await self.look(config, deadline * OF_DEADLINE, allow)
        except TimeoutError:
            finding = Finding(Reason.TIMEOUT)
        except OutboundError as error:
            finding = Finding(error.reason, phases=error.phases)
        except Exception as error:
            finding = Finding(Reason.INTERNAL)
            # Without its message, in which there may be a secret.
            frames = "".join(traceback.format_tb(error.__traceback__))
            logger.error("A %s probe raised %s\n%s", self.kind, type(error).__name__, frames)
        return _outcome(finding, round((time.monotonic() - started) * 1000, 3), secrets)

    def _texts(self, config: Mapping[str, object]) -> dict[str, str]:
        unknown = set(config) - {field.name for field in self.fields}
        if unknown:
            raise ConfigError(str(min(unknown, key=str))[:100], N_("There is no such setting."))
        return {field.name: read_text(field, config.get(field.name, field.default)) for field in self.fields}


def _outcome(finding: Finding, duration_ms: float, secrets: Collection[str]) -> Outcome:
    if finding.reason is None:
        return Outcome(Result.UP, duration_ms, None, finding.status_code, finding.phases)
    failed = Outcome.failed(finding.reason, duration_ms, finding.status_code)
    return replace(
        failed,
        result=Result.DEGRADED if finding.degraded else failed.result,
        phases=finding.phases,
        facts={name: _fact(value, secrets) for name, value in finding.facts.items()},
        excerpt=_clean(masked(finding.excerpt[:LOOKED_THROUGH], secrets))[:EXCERPT],
    )


def _fact(value: str, secrets: Collection[str]) -> str:
    """One line, as `Outcome.from_json` takes it."""
    told = masked(value[:LOOKED_THROUGH], secrets)
    line = "".join(each if each.isprintable() else " " for each in told[:LONGEST_FACT])
    return line if len(told) <= LONGEST_FACT else f"{line[: LONGEST_FACT - 1]}…"
