"""The outbox against a pure model: whatever happens in whatever order, what was promised holds."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from subscribers import claims, held, last_word, preferences, records, signup, suppression
from subscribers.channels.base import Outcome, Result
from subscribers.claims import Batch
from subscribers.events import LAST_WORDS, REOPENING
from subscribers.models import Delivery, DeliveryState, Notice, Subscriber, Suppression
from tests.make import make_page
from tests.subscribers.make import Clock, make_subscriber, notify, states

CHANNELS = ["email", "webhook"]
EVENTS = ["incident.created", "incident.updated", "incident.resolved", "incident.postmortem"]
ENDINGS = ["leave", "pause", "erase", "switch_off"]
RESULTS = [Result.SENT, Result.SENT, Result.SENT, Result.FAILED, Result.REFUSED]


@dataclass
class Hand:
    """A batch in a sender's hand, and how far it has come."""

    batch: Batch
    unsent: list[int]
    unrecorded: list[int] = field(default_factory=list)


class PostRoom(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.savepoint = transaction.savepoint()
        # The same steps come out alike.
        records._random.seed(0)
        self.clock = Clock()
        self.page = make_page()
        self.subscribers = [make_subscriber(self.page, channel=channel) for channel in CHANNELS * 2]
        # Who left, was switched off or erased; who pauses; and what waited for them then.
        self.left: set[int] = set()
        self.paused: set[int] = set()
        self.withdrawn: set[int] = set()
        # Until when the notices that can be undone wait, and those that were.
        self.held: dict[int, datetime] = {}
        self.undone: set[int] = set()
        self.hands: list[Hand] = []
        # By delivery: how often it arrived, and how often a further attempt was right.
        self.arrived: dict[int, int] = defaultdict(int)
        self.excused: dict[int, int] = defaultdict(int)
        self.restarted: set[int] = set()
        self.heard: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.post("incident.created", "incident:a")

    @precondition(lambda self: len(self.subscribers) < 8)
    @rule(channel=st.sampled_from(CHANNELS))
    def subscribe(self, channel: str) -> None:
        self.subscribers.append(make_subscriber(self.page, channel=channel))

    @precondition(lambda self: self._here())
    @rule(data=st.data(), how=st.sampled_from(ENDINGS))
    def hear_no_more(self, data: Any, how: str) -> None:
        self._end(data.draw(st.sampled_from(self._here())), how)

    def _end(self, subscriber: Subscriber, how: str) -> None:
        # What waits, and what was overtaken: though the newer one be undone, they hear of it no more.
        unsent = (DeliveryState.PENDING, DeliveryState.CANCELLED)
        waiting = Delivery.objects.filter(subscriber=subscriber, state__in=unsent)
        self.withdrawn |= set(waiting.values_list("pk", flat=True))
        (self.paused if how == "pause" else self.left).add(subscriber.pk)
        getattr(self, f"_{how}")(subscriber)

    def _leave(self, subscriber: Subscriber) -> None:
        signup.leave(subscriber.public_id, self.clock())

    def _pause(self, subscriber: Subscriber) -> None:
        assert preferences.pause(subscriber.public_id, self.clock())

    def _erase(self, subscriber: Subscriber) -> None:
        """Nothing of them is left, not even what was told."""
        key = subscriber.pk
        assert preferences.erase(subscriber.public_id)
        assert not Delivery.objects.filter(subscriber=key).exists()

    def _switch_off(self, subscriber: Subscriber) -> None:
        """The other side says that they are gone for good."""
        if subscriber.channel == suppression.CHANNEL:
            suppression.suppress(subscriber.address, Suppression.Reason.BOUNCED, "550", self.clock())
        else:
            last_word.switch_off(subscriber.public_id, "HTTP 410", self.clock(), self.clock())

    @precondition(lambda self: self.paused)
    @rule(data=st.data())
    def resume(self, data: Any) -> None:
        chosen = data.draw(st.sampled_from([each for each in self.subscribers if each.pk in self.paused]))
        assert preferences.resume(chosen.public_id)
        self.paused.discard(chosen.pk)

    def _here(self) -> list[Subscriber]:
        """Those who are to be told."""
        return [each for each in self.subscribers if each.pk not in self.left | self.paused]

    @rule(
        event=st.sampled_from(EVENTS),
        subject=st.sampled_from(["incident:a", "incident:b"]),
        hold=st.sampled_from([0, 0, 20]),
    )
    def post(self, event: str, subject: str, hold: int = 0) -> None:
        due = self.clock() + timedelta(seconds=hold)
        notice = notify(self.page, event, subject=subject, now=self.clock(), due_at=due)
        assert set(states(notice)) == {each.address for each in self._here()}
        if hold:
            self.held[notice.pk] = due

    @precondition(lambda self: self._undoable())
    @rule(data=st.data())
    def take_back(self, data: Any) -> None:
        """The latest of a subject, within its hold: nobody hears of it, and what it overtook goes on."""
        notice = data.draw(st.sampled_from(self._undoable()))
        deliveries = set(Delivery.objects.filter(notice=notice).values_list("pk", flat=True))
        held.take_back(notice.public_id, self.clock())
        assert not deliveries & set(self.arrived)
        self.withdrawn |= deliveries
        self.undone |= {notice.pk}
        del self.held[notice.pk]

    def _undoable(self) -> list[Notice]:
        latest: dict[str, Notice] = {}
        for notice in Notice.objects.exclude(pk__in=self.undone).order_by("pk"):
            latest[notice.subject] = notice
        return [each for each in latest.values() if self.held.get(each.pk, self.clock()) > self.clock()]

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def send_now(self, data: Any) -> None:
        key = data.draw(st.sampled_from(sorted(self.held)))
        held.hurry(Notice.objects.get(pk=key).public_id, self.clock())
        del self.held[key]

    @rule(
        channel=st.sampled_from(CHANNELS),
        limit=st.integers(1, 4),
        some=st.integers(0, 3),
        meanwhile=st.sampled_from(["", "", "", *ENDINGS]),
    )
    def claim(self, channel: str, limit: int, some: int, meanwhile: str) -> None:
        """A sender takes some in hand, somebody perhaps wants no more, and it sends the first of them."""
        batch = claims.claim(channel, self.clock(), limit)
        if batch is None:
            return
        in_flight = {delivery for hand in self.hands for delivery in hand.unrecorded}
        for delivery in in_flight & set(batch.ids):
            self.excused[delivery] += 1
        hand = Hand(batch, batch.ids)
        self.hands.append(hand)
        first = batch.messages[0].address
        if meanwhile:
            self._end(next(each for each in self._here() if each.address == first), meanwhile)
        self._send(hand, some)

    @precondition(lambda self: self._busy())
    @rule(data=st.data(), some=st.integers(1, 4))
    def go_on(self, data: Any, some: int) -> None:
        """A sender sends more of what it holds."""
        self._send(data.draw(st.sampled_from(self._busy())), some)

    def _busy(self) -> list[Hand]:
        return [hand for hand in self.hands if hand.unsent]

    def _send(self, hand: Hand, some: int) -> None:
        for delivery in hand.unsent[:some]:
            hand.unsent.remove(delivery)
            if delivery not in claims.held(hand.batch, [delivery]):
                continue
            message = hand.batch.by_id[delivery]
            assert message.address in {each.address for each in self._here()}
            assert self.held.get(message.notice.id, self.clock()) <= self.clock()
            assert self.arrived[delivery] <= self.excused[delivery]
            self.arrived[delivery] += 1
            self.heard[message.address, message.notice.subject].append(delivery)
            hand.unrecorded.append(delivery)

    @precondition(lambda self: any(hand.unrecorded for hand in self.hands))
    @rule(result=st.sampled_from(RESULTS))
    def record(self, result: Result) -> None:
        hand = next(hand for hand in self.hands if hand.unrecorded)
        delivery = hand.unrecorded.pop()
        recorded = records.record(hand.batch, [Outcome(delivery, result)], self.clock())
        self.excused[delivery] += bool(recorded and result != Result.SENT)

    @precondition(lambda self: self.hands)
    @rule(data=st.data())
    def crash(self, data: Any) -> None:
        hand = data.draw(st.sampled_from(self.hands))
        self.hands.remove(hand)
        for delivery in hand.unrecorded:
            self.excused[delivery] += 1

    @precondition(lambda self: any(not hand.unrecorded for hand in self.hands))
    @rule()
    def give_back(self) -> None:
        hand = next(hand for hand in self.hands if not hand.unrecorded)
        self.hands.remove(hand)
        claims.release(hand.batch, self.clock())

    @precondition(lambda self: self.hands)
    @rule(data=st.data())
    def renew(self, data: Any) -> None:
        claims.renew(data.draw(st.sampled_from(self.hands)).batch, self.clock())

    @rule(seconds=st.sampled_from([1, 6, 12, 600, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)

    @rule()
    def staff_try_again(self) -> None:
        dead = set(Delivery.objects.filter(state=DeliveryState.DEAD).values_list("pk", flat=True))
        records.retry(dead, self.clock())
        self.restarted |= dead
        for delivery in dead:
            self.excused[delivery] += 1

    @invariant()
    def what_is_cancelled_has_a_reason(self) -> None:
        for delivery in Delivery.objects.filter(state=DeliveryState.CANCELLED).select_related("notice"):
            later = Notice.objects.filter(subject=delivery.subject, pk__gt=delivery.notice_id)
            newer = later.exclude(pk__in=self.undone)
            if delivery.notice.event in LAST_WORDS:
                newer = newer.filter(event=REOPENING)
            overtaken = delivery.channel == "email" and newer.exists()
            assert overtaken or delivery.pk in self.withdrawn

    @invariant()
    def everybody_hears_of_one_subject_in_order(self) -> None:
        for deliveries in getattr(self, "heard", {}).values():
            in_time = [delivery for delivery in deliveries if delivery not in self.restarted]
            assert in_time == sorted(in_time)

    def teardown(self) -> None:
        """In the end every sender is gone, new ones get everything through, and nothing is left over."""
        if not hasattr(self, "savepoint"):
            return
        for _ in range(20):
            self.clock.forward(days=2)
            over = not Delivery.objects.filter(state=DeliveryState.PENDING).exists()
            for channel in CHANNELS:
                while batch := claims.claim(channel, self.clock()):
                    records.record(batch, [Outcome(each, Result.SENT) for each in batch.ids], self.clock())
            # Once more after the last was sent: there is nothing to claim then.
            if over:
                break
        assert not Delivery.objects.filter(state=DeliveryState.PENDING).exists()
        self.what_is_cancelled_has_a_reason()
        transaction.savepoint_rollback(self.savepoint)


@pytest.mark.django_db
def test_the_outbox_keeps_its_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_random", Random())
    run_state_machine_as_test(
        PostRoom,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
