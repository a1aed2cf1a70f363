"""Writes down what is to be told: notices, and one delivery for each subscriber concerned.

A notice is committed together with what it tells; a waiting message that a newer one makes
pointless is cancelled in the same transaction, one that somebody is sending is left alone.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from monitors.ids import public_id
from monitors.models import Page
from subscribers.channels import CHANNELS
from subscribers.events import HANDSHAKE, LAST_WORD, LAST_WORDS, REOPENING, TEST
from subscribers.models import Delivery, DeliveryState, Kinds, Notice, Priority, State, Subscriber
from subscribers.payload import NoticePayload as NoticePayload

# Impacts whose notices go before others.
_CRITICAL = ("major", "critical")
# How long it can be looked up who was told what.
KEPT = timedelta(days=90)
# What is forgotten together.
AT_ONCE, NOTICES_AT_ONCE = 10_000, 1_000

# Who hears of a notice: subscribers `s` of a page, on some channels, of a subject or of components.
CONCERNED = f"""s.page_id = %(page)s AND s.state = '{State.ACTIVE}' AND s.channel = ANY(%(channels)s) AND (
    %(subject)s = ANY(s.subjects)
    OR s.kinds IN ('{Kinds.ALL}', split_part(%(subject)s, ':', 1)) AND (
        s.everything
        OR EXISTS (SELECT FROM subscribers_subscriber_components c
            WHERE c.subscriber_id = s.id AND c.component_id = ANY(%(components)s))
        OR EXISTS (SELECT FROM subscribers_subscriber_groups g
            JOIN monitors_component c ON c.group_id = g.group_id
            WHERE g.subscriber_id = s.id AND c.id = ANY(%(components)s))))"""  # noqa: S608 (only our own constants)

_DELIVER = f"""
INSERT INTO subscribers_delivery
    (notice_id, subscriber_id, channel, subject, priority, state, due_at, attempts, taken, lease, error)
SELECT %(notice)s, s.id, s.channel, %(subject)s, CASE WHEN s.id IN (
        SELECT later.subscriber_id FROM subscribers_delivery later
        WHERE later.state = '{DeliveryState.PENDING}' AND later.channel = ANY(%(channels)s)
            AND later.priority = {Priority.LATER})
    THEN {Priority.LATER} ELSE %(priority)s END, '{DeliveryState.PENDING}', %(due)s, 0, 0, '', ''
FROM subscribers_subscriber s
WHERE {CONCERNED}
ORDER BY s.id
FOR KEY SHARE OF s
"""  # noqa: S608 (only our own constants)

# Rows that a sender holds locked are in flight, not waiting: skipping them, posting never waits. Having
# locked them, it knows where they lie: looking each up again would take a third of the time. What is
# cancelled says because of what: where that is taken back, it goes out after all (held.py).
_SUPERSEDE = f"""
UPDATE subscribers_delivery SET state = '{DeliveryState.CANCELLED}', finished_at = %(now)s, lease = %(id)s
WHERE ctid = ANY(ARRAY(
    SELECT old.ctid FROM subscribers_delivery old JOIN subscribers_notice n ON n.id = old.notice_id
    WHERE old.state = '{DeliveryState.PENDING}' AND old.subject = %(subject)s
        AND old.notice_id <> %(notice)s AND old.channel = ANY(%(channels)s)
        AND (old.lease = '' OR old.due_at <= %(now)s) AND n.event <> ALL(%(kept)s)
        AND EXISTS (SELECT FROM subscribers_delivery new
            WHERE new.notice_id = %(notice)s AND new.subscriber_id = old.subscriber_id)
    FOR UPDATE OF old SKIP LOCKED))
"""  # noqa: S608

# Parts of a longer statement (asking.py): one notice and one delivery for each of `questions (subscriber_id,
# subscriber, page_id, channel, notice_id, wish)`. The wish is kept with its notice until it is answered.
ASK_TO_CONFIRM = f"""
asked_notices AS (
    INSERT INTO subscribers_notice (page_id, public_id, event, subject, payload, created_at)
    SELECT page_id, notice_id, '{HANDSHAKE}', 'subscriber:' || subscriber, wish::jsonb, %(now)s FROM questions
    RETURNING id, public_id, subject
), asked_deliveries AS (
    INSERT INTO subscribers_delivery
        (notice_id, subscriber_id, channel, subject, priority, state, due_at, attempts, taken, lease, error)
    SELECT n.id, q.subscriber_id, q.channel, n.subject, {Priority.PERSON_WAITS:d}, '{DeliveryState.PENDING}',
        %(now)s, 0, 0, '', ''
    FROM questions q JOIN asked_notices n ON n.public_id = q.notice_id
)"""  # noqa: S608

_FORGET_DELIVERIES = """
DELETE FROM subscribers_delivery WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM subscribers_delivery WHERE notice_id = ANY(%(notices)s) LIMIT %(limit)s))
"""
_FORGET_NOTICES = "DELETE FROM subscribers_notice WHERE id = ANY(%(notices)s)"

PERHAPS_SENT = gettext_noop("The emergency tool may have sent this. Try again only if it did not arrive.")

# What a sender holds is left alone; what was unknown before may be known by now.
_ACCOUNT = f"""
UPDATE subscribers_delivery d SET state = v.state, error = v.error, finished_at = v.at
FROM unnest(%(subscribers)s::text[], %(states)s::text[], %(errors)s::text[], %(times)s::timestamptz[])
    AS v (subscriber, state, error, at)
JOIN subscribers_subscriber s ON s.public_id = v.subscriber
WHERE d.notice_id = %(notice)s AND d.subscriber_id = s.id AND d.lease = ''
    AND (d.state = '{DeliveryState.PENDING}'
        OR d.state = '{DeliveryState.DEAD}' AND d.error = %(unknown)s AND v.state = '{DeliveryState.SENT}')
"""  # noqa: S608


@transaction.atomic
def create(
    page: Page,
    *,
    event: str,
    subject: str,
    payload: NoticePayload,
    component_ids: Collection[int],
    now: datetime,
    due_at: datetime | None = None,
    notice_id: str | None = None,
    channels: Collection[str] | None = None,
) -> Notice:
    """A notice for the page's active subscribers of everything or of one of these components (primary keys).

    `subject` is what it is about ("incident:<public id>"): a subscriber hears of it in order, and
    by mail only the latest that still waits. `notice_id` is its public id where one was given out already;
    `channels` are all that it goes to, not before `due_at` (None: now). In the transaction of what it tells.
    """
    notice = Notice.objects.create(
        page=page,
        public_id=notice_id or public_id(),
        event=event,
        subject=subject,
        payload=payload.as_json(),
        created_at=now,
    )
    values: dict[str, Any] = {"notice": notice.pk, "page": page.pk, "subject": subject, "now": now}
    wanted = {
        "components": list(component_ids),
        "channels": list(CHANNELS if channels is None else channels),
        "due": due_at or now,
        "priority": Priority.CRITICAL if payload.impact in _CRITICAL else Priority.NOTICE,
    }
    overtaken = {"channels": _brief_channels(), "kept": _kept(event), "id": notice.public_id}
    with connection.cursor() as cursor:
        cursor.execute(_DELIVER, values | wanted)
        notice.told = cursor.rowcount
        cursor.execute(_SUPERSEDE, values | overtaken)
    notice.save(update_fields=["told"])
    return notice


def account(page: Page, notice_id: str, sent: Mapping[str, datetime], unknown: Mapping[str, datetime]) -> int:
    """Of a notice (public id): who was told by others already, or perhaps was, and when (public ids).

    Nobody is told twice by itself: what is unknown waits for staff. Returns how many deliveries that moved.
    """
    notice = Notice.objects.filter(page=page, public_id=notice_id).first()
    if notice is None or not (sent or unknown):
        return 0
    rows = [(id_, DeliveryState.DEAD, PERHAPS_SENT, at) for id_, at in unknown.items() if id_ not in sent]
    rows += [(id_, DeliveryState.SENT, "", at) for id_, at in sent.items()]
    values: dict[str, Any] = {
        "notice": notice.pk,
        "unknown": PERHAPS_SENT,
        "subscribers": [row[0] for row in rows],
        "states": [row[1] for row in rows],
        "errors": [row[2] for row in rows],
        "times": [row[3] for row in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNT, values)
        return int(cursor.rowcount)


def _brief_channels() -> list[str]:
    """Where a newer message takes the place of one that still waits."""
    return [name for name, channel in CHANNELS.items() if not channel.every_event]


def _kept(event: str) -> list[str]:
    """The events whose waiting messages stay although this one is newer."""
    return [] if event == REOPENING else list(LAST_WORDS)


def of_one(subscriber_id: str) -> str:
    """The subject of what concerns one subscriber (public id) alone."""
    return f"subscriber:{subscriber_id}"


def test(subscriber: Subscriber, now: datetime) -> Notice:
    """Something without news for one subscriber, who wants to see it arrive."""
    subject = of_one(subscriber.public_id)
    notice = Notice.objects.create(
        page_id=subscriber.page_id, event=TEST, subject=subject, payload={}, created_at=now
    )
    Delivery.objects.create(
        notice=notice,
        subscriber=subscriber,
        channel=subscriber.channel,
        subject=subject,
        priority=Priority.PERSON_WAITS,
        due_at=now,
    )
    return notice


def last_word(subscriber: Subscriber, payload: dict[str, Any], now: datetime) -> Notice:
    """Mail the contact of a subscriber who was disabled; `payload` says what failed."""
    # A subject of its own: who asks anew to be told does not wait behind it.
    subject = f"last_word:{subscriber.public_id}"
    notice = Notice.objects.create(
        page_id=subscriber.page_id, event=LAST_WORD, subject=subject, payload=payload, created_at=now
    )
    Delivery.objects.create(
        notice=notice, subscriber=subscriber, channel="email", subject=subject, due_at=now
    )
    return notice


def withdraw(subscriber: Subscriber, now: datetime) -> int:
    """Cancel all that waits for a subscriber who left, even what a sender holds. Returns how many."""
    return Delivery.objects.filter(subscriber=subscriber, state=DeliveryState.PENDING).update(
        state=DeliveryState.CANCELLED, finished_at=now
    )


def returned(notice_id: str, subscriber_id: str, error: str, now: datetime) -> bool:
    """A mail (public ids of its notice and its subscriber) came back. Whether that was not known before."""
    mails = Delivery.objects.filter(
        notice__public_id=notice_id,
        subscriber__public_id=subscriber_id,
        channel="email",
        state__in=(DeliveryState.SENT, DeliveryState.PENDING),
    )
    return bool(mails.update(state=DeliveryState.DEAD, error=error[:500], lease="", taken=0, finished_at=now))


def forget(now: datetime) -> int:
    """Drop notices and their deliveries after 90 days, some at a time. Returns how many notices."""
    old = Notice.objects.filter(created_at__lte=now - KEPT).order_by("pk").values_list("pk", flat=True)
    forgotten = 0
    while notices := list(old[:NOTICES_AT_ONCE]):
        _run_down(_FORGET_DELIVERIES, notices)
        forgotten += _run_down(_FORGET_NOTICES, notices)
    return forgotten


def _run_down(statement: str, notices: Sequence[int]) -> int:
    """Run a statement until it finds no more. Returns how many rows that were."""
    rows, found = 0, AT_ONCE
    with connection.cursor() as cursor:
        while found == AT_ONCE:
            cursor.execute(statement, {"notices": list(notices), "limit": AT_ONCE})
            found = cursor.rowcount
            rows += found
    return rows
