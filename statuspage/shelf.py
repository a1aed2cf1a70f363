"""The web process's own copy of what is published: on disk, hot files prepared in memory.

One folder per page under `root`, written file by file through a rename, so that a process that
starts while Postgres is dead serves the last release that any process of this machine has seen.
"""

import dataclasses
import json
import os
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from statuspage.prepared import Prepared, prepare

# Prepared files kept in memory, by their bytes in every encoding.
MEMORY = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class State:
    """Which page this is, its domain, the sequence up to which the folder is whole, and who may read it."""

    page_id: str
    domain: str
    sequence: int
    private: bool = False


class Shelf:
    """The files of one page. Reading is safe from any thread; one thread writes."""

    def __init__(self, folder: Path, state: State, files: Collection[str]) -> None:
        self._folder = folder
        self.state = state
        self._files = set(files)
        self._hot: OrderedDict[str, Prepared] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    @classmethod
    def load(cls, folder: Path) -> "Shelf | None":
        """The shelf that a process left in `folder`; None where there is none whole."""
        try:
            state = State(**json.loads((folder / "state.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None
        public = folder / "files"
        return cls(
            folder, state, [str(path.relative_to(public)) for path in public.rglob("*") if path.is_file()]
        )

    def update(self, state: State, changed: Mapping[str, bytes], removed: Collection[str]) -> None:
        """Takes over a newer release: the files first, then the word that they are whole."""
        for path, content in changed.items():
            write(self._folder / "files" / path, content)
        write(self._folder / "state.json", json.dumps(dataclasses.asdict(state)).encode())
        self._files = (self._files | set(changed)) - set(removed)
        self.state = state
        with self._lock:
            for path in (*changed, *removed):
                self._forget(path)
        for path in removed:
            (self._folder / "files" / path).unlink(missing_ok=True)

    def drop(self) -> None:
        """Forgets a page that is no more: a restart must not bring it back."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def __contains__(self, path: str) -> bool:
        return path in self._files

    @property
    def paths(self) -> frozenset[str]:
        """Every path that the page has."""
        return frozenset(self._files)

    def get(self, path: str) -> Prepared | None:
        """The file ready to be sent; None where the page has no such file."""
        hot = self._hot.get(path)
        if hot is not None:
            return hot
        if path not in self._files:
            return None
        sequence = self.state.sequence
        try:
            content = (self._folder / "files" / path).read_bytes()
        except OSError:
            return None
        prepared = prepare(path, content)
        self._keep(path, prepared, sequence)
        return prepared

    def _keep(self, path: str, prepared: Prepared, sequence: int) -> None:
        with self._lock:
            if self.state.sequence != sequence:
                return  # read while a release came in: it may be the old one
            self._forget(path)
            self._hot[path] = prepared
            self._size += prepared.size
            while self._size > MEMORY:
                self._forget(next(iter(self._hot)))

    def _forget(self, path: str) -> None:
        old = self._hot.pop(path, None)
        self._size -= old.size if old else 0


def write(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(path)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
