"""Subscribers are reminded of a maintenance before it starts: each reminder once, whoever looks.

One that comes too late is dropped, never sent after the start; a reminder says nothing on the page.
"""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from incidents import telling
from incidents.lifecycle import MaintenanceStatus
from incidents.models import Maintenance
from incidents.words import PostError
from monitors import bell

logger = logging.getLogger(__name__)

# Minutes: at most thirty days ahead, and not more than this many.
LONGEST, MOST = 30 * 1440, 5

_DUE = f"""
SELECT m.id FROM incidents_maintenance m
WHERE m.status = '{MaintenanceStatus.SCHEDULED}' AND m.withdrawn_at IS NULL AND EXISTS (
    SELECT FROM unnest(m.reminders) minutes
    WHERE minutes <> ALL(m.reminded) AND m.scheduled_for - minutes * interval '1 minute' <= %s)
ORDER BY m.scheduled_for
"""  # noqa: S608 (only our own constant)


def read(reminders: Iterable[int]) -> list[int]:
    """Reminders in minutes before the start, the earliest first. Raises PostError."""
    chosen = sorted(set(reminders), reverse=True)
    if len(chosen) > MOST or any(not 1 <= minutes <= LONGEST for minutes in chosen):
        raise PostError(
            "reminders", _("Choose at most five reminders, none earlier than thirty days before.")
        )
    return chosen


def due_at(start: datetime, minutes: int) -> datetime:
    """When a reminder is due."""
    return start - timedelta(minutes=minutes)


def passed(reminders: Collection[int], start: datetime, announced: datetime) -> list[int]:
    """Those that nobody needs, because it was announced later than that."""
    return [minutes for minutes in reminders if due_at(start, minutes) <= announced]


def late(start: datetime, minutes: int, now: datetime) -> bool:
    """Whether it is too late for a reminder: more than half of its time has passed."""
    return now > due_at(start, minutes) + timedelta(minutes=minutes) / 2


def tick(now: datetime) -> int:
    """Sends what is due; answers how many reminders that were.

    One that fails is left for the next tick and holds up no other.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now])
        keys = [key for (key,) in cursor]
    return sum(_try(key, now) for key in keys)


def _try(key: int, now: datetime) -> int:
    try:
        return int(_remind(key, now))
    except OperationalError:
        raise
    except Exception:
        logger.exception("Nobody could be reminded of maintenance %s", key)
        return 0


@transaction.atomic
def _remind(key: int, now: datetime) -> bool:
    """At most one reminder, the last that is due; the earlier ones are dropped."""
    free = Maintenance.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    upcoming = free.select_related("page").filter(pk=key, status=MaintenanceStatus.SCHEDULED)
    maintenance = upcoming.first()
    if maintenance is None:
        return False
    start = maintenance.scheduled_for
    waiting = [minutes for minutes in maintenance.reminders if minutes not in maintenance.reminded]
    due = [minutes for minutes in waiting if due_at(start, minutes) <= now]
    if not due:
        return False
    maintenance.reminded = [*maintenance.reminded, *due]
    maintenance.save(update_fields=["reminded"])
    if late(start, min(due), now):
        logger.warning(
            "A reminder of maintenance %s is dropped: it would come too late", maintenance.public_id
        )
        return False
    telling.remind(maintenance, list(maintenance.components.all()), now)
    bell.ring("subscribers.tasks.send")
    return True
