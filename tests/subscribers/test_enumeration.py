"""Whoever types an address learns nothing about it: not from the answer, and not from how long it takes."""

import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from monitors.models import Page
from subscribers import asking
from subscribers.front.desk import Desk
from subscribers.means import means
from subscribers.models import Delivery, State, Subscriber, Suppression
from tests.make import make_page
from tests.subscribers.make import make_subscriber
from tests.subscribers.test_asking import make_question
from tests.subscribers.test_desk import Answer, Behind, press

# Of medians, on a machine that may do many other things: one more statement would cost as much as all.
NOISE = 2.5
ROUNDS = 40


def in_state(state: State, **values: Any) -> Callable[[Page, str], None]:
    def make(page: Page, address: str) -> None:
        make_subscriber(page, address=address, state=state, **values)

    return make


def suppressed(page: Page, address: str) -> None:
    Suppression.objects.create(
        address=address, reason=Suppression.Reason.COMPLAINED, created_at=timezone.now()
    )


def asked_today(page: Page, address: str) -> None:
    make_subscriber(page, address=address, state=State.PENDING, asked_at=timezone.now() - timedelta(hours=1))


def gone_for_good(page: Page, address: str) -> None:
    make_subscriber(page, address=address, state=State.DISABLED)
    suppressed(page, address)


KNOWN: dict[str, Callable[[Page, str], None]] = {
    "unknown": lambda page, address: None,
    "active": in_state(State.ACTIVE),
    "paused": in_state(State.PAUSED),
    "pending": in_state(State.PENDING),
    "unsubscribed": in_state(State.UNSUBSCRIBED),
    "disabled": in_state(State.DISABLED),
    "suppressed": suppressed,
    "disabled and suppressed": gone_for_good,
    "asked today": asked_today,
}
TOLD_NOTHING = {"suppressed", "disabled and suppressed", "asked today"}


@pytest.mark.django_db(transaction=True)
def test_every_address_gets_the_same_answer_from_django() -> None:
    page = make_page()
    answers = answers_of(Behind(), page)

    assert set(answers.values()) == {answers["unknown"]}


@pytest.mark.django_db(transaction=True)
def test_every_address_gets_the_same_answer_at_the_desk() -> None:
    page, behind = make_page(), Behind()
    desk = Desk(behind, means(settings))
    try:
        answers = answers_of(desk, page)
    finally:
        desk.stop()

    assert set(answers.values()) == {answers["unknown"]}
    assert behind.asked == 0
    asked = {delivery.subscriber.address for delivery in Delivery.objects.all()}
    assert asked == {address_of(kind) for kind in KNOWN.keys() - TOLD_NOTHING}


def address_of(kind: str, number: int = 0) -> str:
    return f"{kind.replace(' ', '-')}{number}@example.com"


def answers_of(application: Any, page: Page) -> dict[str, tuple[str, str, str]]:
    """Status, headers and text of each, but for the address itself."""
    answers = {}
    for kind, make in KNOWN.items():
        make(page, address_of(kind))
        answer: Answer = press(application, page, {"address": address_of(kind)})
        headers = {**answer.headers, "Content-Length": len(answer.text) - len(address_of(kind))}
        assert int(answer.headers["Content-Length"]) == len(answer.text.encode())
        text = answer.text.replace(address_of(kind), "")
        answers[kind] = (answer.status, str(sorted(headers.items())), text)
    assert len(answers["unknown"][2]) > 500
    return answers


@pytest.mark.django_db(transaction=True)
def test_every_address_takes_the_same_statements() -> None:
    page = make_page()
    behind = Behind()
    press(behind, page)
    statements = {}
    for kind, make in KNOWN.items():
        make(page, address_of(kind))
        with CaptureQueriesContext(connection) as queries:
            press(behind, page, {"address": address_of(kind)})
        statements[kind] = [query["sql"].split("(")[0] for query in queries.captured_queries]

    assert all(each == statements["unknown"] for each in statements.values())


def test_every_address_takes_the_same_time(db: None) -> None:
    page = make_page()
    now = timezone.now()
    for kind, make in KNOWN.items():
        for number in range(ROUNDS):
            make(page, address_of(kind, number))
    taken: dict[str, list[float]] = {kind: [] for kind in KNOWN}
    asking.ask([make_question(page, "first@example.com", network="")], now)
    # By turns, so that whatever else the machine does falls on all of them alike.
    for number in range(ROUNDS):
        for kind in KNOWN:
            question = make_question(page, address_of(kind, number), network=f"{kind} {number}")
            then = time.perf_counter()
            asking.ask([question], now)
            taken[kind].append(time.perf_counter() - then)

    medians = {kind: statistics.median(times) for kind, times in taken.items()}
    assert max(medians.values()) < NOISE * min(medians.values()), medians
    assert Subscriber.objects.filter(address=address_of("unknown", 1), state=State.PENDING).exists()
