"""What every kind of probe shares: its fields, the one way it runs, and what it reports.

A run never raises and never outlives its deadline, whatever the kind does and meets.
"""

import asyncio
import logging
import re
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import ClassVar, Generic, Self, TypeVar

from monitors.guard import Allow
from monitors.reasons import N_, SENTENCES, OutboundError, Reason

logger = logging.getLogger(__name__)

MAX_LENGTH = 2_000
CODE = re.compile("[a-z_]{1,40}")
# Failures that say something of the checker and nothing of the target.
OWN_FAULTS = {
    Reason.FORBIDDEN,
    Reason.LOCAL,
    Reason.REQUEST,
    Reason.CONFIG,
    Reason.OVERLOADED,
    Reason.INTERNAL,
}


class Result(StrEnum):
    """What one check says of its target; unknown says nothing."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one check: `detail` is the reason as a sentence, a message id without secrets."""

    result: Result
    duration_ms: float
    reason: str | None = None
    detail: str = ""
    status_code: int | None = None

    @classmethod
    def failed(cls, reason: Reason, duration_ms: float, status_code: int | None = None) -> Self:
        """Down for this reason, or unknown if the fault is the checker's own."""
        result = Result.UNKNOWN if reason in OWN_FAULTS else Result.DOWN
        return cls(result, duration_ms, reason.value, SENTENCES[reason], status_code)

    def to_json(self) -> dict[str, object]:
        """The outcome as JSON can carry it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Self:
        """The outcome that another worker sent. Raises ValueError for anything else."""
        match data:
            case {
                "result": str(result),
                "duration_ms": float() | int() as duration,
                "reason": str() | None as reason,
                "detail": str(detail),
                "status_code": int() | None as status,
            } if (
                0 <= duration < float("inf")
                and (reason is None or CODE.fullmatch(reason))
                and (len(detail) <= 200 and detail.isprintable())
                and (status is None or 100 <= status <= 999)
            ):
                return cls(Result(result), float(duration), reason, detail, status)
        raise ValueError("This is not an outcome.")


@dataclass(frozen=True, slots=True)
class Field:
    """One text setting of a kind, enough to build an input for it; texts are message ids."""

    name: str
    label: str
    help: str
    required: bool = True
    default: str = ""
    choices: tuple[str, ...] = ()


class ConfigError(ValueError):
    """A setting is refused: which one, and why (a message id)."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Finding:
    """What a kind found: no reason means up."""

    reason: Reason | None = None
    status_code: int | None = None


C = TypeVar("C")


class Probe(ABC, Generic[C]):
    """One kind of check. A new kind says its settings, reads them, and looks."""

    kind: ClassVar[str]
    label: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]

    @abstractmethod
    def read(self, values: Mapping[str, str], allow: Allow) -> C:
        """The settings, read from complete and known texts. Raises ConfigError."""

    @abstractmethod
    async def look(self, config: C, deadline: float, allow: Allow) -> Finding:
        """Look once. Raises OutboundError; `run` sees to the deadline (seconds)."""

    def parse(self, config: Mapping[str, object], allow: Allow) -> C:
        """The settings of a monitor, whoever wrote them. Raises ConfigError naming the field."""
        return self.read(self._texts(config), allow)

    async def run(self, config: C, deadline: float, allow: Allow) -> Outcome:
        """One check within `deadline` seconds. Raises nothing but CancelledError."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(deadline):
                finding = await self.look(config, deadline, allow)
        except TimeoutError:
            finding = Finding(Reason.TIMEOUT)
        except OutboundError as error:
            finding = Finding(error.reason)
        except Exception as error:
            finding = Finding(Reason.INTERNAL)
            # Without its message, in which there may be a secret.
            frames = "".join(traceback.format_tb(error.__traceback__))
            logger.error("A %s probe raised %s\n%s", self.kind, type(error).__name__, frames)
        duration = (time.monotonic() - started) * 1000
        if finding.reason is None:
            return Outcome(Result.UP, duration, status_code=finding.status_code)
        return Outcome.failed(finding.reason, duration, finding.status_code)

    def _texts(self, config: Mapping[str, object]) -> dict[str, str]:
        unknown = set(config) - {field.name for field in self.fields}
        if unknown:
            raise ConfigError(str(min(unknown, key=str))[:100], N_("There is no such setting."))
        return {field.name: _text(field, config.get(field.name, field.default)) for field in self.fields}


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise ConfigError(field.name, N_("This setting must be a text."))
    if field.required and not value.strip():
        raise ConfigError(field.name, N_("This setting is required."))
    if len(value) > MAX_LENGTH:
        raise ConfigError(field.name, N_("This setting is longer than 2,000 characters."))
    if field.choices and value not in field.choices:
        raise ConfigError(field.name, N_("This is not one of the choices."))
    return value
