"""What is looked at before mail is trusted to a domain, and what was found. Pure.

A finding says in words what is so and, where something is to be done, exactly what: a line for the
DNS can be copied as it stands.
"""

from dataclasses import dataclass
from enum import StrEnum

# A string in a TXT record holds so much (RFC 1035 3.3).
_STRING = 255


class Verdict(StrEnum):
    """Whether something is in order."""

    OK = "ok"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one thing, and the lines of what to do about it."""

    topic: str
    verdict: Verdict
    says: str
    todo: tuple[str, ...] = ()


def ok(topic: str, says: str, *todo: str) -> Finding:
    """It is in order."""
    return Finding(topic, Verdict.OK, says, todo)


def wrong(topic: str, says: str, *todo: str) -> Finding:
    """It costs mail."""
    return Finding(topic, Verdict.WRONG, says, todo)


def unknown(topic: str, says: str, *todo: str) -> Finding:
    """It cannot be seen from here."""
    return Finding(topic, Verdict.UNKNOWN, says, todo)


def txt_record(name: str, value: str) -> str:
    """A line for a zone: long values in several strings, which readers put together again."""
    pieces = [value[start : start + _STRING] for start in range(0, len(value), _STRING)]
    strings = " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in pieces)
    return f"{name}. TXT {strings}"


def visible(text: str, most: int = 300) -> str:
    """What strangers wrote into their DNS, on one line and without anything that moves a terminal."""
    seen = "".join(letter if letter.isprintable() else "?" for letter in text)
    return seen if len(seen) <= most else f"{seen[:most]}…"


def tags(record: str) -> dict[str, str]:
    """The tags of a record of DKIM or DMARC (RFC 6376 3.2), names in lower case; the first of two counts."""
    found: dict[str, str] = {}
    for part in record.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            found.setdefault(name.strip().lower(), value.strip())
    return found
