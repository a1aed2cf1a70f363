"""The desk in a web process of its own, whose Postgres dies, and which is told to end."""

import http.client
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest

from bench import _load
from statuspage.embedded.postgres import Postgres
from statuspage.embedded.process import Command
from tests.e2e.seed import sow_files, sow_tables

pytestmark = pytest.mark.slow

MAKE = """
import json, django; django.setup()
from datetime import timedelta
from pathlib import Path
from django.utils import timezone
from statuspage import first_page
from subscribers import tokens
page = first_page.create("http://localhost", 80, Path("/nowhere"))
print(json.dumps([page.public_id, tokens.for_form(page.public_id, timezone.now() - timedelta(seconds=2))]))
"""
STORED = """
import json, django; django.setup()
from subscribers.models import Delivery
print(json.dumps(list(Delivery.objects.values_list("subscriber__address", flat=True))))
"""


@dataclass
class World:
    """A Postgres, a web process before it, and the form of its page."""

    postgres: Postgres
    web: Command
    port: int
    env: dict[str, str]
    page_id: str
    shown: str
    answered: list[str] = field(default_factory=list)

    def press(self, address: str) -> tuple[int, str]:
        fields = {"channel": "email", "website": "", "shown": self.shown, "address": address, "scope": "all"}
        fields |= {"kinds": "all", "language": "en", "time_zone": ""}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": network(address)}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port)) as connection:
            connection.request("POST", f"/subscribe/{self.page_id}/send/", urlencode(fields), headers)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def stored(self) -> set[str]:
        return set(python(STORED, self.env))


def network(address: str) -> str:
    """A network of its own for each address."""
    number = abs(hash(address))
    return f"10.{number % 256}.{number // 256 % 256}.{number // 65536 % 256}"


def python(script: str, env: dict[str, str]) -> list[str]:
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    said: list[str] = json.loads(done.stdout)
    return said


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    # The user nobody passes through it, where Postgres has to run as nobody.
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o711)
    sow_files(tmp_path)
    sow_tables(tmp_path / "postgres")
    postgres = Postgres(tmp_path / "postgres", durable=False)
    env = os.environ | {"DATABASE_URL": postgres.start(), "TRUSTED_PROXIES": "1", "STATE_DIR": str(tmp_path)}
    try:
        page_id, shown = python(MAKE, env)
        port = _load.free_port()
        argv = ["granian", "--interface", "wsgi", "--port", str(port), "--no-ws", "--http", "1"]
        argv += ["--blocking-threads", "16", "--workers-kill-timeout", "20", "statuspage.wsgi:application"]
        web = Command(tmp_path / "web.log", [sys.executable, "-m", *argv], env)
        web.start()
        try:
            _load.first_answer(port, web, "/healthz")
            yield World(postgres, web, port, env, page_id, shown)
        finally:
            web.stop()
    finally:
        postgres.stop()


def test_without_a_database_what_was_typed_is_kept_until_it_is_back(world: World) -> None:
    assert world.press("before@example.com")[0] == 200
    world.postgres.stop()

    status, text = world.press("during@example.com")
    assert status == 503
    assert 'name="address" value="during@example.com"' in text
    assert f'action="/subscribe/{world.page_id}/send/"' in text

    world.postgres.start()
    again = dict(re.findall(r'name="(\w+)" value="([^"]*)"', text))
    assert (again["shown"], again["scope"]) == (world.shown, "all")
    assert world.press(again["address"])[0] == 200
    assert world.stored() == {"before@example.com", "during@example.com"}


def test_whoever_was_answered_before_the_end_is_stored(world: World) -> None:
    enough = threading.Event()

    def keep_asking(name: int) -> None:
        for number in range(100_000):
            address = f"r{name}.{number}@example.com"
            try:
                status, text = world.press(address)
            except (OSError, http.client.HTTPException):
                return
            if status == 200 and address in text:
                world.answered.append(address)
            if len(world.answered) > 200:
                enough.set()

    threads = [threading.Thread(target=keep_asking, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    enough.wait()
    world.web.stop()
    for thread in threads:
        thread.join()

    assert len(world.answered) > 200
    assert set(world.answered) <= world.stored()
