"""F13: everything is killed, one person with the sealed folder goes on, and afterwards it all comes home.

No Postgres, no Redis, no application. The tool runs from a copy of its folder, with its own few packages.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from statuspage.emergency import account
from statuspage.emergency.journal import Step, lines
from statuspage.emergency.sink import Sink
from tests.e2e.product import ROOT, Product, fetch, until
from tests.publish import s3server
from tests.publish.s3server import S3Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("server")]
PEOPLE = 10_000
PASSPHRASE = "correct horse battery staple"
PRIVATE = (
    "emergency/subscribers.age",
    "emergency/journal.json",
    "emergency/journal.json.sig",
    "emergency/taken",
)


@dataclass
class World:
    """A real installation, two targets with private places, a mail server for it and one for the tool."""

    folder: Path
    product: Product
    s3: S3Server
    ours: Sink
    tools: Sink
    sequences: list[list[int]] = field(default_factory=lambda: [[], []])

    @property
    def public(self) -> Path:
        return self.product.state / "public"

    @property
    def private(self) -> Path:
        return self.folder / "private"

    def documents(self) -> list[dict[str, Any]]:
        """`/status.json` at both targets, as strangers read it."""
        there = json.loads((self.public / "status.json").read_bytes())
        return [there, json.loads(fetch(f"{self.s3.url}/pages/status.json"))]

    def watch(self, ended: threading.Event) -> None:
        """Notes the sequence of both targets, again and again."""
        while not ended.wait(0.1):
            for seen, document in zip(self.sequences, self.documents(), strict=True):
                seen.append(document["sequence"])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    (tmp_path / "s3").mkdir()
    store = s3server.start(tmp_path / "s3", anonymous="Read:pages")
    store.client().create_bucket(Bucket="private")
    with Sink() as ours, Sink() as tools:
        env = {
            "EMAIL_URL": f"smtp://127.0.0.1:{ours.port}",
            "TEST_ACCESS_KEY_ID": store.access_key,
            "TEST_SECRET_ACCESS_KEY": store.secret_key,
        }
        product = Product(tmp_path, env)
        try:
            product.start()
            yield World(tmp_path, product, store, ours, tools)
        finally:
            product.stop()
            store.stop()


def s3_config(world: World) -> dict[str, Any]:
    return {
        "bucket": "pages",
        "private_bucket": "private",
        "endpoint_url": world.s3.url,
        "region": "us-east-1",
        "addressing_style": "path",
    }


def fill(world: World) -> None:
    """10,000 subscribers, and both targets with a private place."""
    keys = {"access_key_env": "TEST_ACCESS_KEY_ID", "secret_key_env": "TEST_SECRET_ACCESS_KEY"}
    world.product.shell(
        "from django.utils import timezone\n"
        "from monitors.models import Page\n"
        "from statuspage.models import Target\n"
        "from subscribers.models import Subscriber\n"
        "page = Page.objects.get()\n"
        "made = (Subscriber(page=page, channel='email', address=f'reader{n}@example.com', state='active',\n"
        "    language='fr' if n % 2 else 'en', created_at=timezone.now()) for n in range(people))\n"
        "Subscriber.objects.bulk_create(made, batch_size=2000)\n"
        "Target.objects.update(config=folder, sequence=0)\n"
        "Target.objects.create(page=page, name='store', kind='s3', config=store)\n",
        people=PEOPLE,
        folder={"path": str(world.public), "private_path": str(world.private)},
        store=s3_config(world) | keys,
    )


def make_folder(world: World) -> Path:
    """`init`, its public keys given to the application, and a copy in an empty folder elsewhere."""
    product = world.product
    page_id = product.shell("from monitors.models import Page; print(Page.objects.get().public_id)")
    key = product.shell(
        "from statuspage.installation import installation; print(installation().signer.public)"
    )
    config = {
        "page_url": product.origin,
        "page_id": page_id,
        "application_key": key,
        "smtp": {
            "host": "127.0.0.1",
            "port": world.tools.port,
            "security": "none",
            "sender": "status@acme.example",
        },
        "targets": [
            {
                "name": "public",
                "kind": "directory",
                "path": str(world.public),
                "private_path": str(world.private),
            },
            {
                "name": "store",
                "kind": "s3",
                "access_key_id": world.s3.access_key,
                "secret_access_key": world.s3.secret_key,
            }
            | s3_config(world),
        ],
    }
    given = world.folder / "config.json"
    given.write_text(json.dumps(config))
    made = world.folder / "made"
    said = subprocess.run(
        [sys.executable, "-m", "statuspage.emergency", "init", "--config", str(given), "--out", str(made)],
        cwd=ROOT,
        env=bare() | {"EMERGENCY_PASSPHRASE": PASSPHRASE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    sign, age = (re.search(rf"^  {name} +(\S+)$", said.stdout, re.M) for name in ("sign", "age"))
    assert sign
    assert age
    subprocess.run(
        [sys.executable, "manage.py", "emergency_keys", "localhost", "--sign", sign[1], "--age", age[1]],
        cwd=ROOT,
        env=product.environment(),
        check=True,
        capture_output=True,
    )
    copy = world.folder / "laptop"
    shutil.copytree(made, copy)
    shutil.rmtree(made)
    return copy


def bare() -> dict[str, str]:
    """The environment of somebody's laptop."""
    return {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}


def python_of_its_own(folder: Path) -> Path:
    """A Python with the packages of requirements/emergency.txt and nothing else."""
    uv = str(Path(sys.executable).parent / "uv")
    python = folder / "bin" / "python"
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(folder)], check=True)
    wanted = str(ROOT / "requirements" / "emergency.txt")
    install = [uv, "pip", "install", "-q", "--python", str(python), "--require-hashes", "-r", wanted]
    subprocess.run(install, check=True)
    return python


@dataclass
class Tool:
    """The copy of the folder, run as a person would."""

    python: Path
    folder: Path

    def start(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [str(self.python), "-m", "statuspage.emergency", *words, "--yes"],
            cwd=self.folder,
            env=bare() | {"EMERGENCY_PASSPHRASE": PASSPHRASE},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str) -> str:
        process = self.start(*words)
        said, _nothing = process.communicate()
        assert process.returncode == 0, said
        return said

    def steps(self) -> dict[str, Step]:
        """How far each subscriber's mail has come."""
        content = (self.folder / "work" / "journal.jsonl").read_bytes()
        return {line.subscriber: line.step for line in lines(content)}


def addresses(world: World) -> dict[str, str]:
    """Each subscriber's id and address."""
    found: dict[str, str] = json.loads(
        world.product.shell(
            "from subscribers.models import Subscriber\n"
            "print(json.dumps(dict(Subscriber.objects.values_list('public_id', 'address'))))"
        )
    )
    return found


def listed(world: World) -> bool:
    return (
        world.product.shell(
            "from statuspage.models import Target; print(Target.objects.filter(listed='').count())"
        )
        == "0"
    )


def post(tool: Tool, world: World) -> float:
    """Seconds until both targets show the incident."""
    began = time.monotonic()
    tool.run("post", "--title", "Everything is down", "--en", "We know.", "--fr", "Nous savons.",
             "--component", "Application=major")  # fmt: skip
    assert all(
        document["incidents"][0]["title"]["en"] == "Everything is down" for document in world.documents()
    )
    assert all(document["emergency"] for document in world.documents())
    return time.monotonic() - began


def tell_until_killed(tool: Tool, world: World) -> float:
    """Kills it with -9 in the middle; seconds until the first mail."""
    began = time.monotonic()
    process = tool.start("notify")
    until(lambda: len(world.tools.recipients) >= PEOPLE // 3 or process.poll() is not None, "mail", 600)
    process.kill()
    process.communicate()
    assert PEOPLE // 3 <= len(world.tools.recipients) < PEOPLE, "it was to be killed in the middle"
    assert world.tools.first is not None
    return world.tools.first - began


def test_the_page_goes_on_people_are_told_once_and_it_all_comes_home(world: World) -> None:
    with ThreadPoolExecutor(1) as pool:
        python: Future[Path] = pool.submit(python_of_its_own, world.folder / "venv")
        fill(world)
        folder = make_folder(world)
        until(lambda: listed(world), "the list of subscribers is at both targets")
        by_id = addresses(world)
        before = max(document["sequence"] for document in world.documents())
        tool = Tool(python.result(), folder)

    world.product.kill()

    page = post(tool, world)
    first = tell_until_killed(tool, world)
    sent = {by_id[id_] for id_, step in tool.steps().items() if step == Step.SENT}
    doubtful = {by_id[id_] for id_, step in tool.steps().items() if step == Step.SENDING}
    mailed = len(world.tools.recipients)
    began = time.monotonic()
    said = tool.run("notify")
    resumed = time.monotonic() - began
    rate = (len(world.tools.recipients) - mailed) / resumed
    print(f"\npage {page:.1f} s, first mail {first:.1f} s, {PEOPLE} mails {PEOPLE / rate:.0f} s "
          f"({rate:.0f}/s), {len(doubtful)} in doubt after kill -9")  # fmt: skip

    assert page <= 60
    assert first <= 60
    assert PEOPLE / rate <= 15 * 60
    # Nobody who is journaled as told, and nobody in doubt, was mailed by the second run.
    again = Counter(world.tools.recipients[mailed:])
    assert not again.keys() & (sent | doubtful)
    assert max(Counter(world.tools.recipients).values()) == 1
    assert len(doubtful) <= 8
    assert all(address in said for address in doubtful)
    assert set(world.tools.recipients) | doubtful == set(by_id.values())
    strangers_read_nothing_private(world)

    come_home(world, before, len(doubtful))


def strangers_read_nothing_private(world: World) -> None:
    files = [path.relative_to(world.private) for path in world.private.rglob("*") if path.is_file()]
    # Every folder has a lock of its own there.
    held = {path.as_posix() for path in files if path.parts[0] != ".publishing"}
    assert {*PRIVATE[:3]} <= held
    for name in {*held, *PRIVATE}:
        assert not (world.public / name).exists()
        for bucket in ("private", "pages"):
            assert status_of(f"{world.s3.url}/{bucket}/{name}") in (403, 404), (bucket, name)


def status_of(url: str) -> int:
    try:
        fetch(url)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


def come_home(world: World, before: int, doubtful: int) -> None:
    """The installation starts again, takes over once, tells nobody twice, and goes on higher."""
    emergency = max(document["sequence"] for document in world.documents())
    assert emergency > before
    ended = threading.Event()
    watching = threading.Thread(target=world.watch, args=(ended,))
    watching.start()
    try:
        world.product._ready.clear()
        world.product.start()
        until(
            lambda: all(each["sequence"] > emergency and not each["emergency"] for each in world.documents()),
            "both targets show a release of the application again",
            90,
        )
        until(lambda: world.product.shell(WAITING) == "0", "nothing waits to be sent")
    finally:
        ended.set()
        watching.join()
    assert all(seen == sorted(seen) for seen in world.sequences)
    for document in world.documents():
        (incident,) = document["incidents"]
        assert [update["emergency"] for update in incident["updates"]] == [True]
    assert json.loads(world.product.shell(STATES)) == {"sent": PEOPLE - doubtful} | (
        {"dead": doubtful} if doubtful else {}
    )
    assert world.ours.recipients == []
    for name in PRIVATE:
        assert status_of(f"{world.product.origin}/{name}") in (403, 404)
    assert (world.private / account.TAKEN).exists()


WAITING = "from subscribers.models import Delivery; print(Delivery.objects.filter(state='pending').count())"
STATES = (
    "from collections import Counter\n"
    "from incidents.models import Update\n"
    "from subscribers.models import Delivery\n"
    "assert Update.objects.filter(emergency=True).count() == 1\n"
    "print(json.dumps(Counter(Delivery.objects.values_list('state', flat=True))))"
)
