"""deploy/systemd: the same processes as docker-compose.yml's, confined."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.deploy import compose

FOLDER = compose.ROOT / "deploy" / "systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
PROGRAMS = "/opt/statuspage/.venv/bin/"
Unit = Mapping[str, list[str]]


def read(path: Path) -> Unit:
    """Every setting with all its values."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", path.read_text(), re.M):
        found.setdefault(name, []).append(value)
    return found


def name_of(path: Path) -> str:
    """The service's name in docker-compose.yml."""
    return path.stem.removeprefix("statuspage-")


def command(unit: Unit) -> list[str]:
    (line,) = unit["ExecStart"]
    repeated = re.fullmatch(r"/bin/sh -c 'until (.*); do sleep 5; done'", line)
    line = repeated[1] if repeated else line
    assert line.startswith(PROGRAMS)
    return shlex.split(line.removeprefix(PROGRAMS).replace("%%", "%"))


def test_there_is_one_unit_for_each_service_of_ours() -> None:
    assert {name_of(path) for path in SERVICES} == set(compose.ours())


@pytest.mark.parametrize("path", SERVICES, ids=name_of)
def test_it_runs_what_the_container_runs(path: Path) -> None:
    words = compose.words(compose.ours()[name_of(path)]["command"])
    # A container's own network is inside it; a machine's is not.
    assert command(read(path)) == [word.replace("0.0.0.0", "127.0.0.1") for word in words]


@pytest.mark.parametrize("path", SERVICES, ids=name_of)
def test_it_is_confined(path: Path) -> None:
    unit = read(path)
    assert unit["User"] == ["statuspage"]
    for name, value in {
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
        "SystemCallFilter": "@system-service",
    }.items():
        assert unit[name] == [value], name


def test_only_the_probe_worker_is_without_the_keys() -> None:
    files = {name_of(path): read(path)["EnvironmentFile"] for path in SERVICES}
    probe = files.pop("worker-probe")
    assert probe == ["/etc/statuspage/probe.environment"]
    assert set(map(tuple, files.values())) == {("/etc/statuspage/environment",)}


def test_only_what_publishes_writes_the_published_folder() -> None:
    writing = {name_of(path) for path in SERVICES if "ReadWritePaths" in read(path)}
    assert writing == {"worker-publish"}


def test_nothing_but_the_probe_worker_starts_before_the_migration_ended_well() -> None:
    for path in SERVICES:
        waits = read(path).get("Requires", [])
        assert waits == (
            [] if name_of(path) in ("migrate", "worker-probe") else ["statuspage-migrate.service"]
        )


def test_the_target_starts_them_all() -> None:
    wanted = " ".join(read(FOLDER / "statuspage.target")["Wants"]).split()
    assert {*wanted, "statuspage-migrate.service"} == {path.name for path in SERVICES}
    for path in SERVICES:
        assert read(path)["PartOf"] == ["statuspage.target"]


def test_systemd_understands_them() -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("NOT TESTED: systemd-analyze is not installed")
    done = subprocess.run(
        [analyze, "verify", "--man=no", *map(str, [*SERVICES, FOLDER / "statuspage.target"])],
        capture_output=True,
        text=True,
        check=False,
        env={"SYSTEMD_UNIT_PATH": f"{FOLDER}:", "PATH": "/usr/bin:/bin"},
    )
    # The programs are not installed where this is tested; other units are not ours.
    ours = [line for line in done.stderr.splitlines() if "statuspage" in line]
    assert [line for line in ours if "is not executable" not in line] == []
