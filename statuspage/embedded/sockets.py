"""Folders for unix sockets, whose whole path must fit into 107 bytes."""

import shutil
import tempfile
from pathlib import Path

LONGEST = 107 - len("/.s.PGSQL.5432")  # the longer of the two names we use


def socket_folder(wanted: Path) -> Path:
    """Creates `wanted`, or a new short folder under /tmp where its path is too long; mode 0700."""
    wanted = wanted.resolve()
    if len(bytes(wanted)) > LONGEST:
        return Path(tempfile.mkdtemp(prefix="statuspage-", dir="/tmp"))
    wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted.chmod(0o700)
    return wanted


def discard(folder: Path, wanted: Path) -> None:
    """Removes the short folder that stood in for `wanted`."""
    if folder != wanted.resolve():
        shutil.rmtree(folder, ignore_errors=True)
