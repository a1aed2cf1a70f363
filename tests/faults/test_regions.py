"""Regional workers in networks of their own, which lose them: doubt and silence, never a false outage."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pyrage
import pytest
import redis
from django.db import connection
from django.utils import timezone

from incidents.models import Incident
from monitors.models import Component, Monitor, Region, RegionVerdict, Span, Verdict
from statuspage.embedded.valkey import OPTIONS, _program
from subscribers.models import Notice
from tests.e2e.product import until
from tests.environment import database_url
from tests.faults.namespaces import Link, Namespace, namespaces
from tests.incidents.make import make_subscriber
from tests.make import make_component, make_monitor, make_page

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("regions"), pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
USERS = (ROOT / "deploy" / "region" / "users.acl").read_text()
# Each region's number is that of its networks.
NAMES = {"paris": 1, "oslo": 2}
# What is watched, and a witness beside it; both behind the links of the regions.
TARGET, PORT, WITNESS = "10.79.99.1", 8080, 9090
MONITORS = 3
# Between two checks, in seconds; how many slots one region's network is gone, and everybody's: for a minute.
INTERVAL = 2
SLOTS = 6
MINUTE = 30
SECRET = "correct-horse"
SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.headers.get("Authorization") == "Bearer " + sys.argv[3]
        self.send_response(200 if known else 403)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args):
        pass
ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
"""


class World:
    """Two regions, the broker and a target: each on a machine of its own."""

    def __init__(self, machines: dict[str, Namespace], folder: Path) -> None:
        self.machines = machines
        self._folder = folder
        # Each region reaches the broker over one network and what it watches over another.
        self.to_broker = {
            name: Link(number, machines[name], machines["broker"])
            for number, name in ((1, "paris"), (2, "oslo"))
        }
        target = machines["target"]
        target.ip("address", "add", f"{TARGET}/32", "dev", "lo")
        self.to_target = {
            name: Link(number, machines[name], target, [TARGET])
            for number, name in ((11, "paris"), (12, "oslo"))
        }
        self.broker = f"redis+socket://{folder}/valkey.sock"
        self._cut: tuple[Link, ...] = ()
        self._core: list[subprocess.Popen[bytes]] = []

    def start(self, keys: dict[str, str]) -> None:
        """Everything; `keys` are the PROBE_KEYs of the regions."""
        places = {
            "unixsocket": f"{self._folder}/valkey.sock",
            "dir": str(self._folder),
            "aclfile": str(self._users()),
        }
        options = OPTIONS | {"port": "6379", "protected-mode": "no"} | places
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.machines["broker"].start([str(_program()), *words])
        until(lambda: (self._folder / "valkey.sock").exists(), "the broker is there")
        self.serve(WITNESS)
        self.web = self.serve(PORT)
        for name, number in NAMES.items():
            self.machines[name].start(
                [*celery("worker", "-Q", f"probe.{name}", "-n", f"{name}@%h", "-P", "threads", "-c", "1")],
                {
                    "REDIS_URL": f"redis://{name}:{name}@10.79.{number}.1:6379/0",
                    "PROBE_ALLOW": f"{TARGET}/32",
                    "PROBE_WITNESSES": f"{TARGET}:{WITNESS}",
                    "PROBE_KEY": keys[name],
                    "PYTHONPATH": str(ROOT),
                    "STATE_DIR": str(self._folder),
                },
            )
        for words in (
            ["worker", "-Q", "core", "-n", "core@%h", "-P", "threads", "-c", "2"],
            ["beat", "--pidfile="],
        ):
            env = {
                **os.environ,
                "REDIS_URL": self.broker,
                "DATABASE_URL": database_url(),
                "STATE_DIR": str(self._folder),
            }
            self._core.append(subprocess.Popen(celery(*words), env=env, cwd=ROOT, stdout=sys.stderr))

    def _users(self) -> Path:
        """The users of regions as docs/regions.md makes them, their names for passwords; the core is here."""
        (line,) = (line for line in USERS.splitlines() if "paris" in line)
        lines = [
            line.replace("paris", name).replace("off resetpass", f"on resetpass >{name}") for name in NAMES
        ]
        path = self._folder / "users.acl"
        path.write_text("\n".join(["user default on nopass ~* &* +@all", *lines, ""]))
        return path

    def refused(self) -> list[object]:
        """What the broker refused to anybody."""
        with redis.Redis(unix_socket_path=f"{self._folder}/valkey.sock") as core:
            return list(core.acl_log())

    def cut(self, *links: Link) -> datetime:
        """Takes links down; when that was."""
        self._cut = links
        for link in links:
            link.down()
        return timezone.now()

    def mend(self) -> None:
        """Brings back what was cut."""
        for link in self._cut:
            link.up()

    def serve(self, port: int) -> subprocess.Popen[bytes]:
        """A web server at the target."""
        return self.machines["target"].start([sys.executable, "-c", SERVER, TARGET, str(port), SECRET])

    def stop(self) -> None:
        """The core's own processes; the others end with their machines."""
        for process in self._core:
            process.kill()
        for process in self._core:
            process.wait()


def celery(*words: str) -> list[str]:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"] if words[0] == "worker" else []
    return [sys.executable, "-m", "celery", "-A", "statuspage.celery", *words, *quiet, "-l", "warning"]


@pytest.fixture
def world() -> Iterator[World]:
    # A socket's path is short.
    folder = Path(tempfile.mkdtemp(prefix="regions-"))
    with namespaces("broker", "target", "paris", "oslo") as machines:
        made = World(machines, folder)
        try:
            yield made
        finally:
            made.stop()
            connection.close()
    shutil.rmtree(folder)


def make_monitors(keys: dict[str, str]) -> tuple[Component, list[Monitor]]:
    """Monitors of a component whose outages are posted by themselves; what they ask with is secret."""
    for name, key in keys.items():
        recipient = str(pyrage.x25519.Identity.from_str(key).to_public())
        Region.objects.create(name=name, recipient=recipient)
    page, now = make_page(), timezone.now()
    make_subscriber(page)
    component = make_component(page, policy="open")
    monitors = [
        make_monitor(
            [component],
            config={"url": f"http://{TARGET}:{PORT}/{number}"},
            secrets=json.dumps({"token": SECRET}),
            interval=INTERVAL,
            timeout=INTERVAL,
            recheck=INTERVAL,
            regions=list(keys),
            now=now,
        )
        for number in range(MONITORS)
    ]
    return component, monitors


def wait_for(look: Callable[[], bool], what: str) -> None:
    """Six processes start and reconnect on a machine that may be busy."""
    until(look, what, 240)


def all_say(verdict: str) -> bool:
    """Whether all monitors say this."""
    said = list(Verdict.objects.values_list("verdict", flat=True))
    return len(said) == MONITORS and set(said) == {verdict}


def region_says(name: str, *verdicts: str) -> bool:
    """Whether a region says one of these of every monitor."""
    said = list(RegionVerdict.objects.filter(region=name).values_list("verdict", flat=True))
    return len(said) == MONITORS and set(said) <= set(verdicts)


def lasts(lost: datetime, slots: int = SLOTS) -> None:
    """Until so many slots were asked for since."""
    end = lost + timedelta(seconds=slots * INTERVAL)
    wait_for(lambda: not Monitor.objects.filter(due_at__lt=end).exists(), f"{slots} slots")


def assert_no_false_outage(component: Component) -> None:
    """Nobody was told of anything, and the page never showed it."""
    said = set(Span.objects.filter(component=component).values_list("status", flat=True))
    assert said <= {"operational", "unknown"}
    assert not Notice.objects.exists()
    assert not Incident.objects.exists()


def in_doubt(name: str, since: datetime) -> bool:
    """Whether all that a region saw last, since then, is unknown."""
    rows = RegionVerdict.objects.filter(region=name, last_slot__gt=since, result="unknown")
    return rows.count() == MONITORS


def all_is_well() -> bool:
    return all_say("up") and region_says("paris", "up") and region_says("oslo", "up")


def test_a_region_that_loses_its_network_is_in_doubt_and_nobody_hears_of_an_outage(world: World) -> None:
    keys = {name: str(pyrage.x25519.Identity.generate()) for name in NAMES}
    component, _monitors = make_monitors(keys)
    world.start(keys)
    # Both regions opened the secret: without it the answer is 403.
    wait_for(all_is_well, "both regions say up")

    # One region no longer reaches what it watches: it doubts itself, and the other one decides.
    lost = world.cut(world.to_target["paris"])
    wait_for(lambda: in_doubt("paris", lost), "Paris doubts itself")
    lasts(lost)
    wait_for(lambda: all_say("up"), "Oslo decides")
    world.mend()
    wait_for(all_is_well, "Paris is back")

    # One region is gone altogether: it is silent and out of the quorum.
    lost = world.cut(world.to_target["paris"], world.to_broker["paris"])
    wait_for(lambda: region_says("paris", "silent"), "Paris is silent")
    lasts(lost)
    wait_for(lambda: all_say("up"), "Oslo decides")
    world.mend()
    wait_for(all_is_well, "Paris is heard again")

    # Both are gone: nobody knows anything.
    lost = world.cut(*world.to_target.values(), *world.to_broker.values())
    wait_for(lambda: all_say("unknown"), "nothing is known without regions")
    lasts(lost, MINUTE)
    assert all_say("unknown")
    world.mend()
    wait_for(all_is_well, "both are heard again")

    # Both reach the broker alone: what they see is their own network.
    lost = world.cut(*world.to_target.values())
    wait_for(lambda: all_say("unknown"), "nothing is known without a network")
    lasts(lost, MINUTE)
    assert all_say("unknown")
    world.mend()
    wait_for(all_is_well, "both see again")
    assert_no_false_outage(component)
    assert world.refused() == []

    # The network is well, and what is watched is gone.
    world.web.kill()
    wait_for(lambda: all_say("down"), "a real outage is one")
