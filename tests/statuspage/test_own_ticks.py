"""A worker whose broker is away: a real one, with nothing behind its REDIS_URL."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from incidents.models import TeamChannel, TeamMessage
from monitors import record
from monitors.models import Span
from monitors.seen import Seen
from monitors.status import Status
from tests.e2e.product import free_port, until
from tests.environment import database_url
from tests.hooksink import hook_sink
from tests.incidents.make import open_incident
from tests.make import make_component, make_monitor, make_page
from tests.monitors.scenes import UP
from tests.statuspage.test_releases import make_target
from tests.subscribers.make import make_subscriber, notify, states

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@contextmanager
def worker(queue: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One that works for a queue and never finds its broker."""
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        "STATE_DIR": str(folder),
    }
    words = ["-A", "statuspage.celery", "worker", "-Q", queue, "-P", "threads", "-c", "1", "-l", "error"]
    process = subprocess.Popen([sys.executable, "-m", "celery", *words], cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_notices_are_sent_without_a_broker(tmp_path: Path) -> None:
    page = make_page()
    reader = make_subscriber(page)
    notify(page, now=timezone.now())

    with worker("send", tmp_path):
        until(lambda: states() == {reader.address: "sent"}, "the notice is sent")
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def test_the_team_is_told_without_a_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROBE_ALLOW", "127.0.0.0/8")
    with hook_sink(tmp_path / "hooks") as sink:
        TeamChannel.objects.create(name="ops", service="slack", url=f"{sink.url}/ops")
        incident = open_incident(make_page(), now=timezone.now())

        with worker("send", tmp_path):
            until(lambda: bool(sink.taken()), "the team is told")
        assert TeamMessage.objects.get().key == f"posted:{incident.updates.get().public_id}"


def test_the_page_is_published_without_a_broker(tmp_path: Path) -> None:
    page = make_page()
    make_component(page, now=timezone.now())
    make_target(page, tmp_path / "public")
    record.touch([page.pk], timezone.now())

    with worker("publish", tmp_path / "state"):
        until((tmp_path / "public" / "index.html").exists, "the page is published")


def test_what_nobody_checks_any_more_becomes_unknown_without_a_broker(tmp_path: Path) -> None:
    past = timezone.now() - timedelta(minutes=10)
    shop = make_component(now=past)
    monitor = make_monitor([shop], interval=10, timeout=5, now=past)
    for number in range(1, 4):
        slot = past + timedelta(seconds=10 * number)
        record.record_batch("default", [Seen(monitor.pk, slot, UP)], slot)
    source = f"monitor:{monitor.pk}"
    assert Span.objects.get(source=source, during__upper_inf=True).status == Status.OPERATIONAL

    with worker("core", tmp_path):
        until(
            lambda: Span.objects.filter(
                source=source, during__upper_inf=True, status=Status.UNKNOWN
            ).exists(),
            "it is unknown",
        )


def test_a_worker_without_a_broker_ends_when_it_is_told_to(tmp_path: Path) -> None:
    reader = make_subscriber(make_page())
    notify(reader.page, now=timezone.now())
    with worker("send", tmp_path) as process:
        until(lambda: states() == {reader.address: "sent"}, "it works")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
