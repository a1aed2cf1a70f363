"""What must be free before anything starts: the folder of our state, and the two ports."""

import base64
import errno
import fcntl
import os
import secrets
import socket  # noqa: TID251 (binds our own ports, opens nothing)
from pathlib import Path
from typing import IO

from .errors import EmbeddedError


def claim(state: Path) -> IO[str]:
    """Makes `state` and locks it for as long as the answer lives.

    Raises EmbeddedError where it cannot be written or another server uses it.
    """
    try:
        # Passable, because Postgres may have to run as nobody; what is private is private inside.
        state.mkdir(mode=0o711, parents=True, exist_ok=True)
        (state / "log").mkdir(mode=0o700, exist_ok=True)
        (state / "public").mkdir(exist_ok=True)
        lock = (state / "lock").open("a+")
    except OSError as error:
        raise EmbeddedError(f"The folder {state} cannot be written: {error.strerror}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        raise EmbeddedError(
            f"Another server already runs on {state} (process {lock.read().strip()})."
        ) from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def check_port(port: int) -> None:
    """Raises EmbeddedError where we cannot listen on `port` of this host."""
    with socket.socket() as trial:
        # As the servers do: connections of a stopped server that linger do not count.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise EmbeddedError(f"Port {port} is taken: choose another with --port.") from error
            raise EmbeddedError(f"Port {port} cannot be used: {error.strerror}.") from error


def key_file(state: Path, name: str) -> Path:
    """A file with a key of 32 random bytes (base64, as Fernet wants them), made once, mode 0600."""
    file = state / "keys" / name
    if not file.exists():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        partial = file.with_suffix(".partial")
        partial.touch(mode=0o600)
        partial.write_bytes(base64.urlsafe_b64encode(secrets.token_bytes(32)))
        partial.rename(file)
    return file
