"""F4, F6 and F14 as the application lives them: what staff read, and what heals by itself."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from kombu import Connection

from monitors.models import Page
from statuspage import releases
from statuspage.celery import app
from statuspage.follow import Follower
from statuspage.installation import installation
from statuspage.models import File, Release, Target
from statuspage.push import behind, push
from statuspage.render.files import HEARTBEAT
from statuspage.stored import contents, files_at, latest
from tests.environment import database_url
from tests.faults.proxy import Answer, CutRequest, FaultProxy, Rule, Slow, always, since
from tests.incidents.conftest import _plain_static_files, _static_folder  # noqa: F401 (fixtures)
from tests.make import make_component, make_page
from tests.publish.places import Bucket
from tests.publish.s3server import S3Server

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[2]
FAULTS: dict[str, Callable[[], Rule]] = {
    "a 500 from the third object on": lambda: since(3, Answer(500, "InternalError")),
    "503 SlowDown": lambda: since(3, Answer(503, "SlowDown")),
    "requests cut in the middle": lambda: since(3, CutRequest()),
    "a wrong clock": lambda: always(Answer(403, "RequestTimeTooSkewed")),
}


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("ada", password="a long enough password"))
    return client


@pytest.fixture
def page() -> Page:
    page = make_page(name="Acme")
    make_component(page)
    return page


@pytest.fixture
def place(s3: S3Server, bucket: str, keys: dict[str, str]) -> Bucket:
    return Bucket(s3, bucket, keys)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount = tmp_path / "disk"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", mount], capture_output=True)
    if made.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    yield mount
    subprocess.run(["umount", mount], check=True)


def make(page: Page, now: datetime) -> Release:
    page.refresh_from_db()
    made = releases.make(page, now, installation())
    assert made is not None
    return made


def fill(path: Path) -> None:
    """Takes all the space that is left."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass


def listed(staff: Client, language: str = "en") -> str:
    return staff.get("/admin/statuspage/target/", headers={"accept-language": language}).content.decode()


def expected(page: Page, release: Release) -> dict[str, bytes]:
    return contents(files_at(page.pk, release.sequence))


def ticks(target: Target, start: datetime, seconds: int) -> list[int]:
    """The worker looks every second; when it tried."""
    tried = []
    for second in range(seconds):
        now = start + timedelta(seconds=second)
        if behind(now).exists():
            tried.append(second)
            push(target, now, installation())
    return tried


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_store_that_fails_is_tried_again_within_a_minute_and_staff_are_warned(
    page: Page, place: Bucket, staff: Client, fault: Callable[[], Rule]
) -> None:
    start = timezone.now() - timedelta(seconds=120)
    with FaultProxy(place.server.url) as proxy:
        config = place.config | {"endpoint_url": proxy.url}
        target = Target.objects.create(page=page, name="Store", kind="s3", config=config)
        before = make(page, start)
        assert push(target, start, installation())
        make(page, start + timedelta(seconds=1))
        proxy.faults.append(fault())
        tried = ticks(target, start + timedelta(seconds=1), 60)
        assert tried == [0, 5, 20, 50]
        shown = place.shown()
        assert shown["index.html"] == expected(page, before)["index.html"]
        target.refresh_from_db()
        assert target.failures == 4
        said = listed(staff)
        assert "Failed 4 times in a row" in said
        age = int(re.search(r"The public page is (\d+) s", said).group(1))
        assert 120 <= age <= (timezone.now() - start).total_seconds()
        assert " s old." in said
        assert "4 échecs à la suite" in listed(staff, "fr")
        proxy.heal()
        after = make(page, start + timedelta(seconds=90))
        assert push(target, start + timedelta(seconds=90), installation())
    assert place.shown() == expected(page, after)
    said = listed(staff)
    assert "in a row" not in said
    assert "in order" in said


def test_two_failures_are_shown_and_no_warning_yet(page: Page, tmp_path: Path, staff: Client) -> None:
    (tmp_path / "file").write_text("in the way")
    target = Target.objects.create(
        page=page, name="Copy", kind="directory", config={"path": str(tmp_path / "file")}
    )
    now = timezone.now()
    make(page, now)
    ticks(target, now, 6)
    said = listed(staff)
    assert "cannot be written" in said
    assert "in a row" not in said


def test_a_full_disk_is_told_in_the_admin_and_recovers_without_a_restart(
    page: Page, small_disk: Path, staff: Client
) -> None:
    start = timezone.now() - timedelta(seconds=120)
    folder = small_disk / "page"
    target = Target.objects.create(page=page, name="Copy", kind="directory", config={"path": str(folder)})
    make(page, start)
    assert push(target, start, installation())
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    filler = small_disk / "filler"
    fill(filler)
    make(page, start + timedelta(seconds=60))
    assert ticks(target, start + timedelta(seconds=60), 40) == [0, 5, 20]
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert "is full." in listed(staff)
    assert "est plein" in listed(staff, "fr")
    filler.unlink()
    after = make(page, start + timedelta(seconds=115))
    assert push(target, start + timedelta(seconds=115), installation())
    assert (folder / "index.html").read_bytes() == expected(page, after)["index.html"]
    assert "in order" in listed(staff)


# Warm shutdown and upgrades.


@pytest.fixture
def worker(page: Page) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Starts publish workers as docker-compose.yml does."""
    started: list[subprocess.Popen[bytes]] = []
    words = "-A statuspage.celery worker -Q publish -P threads -c 3 --without-gossip --without-mingle"

    def start() -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "celery", *words.split(), "--without-heartbeat", "-l", "warning"]
        environment = os.environ | {"DATABASE_URL": database_url()}
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def ask(target: Target) -> None:
    with Connection(os.environ["REDIS_URL"]) as broker:
        app.send_task(
            "statuspage.tasks.push", args=[target.pk], queue="publish", connection=broker, expires=60
        )


def until(look: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + 240
    while not look():
        assert time.monotonic() < end, what
        time.sleep(0.02)


@pytest.mark.slow
def test_a_worker_that_is_told_to_end_finishes_its_publication(
    page: Page, place: Bucket, worker: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    with FaultProxy(place.server.url) as proxy:
        config = place.config | {"endpoint_url": proxy.url}
        target = Target.objects.create(page=page, name="Store", kind="s3", config=config)
        release = make(page, timezone.now())
        proxy.faults.append(always(Slow(20_000)))
        ask(target)
        process = worker()
        until(lambda: sum(method == "PUT" for method, _ in proxy.requests) > 5, "a publication has begun")
        assert "index.html" not in place.shown()
        process.send_signal(signal.SIGTERM)
        told = time.monotonic()
        assert process.wait(30) == 0
        drained = time.monotonic() - told
        puts = [path for method, path in proxy.requests if method == "PUT"]
    assert drained <= 30
    target.refresh_from_db()
    assert (target.failures, target.error) == (0, "")
    # The bell may have asked the worker for a release of its own.
    assert target.sequence >= release.sequence
    assert place.shown() == contents(files_at(page.pk, target.sequence))
    heart = [index for index, path in enumerate(puts) if path.endswith("index.html") and path.count("/") == 2]
    assert puts[heart[0] + 1].endswith("sequence.json")


@pytest.mark.slow
def test_a_worker_that_dies_in_the_middle_loses_nothing_to_the_next(
    page: Page, place: Bucket, worker: Callable[[], "subprocess.Popen[bytes]"]
) -> None:
    with FaultProxy(place.server.url) as proxy:
        config = place.config | {"endpoint_url": proxy.url}
        target = Target.objects.create(page=page, name="Store", kind="s3", config=config)
        make(page, timezone.now())
        proxy.faults.append(always(Slow(20_000)))
        ask(target)
        process = worker()
        until(lambda: sum(method == "PUT" for method, _ in proxy.requests) > 5, "a publication has begun")
        process.kill()
        process.wait()
        proxy.heal()
        # Its lock goes with its connection.
        until(lambda: push(target, timezone.now(), installation()), "the next one publishes")
    newest = latest(page.pk)
    assert newest is not None
    assert place.shown() == expected(page, newest)


def test_files_of_a_newer_renderer_are_served_by_an_older_web_process(page: Page, tmp_path: Path) -> None:
    now = timezone.now()
    make(page, now)
    Release.objects.filter(page=page).update(renderer="of tomorrow")
    File.objects.create(page=page, path="app.webmanifest", content=b"{}", since=1)
    follower = Follower(tmp_path)
    follower.look()
    shelf = follower.shelves[page.domain]
    assert {path for path in HEARTBEAT if shelf.get(path) is None} == set()
    unknown = shelf.get("app.webmanifest")
    assert unknown is not None
    assert ("Content-Type", "application/octet-stream") in unknown.variants[""].headers
