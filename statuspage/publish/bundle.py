"""What is handed to a target, and what it did with it.

Paths are relative, with slashes, and stay inside the target.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

STATE = "sequence.json"
INDEX = "index.html"
HEARTBEAT = "heartbeat.json"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Release `sequence` of a page, as the difference from `base_sequence` and whole.

    `base_sequence` is the last sequence that this target is known to hold whole, 0 for none (which makes
    the target compare everything). `changed` holds every file that is not the same at both, `removed`
    every path that is there at `base_sequence` and not at `sequence`. `all` gives every file and is
    called only when the difference is not enough: a new, emptied or half-written target, or one that
    somebody else published to. Both mappings are read by several threads.
    """

    page_id: str
    sequence: int
    changed: Mapping[str, bytes]
    removed: Collection[str]
    all: Callable[[], Mapping[str, bytes]]
    base_sequence: int = 0

    def release(self) -> str:
        """What tells this release from another of the same sequence (a restored database makes those).

        It is the hash of the heartbeat file, which says when its release was made.
        """
        beat = self.changed.get(HEARTBEAT)
        if beat is None:
            beat = self.all().get(HEARTBEAT, b"")
        return hashlib.sha256(beat).hexdigest()


@dataclass(frozen=True, slots=True)
class Result:
    """What a publication did. `resynced` says that it compared every file."""

    sequence: int
    written: tuple[str, ...]
    removed: tuple[str, ...]
    resynced: bool


def whole(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Every file of a release, as a resync demands it: one without an index would empty the target.

    Raises ValueError.
    """
    if INDEX not in files:
        raise ValueError(f"a release without {INDEX}")
    return files


def checked(paths: Iterable[str]) -> list[str]:
    """The same paths. Raises ValueError of one that could leave the target or hide the publisher's own."""
    found = list(paths)
    for path in found:
        parts = path.split("/")
        if path == STATE or any(part in ("", ".", "..") or not part.isprintable() for part in parts):
            raise ValueError(f"no path of a published file: {path!r}")
    return found
