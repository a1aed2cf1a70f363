import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from subscribers import tasks
from subscribers.channels import webhook
from subscribers.models import Allowance, Delivery, DeliveryState, State, Subscriber
from tests.make import make_page
from tests.subscribers.conftest import Receiver
from tests.subscribers.make import make_subscriber, notify


@pytest.fixture
def post_room(settings: Any, tmp_path: Path) -> Path:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = ""
    settings.WEBHOOK_ALLOW = "127.0.0.0/8"
    return tmp_path / "mail"


def tick() -> None:
    """In a thread that ends."""
    tasks.send()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_tick_sends_on_every_channel(post_room: Path, receiver: Receiver) -> None:
    page = make_page()
    make_subscriber(page)
    receiver.to(make_subscriber(page, channel="webhook"))
    notify(page, now=timezone.now())

    tasks.send()

    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.SENT}
    assert len(list(post_room.iterdir())) == len(receiver.requests) == 1


@pytest.mark.django_db(transaction=True)
def test_mail_does_not_wait_for_webhooks_that_hang(
    post_room: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "FIRST_DEADLINE", 30.0)
    page = make_page()
    reader = make_subscriber(page)
    receiver.to(make_subscriber(page, channel="webhook"), "/hang")
    notify(page, now=timezone.now())
    mail, hook = Delivery.objects.get(subscriber=reader), Delivery.objects.exclude(subscriber=reader).get()
    sender = threading.Thread(target=tick)
    sender.start()
    while mail.finished_at is None and sender.is_alive():
        time.sleep(0.01)
        mail.refresh_from_db()

    # The webhook was not given up by then.
    hook.refresh_from_db()
    assert mail.state == DeliveryState.SENT
    assert (hook.state, hook.attempts) == (DeliveryState.PENDING, 0)
    assert receiver.asked.wait(30)
    receiver.ended.set()
    sender.join()
    hook.refresh_from_db()
    assert (hook.state, hook.attempts) == (DeliveryState.PENDING, 1)


@pytest.mark.django_db(transaction=True)
def test_a_channel_that_hangs_is_left_alone_by_the_next_tick_and_the_other_goes_on(
    post_room: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "FIRST_DEADLINE", 30.0)
    page = make_page()
    receiver.to(make_subscriber(page, channel="webhook"), "/hang")
    notify(page, now=timezone.now())
    first = threading.Thread(target=tick)
    first.start()
    assert receiver.asked.wait(30)

    make_subscriber(page)
    notify(page, subject="incident:other", now=timezone.now())
    second = threading.Thread(target=tick)
    second.start()
    second.join(10)

    assert first.is_alive()
    assert not second.is_alive()
    assert len(list(post_room.iterdir())) == len(receiver.requests) == 1
    receiver.ended.set()
    first.join()


@pytest.mark.django_db(transaction=True)
def test_an_idle_tick_asks_the_database_once(
    post_room: Path, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[str] = []
    monkeypatch.setattr(tasks, "_send_on", lambda channel, until: began.append(channel))
    page = make_page()
    make_subscriber(page)
    notify(page, now=timezone.now() + timedelta(minutes=1))
    with django_assert_num_queries(1):
        tasks.send()
    assert began == []

    notify(page, subject="incident:other", now=timezone.now())
    tasks.send()
    assert began == ["email"]


@pytest.mark.django_db
def test_tidying_forgets_what_is_old() -> None:
    page = make_page()
    old = timezone.now() - timedelta(days=100)
    make_subscriber(page)
    make_subscriber(page, state=State.PENDING, asked_at=old)
    notify(page, now=old)
    Allowance.objects.create(key="198.51.100.7", since=old, count=1)

    tasks.tidy()

    assert Subscriber.objects.count() == 1
    assert Delivery.objects.count() == Allowance.objects.count() == 0
