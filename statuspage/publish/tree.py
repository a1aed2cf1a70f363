"""The inside of a folder, each file whole.

Nothing is ever followed out of it: every step goes through a descriptor of the folder above and refuses
symbolic links, whoever may have put them there.
"""

import errno
import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

WELL_KNOWN = ".well-known"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
# Nothing there, or a link or a file where a folder belongs.
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


@dataclass(frozen=True, slots=True)
class Modes:
    """Who may do what with the files and folders that we make."""

    file: int
    folder: int


SHOWN = Modes(file=0o644, folder=0o755)
HIDDEN = Modes(file=0o600, folder=0o700)


class Tree:
    """Reads and writes by descriptors: of the folder, and of the one where files wait to be placed.

    Every method raises OSError.
    """

    def __init__(self, root: int, staging: int, modes: Modes = SHOWN) -> None:
        self._root = root
        self._staging = staging
        self._modes = modes
        self._names = itertools.count()

    def read(self, path: str) -> bytes | None:
        """The content of a regular file; None where there is none."""
        try:
            with self._above(path, make=False) as (folder, name):
                file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        except OSError as error:
            if error.errno in (*_ABSENT, errno.ENXIO):
                return None
            raise
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            return None
        with os.fdopen(file, "rb") as opened:
            return opened.read()

    def stage(self, content: bytes) -> str:
        """Writes content to the disk, not yet to be seen; gives the name to `place` it by."""
        name = str(next(self._names))
        with os.fdopen(os.open(name, _CREATE, 0o600, dir_fd=self._staging), "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), self._modes.file)
            os.fsync(file.fileno())
        return name

    def place(self, staged: str, path: str) -> None:
        """Shows a staged file at `path`, at once and whole."""
        with self._above(path, make=True) as (folder, name):
            try:
                os.rename(staged, name, src_dir_fd=self._staging, dst_dir_fd=folder)
            except IsADirectoryError:
                os.rmdir(name, dir_fd=folder)
                os.rename(staged, name, src_dir_fd=self._staging, dst_dir_fd=folder)

    def remove(self, path: str) -> bool:
        """Removes a file, and folders that it leaves empty; False where it was not."""
        try:
            with self._above(path, make=False) as (folder, name):
                os.unlink(name, dir_fd=folder)
        except OSError as error:
            if error.errno in _ABSENT:
                return False
            raise
        self._prune(path)
        return True

    def walk(self) -> Iterator[str]:
        """The path of everything that is no folder, but for what is not ours: hidden entries at the top,
        and what others keep below `.well-known`, such as proofs for certificates.
        """
        for above, folders, files, fd in os.fwalk(".", onerror=_raise, dir_fd=self._root):
            prefix = "" if above == "." else above.removeprefix("./") + "/"
            if prefix in ("", f"{WELL_KNOWN}/"):
                foreign = _not_known if prefix else _foreign
                folders[:] = [name for name in folders if not foreign(name)]
                files = [name for name in files if not foreign(name)]
            yield from (prefix + name for name in files)
            yield from (prefix + name for name in folders if _is_link(name, fd))

    def _prune(self, path: str) -> None:
        while "/" in path:
            path = path.rpartition("/")[0]
            try:
                with self._above(path, make=False) as (folder, name):
                    os.rmdir(name, dir_fd=folder)
            except OSError:
                return

    @contextmanager
    def _above(self, path: str, *, make: bool) -> Iterator[tuple[int, str]]:
        *folders, name = path.split("/")
        current = os.dup(self._root)
        try:
            for folder in folders:
                following = self._entered(current, folder, make=make)
                os.close(current)
                current = following
            yield current, name
        finally:
            os.close(current)

    def _entered(self, above: int, name: str, *, make: bool) -> int:
        try:
            return os.open(name, _FOLDER, dir_fd=above)
        except OSError as error:
            if not make or error.errno not in _ABSENT:
                raise
        # A link or a file stands where our folder belongs.
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=above)
        os.mkdir(name, self._modes.folder, dir_fd=above)
        made = os.open(name, _FOLDER, dir_fd=above)
        os.fchmod(made, self._modes.folder)
        return made


def _raise(error: OSError) -> None:
    raise error


def _foreign(name: str) -> bool:
    return name != WELL_KNOWN and (name.startswith(".") or name == "lost+found")


def _not_known(name: str) -> bool:
    return not name.startswith(("security.txt", "statuspage-"))


def _is_link(name: str, folder: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
