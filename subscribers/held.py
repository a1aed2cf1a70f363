"""Notices that still wait for their time: sent before it, or taken back as if they had never been written.

Only `outbox` and this move deliveries that nobody holds; both belong in the transaction of what was told.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from subscribers.models import DeliveryState, Notice, State

# One that a sender had in hand, be it for a moment, may have arrived.
_TAKE_BACK = f"""
UPDATE subscribers_delivery SET state = '{DeliveryState.CANCELLED}', finished_at = %(now)s
WHERE notice_id = %(notice)s AND state = '{DeliveryState.PENDING}'
    AND lease = '' AND taken = 0 AND attempts = 0
"""  # noqa: S608 (only our own constants)
_BEGUN = f"""
SELECT EXISTS (SELECT FROM subscribers_delivery
    WHERE notice_id = %(notice)s AND state <> '{DeliveryState.CANCELLED}')
"""  # noqa: S608
# What was cancelled because of a notice bears its id as the last lease.
_GO_ON = f"""
UPDATE subscribers_delivery old SET state = '{DeliveryState.PENDING}', lease = '', finished_at = NULL
FROM subscribers_notice n, subscribers_subscriber s
WHERE n.page_id = %(page)s AND n.subject = %(subject)s AND n.id < %(notice)s AND old.notice_id = n.id
    AND old.state = '{DeliveryState.CANCELLED}' AND old.lease = %(id)s
    AND s.id = old.subscriber_id AND s.state = '{State.ACTIVE}'
"""  # noqa: S608
_HURRY = f"""
UPDATE subscribers_delivery SET due_at = %(now)s
WHERE notice_id = %(notice)s AND state = '{DeliveryState.PENDING}' AND lease = '' AND due_at > %(now)s
"""  # noqa: S608


class TooLate(Exception):
    """Somebody is being told already, or was."""


def take_back(notice_id: str, now: datetime) -> int:
    """Of a notice (public id) nobody hears; what it overtook goes out after all. Returns for how many it was.

    Raises TooLate where anybody may have it: then the caller's transaction must not be committed.
    """
    notice = _notice(notice_id)
    if notice is None:
        return 0
    values: dict[str, Any] = {
        "notice": notice.pk,
        "page": notice.page_id,
        "subject": notice.subject,
        "id": notice.public_id,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, values)
        taken = int(cursor.rowcount)
        cursor.execute(_BEGUN, values)
        if cursor.fetchone() == (True,):
            raise TooLate
        cursor.execute(_GO_ON, values)
    return taken


def hurry(notice_id: str, now: datetime) -> int:
    """A notice (public id) waits no longer. Returns how many deliveries that are."""
    notice = _notice(notice_id)
    if notice is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_HURRY, {"notice": notice.pk, "now": now})
        return int(cursor.rowcount)


def _notice(notice_id: str) -> Notice | None:
    return Notice.objects.filter(public_id=notice_id).defer("payload").first()
