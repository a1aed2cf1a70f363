"""Writes down what became of deliveries in hand: sent, to be tried again, or failed for good.

An outcome counts only while the lease is still held: a sender that was too slow changes nothing.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from subscribers.channels import CHANNELS
from subscribers.channels.base import Outcome, Result
from subscribers.claims import OURS, WAITS, Batch
from subscribers.events import LAST_WORDS, REOPENING
from subscribers.models import Delivery, DeliveryState, Priority, State, Subscriber
from subscribers.retries import next_due

_random = secrets.SystemRandom()

_RECORD = f"""
UPDATE subscribers_delivery d SET state = v.state, due_at = coalesce(v.due_at, %(now)s), error = v.error,
    finished_at = CASE WHEN v.due_at IS NULL THEN %(now)s END, attempts = d.attempts + 1, taken = 0,
    lease = '', priority = CASE WHEN v.due_at IS NULL THEN d.priority ELSE {Priority.LATER} END
FROM unnest(%(ids)s::bigint[], %(states)s::text[], %(dues)s::timestamptz[], %(errors)s::text[])
    AS v (id, state, due_at, error)
WHERE d.id = v.id AND {OURS}
"""  # noqa: S608
# The same where all arrived, which is written down in half the time.
_ARRIVED = f"""
UPDATE subscribers_delivery d SET state = '{DeliveryState.SENT}', due_at = %(now)s, error = '',
    finished_at = %(now)s, attempts = d.attempts + 1, taken = 0, lease = ''
WHERE d.id = ANY(%(ids)s::bigint[]) AND {OURS}
"""  # noqa: S608
# Ends with a look at what is to be sent next: that is one way to the database less for every few messages.
_AND_LOOK = f"""
WITH recorded AS ({{}} RETURNING d.id)
SELECT id, true FROM recorded UNION ALL
SELECT d.id, false FROM subscribers_delivery d WHERE d.id = ANY(%(next)s::bigint[]) AND {OURS}
"""  # noqa: S608

# A newer message was written while this one was in hand: trying again would tell old news. It says which one,
# because that may yet be taken back (held.py).
_OVERTAKEN = f"""
WITH overtaken AS (
    SELECT d.id, (SELECT n.public_id FROM subscribers_delivery newer
        JOIN subscribers_notice n ON n.id = newer.notice_id
        WHERE newer.subscriber_id = d.subscriber_id AND newer.subject = d.subject AND newer.id > d.id
            AND newer.state IN ('{DeliveryState.PENDING}', '{DeliveryState.SENT}')
            AND (own.event <> ALL(%(last_words)s) OR n.event = %(reopening)s)
        ORDER BY newer.id LIMIT 1) AS by
    FROM subscribers_delivery d JOIN subscribers_notice own ON own.id = d.notice_id
    WHERE d.id = ANY(%(ids)s) AND {WAITS})
UPDATE subscribers_delivery d SET state = '{DeliveryState.CANCELLED}', finished_at = %(now)s, lease = o.by
FROM overtaken o WHERE d.id = o.id AND o.by IS NOT NULL AND {WAITS}
"""  # noqa: S608


def record(batch: Batch, outcomes: Sequence[Outcome], now: datetime) -> set[int]:
    """Write down what became of deliveries in hand. Returns those that were still ours."""
    return record_and_look(batch, outcomes, now, ())[0]


def record_and_look(
    batch: Batch, outcomes: Sequence[Outcome], now: datetime, following: Collection[int]
) -> tuple[set[int], set[int]]:
    """The same, and of the `following` the ones that are still ours to send."""
    values = {
        "lease": batch.lease,
        "now": now,
        "ids": _keys(outcome.delivery_id for outcome in outcomes),
        "next": _keys(following),
    }
    if all(outcome.result == Result.SENT for outcome in outcomes):
        return _write(_ARRIVED, values)
    channel = CHANNELS[batch.channel]
    dues = [_due(batch, outcome, channel.schedule, now) for outcome in outcomes]
    values |= {
        "states": [_state(outcome, due) for outcome, due in zip(outcomes, dues, strict=True)],
        "dues": dues,
        "errors": [outcome.error.replace("\0", "")[:500] for outcome in outcomes],
    }
    written = _write(_RECORD, values)
    again = [outcome.delivery_id for outcome, due in zip(outcomes, dues, strict=True) if due]
    if again and not channel.every_event:
        _cancel_overtaken(again, now)
    return written


def _write(statement: str, values: Mapping[str, Any]) -> tuple[set[int], set[int]]:
    with connection.cursor() as cursor:
        cursor.execute(_AND_LOOK.format(statement), values)
        rows = cursor.fetchall()
    return {id_ for id_, done in rows if done}, {id_ for id_, done in rows if not done}


def _keys(ids: Iterable[int]) -> str:
    """As Postgres writes an array: the driver takes longer to make one than the statement takes."""
    return f"{{{','.join(map(str, ids))}}}"


def _due(batch: Batch, outcome: Outcome, schedule: Sequence[timedelta], now: datetime) -> datetime | None:
    attempt = batch.by_id[outcome.delivery_id].attempt
    return next_due(outcome, attempt, schedule, now, _random.uniform(0.9, 1.1))


def _state(outcome: Outcome, due: datetime | None) -> str:
    if due:
        return DeliveryState.PENDING
    return DeliveryState.SENT if outcome.result == Result.SENT else DeliveryState.DEAD


def _cancel_overtaken(ids: Sequence[int], now: datetime) -> None:
    values: Mapping[str, Any] = {
        "ids": list(ids),
        "now": now,
        "last_words": list(LAST_WORDS),
        "reopening": REOPENING,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OVERTAKEN, values)


def retry(deliveries: Collection[int], now: datetime) -> int:
    """Start anew with these failed deliveries, where their subscriber still wants them."""
    return retry_all(Delivery.objects.filter(pk__in=deliveries), now)


def retry_all(deliveries: QuerySet[Delivery], now: datetime) -> int:
    """The same for all that failed among these, by one statement, however many they are."""
    # Not joined: where the database has not counted its rows lately, it would go through all for each.
    told = Subscriber.objects.filter(state__in=(State.ACTIVE, State.PENDING))
    dead = deliveries.filter(state=DeliveryState.DEAD, subscriber_id__in=told.values("pk"))
    return dead.update(
        state=DeliveryState.PENDING,
        priority=Priority.NOTICE,
        due_at=now,
        attempts=0,
        taken=0,
        finished_at=None,
    )
