"""A folder that only one publisher at a time writes to.

What is being written waits in `.publishing`, which is inside the folder because only there a rename is
sure to stay on one file system (the folder may be a mounted volume), and which only its owner can enter.
"""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from statuspage.publish.errors import PublishError, gettext_noop
from statuspage.publish.tree import HIDDEN, SHOWN, Modes, Tree

STAGING = ".publishing"
LOCK_SECONDS = 10.0
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@contextmanager
def locked(path: str, modes: Modes = SHOWN) -> Iterator[Tree]:
    """The folder at `path`, made if missing, while nobody else publishes to it.

    Raises OSError; PublishError where another publisher keeps it for more than LOCK_SECONDS, or where a
    hidden folder is open to others.
    """
    root = _root(path, modes)
    try:
        staging = _staging(root)
        try:
            with _lock(staging):
                _clear(staging)
                try:
                    yield Tree(root, staging, modes)
                finally:
                    _clear(staging)
        finally:
            os.close(staging)
    finally:
        os.close(root)


@contextmanager
def opened(path: str) -> Iterator[Tree | None]:
    """The folder at `path` to read from, whoever writes to it; None where there is none. Raises OSError."""
    try:
        root = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield None
        return
    try:
        yield Tree(root, root)
    finally:
        os.close(root)


def _root(path: str, modes: Modes) -> int:
    if not os.path.isdir(path):
        # Closed from its first moment on, where it is to be closed: somebody else may look at it meanwhile.
        os.makedirs(path, modes.folder, exist_ok=True)
        os.chmod(path, modes.folder)
    root = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    if modes == HIDDEN and stat.S_IMODE(os.fstat(root).st_mode) & 0o077:
        # Not closed to them by us: what others are in need of it for, we cannot know.
        os.close(root)
        raise PublishError(
            gettext_noop("Others may enter the private folder %(path)s. Close it: chmod 700."), path=path
        )
    return root


def _staging(root: int) -> int:
    with suppress(FileExistsError):
        os.mkdir(STAGING, 0o700, dir_fd=root)
    return os.open(STAGING, _FOLDER, dir_fd=root)


@contextmanager
def _lock(staging: int) -> Iterator[None]:
    file = os.open("lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600, dir_fd=staging)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while not _taken(file):
            if time.monotonic() > deadline:
                raise PublishError(gettext_noop("Another publisher is still writing to this folder."))
            time.sleep(0.02)
        yield
    finally:
        os.close(file)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _clear(staging: int) -> None:
    """Drops what an interrupted publisher left staged."""
    for name in os.listdir(staging):
        if name != "lock":
            os.unlink(name, dir_fd=staging)
