"""A backup: one file with the whole database and what is needed to know whether it can be restored.

No key is in it: it names keys by fingerprints, so that restoring without them is refused before anything
is written.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"


class BackupError(Exception):
    """One sentence for the administrator."""


@dataclass(frozen=True, slots=True)
class PageHeld:
    """A page, its domain, and the newest release that it had."""

    id: str
    domain: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `postgres` is a major version, `migrations` are "app.name"."""

    made_at: str
    postgres: int
    migrations: tuple[str, ...]
    pages: tuple[PageHeld, ...]
    data_keys: tuple[str, ...]
    signing_key: str
    format: int = FORMAT


def fingerprint(key: str) -> str:
    """What tells one key from another and nothing about it: a key is 32 random bytes."""
    return hashlib.sha256(f"statuspage data key\n{key.strip()}".encode()).hexdigest()[:16]


def describe(
    *,
    now: datetime,
    postgres: int,
    migrations: Collection[str],
    pages: Collection[PageHeld],
    data_keys: Collection[str],
    signing_key: str,
) -> Manifest:
    """The manifest of a backup made now; `signing_key` is the public one."""
    keys = tuple(fingerprint(key) for key in data_keys)
    made_at = now.isoformat(timespec="seconds")
    return Manifest(made_at, postgres, tuple(sorted(migrations)), tuple(pages), keys, signing_key)


@contextmanager
def writing(path: Path, manifest: Manifest) -> Iterator[IO[bytes]]:
    """A new backup, readable by us alone: the dump goes into what this gives, and the file appears when
    that has ended well. Raises BackupError where `path` cannot be written or exists already.
    """
    partial = path.with_name(f".{path.name}.partial")
    if path.exists():
        raise BackupError(f"{path} exists already: a backup is never overwritten.")
    try:
        # One that was left by a crash, or laid there by who shares the folder to read what is written.
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            # The dump is compressed already.
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1) + "\n")
                with archive.open(DUMP, "w", force_zip64=True) as dump:
                    yield dump
            file.flush()
            os.fsync(file.fileno())
        # Refuses, as rename does not, a file that somebody else made meanwhile.
        os.link(partial, path)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def reading(path: Path) -> Iterator[tuple[Manifest, zipfile.ZipFile]]:
    """A backup that is whole, to its last byte. Raises BackupError of anything else."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive)
            if archive.testzip() is not None:
                raise BackupError(f"{path} is damaged.")
            yield manifest, archive
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise BackupError(f"{path} is no backup, or it is damaged.") from error


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    said: dict[str, Any] = json.loads(archive.read(MANIFEST))
    if said["format"] != FORMAT:
        raise BackupError("The backup was made by another version of the application: install that first.")
    pages = tuple(PageHeld(**page) for page in said.pop("pages"))
    lists: dict[str, Any] = {name: tuple(said[name]) for name in ("migrations", "data_keys")}
    archive.getinfo(DUMP)
    return Manifest(**{**said, **lists, "pages": pages})


def check(manifest: Manifest, *, known_migrations: Collection[str], data_keys: Collection[str]) -> None:
    """Whether this version with these keys can live with the backup. Raises BackupError."""
    newer = sorted(set(manifest.migrations) - set(known_migrations))
    if newer:
        raise BackupError(
            f"The backup was made by a newer version of the application, which has {newer[-1]}: "
            "install that version, restore, and go on from there."
        )
    missing = set(manifest.data_keys) - {fingerprint(key) for key in data_keys}
    if missing:
        raise BackupError(
            f"DATA_KEYS lacks {len(missing)} of the keys that the backup's secrets are encrypted with. "
            "Set it to what it was when the backup was made; nothing was changed."
        )
