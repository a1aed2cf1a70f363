"""Writes those whom an import brings in, thousands by one statement: told from now on, or asked to confirm.

A row that is neither new nor waiting for confirmation is never touched, whoever else writes meanwhile.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import connection

from monitors.fields import SecretField
from monitors.ids import public_id
from monitors.models import Page
from subscribers import signup
from subscribers.asking import Question, ask
from subscribers.channels import CHANNELS
from subscribers.lists.entries import Entry
from subscribers.models import DeliveryState, Priority, State

MAX_PROOF = 500

# In the order in which sign-ups lock them, so that neither waits for the other in a circle.
_SUBSCRIBE = f"""
INSERT INTO subscribers_subscriber AS s (page_id, public_id, channel, address, language, state, everything,
    subjects, kinds, time_zone, format, contact, proof, secret, created_at, asked_at, confirmed_at)
SELECT %(page)s, v.public_id, v.channel, v.address, v.language, v.state, v.everything,
    string_to_array(v.subjects, ','), v.kinds, v.time_zone, v.format, v.contact, v.proof, v.secret,
    %(now)s, %(now)s, %(now)s
FROM unnest(%(public_id)s::text[], %(channel)s::text[], %(address)s::text[], %(language)s::text[],
    %(state)s::text[], %(everything)s::bool[], %(subjects)s::text[], %(kinds)s::text[], %(time_zone)s::text[],
    %(format)s::text[], %(contact)s::text[], %(proof)s::text[], %(secret)s::text[])
    AS v (public_id, channel, address, language, state, everything, subjects, kinds, time_zone, format,
        contact, proof, secret)
ORDER BY v.channel, v.address
ON CONFLICT (page_id, channel, address) DO UPDATE SET language = excluded.language, state = excluded.state,
    everything = excluded.everything, subjects = excluded.subjects, kinds = excluded.kinds,
    time_zone = excluded.time_zone, format = excluded.format, contact = excluded.contact,
    proof = excluded.proof, secret = excluded.secret, confirmed_at = excluded.confirmed_at
WHERE s.state = '{State.PENDING}' AND s.ended_at IS NULL
RETURNING s.id, s.channel, s.address
"""  # noqa: S608 (only our own constants)

_CHOOSE = {
    table: f"""
INSERT INTO subscribers_subscriber_{table}s (subscriber_id, {table}_id)
SELECT * FROM unnest(%(subscribers)s::bigint[], %(chosen)s::bigint[]) ON CONFLICT DO NOTHING
"""  # noqa: S608
    for table in ("component", "group")
}

# Whoever waits in front of a form comes first, and so do notices.
_NOTE = f"""
WITH noted AS (
    UPDATE subscribers_subscriber s SET proof = v.proof
    FROM unnest(%(channel)s::text[], %(address)s::text[], %(proof)s::text[]) AS v (channel, address, proof)
    WHERE s.page_id = %(page)s AND s.channel = v.channel AND s.address = v.address
        AND s.state = '{State.PENDING}' AND s.asked_at = %(now)s
    RETURNING s.id, s.public_id
), later AS (
    UPDATE subscribers_delivery d SET priority = {Priority.LATER:d} FROM noted
    WHERE d.subscriber_id = noted.id AND d.subject = 'subscriber:' || noted.public_id
        AND d.state = '{DeliveryState.PENDING}'
)
SELECT count(*) FROM noted
"""  # noqa: S608


def subscribe(page: Page, entries: Sequence[Entry], proof: str, now: datetime) -> int:
    """Tell them from now on. Returns how many that are."""
    wishes = [entry.wish for entry in entries]
    values = _shared(page, entries, proof, now) | {
        "public_id": [public_id() for _entry in entries],
        "language": [wish.language for wish in wishes],
        "state": [State.PAUSED if entry.paused else State.ACTIVE for entry in entries],
        "everything": [wish.everything for wish in wishes],
        "subjects": [",".join(wish.subjects) for wish in wishes],
        "kinds": [wish.kinds for wish in wishes],
        "time_zone": [wish.time_zone for wish in wishes],
        "format": [wish.format for wish in wishes],
        "contact": [wish.contact for wish in wishes],
        "secret": [_secret(entry) for entry in entries],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUBSCRIBE, values)
        ids = {(channel, address): id_ for id_, channel, address in cursor.fetchall()}
        for table, name in (("component", "components"), ("group", "groups")):
            pairs = [
                (ids[entry.key], chosen)
                for entry in entries
                if entry.key in ids
                for chosen in getattr(entry.wish, name)
            ]
            subscribers, chosen = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
            cursor.execute(_CHOOSE[table], {"subscribers": subscribers, "chosen": chosen})
    return len(ids)


def ask_all(page: Page, entries: Sequence[Entry], proof: str, now: datetime) -> int:
    """Ask each to confirm, behind everything else that waits. Returns how many that are."""
    ask(
        [
            Question(
                page=page.pk,
                channel=entry.channel,
                address=entry.address,
                language=entry.wish.language,
                wish=asdict(entry.wish),
                network="",
                secret=_secret(entry),
            )
            for entry in entries
        ],
        now,
    )
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, _shared(page, entries, proof, now))
        return int(cursor.fetchone()[0])


def _shared(page: Page, entries: Sequence[Entry], proof: str, now: datetime) -> dict[str, Any]:
    return {
        "page": page.pk,
        "now": now,
        "channel": [entry.channel for entry in entries],
        "address": [entry.address for entry in entries],
        "proof": [_proof(proof, entry.proof) for entry in entries],
    }


def _proof(ours: str, theirs: str) -> str:
    """What staff say, and what the list itself says."""
    return (ours if not theirs or theirs == ours else f"{ours} · {theirs}")[:MAX_PROOF]


def _secret(entry: Entry) -> str:
    signs = CHANNELS[entry.channel].answers_ping
    return str(SecretField().get_prep_value(signup.new_secret() if signs else ""))
