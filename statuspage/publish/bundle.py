"""What is handed to a target, and what it did with it.

Paths are relative, with slashes, and stay inside the target.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from statuspage.publish.errors import PublishError
from statuspage.signing import Signer

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
    somebody else published to. None makes it a partial release: nothing but `changed` and `removed` is
    touched, and the next whole one compares everything. Both mappings are read by several threads.

    `signer` signs the claim in `/sequence.json`. `previous` gives what the paths of this release held
    before (None: nothing): the undo pack of this release. Where that is None the target reads it, unless
    nothing but the heartbeat set changes, which makes no pack.

    What the emergency key claimed is overwritten by nobody else, however high their sequence, but by who
    has taken it over: `over` is the `release` of that claim.
    """

    page_id: str
    sequence: int
    changed: Mapping[str, bytes]
    removed: Collection[str]
    all: Callable[[], Mapping[str, bytes]] | None
    base_sequence: int = 0
    signer: Signer | None = None
    previous: Callable[[], Mapping[str, bytes | None]] | None = None
    over: str = ""

    def release(self) -> str:
        """What tells this release from another of the same sequence (a restored database makes those).

        It is the hash of the heartbeat file, which says when its release was made; of all that a partial
        release writes.
        """
        if self.all is None:
            written = [f"{path} {_sha256(content)}\n" for path, content in sorted(self.changed.items())]
            return _sha256("".join(written).encode())
        beat = self.changed.get(HEARTBEAT)
        if beat is None:
            beat = self.all().get(HEARTBEAT, b"")
        return _sha256(beat)


@dataclass(frozen=True, slots=True)
class Result:
    """What a publication did. `resynced` says that it compared every file; `warnings`, what beside the
    publication itself failed: the undo pack, the invalidation of a cache."""

    sequence: int
    written: tuple[str, ...]
    removed: tuple[str, ...]
    resynced: bool
    warnings: tuple[PublishError, ...] = ()


def whole(bundle: Bundle) -> Mapping[str, bytes]:
    """Every file of a release, as a resync demands it: one without an index would empty the target.

    Raises ValueError.
    """
    files = bundle.all() if bundle.all else {}
    if INDEX not in files:
        raise ValueError(f"a release without {INDEX}")
    return files


def checked(paths: Iterable[str]) -> list[str]:
    """The same paths. Raises ValueError of one that could leave the target or hide the publisher's own."""
    found = list(paths)
    for path in found:
        if not publishable(path):
            raise ValueError(f"no path of a published file: {path!r}")
    return found


def publishable(path: str) -> bool:
    """Whether a path stays inside the target and is not the publisher's own."""
    parts = path.split("/")
    return path != STATE and all(part not in ("", ".", "..") and part.isprintable() for part in parts)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
