"""Senders die, and are told to end, while 10,000 are being told: real workers, mail server and receivers."""

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from monitors.fields import SecretField
from monitors.models import Page
from statuspage.embedded.valkey import Valkey
from subscribers import signup
from subscribers.models import Delivery, DeliveryState, State, Subscriber
from tests.e2e.product import until
from tests.environment import database_url
from tests.mailsink import MailSink, mail_sink
from tests.make import make_page
from tests.subscribers.conftest import Receiver, receiver
from tests.subscribers.make import notify

__all__ = ["receiver"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[2]
PATIENCE = 200
KILLS, SENDERS = 5, 2
DUPLICATES, AGAIN, DRAINED = 50, 15, 30


class Senders:
    """Celery workers of the queue `send`; nobody rings, they look by themselves."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder
        self._workers: list[subprocess.Popen[bytes]] = []

    def start(self, number: int = SENDERS) -> float:
        """Start some. Returns when the last of them was there."""
        options = ["-Q", "send", "-P", "threads", "-c", "2", "-l", "info"]
        options += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        for each in range(number):
            with (self._folder / f"sender{each}.log").open("wb") as output:
                words = ["celery", "-A", "statuspage.celery", "worker", "-n", f"send{each}@%h", *options]
                self._workers.append(
                    subprocess.Popen(
                        [sys.executable, "-m", *words],
                        cwd=ROOT,
                        env=self._environment,
                        stdout=output,
                        stderr=output,
                    )
                )

        logs = [self._folder / f"sender{each}.log" for each in range(number)]
        until(lambda: all(" ready." in log.read_text() for log in logs), "the senders are there", PATIENCE)
        return time.time()

    def end(self, by: signal.Signals) -> list[int]:
        """Send all a signal. Returns their exit codes."""
        for worker in self._workers:
            worker.send_signal(by)
        codes = [worker.wait() for worker in self._workers]
        self._workers.clear()
        return codes


def make_readers(page: Page, mails: int, hooks: int, receiver: Receiver) -> None:
    """Subscribers of everything."""
    now = timezone.now()
    secret = SecretField().get_prep_value(signup.new_secret())
    addresses = [("email", f"reader{number}@example.com", "") for number in range(mails)]
    addresses += [("webhook", f"{receiver.url}/hook{number}", secret) for number in range(hooks)]
    ids = [f"reader{number:06}" for number in range(len(addresses))]
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO subscribers_subscriber (page_id, public_id, channel, address, language, state,
                everything, secret, created_at, asked_at)
            SELECT %s, id, channel, address, 'en', %s, true, secret, %s, %s
            FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) v (id, channel, address, secret)""",
            [
                page.pk,
                State.ACTIVE,
                now,
                now,
                ids,
                *(list(column) for column in zip(*addresses, strict=True)),
            ],
        )
    assert Subscriber.objects.count() == mails + hooks


@contextmanager
def post_room(folder: Path, valkey: Valkey) -> Iterator[tuple[Senders, MailSink]]:
    """A mail server, and senders that are not started yet."""
    with mail_sink(folder / "sink") as sink:
        senders = Senders(
            os.environ
            | {
                "DATABASE_URL": database_url(),
                "REDIS_URL": valkey.url,
                "EMAIL_URL": sink.url,
                "EMAIL_FROM": "status@example.com",
                "WEBHOOK_ALLOW": "127.0.0.0/8",
                "STATE_DIR": str(folder),
            },
            folder,
        )
        try:
            yield senders, sink
        finally:
            senders.end(signal.SIGKILL)


def arrivals(sink: MailSink, receiver: Receiver) -> dict[str, list[float]]:
    """When something arrived, by what it is."""
    found = defaultdict(list)
    for at, recipient in sink.taken():
        found[recipient].append(at)
    for request in list(receiver.requests):
        found[request.headers["webhook-id"]].append(request.at)
    return found


def waiting() -> int:
    return Delivery.objects.filter(state=DeliveryState.PENDING).count()


def test_senders_that_are_killed_five_times_lose_nothing_and_repeat_little(
    tmp_path: Path, valkey: Valkey, receiver: Receiver
) -> None:
    make_readers(page := make_page(), 9_000, 1_000, receiver)
    notify(page, now=timezone.now())
    killed, started = [], []
    with post_room(tmp_path, valkey) as (senders, sink):
        for kill in range(KILLS):
            started.append(senders.start())
            goal = 1_500 * (kill + 1)
            until(lambda goal=goal: len(sink.taken()) >= goal, "some were told", PATIENCE)
            senders.end(signal.SIGKILL)
            killed.append(time.time())
        assert waiting()
        started.append(senders.start())
        until(lambda: not waiting(), "all were told", PATIENCE)
        arrived = arrivals(sink, receiver)

    assert len(arrived) == 10_000
    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.SENT}
    twice = [
        sum(min(times) < at < max(times) for times in arrived.values() if len(times) > 1) for at in killed
    ]
    # Where one of them was there long before the other, it may have told all that were left by then.
    first = [
        min((at for times in arrived.values() for at in times if at > begun), default=begun)
        for begun in started
    ]
    again = [round(at - begun, 1) for at, begun in zip(first, started, strict=True)]
    print(f"twice after each kill: {twice}; s until the next was sent: {again}")
    assert max(twice) <= DUPLICATES
    assert sum(len(times) - 1 for times in arrived.values()) <= DUPLICATES * KILLS
    assert max(again) <= AGAIN


def test_senders_that_are_told_to_end_finish_what_is_in_hand_and_repeat_nothing(
    tmp_path: Path, valkey: Valkey, receiver: Receiver
) -> None:
    make_readers(page := make_page(), 6_000, 200, receiver)
    notify(page, now=timezone.now())
    with post_room(tmp_path, valkey) as (senders, sink):
        senders.start()
        until(lambda: len(sink.taken()) >= 300, "some were told", PATIENCE)
        began = time.monotonic()
        codes = senders.end(signal.SIGTERM)
        drained = time.monotonic() - began
        assert Delivery.objects.exclude(lease="").count() == 0
        senders.start(1)
        until(lambda: not waiting(), "all were told", PATIENCE)
        arrived = arrivals(sink, receiver)

    assert codes == [0] * SENDERS
    assert drained <= DRAINED
    assert len(arrived) == 6_200
    assert {len(times) for times in arrived.values()} == {1}
