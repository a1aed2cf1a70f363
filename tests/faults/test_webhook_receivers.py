"""Receivers that hang, redirect, leave, are busy or dead for days: the others hear in time."""

import socket
import statistics
import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.utils import timezone

from monitors.models import Page
from subscribers import deliver, signup
from subscribers.channels import CHANNELS
from subscribers.models import Delivery, DeliveryState, State, Subscriber
from tests.hooksink import HookSink, hook_sink
from tests.make import make_page
from tests.subscribers.conftest import Receiver, receiver
from tests.subscribers.make import NOW, Clock, make_means, make_subscriber, notify, send

__all__ = ["receiver"]
pytestmark = pytest.mark.django_db(transaction=True)
RECEIVERS, HANGING = 1_000, 200
SCHEDULE = CHANNELS["webhook"].schedule


def subscribe(page: Page, sink: HookSink) -> None:
    """A thousand receivers; every fifth hangs."""
    every = RECEIVERS // HANGING
    Subscriber.objects.bulk_create(
        Subscriber(
            page=page,
            channel="webhook",
            address=f"{sink.url}/{'hang' if number % every == 0 else 'hook'}/{number}",
            state=State.ACTIVE,
            created_at=timezone.now(),
            secret=signup.new_secret(),
        )
        for number in range(RECEIVERS)
    )


def tell(page: Page, subject: str, sink: HookSink) -> list[float]:
    """One more notice: after how many seconds each of the healthy receivers had it, in order."""
    before = len(sink.taken())
    posted = timezone.now()
    notify(page, subject=subject, now=posted, impact="critical")
    healthy = RECEIVERS - HANGING
    while len(waits := _waits(sink, before, posted.timestamp(), subject)) < healthy:
        # A turn as every worker has them, one after the other.
        deliver.run("webhook", make_means(), timezone.now, timezone.now() + timedelta(seconds=8))
    return waits


def _waits(sink: HookSink, before: int, posted: float, subject: str) -> list[float]:
    first: dict[str, float] = {}
    for at, path in sink.taken()[before:]:
        if path.startswith("/hook"):
            first.setdefault(path, at - posted)
    return sorted(first.values())


@pytest.mark.slow
def test_200_of_1000_hang_and_the_others_hear_within_a_minute_also_the_next_time(tmp_path: Path) -> None:
    page = make_page()
    with hook_sink(tmp_path / "taken") as sink:
        subscribe(page, sink)
        first = tell(page, "incident:one", sink)
        second = tell(page, "incident:two", sink)
    for waits in (first, second):
        assert len(waits) == RECEIVERS - HANGING
        p95 = statistics.quantiles(waits, n=20)[-1]
        print(f"p95 {p95:.1f} s")
        assert p95 <= 60
    hanging = Delivery.objects.filter(subscriber__address__contains="/hang/")
    assert not hanging.exclude(state=DeliveryState.PENDING).exists()


def test_a_redirect_is_a_failure_and_is_not_followed(receiver: Receiver) -> None:
    page = make_page()
    receiver.to(make_subscriber(page, channel="webhook"))
    receiver.answer = lambda _request: (301, {"Location": f"{receiver.url}/elsewhere"})
    notify(page)
    send("webhook", make_means(), Clock())
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error) == (DeliveryState.PENDING, "HTTP 301")
    assert [request.path for request in receiver.requests] == ["/hook"]


def test_410_disables(receiver: Receiver) -> None:
    page = make_page()
    gone = receiver.to(make_subscriber(page, channel="webhook"))
    receiver.answer = lambda _request: (410, {})
    notify(page)
    send("webhook", make_means(), Clock())
    gone.refresh_from_db()
    assert gone.state == State.DISABLED
    notify(page, subject="incident:next")
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(("asked", "seconds"), [("120", 120), ("1000000000", 3_600)])
def test_a_busy_receiver_is_left_alone_as_long_as_it_asks_but_no_longer_than_an_hour(
    receiver: Receiver, asked: str, seconds: int
) -> None:
    page = make_page()
    receiver.to(make_subscriber(page, channel="webhook"))
    receiver.answer = lambda _request: (429, {"Retry-After": asked})
    notify(page)
    clock = Clock()
    send("webhook", make_means(), clock)
    clock.forward(seconds=seconds - 1)
    send("webhook", make_means(), clock)
    assert len(receiver.requests) == 1
    receiver.answer = lambda _request: (204, {})
    clock.forward(seconds=1)
    send("webhook", make_means(), clock)
    assert Delivery.objects.get().state == DeliveryState.SENT


def resetting(port: Callable[[int], None]) -> None:
    """Takes one connection and answers with a reset."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port(server.getsockname()[1])
        connection, _peer = server.accept()
        connection.recv(1)
        # No goodbye: what is unread is thrown away and the other side gets an RST.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connection.close()


def test_a_connection_that_is_reset_is_tried_again() -> None:
    ports: list[int] = []
    known = threading.Event()

    def keep(port: int) -> None:
        ports.append(port)
        known.set()

    server = threading.Thread(target=resetting, args=(keep,))
    server.start()
    known.wait(30)
    page = make_page()
    make_subscriber(page, channel="webhook", address=f"http://127.0.0.1:{ports[0]}/")
    notify(page)
    send("webhook", make_means(), Clock())
    server.join()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DeliveryState.PENDING, 1)
    assert delivery.error


def test_one_that_is_dead_for_days_is_tried_as_the_standard_says_and_then_a_dead_letter(
    receiver: Receiver,
) -> None:
    page = make_page()
    receiver.to(make_subscriber(page, channel="webhook"))
    receiver.answer = lambda _request: (503, {})
    notify(page)
    clock = Clock()
    tried = []
    while (delivery := Delivery.objects.get()).state == DeliveryState.PENDING:
        clock.now = max(clock.now, delivery.due_at)
        tried.append(clock.now)
        send("webhook", make_means(), clock)
    assert len(tried) == len(SCHEDULE) == len(receiver.requests)
    assert tried[0] == NOW
    for wait, (earlier, later) in zip(SCHEDULE[1:], pairwise(tried), strict=True):
        assert wait * 0.9 <= later - earlier <= wait * 1.1
    assert (delivery.state, delivery.error) == (DeliveryState.DEAD, "HTTP 503")
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
