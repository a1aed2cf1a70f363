"""The doorbell, on a real broker and on one that never answers."""

import socket
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import pytest
from django.db import transaction

from monitors import bell
from tests.monitors.broker import PATIENCE, Queues, queues


@pytest.fixture
def broker() -> Iterator[Queues]:
    with queues("publish", "send") as found:
        yield found


@pytest.fixture
def half_open() -> Iterator[socket.socket]:
    """A broker that accepts and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.mark.django_db(transaction=True)
def test_it_rings_once_the_transaction_has_committed(broker: Queues) -> None:
    with transaction.atomic():
        bell.ring("statuspage.tasks.publish")
        bell.ring("subscribers.tasks.send")
        assert broker.empty()
    assert broker.next("publish") == ("statuspage.tasks.publish", [])
    assert broker.next("send") == ("subscribers.tasks.send", [])


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_rings_for_nothing(broker: Queues) -> None:
    with transaction.atomic():
        bell.ring("statuspage.tasks.publish")
        transaction.set_rollback(True)
    bell.ring("subscribers.tasks.send")
    assert broker.next("send") == ("subscribers.tasks.send", [])
    assert broker.empty()


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_never_answers_holds_nobody(
    broker: Queues,
    half_open: socket.socket,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bell, "_one", None)
    said: SimpleQueue[str] = SimpleQueue()
    monkeypatch.setattr(bell.logger, "warning", lambda words, *values: said.put(words % values))
    answering = settings.REDIS_URL
    settings.REDIS_URL = f"redis://127.0.0.1:{half_open.getsockname()[1]}/0"
    bell.ring("statuspage.tasks.publish")
    # Held open, without a word.
    silent, _address = half_open.accept()
    with silent:
        assert "could not be told of statuspage.tasks.publish" in said.get(timeout=PATIENCE)
    settings.REDIS_URL = answering
    # The same thread has given up on the first, or this would never be heard.
    bell.ring("subscribers.tasks.send")
    assert broker.next("send") == ("subscribers.tasks.send", [])
