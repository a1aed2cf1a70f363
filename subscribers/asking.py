"""Asks addresses to prove themselves: any number of them in one statement, which is one transaction.

The rules stand here alone: who is asked, how often, and how many from one network. Whatever we know of an
address, it takes the same statement; what differs is only which rows that leaves behind.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from monitors.ids import public_id
from subscribers import allowance, outbox
from subscribers.channels import CHANNELS
from subscribers.models import State

# At most one message that asks to confirm per address and day, whoever types it.
ASK_AGAIN = timedelta(hours=24)
_PROVED = f"s.state IN ('{State.ACTIVE}', '{State.PAUSED}')"

# Rows are locked in one order, networks before addresses, so that two groups never wait for each other.
# The row of somebody who proved themselves stays as it is; the wish goes along with the question.
_ASK = f"""
WITH typed AS (
    SELECT * FROM json_to_recordset(%(typed)s) AS t (n int, page bigint, channel text, address text,
        language text, wish jsonb, network text, secret text, public_id text, notice_id text)
), spent AS ({allowance.SPEND}), counted AS (
    SELECT t.*, t.network = '' OR %(limit)s >= s.count - count(*) OVER (PARTITION BY t.network)
        + row_number() OVER (PARTITION BY t.network ORDER BY t.n) AS may
    FROM typed t LEFT JOIN spent s ON s.key = t.network
), first AS (
    SELECT DISTINCT ON (page, channel, address) * FROM counted
    WHERE may AND NOT (channel = 'email' AND EXISTS
        (SELECT FROM subscribers_suppression barred WHERE barred.address = counted.address))
    ORDER BY page, channel, address, n
), asked AS (
    INSERT INTO subscribers_subscriber AS s (page_id, public_id, channel, address, language, state,
        everything, secret, created_at, asked_at)
    SELECT page, public_id, channel, address, language, '{State.PENDING}', true, secret, %(now)s, %(now)s
    FROM first ORDER BY page, channel, address
    ON CONFLICT (page_id, channel, address) DO UPDATE SET asked_at = excluded.asked_at,
        state = CASE WHEN {_PROVED} THEN s.state ELSE excluded.state END,
        language = CASE WHEN {_PROVED} THEN s.language ELSE excluded.language END,
        secret = excluded.secret
    WHERE s.asked_at <= %(before)s AND NOT ({_PROVED} AND s.channel = ANY(%(pinged)s))
    RETURNING s.id, s.public_id, s.page_id, s.channel, s.address
), questions AS (
    SELECT a.id AS subscriber_id, a.public_id AS subscriber, a.page_id, a.channel, f.notice_id, f.wish
    FROM asked a JOIN first f ON (f.page, f.channel, f.address) = (a.page_id, a.channel, a.address)
), {outbox.ASK_TO_CONFIRM}
SELECT may FROM counted ORDER BY n
"""  # noqa: S608 (only our own constants)


@dataclass(frozen=True, slots=True)
class Question:
    """Somebody typed an address (in its normal form) into the form of a page (primary key)."""

    page: int
    channel: str
    address: str
    language: str
    # What they want to hear (`signup.Wish`): kept with the question until it is answered.
    wish: Mapping[str, object]
    # Where from: counted against the allowance, unless it is empty.
    network: str
    # Encrypted; only of channels that sign, whose address proves itself by answering.
    secret: str = ""


_TYPED = tuple(field.name for field in fields(Question))


def ask(questions: Sequence[Question], now: datetime, using: BaseDatabaseWrapper | None = None) -> list[bool]:
    """Ask each address, unless it was asked in the last 24 hours or is barred; all of them or none.

    Answers for each whether its network may still ask at all: False, and nothing was done for it.
    """
    typed = [
        {name: getattr(question, name) for name in _TYPED}
        | {"n": n, "public_id": public_id(), "notice_id": public_id()}
        for n, question in enumerate(questions)
    ]
    values: dict[str, Any] = {
        "typed": json.dumps(typed),
        "now": now,
        "before": now - ASK_AGAIN,
        "start": now - allowance.WINDOW,
        "limit": allowance.LIMIT,
        "pinged": [name for name, channel in CHANNELS.items() if channel.answers_ping],
    }
    with (using or connection).cursor() as cursor:
        cursor.execute(_ASK, values)
        return [may for (may,) in cursor.fetchall()]
