"""Takes due deliveries under a lease, holds them, and gives back what was not sent.

Whoever holds the lease alone may send and record. A lease is a `due_at` in the future: when a
sender dies, its deliveries are due again. Nobody takes a delivery while an older one of the same
subject still waits for the same subscriber.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_noop

from subscribers.channels.base import Message, Told
from subscribers.events import HANDSHAKE, LAST_WORD
from subscribers.models import Delivery, DeliveryState, Notice, Priority, State

BATCH = 500
# After a sender died, what it held waits as long as this.
LEASE = timedelta(seconds=12)
# Taken this often without an outcome: from now on a few together, then alone, and in the end parked.
SUSPECT_AFTER = 2
FEW = 20
ALONE_AFTER = 3
PARKED_AFTER = 5
_PARKED = gettext_noop("Its sender stopped five times while sending it.")

# The scalar subquery is one look into an index per row, whatever else waits; as a join it was not.
_TAKE = f"""
WITH due AS MATERIALIZED (
    SELECT d.id, d.subscriber_id FROM subscribers_delivery d
    WHERE d.state = '{DeliveryState.PENDING}' AND d.channel = %(channel)s AND d.priority = %(priority)s
        AND d.due_at <= %(now)s AND d.taken < %(below)s AND d.id = (
            SELECT min(older.id) FROM subscribers_delivery older
            WHERE older.state = '{DeliveryState.PENDING}' AND older.subject = d.subject
                AND older.subscriber_id = d.subscriber_id)
    ORDER BY d.due_at, d.id LIMIT %(limit)s FOR UPDATE OF d SKIP LOCKED)
UPDATE subscribers_delivery d SET lease = %(lease)s, due_at = %(until)s, taken = d.taken + 1,
    priority = CASE WHEN d.taken + 1 >= {SUSPECT_AFTER} THEN {Priority.SUSPECT} ELSE d.priority END
FROM due LEFT JOIN subscribers_subscriber s ON s.id = due.subscriber_id WHERE d.id = due.id
RETURNING d.id, d.notice_id, d.attempts, d.taken, s.public_id,
    CASE WHEN d.channel = s.channel THEN s.address ELSE s.contact END, s.language, s.state, s.secret,
    CASE WHEN s.previous_until > %(now)s THEN s.previous_secret ELSE '' END, s.time_zone, s.format
"""  # noqa: S608 (only our own constants)

# Of deliveries that are named by their keys. So written it fits no index of all that waits, which Postgres
# would read whole for a few of them as long as it believes that next to nothing waits.
WAITS = f"d.state || '' = '{DeliveryState.PENDING}'"
OURS = f"d.lease = %(lease)s AND {WAITS}"

_HELD = f"SELECT d.id FROM subscribers_delivery d WHERE d.id = ANY(%(ids)s) AND {OURS}"  # noqa: S608
_RENEW = f"UPDATE subscribers_delivery d SET due_at = %(due_at)s WHERE d.id = ANY(%(ids)s) AND {OURS}"  # noqa: S608
_RELEASE = f"""
UPDATE subscribers_delivery d SET lease = '', taken = 0, due_at = %(due_at)s, error = %(error)s
WHERE d.id = ANY(%(ids)s) AND {OURS}
"""  # noqa: S608
# A look into an index for each channel and priority, whatever statistics say: it is asked once a second.
_DUE = f"""
SELECT DISTINCT c.channel
FROM unnest(%(channels)s::text[]) AS c (channel), unnest(%(priorities)s::int[]) AS p (priority)
WHERE (SELECT d.id FROM subscribers_delivery d
    WHERE d.state = '{DeliveryState.PENDING}' AND d.channel = c.channel AND d.priority = p.priority
        AND d.due_at <= %(now)s
    ORDER BY d.due_at, d.id LIMIT 1) IS NOT NULL
"""  # noqa: S608
_POSTPONE = f"""
UPDATE subscribers_delivery d SET lease = '', taken = 0, due_at = v.due_at
FROM unnest(%(ids)s::bigint[], %(times)s::timestamptz[]) AS v (id, due_at) WHERE d.id = v.id AND {OURS}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries in hand, by primary key, in the order in which they are to go."""

    channel: str
    lease: str
    by_id: dict[int, Message]

    @property
    def messages(self) -> tuple[Message, ...]:
        """What is to be sent."""
        return tuple(self.by_id.values())

    @property
    def ids(self) -> list[int]:
        """Their primary keys."""
        return list(self.by_id)


def due(channels: Iterable[str], now: datetime) -> set[str]:
    """On which of these channels there is something to send, unless it waits for something older."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"channels": list(channels), "priorities": list(Priority), "now": now})
        return {row[0] for row in cursor.fetchall()}


def claim(channel: str, now: datetime, limit: int = BATCH) -> Batch | None:
    """Take up to `limit` due deliveries of a channel until `now + LEASE`; None where nothing is due."""
    lease = secrets.token_hex(16)
    rows: list[tuple[Any, ...]] = []
    for priority in (Priority.PERSON_WAITS, Priority.CRITICAL, Priority.NOTICE, Priority.LATER):
        if len(rows) < limit:
            rows += _take(channel, priority, lease, now, limit - len(rows))
    rows = rows or _take(channel, Priority.SUSPECT, lease, now, min(limit, FEW), ALONE_AFTER)
    rows = rows or _take(channel, Priority.SUSPECT, lease, now, 1)
    if not rows:
        return None
    notices = {told.id: told for told in _notices({row[1] for row in rows})}
    # Whoever is erased takes notices along, perhaps just now.
    welcome = [row for row in rows if row[1] in notices and _may_have(row, notices[row[1]])]
    _park_or_cancel(rows, {row[0] for row in welcome}, now)
    return Batch(channel, lease, {row[0]: _message(row, notices[row[1]]) for row in welcome})


def _take(
    channel: str, priority: int, lease: str, now: datetime, limit: int, below: int = 100
) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {"channel": channel, "priority": priority, "lease": lease, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values | {"now": now, "until": now + LEASE, "below": below})
        return sorted(cursor.fetchall())


def _may_have(row: tuple[Any, ...], notice: Told) -> bool:
    taken, state = row[3], row[7]
    # Somebody who paused and forgot it may ask anew.
    asked = notice.event == HANDSHAKE and state in (State.PENDING, State.PAUSED)
    # That it is off concerns nobody any more whose subscription is on again.
    welcome = state == State.DISABLED if notice.event == LAST_WORD else state == State.ACTIVE or asked
    return taken <= PARKED_AFTER and welcome


def _park_or_cancel(rows: Sequence[tuple[Any, ...]], welcome: Collection[int], now: datetime) -> None:
    rest = [row for row in rows if row[0] not in welcome]
    if not rest:
        return
    parked = [row[0] for row in rest if row[3] > PARKED_AFTER]
    left = [row[0] for row in rest if row[3] <= PARKED_AFTER]
    Delivery.objects.filter(pk__in=parked).update(
        state=DeliveryState.DEAD, error=_PARKED, lease="", taken=0, finished_at=now
    )
    Delivery.objects.filter(pk__in=left).update(state=DeliveryState.CANCELLED, lease="", finished_at=now)


def _notices(ids: Collection[int]) -> Iterable[Told]:
    # Of a page there is much more, which would be asked for with every batch.
    rows = Notice.objects.filter(pk__in=ids).order_by().values_list(
        "pk", "public_id", "event", "subject", "payload", "created_at", "page__public_id", "page__name",
        "page__url", "page__time_zone", "page__languages", "page__sender", "page__default_language",
    )  # fmt: skip
    for *own, page_id, page_name, page_url, time_zone, languages, page_sender, default_language in rows:
        id_, public_id, event, subject, payload, created_at = own
        yield Told(
            id=id_,
            public_id=public_id,
            event=event,
            subject=subject,
            payload=payload,
            created_at=created_at,
            page_public_id=page_id,
            page_name=page_name,
            page_url=page_url.rstrip("/"),
            time_zone=time_zone,
            languages=tuple(languages),
            page_sender=page_sender,
            default_language=default_language,
        )


def _message(row: tuple[Any, ...], notice: Told) -> Message:
    delivery_id, _notice_id, attempts, _taken, public_id, address, language, _state, secret = row[:9]
    previous, time_zone, body_format = row[9:]
    return Message(
        delivery_id=delivery_id,
        id=f"{notice.public_id}{public_id}",
        notice=notice,
        attempt=attempts + 1,
        address=address,
        language=language,
        subscriber_public_id=public_id,
        sealed_secret=secret,
        sealed_previous=previous,
        time_zone=time_zone,
        format=body_format,
    )


def held(batch: Batch, ids: Collection[int]) -> set[int]:
    """Which of these are still ours to send: nobody took or cancelled them."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"lease": batch.lease, "ids": list(ids)})
        return {row[0] for row in cursor.fetchall()}


def renew(batch: Batch, now: datetime) -> int:
    """Hold what is unsent until `now + LEASE`. Returns how many that are."""
    return _change(_RENEW, batch, due_at=now + LEASE)


def release(batch: Batch, due_at: datetime, error: str = "") -> int:
    """Give back what was not sent, as if it had never been taken, to be due then."""
    return _change(_RELEASE, batch, due_at=due_at, error=error[:500])


def postpone(batch: Batch, until: Mapping[int, datetime]) -> None:
    """Give some back, as if they had never been taken, each to be due at its time."""
    if until:
        _change(_POSTPONE, batch, ids=list(until), times=list(until.values()))


def _change(statement: str, batch: Batch, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"lease": batch.lease, "ids": batch.ids, **values})
        return int(cursor.rowcount)
