"""Undo packs: what each release replaced, so that a target can go back without the database.

A pack is in the private place before the first public file changes. Each names the one before it, so
that a missing one is noticed: going back is exact, or refused. Heartbeats make no packs.
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from statuspage.publish.bundle import Bundle, checked
from statuspage.publish.errors import PublishError, gettext_noop
from statuspage.publish.private import Private
from statuspage.publish.state import State, pack_due

KEPT = 20
FOLDER = "releases/"
_NAME = re.compile(r"releases/\d{12}\.zip")
_MANIFEST = "pack.json"
_FILES = "files/"
# Bytes of a pack, unpacked: far more than any release of any page.
LONGEST = 512 * 1024 * 1024
_BEGINNING = (1980, 1, 1, 0, 0, 0)  # the same pack, the same bytes
Files = Mapping[str, bytes | None]
# RuntimeError: encrypted, or nested without end; NotImplementedError: packed in another way.
_DAMAGED = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    EOFError,
    RuntimeError,
    zlib.error,
    zipfile.BadZipFile,
)


@dataclass(frozen=True, slots=True)
class Pack:
    """What release `sequence` of a page replaced: `files` as they were (None: not there).

    `replaced` is the sequence that the target held, `older` that of the pack before this one: 0 where
    there is none, or where nobody knows.
    """

    page: str
    sequence: int
    replaced: int
    older: int
    files: Files

    def encoded(self) -> bytes:
        """The content of the file: the same bytes for the same pack."""
        said = {
            "page": self.page,
            "sequence": self.sequence,
            "replaced": self.replaced,
            "older": self.older,
            "absent": sorted(path for path, content in self.files.items() if content is None),
        }
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as pack:
            _add(pack, _MANIFEST, json.dumps(said, indent=1).encode())
            for path, content in sorted(self.files.items()):
                if content is not None:
                    _add(pack, _FILES + path, content)
        return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class Undone:
    """What to write and what to remove to go back: a partial release."""

    changed: Mapping[str, bytes]
    removed: frozenset[str]


def keep(
    private: Private | None, bundle: Bundle, found: State | None, before: Callable[[], Files]
) -> tuple[PublishError, ...]:
    """Writes the pack of `bundle`, over what was `found`, and drops those beyond the last KEPT.

    A private place that fails stops no publication: what was wrong with it is handed back.
    """
    if private is None or found is None or not pack_due(found, bundle):
        return ()
    files = before()
    checked(files)
    pack = Pack(bundle.page_id, bundle.sequence, found.sequence, found.undo, files)
    try:
        write(private, pack)
    except PublishError as error:
        return (
            PublishError(gettext_noop("This release cannot be rolled back later: %(reason)s"), reason=error),
        )
    return ()


def write(private: Private, pack: Pack) -> None:
    """Puts a pack there and drops those beyond the last KEPT. Raises PublishError."""
    private.put(_name(pack.sequence), pack.encoded())
    names = [name for name in private.names(FOLDER) if _NAME.fullmatch(name)]
    for name in names[:-KEPT]:
        private.delete(name)


def read(private: Private, page: str, sequence: int) -> Pack:
    """The pack of one release of a page. Raises PublishError where it is missing, or is not one."""
    content = private.get(_name(sequence))
    if content is None:
        raise PublishError(gettext_noop("What release %(sequence)d replaced is not kept."), sequence=sequence)
    try:
        pack = _decoded(content)
    except _DAMAGED as error:
        raise PublishError(
            gettext_noop("What is kept of release %(sequence)d is damaged."), sequence=sequence
        ) from error
    if (pack.page, pack.sequence) != (page, sequence):
        raise PublishError(gettext_noop("What is kept here belongs to another page or release."))
    return pack


def steps_back(private: Private, held: State, sequence: int) -> Undone:
    """How to get from what the target holds back to release `sequence`: nothing to do where it is that.

    Heartbeats after that release count as it. Raises PublishError where not all is kept that it takes.
    """
    files: dict[str, bytes | None] = {}
    for pack in _newest_first(private, held, sequence):
        files |= pack.files
        if pack.older == 0 and sequence < pack.replaced:
            raise PublishError(
                gettext_noop("The oldest release that can be had back is %(sequence)d."),
                sequence=pack.replaced,
            )
    changed = {path: content for path, content in files.items() if content is not None}
    return Undone(changed, frozenset(files.keys() - changed.keys()))


def sequences(private: Private, held: State) -> list[int]:
    """The releases that `steps_back` can reach, newest first."""
    found = []
    with suppress(PublishError):
        for pack in _newest_first(private, held, 0):
            found.append(pack.replaced)
    return found


def _newest_first(private: Private, held: State, sequence: int) -> Iterator[Pack]:
    """The packs of the releases newer than `sequence`."""
    at = held.undo
    while at > sequence:
        pack = read(private, held.page, at)
        if not 0 <= pack.older <= pack.replaced < at:
            raise PublishError(gettext_noop("What is kept of release %(sequence)d is damaged."), sequence=at)
        yield pack
        at = pack.older


def _name(sequence: int) -> str:
    return f"{FOLDER}{sequence:012}.zip"


def _add(pack: zipfile.ZipFile, name: str, content: bytes) -> None:
    pack.writestr(zipfile.ZipInfo(name, _BEGINNING), content, zipfile.ZIP_DEFLATED)


def _decoded(content: bytes) -> Pack:
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        # What a file says of its own size is all that is ever unpacked of it.
        if sum(each.file_size for each in pack.infolist()) > LONGEST:
            raise ValueError("no pack of ours")
        said = json.loads(pack.read(_MANIFEST))
        names = [name for name in pack.namelist() if name.startswith(_FILES)]
        files: dict[str, bytes | None] = {name.removeprefix(_FILES): pack.read(name) for name in names}
    files |= dict.fromkeys(map(str, said["absent"]))
    checked(files)
    sequence, replaced, older = (int(said[key]) for key in ("sequence", "replaced", "older"))
    return Pack(str(said["page"]), sequence, replaced, older, files)
