"""Running Postgres when we are root, which it refuses.

In a user namespace of its own the process is nobody to itself and still reads root's files; where
the kernel refuses namespaces, it really becomes nobody and works on copies that nobody may read.
"""

import ctypes
import hashlib
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from .errors import EmbeddedError

CLONE_NEWUSER = 0x10000000

_libc = ctypes.CDLL(None, use_errno=True)


def unshare() -> None:
    """Puts this process into a user namespace of its own; raises OSError where that is refused."""
    if _libc.unshare(CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def namespaces_allowed() -> bool:
    """Tries it, in a process that is thrown away."""
    try:
        subprocess.run(["true"], preexec_fn=unshare, check=True)
    except subprocess.SubprocessError:
        return False
    return True


def become_nobody() -> None:
    """Drops root for good, in a child before exec."""
    nobody = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
    os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)
    os.umask(0o077)


def give_to_nobody(folder: Path) -> None:
    """Makes `folder` (created when missing) and everything in it nobody's own, mode 0700."""
    nobody = pwd.getpwnam("nobody")
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)


def is_nobodys(folder: Path) -> bool:
    """Whether `folder` exists and belongs to nobody."""
    return folder.exists() and folder.stat().st_uid == pwd.getpwnam("nobody").pw_uid


def reachable_by_all(path: Path) -> bool:
    """Whether any user may pass through every folder above `path` and read what is at it."""
    path = path.resolve()
    readable = not path.exists() or path.stat().st_mode & 0o005 == 0o005
    return readable and all(parent.stat().st_mode & 0o001 for parent in path.parents if parent.exists())


def home_of_nobody(folder: Path) -> Path:
    """`folder` where nobody can get at it, else one for it under /var/lib; always the same one."""
    if all(parent.stat().st_mode & 0o001 for parent in folder.resolve().parents if parent.exists()):
        return folder
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return Path("/var/lib/statuspage-embedded") / name


def copy_for_nobody(installation: Path, home: Path) -> Path:
    """A copy of a relocatable `installation` under `home` that nobody may run.

    Raises EmbeddedError where it cannot be written.
    """
    copy = home / "installation"
    try:
        if not copy.exists():
            partial = home / "installation.partial"
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(installation, partial, symlinks=True)
            give_to_nobody(partial)
            partial.rename(copy)
    except OSError as error:
        raise EmbeddedError(
            f"Postgres refuses to run as root, and its programs cannot be copied for the user nobody: {error}."
        ) from error
    return copy
