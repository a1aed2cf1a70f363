"""Sends what is due on one channel: take, send, record, until nothing is due.

What was sent is recorded before more than a few further messages go out, so that a sender which
dies repeats a few at most; what somebody cancelled in between is not sent any more.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from subscribers import claims, last_word, records, refusals, signup, suppression
from subscribers.channels import CHANNELS
from subscribers.channels.base import ChannelDown, Clock, Means, Message, Outcome, Result
from subscribers.claims import Batch
from subscribers.events import HANDSHAKE
from subscribers.holding import holding
from subscribers.models import Suppression
from subscribers.refusals import Fault

log = logging.getLogger(__name__)

# So many are looked at together, just before they go: are they still ours to send?
LOOK = 5
# When a whole channel is down, its messages wait as long as this.
PAUSE = timedelta(seconds=10)


def run(channel: str, means: Means, clock: Clock, until: datetime) -> int:
    """Send what is due on a channel, at the latest until then. Returns how many were sent."""
    sent = 0
    while clock() < until and (batch := claims.claim(channel, clock())):
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
    messages = _ours(batch, clock, until)
    for outcomes in CHANNELS[batch.channel].send(messages, means, clock):
        yield _settle(batch, outcomes, clock())


def _ours(batch: Batch, clock: Clock, until: datetime) -> Iterator[Message]:
    """The messages of a batch one by one, as long as there is time and they are still to be sent."""
    for few in _in_fews(batch.messages):
        if clock() >= until:
            return
        held = claims.held(batch, [message.delivery_id for message in few])
        yield from (message for message in few if message.delivery_id in held)


def _in_fews(messages: Iterable[Message]) -> Iterator[list[Message]]:
    rest = iter(messages)
    while few := list(islice(rest, LOOK)):
        yield few


@transaction.atomic
def _settle(batch: Batch, outcomes: Sequence[Outcome], now: datetime) -> int:
    recorded = records.record(batch, outcomes, now)
    for outcome in outcomes:
        if outcome.delivery_id in recorded:
            _follow_up(batch, batch.by_id[outcome.delivery_id], outcome, now)
    return sum(outcome.result == Result.SENT for outcome in outcomes)


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
