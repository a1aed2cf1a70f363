"""Switches off whoever cannot be reached any more, and says so once to their contact.

The last word is written in the transaction that ends the subscription. One person gets one a day,
however many of their addresses fail; who is suppressed gets none.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from subscribers import outbox, signup, suppression
from subscribers.channels import CHANNELS
from subscribers.events import LAST_WORD
from subscribers.models import Delivery, DeliveryState, State, Subscriber

ONCE_IN = timedelta(hours=24)


@transaction.atomic
def switch_off(subscriber_id: str, why: str, since: datetime, now: datetime) -> None:
    """End a subscription (public id) that has failed `since` then; `why` as deliveries say it."""
    subscriber = signup.disable(subscriber_id, now, why)
    ended = subscriber and subscriber.state == State.DISABLED and subscriber.ended_at == now
    if subscriber and ended and subscriber.confirmed_at and _may_write(subscriber.contact, now):
        outbox.last_word(subscriber, _payload(subscriber, why, since), now)


def give_up(subscriber_id: str, why: str, since: datetime, now: datetime) -> None:
    """A whole schedule failed that began then: switch off, unless something got through since."""
    reached = Delivery.objects.filter(
        subscriber__public_id=subscriber_id, state=DeliveryState.SENT, finished_at__gte=since
    )
    if not reached.exists():
        switch_off(subscriber_id, why, since, now)


def _payload(subscriber: Subscriber, why: str, since: datetime) -> dict[str, str]:
    """The contact never proved to be the owner: the whole address is not for them."""
    host = CHANNELS[subscriber.channel].shown(subscriber.address)
    return {"channel": subscriber.channel, "host": host, "why": why, "since": since.isoformat()}


def _may_write(contact: str, now: datetime) -> bool:
    if not contact or suppression.is_suppressed(contact):
        return False
    # Two senders may switch off two of theirs at once; one lock for all, for there may be several contacts.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('last word', 0))")
    recent = Delivery.objects.filter(
        notice__event=LAST_WORD, notice__created_at__gt=now - ONCE_IN, subscriber__contact=contact
    )
    return not recent.exists()
