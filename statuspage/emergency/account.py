"""What the emergency tool and the application leave for each other in a target's private place. Pure.

Whoever is told by one of them is not told by the other: the tool names the people it is about to tell in
its account before it tells them and then looks for the application's mark; the application leaves its mark
before it reads the account. So, whatever the moment, at least one of the two sees the other.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from statuspage.signing import Signer, verify

# The list of subscribers, encrypted to the emergency tool alone.
SUBSCRIBERS = "emergency/subscribers.age"
ACCOUNT = "emergency/journal.json"
ACCOUNT_SIGNATURE = "emergency/journal.json.sig"
# The application's mark, its signature (64 bytes) first: "what was published then is mine now".
TAKEN = "emergency/taken"
_SIGNATURE = 64
# Bytes: some 500,000 deliveries.
LONGEST = 64_000_000


def list_message(digest: "hashlib._Hash") -> bytes:
    """What the application signs of a list of subscribers: the SHA-256 of its JSON."""
    return b"statuspage subscribers v1\n" + digest.hexdigest().encode()


class Fate(StrEnum):
    """What became of one delivery. What is being sent, or may have been, is unknown."""

    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One update (id) for one subscriber (id), and when that was so."""

    update: str
    subscriber: str
    fate: Fate
    at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """What one journal (`by`: its id) says."""

    by: str
    entries: tuple[Entry, ...]


def encoded(page_id: str, entries: Iterable[Entry], by: str = "") -> bytes:
    """The account as a file."""
    deliveries = [
        {"update": each.update, "subscriber": each.subscriber, "state": each.fate, "at": each.at.isoformat()}
        for each in entries
    ]
    said = {"page": page_id, "by": by, "deliveries": deliveries}
    return json.dumps(said, separators=(",", ":")).encode()


def decoded(content: bytes, page_id: str) -> Account:
    """What a file of this page says. Raises ValueError for any other."""
    if len(content) > LONGEST:
        raise ValueError("longer than any account")
    try:
        said = json.loads(content)
        if said["page"] != page_id:
            raise ValueError("the account of another page")
        return Account(str(said.get("by", "")), tuple(_entry(each) for each in said["deliveries"]))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("no account") from error


def _entry(said: Mapping[str, Any]) -> Entry:
    at = datetime.fromisoformat(said["at"])
    return Entry(str(said["update"]), str(said["subscriber"]), Fate(said["state"]), at.astimezone(UTC))


def marked(page_id: str, sequence: int, signer: Signer) -> bytes:
    """The mark of who took over what was published as `sequence`."""
    mark = json.dumps({"page": page_id, "sequence": sequence}).encode()
    return signer.sign(mark) + mark


def taken(content: bytes | None, page_id: str, key: str) -> int:
    """Up to which sequence the holder of `key` (public) took over; 0 without a valid mark of this page."""
    if content is None or not verify(key, content[_SIGNATURE:], content[:_SIGNATURE]):
        return 0
    said = json.loads(content[_SIGNATURE:])
    return int(said["sequence"]) if said["page"] == page_id else 0
