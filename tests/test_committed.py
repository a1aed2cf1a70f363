"""What is made from something else and committed agrees with what it was made from."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
BASE = PROJECT["project"]["dependencies"]
GROUPS = PROJECT["dependency-groups"]
PINNED = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)", re.M)
LOCKS = ("base", "embedded", "dev", "emergency")


def asked_for(lock: str) -> Iterator[Requirement]:
    """What pyproject.toml asks for in a lock; the emergency tool stands alone."""
    if lock != "emergency":
        yield from map(Requirement, BASE)
    if lock != "base":
        yield from _group(lock)


def _group(name: str) -> Iterator[Requirement]:
    for entry in GROUPS[name]:
        if isinstance(entry, dict):
            yield from _group(entry["include-group"])
        else:
            yield Requirement(entry)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_pyproject_asks_for_and_nothing_that_nobody_needs(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    pinned = {plain(name): Version(version) for name, version in PINNED.findall(text)}
    wanted = {plain(each.name): each for each in asked_for(lock)}
    assert not [str(each) for name, each in wanted.items() if pinned.get(name) not in each.specifier]
    # uv writes behind each package who asked for it: "via statuspage" means pyproject.toml.
    direct = set()
    for entry in re.split(r"(?m)^(?=[a-z0-9])", text):
        if (found := PINNED.match(entry)) and re.search(
            r"#\s+(?:via )?(?:statuspage \(pyproject|.*pyproject\.toml)", entry
        ):
            direct.add(plain(found[1]))
    assert direct == set(wanted)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_carries_a_hash_for_everything_and_no_address(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    entries = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]
    assert entries
    assert not [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]
    assert "://" not in text


@pytest.mark.django_db
def test_the_migrations_make_what_the_models_say() -> None:
    made = subprocess.run(
        [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
