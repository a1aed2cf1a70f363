"""An observation in two integers: 52 bytes a row with its tuple header, where a readable one takes 167.

Pure. What was seen is packed by bits; each phase is one of 4,096 steps of a logarithmic scale, from 10 µs
to 65 s, which is exact to 0.2 %.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from monitors.probes.base import PHASES, Result
from monitors.reasons import Reason

RESULTS = (Result.DOWN, Result.UP, Result.UNKNOWN, Result.DEGRADED)
# Shifts of what was seen: two bits of result, seven of reason, ten of HTTP status, twelve of region.
REASON, STATUS, REGION = 2, 9, 19
NUMBERS: Mapping[str, int] = {
    "": 0,
    Reason.TIMEOUT: 1,
    Reason.NAME_UNKNOWN: 2,
    Reason.DNS: 3,
    Reason.REFUSED: 4,
    Reason.UNREACHABLE: 5,
    Reason.RESET: 6,
    Reason.TLS: 7,
    Reason.TLS_EXPIRED: 8,
    Reason.TLS_NAME: 9,
    Reason.TLS_UNTRUSTED: 10,
    Reason.PROTOCOL: 11,
    Reason.TOO_LARGE: 12,
    Reason.TOO_MANY_REDIRECTS: 13,
    Reason.STATUS: 14,
    Reason.LOCAL: 15,
    Reason.REQUEST: 16,
    Reason.CONFIG: 17,
    Reason.OVERLOADED: 18,
    Reason.INTERNAL: 19,
    Reason.FORBIDDEN: 20,
    Reason.SCHEME: 21,
    Reason.HOST: 22,
    Reason.PORT: 23,
    Reason.USERINFO: 24,
    Reason.CHARACTERS: 25,
    Reason.LENGTH: 26,
    Reason.REDIRECT: 27,
    Reason.TEXT_MISSING: 28,
    Reason.TEXT_PRESENT: 29,
    Reason.JSON_INVALID: 30,
    Reason.JSON_VALUE: 31,
    Reason.SLOW: 32,
    Reason.SEALED: 60,
    Reason.OFFLINE: 61,
    Reason.UNWITNESSED: 62,
    Reason.UNEXPECTED: 40,
    Reason.TLS_ENDS: 41,
    Reason.DNS_SERVFAIL: 42,
    Reason.DNS_REFUSED: 43,
    Reason.DNS_NO_RECORD: 44,
    Reason.DNS_OTHER: 45,
    Reason.JOB_NEVER: 46,
    Reason.JOB_LATE: 47,
    Reason.JOB_LONG: 48,
    Reason.JOB_FAILED: 49,
    Reason.JOB_CODE: 50,
    Reason.UPSTREAM_DEGRADED: 51,
    Reason.UPSTREAM_PARTIAL: 52,
    Reason.UPSTREAM_MAJOR: 53,
    Reason.UPSTREAM_MAINTENANCE: 54,
    Reason.PING_FORBIDDEN: 55,
    Reason.JOB_AWAITED: 56,
    Reason.UPSTREAM_SILENT: 57,
    Reason.UPSTREAM_COMPONENT: 58,
}
_REASONS = {number: reason for reason, number in NUMBERS.items()}

SHORTEST_MS, LONGEST_MS = 0.01, 65_000.0
STEPS = 4_095
_STEP = log(LONGEST_MS / SHORTEST_MS) / (STEPS - 1)


@dataclass(frozen=True, slots=True)
class Narrow:
    """What one row says: `region` by its number, `status` 0 for none."""

    result: Result
    reason: str
    status: int
    region: int


def pack(seen: Narrow) -> int:
    """What was seen as one integer of 31 bits. Raises KeyError for an unknown reason, ValueError for a
    status or region out of range.
    """
    if not (0 <= seen.status < 1 << 10 and 0 <= seen.region < 1 << 12):
        raise ValueError("There is no room for this status or region.")
    return (
        RESULTS.index(seen.result)
        | NUMBERS[seen.reason] << REASON
        | seen.status << STATUS
        | seen.region << REGION
    )


def unpack(number: int) -> Narrow:
    """What `pack` packed."""
    return Narrow(
        RESULTS[number & 3],
        _REASONS.get(number >> REASON & 0x7F, ""),
        number >> STATUS & 0x3FF,
        number >> REGION & 0xFFF,
    )


def pack_phases(phases: Sequence[float]) -> int:
    """Milliseconds of each phase as one integer of 60 bits; 0 is nothing at all."""
    packed = 0
    for number, milliseconds in enumerate(phases):
        packed |= _step(milliseconds) << 12 * number
    return packed


def unpack_phases(number: int) -> tuple[float, ...]:
    """Milliseconds of each of PHASES, exact to 0.2 %."""
    return tuple(_milliseconds(number >> 12 * place & 0xFFF) for place in range(len(PHASES)))


def _step(milliseconds: float) -> int:
    if milliseconds < SHORTEST_MS:
        return 0
    return 1 + round(log(min(milliseconds, LONGEST_MS) / SHORTEST_MS) / _STEP)


def _milliseconds(step: int) -> float:
    return SHORTEST_MS * exp((step - 1) * _STEP) if step else 0.0
