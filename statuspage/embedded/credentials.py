"""Running Postgres when we are root, which it refuses.

In a user namespace of its own the process is nobody to itself and still reads root's files; where
the kernel refuses namespaces, it really becomes nobody and works on a folder and copies of its own.
"""

import ctypes
import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .errors import EmbeddedError

CLONE_NEWUSER = 0x10000000
ELSEWHERE = Path("/var/lib/statuspage-embedded")

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where Postgres keeps its things, and what its processes do before exec."""

    home: Path
    take: Callable[[], None] | None = None
    nobody: bool = False


def choose(folder: Path) -> Credentials:
    """How Postgres can run on `folder`; raises EmbeddedError where it cannot."""
    if os.geteuid() != 0:
        return Credentials(folder)
    home = _home_of_nobody(folder)
    if not _is_nobodys(home) and namespaces_allowed():
        return Credentials(folder, unshare)
    if home != folder and (folder / "data").exists():
        raise EmbeddedError(
            "Postgres refuses to run as root here, and the user nobody, which could run it,"
            f" cannot reach its data in {folder}."
        )
    give_to_nobody(home)
    return Credentials(home, become_nobody, nobody=True)


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
    """Makes `folder` (created when missing) and everything in it nobody's own, the folder alone private.

    Raises EmbeddedError where that is refused, as it is without CAP_CHOWN.
    """
    nobody = pwd.getpwnam("nobody")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if _is_nobodys(folder):
            return
        folder.chmod(0o700)
        for path in [*folder.rglob("*"), folder]:
            os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)
    except OSError as error:
        raise EmbeddedError(
            f"Postgres refuses to run as root, and {folder} cannot be given to the user nobody"
            f" ({error.strerror}): start as an ordinary user, or set DATABASE_URL."
        ) from error


def reachable_programs(programs: Path, home: Path) -> Path:
    """`programs` where nobody may run them, else a copy of their whole installation under `home`.

    Raises EmbeddedError where the copy cannot be written.
    """
    if _passable(programs) and programs.stat().st_mode & 0o005 == 0o005:
        return programs
    copy = home / "installation"
    if not copy.exists():
        partial = home / "installation.partial"
        try:
            shutil.rmtree(partial, ignore_errors=True)
            shutil.copytree(programs.parent, partial, symlinks=True)
        except OSError as error:
            raise EmbeddedError(
                f"Postgres refuses to run as root, and its programs cannot be copied to {home} for the"
                f" user nobody ({error.strerror}): start as an ordinary user, or set DATABASE_URL."
            ) from error
        give_to_nobody(partial)
        partial.rename(copy)
    return copy / programs.name


def _is_nobodys(folder: Path) -> bool:
    return folder.exists() and folder.stat().st_uid == pwd.getpwnam("nobody").pw_uid


def _passable(path: Path) -> bool:
    """Whether any user may pass through every folder above `path`."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents if parent.exists())


def _home_of_nobody(folder: Path) -> Path:
    """`folder` where nobody can get at it, else one that stands for it, always the same."""
    if _passable(folder):
        return folder
    return ELSEWHERE / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
