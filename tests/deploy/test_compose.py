import json
import re
import subprocess
import sys
from typing import Any

import pytest
from celery.app.utils import find_app
from celery.bin.base import CLIContext
from celery.bin.celery import celery as celery_command
from compose_spec import PyCompose
from django.core.management import get_commands, load_command_class
from granian.cli import cli as granian_command

from statuspage.celery import app
from statuspage.embedded.workers import QUIET, THREADS
from tests.deploy import compose
from tests.environment import settings_names

SERVICES = compose.services()
OURS = compose.ours()
SECRET = re.compile(r"KEY|PASSWORD|SECRET|TOKEN")


def specification() -> PyCompose:
    """The file as the Compose Specification understands it; raises ValueError where it does not."""
    return PyCompose.from_json(json.dumps(compose.merged()))


def run(service: dict[str, Any]) -> list[str]:
    return compose.words(service["command"])


def celery_options(words: list[str]) -> dict[str, Any]:
    """The options of a celery command line; click refuses unknown ones."""
    place = next(place for place, word in enumerate(words) if word in celery_command.commands)
    with celery_command.make_context("celery", words[1:place]) as context:
        assert find_app(context.params["app"]) is app
        context.obj = CLIContext(app=app, no_color=True, workdir=None)
        subcommand = celery_command.commands[words[place]]
        with subcommand.make_context(words[place], words[place + 1 :], parent=context) as inner:
            return inner.params


def check(words: list[str]) -> None:
    """Raises where a command line would not start."""
    match words:
        case ["granian", *arguments]:
            with granian_command.make_context("granian", list(arguments)) as context:
                module, _, attribute = context.params["app"].partition(":")
            # In a process of its own: importing it starts the web process's threads.
            subprocess.run([sys.executable, "-c", f"from {module} import {attribute}"], check=True)
        case ["celery", *_]:
            celery_options(words)
        case ["python", "manage.py", name, *arguments]:
            command = load_command_class(get_commands()[name], name)
            command.create_parser("manage.py", name).parse_args(arguments)
        case ["python", "-c", code]:
            compile(code, "healthcheck", "exec")
        case ["find", *_]:
            pass
        case _:
            pytest.fail(f"nobody knows this command: {words}")


def test_the_file_follows_the_compose_specification() -> None:
    specification().validate()


def test_it_has_every_service() -> None:
    workers = {"worker-core", "worker-send", "worker-publish", "worker-probe"}
    assert set(SERVICES) == {"migrate", "web", *workers, "beat", "postgres", "redis", "broker", "origin"}


@pytest.mark.parametrize("name", OURS)
def test_every_command_starts_something_that_exists(name: str) -> None:
    check(run(OURS[name]))


@pytest.mark.parametrize("name", [name for name in OURS if "healthcheck" in OURS[name]])
def test_every_health_check_runs_something_that_exists(name: str) -> None:
    kind, *words = OURS[name]["healthcheck"]["test"]
    check(compose.words(words[0].partition(" | ")[0]) if kind == "CMD-SHELL" else words)


def test_every_queue_has_one_worker() -> None:
    workers = [run(service) for name, service in OURS.items() if name.startswith("worker-")]
    served = [queue for words in workers for queue in celery_options(words)["queues"]]
    assert sorted(served) == sorted(queue.name for queue in app.conf.task_queues) == sorted(THREADS)


@pytest.mark.parametrize("name", [name for name in OURS if name.startswith("worker-")])
def test_a_worker_is_asked_for_its_health_by_its_own_name(name: str) -> None:
    words = run(OURS[name])
    hostname = words[words.index("-n") + 1]
    test = OURS[name]["healthcheck"]["test"][1]
    assert f"--destination {hostname.replace('%h', '$$HOSTNAME')}" in test


@pytest.mark.parametrize("queue", THREADS)
def test_a_worker_runs_as_script_server_runs_it(queue: str) -> None:
    (words,) = [run(service) for service in OURS.values() if ["-Q", queue] == run(service)[4:6]]
    assert words[8:] == ["-P", "threads", "-c", str(THREADS[queue]), *QUIET]


def test_nothing_of_ours_starts_before_the_migration_ended_well() -> None:
    for name in set(OURS) - {"migrate", "worker-probe"}:
        assert OURS[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert OURS["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert OURS["migrate"]["restart"] == "no"


def test_a_regional_worker_knows_neither_database_nor_keys() -> None:
    probe = OURS["worker-probe"]
    assert set(probe["environment"]) == {"REDIS_URL", "PROBE_ALLOW", "PROBE_WITNESSES", "PROBE_KEY"}
    assert not probe["env_file"]


def test_what_watches_the_others_does_not_depend_on_them() -> None:
    assert "depends_on" not in SERVICES["origin"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    # Our image and nginx-unprivileged have a user of their own.
    assert "build" in service or "unprivileged" in service["image"] or service["user"] not in ("root", "0")


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_every_lasting_service_restarts_and_tells_its_health(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["timeout"]


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_of_one_version(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert re.match(r"\d", tag)


def test_every_volume_is_named() -> None:
    named = set(specification().volumes or {})
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]
    assert {mount for mount in mounts if not mount.startswith("./")} == named
    assert all((compose.ROOT / mount).exists() for mount in mounts if mount.startswith("./"))


def test_the_database_and_the_broker_are_reached_from_inside_only() -> None:
    for name in ("postgres", "redis"):
        assert SERVICES[name]["networks"] == ["data"]
        assert "ports" not in SERVICES[name]


def test_every_variable_is_one_that_the_settings_read() -> None:
    given = {variable for service in OURS.values() for variable in service["environment"]}
    assert given <= settings_names()
    assert set(compose.example()) <= settings_names() | compose.variables()
    assert compose.variables() <= set(compose.example())


def test_no_secret_is_written_down() -> None:
    assert not [name for name, value in compose.example().items() if SECRET.search(name) and value]
    for service in compose.services().values():
        for name, value in service.get("environment", {}).items():
            assert not SECRET.search(name) or value == "filled"
