"""What a first start makes before it serves anything, once for all tests of a run: tables and static files.

Whoever starts on such a folder finds both there and goes on as on any second start. First starts are the
business of tests/embedded.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

from statuspage.embedded import credentials
from statuspage.embedded.postgres import Postgres

ROOT = Path(__file__).resolve().parents[2]
MAKE = """
from statuspage.embedded import prepare
prepare._load_settings()
prepare._migrate()
prepare._collect_static()
"""


def sow_files(state: Path) -> None:
    """The static files, into the folder of an installation."""
    state.mkdir(mode=0o711, parents=True, exist_ok=True)
    for name in ("static", "static.stamp"):
        _copy(_made() / name, state / name)


def sow_tables(folder: Path) -> None:
    """The tables, for the Postgres of that folder."""
    home = credentials.choose(folder.resolve()).home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    _copy(credentials.choose(_made() / "postgres").home / "data", home / "data")


def _copy(source: Path, target: Path) -> None:
    # With its owner, who may be nobody.
    subprocess.run(["cp", "-a", "--reflink=auto", source, target], check=True)


def _made() -> Path:
    """The folder that is copied; the worker that wants it first makes it, the others wait."""
    made = Path(os.environ["TESTS_SHARED"]) / "sown"
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (made / "static.stamp").exists():
            _make(made)
    return made


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o711)
    postgres = Postgres(folder / "postgres", durable=False)
    try:
        env = os.environ | {"DATABASE_URL": postgres.start(), "STATE_DIR": str(folder)}
        subprocess.run([sys.executable, "-c", MAKE], cwd=ROOT, env=env, check=True)
    finally:
        postgres.stop()
