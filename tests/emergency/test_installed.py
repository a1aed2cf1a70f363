"""The sealed folder alone in an empty place: its own dependency group, and nothing of the application."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emergency.kit import PASSPHRASE, Kit

BLOCKED = ("psycopg", "celery", "kombu", "redis", "django.db.backends.postgresql", "granian")
# Imports of them fail, as they do where they are not installed.
BLOCKER = f"""
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.startswith({BLOCKED!r}) or name.endswith(".models") and not name.startswith("django"):
            raise ImportError(name)
sys.meta_path.insert(0, Blocker())
import runpy
sys.argv = ["statuspage.emergency", *sys.argv[1:]]
runpy.run_module("statuspage.emergency", run_name="__main__")
"""
POST = ("post", "--title", "Down", "--en", "We know.", "--component", "Cards=major", "--yes")


def run(python: Path | str, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "EMERGENCY_PASSPHRASE": PASSPHRASE, "LANG": "C.UTF-8"}
    return subprocess.run(
        [python, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_a_copied_folder_needs_nothing_of_the_application(kit: Kit, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(kit.path, tmp_path / "copied"))
    ran = run(sys.executable, copied, "-c", BLOCKER, *POST)
    assert ran.returncode == 0, ran.stderr
    assert kit.shown().incidents[0].title.en == "Down"
    assert not [*copied.rglob("models.py"), *copied.rglob("models")]
    assert not list(copied.rglob("tasks.py"))


def test_it_tells_french_from_catalogs_that_lie_in_the_folder(kit: Kit, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(kit.path, tmp_path / "copied"))
    ran = run(sys.executable, copied, "-m", "statuspage.emergency", "show", "--lang", "fr")
    assert ran.returncode == 0, ran.stderr
    assert "signée par l’application" in ran.stdout


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh Python with the emergency group alone."""
    root = Path(__file__).parent.parent.parent
    venv = tmp_path_factory.mktemp("installed") / "venv"
    # Our own pip fills it: one of its own would take longer to come than all that is installed.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "--python",
            venv / "bin" / "python",
            "install",
            "-q",
            "--require-hashes",
            "-r",
            root / "requirements/emergency.txt",
        ],
        check=True,
    )
    return venv / "bin" / "python"


@pytest.mark.slow
def test_the_emergency_group_is_enough(kit: Kit, tmp_path: Path, python: Path) -> None:
    copied = Path(shutil.copytree(kit.path, tmp_path / "copied"))
    absent = run(python, copied, "-c", "import psycopg")
    assert "ModuleNotFoundError" in absent.stderr
    ran = run(python, copied, "-m", "statuspage.emergency", *POST)
    assert ran.returncode == 0, ran.stderr
    assert kit.shown().incidents[0].title.en == "Down"
    help_ = run(python, copied, "-m", "statuspage.emergency", "notify", "--help")
    assert help_.returncode == 0, help_.stderr
