"""What another machine needs to be a region, and what its user may do on the broker."""

import json
import re
import subprocess
from collections.abc import Iterator

import pytest
import redis
import yaml
from compose_spec import PyCompose

from statuspage.embedded.valkey import OPTIONS, _program
from tests.deploy import compose
from tests.deploy.test_compose import check
from tests.e2e.product import free_port, until
from tests.environment import settings_names

FOLDER = compose.ROOT / "deploy" / "region"
FILE = (FOLDER / "docker-compose.yml").read_text()
USERS = (FOLDER / "users.acl").read_text()
SERVICE = yaml.safe_load(compose.VARIABLE.sub("filled", FILE))["services"]["worker-probe"]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A broker with the users of the file, where they have passwords."""
    folder, port = tmp_path_factory.mktemp("broker"), free_port()
    (folder / "users.acl").write_text(USERS.replace("off resetpass", "on resetpass >secret"))
    options = OPTIONS | {"port": str(port), "bind": "127.0.0.1", "dir": str(folder)}
    options["aclfile"] = str(folder / "users.acl")
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    process = subprocess.Popen([str(_program()), *words], stdout=subprocess.DEVNULL)
    core = user("core", port)
    until(lambda: answers(core), "the broker answers")
    yield port
    core.close()
    process.kill()
    process.wait()


def user(name: str, port: int) -> redis.Redis:
    return redis.Redis(port=port, username=name, password="secret")


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_the_file_follows_the_compose_specification() -> None:
    text = compose.VARIABLE.sub("filled", FILE)
    PyCompose.from_json(json.dumps(yaml.safe_load(text))).validate()


def test_its_worker_starts_and_is_given_nothing_but_what_a_region_needs() -> None:
    check(compose.words(SERVICE["command"]))
    given = {name.removesuffix("_FILE") for name in SERVICE["environment"]}
    assert given == {"REDIS_URL", "PROBE_KEY", "PROBE_ALLOW", "PROBE_WITNESSES"}
    assert given <= settings_names()
    assert "env_file" not in SERVICE


def test_it_is_confined_as_the_others_are() -> None:
    ours = compose.services()["worker-probe"]
    for name in ("read_only", "cap_drop", "security_opt", "restart", "init", "tmpfs", "image"):
        assert SERVICE[name] == ours[name]


def test_every_variable_is_explained() -> None:
    guide = (compose.ROOT / "docs" / "regions.md").read_text()
    for found in compose.VARIABLE.finditer(FILE):
        assert found["name"] in guide


def test_nobody_gets_in_before_somebody_gave_a_password() -> None:
    assert all(re.match(r"user \w+ off", line) for line in USERS.splitlines())
    assert ">" not in USERS


def test_a_region_does_what_a_worker_does(port: int) -> None:
    core, paris = user("core", port), user("paris", port)
    core.lpush("probe.paris", "a batch")
    assert paris.brpop(["probe.paris"], timeout=1) == (b"probe.paris", b"a batch")
    paris.lpush("core", "results")
    assert core.rpop("core") == b"results"


@pytest.mark.parametrize(
    "words",
    [
        "BRPOP probe.oslo 1",
        "BRPOP probe.paris-2 1",
        "LPUSH probe.oslo x",
        "LRANGE core 0 -1",
        "BRPOP core 1",
        "DEL core",
        "SET core x",
        "RPUSH send x",
        "HGET unacked x",
        "SADD _kombu.binding.core x",
        "PUBLISH /0.celery.pidbox shutdown",
        "SUBSCRIBE other",
        "FLUSHALL",
        "FLUSHDB",
        "KEYS *",
        "SCAN 0",
        "CONFIG GET *",
        "CLIENT KILL TYPE normal",
        "ACL LIST",
        "SHUTDOWN",
        "EVAL return(1) 0",
        "MONITOR",
    ],
)
def test_a_region_does_nothing_else(port: int, words: str) -> None:
    with user("paris", port) as paris, pytest.raises(redis.exceptions.NoPermissionError):
        paris.execute_command(*words.split())


def test_nobody_else_gets_in(port: int) -> None:
    with redis.Redis(port=port) as nobody, pytest.raises(redis.exceptions.AuthenticationError):
        nobody.ping()
