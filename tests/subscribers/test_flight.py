"""Many requests at once: bounded over all channels of a process, and fair between them."""

import asyncio
import threading
from collections.abc import Iterator

from subscribers.channels import flight
from subscribers.channels.base import Message, Outcome, Result
from subscribers.channels.flight import IN_FLIGHT, at_once
from tests.subscribers.make import make_message


class Server:
    """Counts how many are being served; answers only what was let go."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self.open = threading.Event()

    async def send(self, message: Message) -> Outcome:
        self.now += 1
        self.most = max(self.most, self.now)
        while not self.open.is_set():
            await asyncio.sleep(0.001)
        self.now -= 1
        return Outcome(message.delivery_id, Result.SENT)


def messages(number: int) -> Iterator[Message]:
    return (make_message(delivery_id=each) for each in range(number))


def run(server: Server, number: int, done: list[int]) -> threading.Thread:
    def work() -> None:
        for outcomes in at_once(messages(number), server.send):
            done.extend(outcome.delivery_id for outcome in outcomes)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def until(condition: object) -> None:
    waiting = threading.Event()
    while not condition():  # type: ignore[operator]
        waiting.wait(0.002)


def test_all_are_sent_and_no_more_than_the_bound_at_once() -> None:
    server, done = Server(), list[int]()
    thread = run(server, 40, done)
    until(lambda: server.now == IN_FLIGHT)
    server.open.set()
    thread.join()

    assert sorted(done) == list(range(40))
    assert server.most == IN_FLIGHT


def test_what_was_sent_counts_until_it_is_recorded() -> None:
    server = Server()
    server.open.set()
    sending = at_once(messages(40), server.send)
    first = next(iter(sending))
    assert flight._PLACES._held
    assert sum(flight._PLACES._held.values()) == IN_FLIGHT
    assert len(first) <= IN_FLIGHT
    sending.close()  # type: ignore[attr-defined]
    assert flight._PLACES._held == {}


def test_a_channel_whose_receivers_hang_leaves_the_others_their_share() -> None:
    hanging, lively = Server(), Server()
    first, second = list[int](), list[int]()
    lively.open.set()
    stuck = run(hanging, 100, first)
    until(lambda: hanging.now == IN_FLIGHT)
    other = run(lively, 60, second)
    # Somebody must end before the newcomer begins: then no more than the share is taken again.
    until(lambda: len(flight._PLACES._held) == 2)
    hanging.open.set()
    until(lambda: len(first) >= IN_FLIGHT)
    hanging.open.clear()
    other.join()
    assert sorted(second) == list(range(60))
    hanging.open.set()
    stuck.join()
    assert sorted(first) == list(range(100))


def test_who_gets_no_place_leaves_its_messages(monkeypatch: object) -> None:
    hanging, lively = Server(), Server()
    done, none = list[int](), list[int]()
    lively.open.set()
    stuck = run(hanging, IN_FLIGHT, done)
    until(lambda: hanging.now == IN_FLIGHT)
    monkeypatch.setattr(flight, "PATIENCE", 0.01)  # type: ignore[attr-defined]
    given_up = run(lively, 3, none)
    given_up.join()
    assert none == []
    hanging.open.set()
    stuck.join()
    assert len(done) == IN_FLIGHT


def test_one_that_cannot_be_sent_costs_no_other_its_outcome() -> None:
    async def send(message: Message) -> Outcome:
        if message.delivery_id == 3:
            raise OverflowError
        return Outcome(message.delivery_id, Result.SENT)

    outcomes = {each.delivery_id: each for some in at_once(messages(40), send) for each in some}

    assert (outcomes[3].result, outcomes[3].error) == (Result.BROKEN, "OverflowError")
    assert [each.result for each in outcomes.values()].count(Result.SENT) == 39
