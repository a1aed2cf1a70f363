"""Sends what is due on one channel: take, send, record, until nothing is due.

What was sent is recorded before more than a few further messages go out, so that a sender which
dies repeats a few at most; what somebody cancelled in between is not sent any more.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta

from django.db import transaction

from subscribers import claims, last_word, records, signup, suppression, throttles
from subscribers.channels import CHANNELS
from subscribers.channels.base import ChannelDown, Clock, Means, Message, Outcome, Result
from subscribers.claims import Batch
from subscribers.events import HANDSHAKE
from subscribers.handing import Hand
from subscribers.holding import holding
from subscribers.models import Suppression
from subscribers.returns import refusals
from subscribers.returns.refusals import Fault

log = logging.getLogger(__name__)

# When a whole channel is down, its messages wait as long as this.
PAUSE = timedelta(seconds=10)


def run(
    channel: str, means: Means, clock: Clock, until: datetime, call: Callable[[], None] = lambda: None
) -> int:
    """Send what is due on a channel, at the latest until then. Returns how many were sent.

    Where there is more than a batch, `call` others once.
    """
    sent, called = 0, False
    while clock() < until and (batch := claims.claim(channel, clock())):
        if len(batch.ids) == claims.BATCH and not called:
            call()
            called = True
        batch = throttles.admit(batch, means.mail_rates, clock())
        with holding(batch, clock):
            try:
                for number in _send(batch, means, clock, until):
                    sent += number
            except ChannelDown as down:
                log.warning("%s is down: %s", channel, down)
                claims.release(batch, clock() + PAUSE, str(down))
                break
        claims.release(batch, clock())
    return sent


def _send(batch: Batch, means: Means, clock: Clock, until: datetime) -> Iterator[int]:
    hand = Hand(batch, clock, until)
    while hand.more():
        try:
            for outcomes in CHANNELS[batch.channel].send(hand, means, clock):
                yield _settle(hand, outcomes, clock())
        finally:
            hand.leave()


def _settle(hand: Hand, outcomes: Sequence[Outcome], now: datetime) -> int:
    """Write down what became of some, and look at the next in the same breath."""
    few = hand.unsure()
    with nullcontext() if _is_plain(hand.batch, outcomes) else transaction.atomic():
        _hold(hand.batch, outcomes)
        recorded, held = records.record_and_look(hand.batch, outcomes, now, few)
        for outcome in outcomes:
            if outcome.delivery_id in recorded:
                _follow_up(hand.batch, hand.batch.by_id[outcome.delivery_id], outcome, now)
    hand.learn(few, held)
    hand.settle(len(outcomes))
    _leave_alone(hand, [outcome.delivery_id for outcome in outcomes if outcome.busy], now)
    return sum(outcome.result == Result.SENT for outcome in outcomes)


def _leave_alone(hand: Hand, busy: Sequence[int], now: datetime) -> None:
    """Give the domains a rest that said they were busy; the others go on."""
    domains = {throttles.domain_of(hand.batch.by_id[delivery]) for delivery in busy}
    if domains:
        until = throttles.back_off(domains, now)
        rest = hand.drop(lambda message: throttles.domain_of(message) in domains)
        claims.postpone(hand.batch, dict.fromkeys(rest, until))


def _is_plain(batch: Batch, outcomes: Sequence[Outcome]) -> bool:
    """Whether all arrived and nothing follows from it: then it is one statement."""
    return all(
        outcome.result == Result.SENT and batch.by_id[outcome.delivery_id].notice.event != HANDSHAKE
        for outcome in outcomes
    )


def _hold(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """Lock whoever is about to be changed, before anything of theirs is: see signup.hold."""
    changed = [batch.by_id[each.delivery_id] for each in outcomes if _changes(batch, each)]
    mail = batch.channel == suppression.CHANNEL
    if changed:
        addresses = {message.address for message in changed if mail}
        signup.hold({message.subscriber_public_id for message in changed}, addresses)


def _changes(batch: Batch, outcome: Outcome) -> bool:
    """Whether the subscription itself may begin or end with this."""
    channel, message = CHANNELS[batch.channel], batch.by_id[outcome.delivery_id]
    if outcome.result == Result.SENT:
        return channel.answers_ping and message.notice.event == HANDSHAKE
    if outcome.result == Result.REFUSED:
        return refusals.judge(outcome.error) == Fault.MAILBOX
    last = outcome.result == Result.FAILED and message.attempt >= len(channel.schedule)
    return last or outcome.result == Result.GONE


def _follow_up(batch: Batch, message: Message, outcome: Outcome, now: datetime) -> None:
    if outcome.result != Result.SENT:
        _give_up(batch, message, outcome, now)
    asked = message.notice.event == HANDSHAKE and CHANNELS[batch.channel].answers_ping
    if asked and outcome.result == Result.SENT:
        signup.confirm(message.notice.public_id, now)


def _give_up(batch: Batch, message: Message, outcome: Outcome, now: datetime) -> None:
    """End what cannot be reached: by mail the address, on other channels the subscription."""
    subscriber, since = message.subscriber_public_id, message.notice.created_at
    if batch.channel == suppression.CHANNEL:
        if outcome.result == Result.GONE:
            suppression.suppress(message.address, Suppression.Reason.BOUNCED, outcome.error, now)
        elif outcome.result == Result.REFUSED and refusals.judge(outcome.error) == Fault.MAILBOX:
            suppression.came_back(subscriber, outcome.error, now)
    elif outcome.result == Result.GONE:
        last_word.switch_off(subscriber, outcome.error, since, now)
    elif outcome.result == Result.FAILED and message.attempt >= len(CHANNELS[batch.channel].schedule):
        last_word.give_up(subscriber, outcome.error, since, now)
