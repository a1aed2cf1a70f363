"""Writes messages for the team, takes what is due and records what became of it: their one writer.

A thing is told to a channel once, however often it is asked for: (channel, key) is unique. A message is
taken under a lease, a `due_at` in the future, and counts an attempt before it is sent: when its sender dies
it is due again, and one that kills its sender comes to its end as well.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.utils.translation import gettext_noop

from incidents.models import TeamChannel, TeamMessage
from incidents.team.said import Said
from monitors import bell
from monitors.models import Page
from subscribers import retries
from subscribers.channels.base import Outcome, Result
from subscribers.channels.chat import Chat

TELL_TEAM = "incidents.tasks.tell_team"
# What was sent or given up is kept as long as this; that it was told once is known as long, too.
KEPT = timedelta(days=7)
# A day of attempts: what is older, nobody wants to read.
SCHEDULE = Chat.schedule
# After a sender died, what it held waits as long as this: longer than any exchange.
LEASE = timedelta(seconds=30)
_DIED = gettext_noop("Its sender stopped while sending it.")


def tell(event: str, key: str, values: Said, page: Page | None, now: datetime) -> int:
    """Tell every enabled channel of a page and of all pages; None tells those of all pages alone.

    `event` is a name such as "update.posted", `key` what it is about ("overdue:incident:…"): each channel
    is told of a key once. Inside a transaction it is told with it, or not at all. Returns to how many
    channels it was given.
    """
    where = Q(page=None) | Q(page=page) if page else Q(page=None)
    channels = list(TeamChannel.objects.filter(where, enabled=True).values_list("pk", flat=True))
    about = {"page": page.name if page else "", "time_zone": page.time_zone if page else "Etc/UTC"}
    messages = [
        TeamMessage(
            channel_id=channel, key=key, event=event, values={**values, **about}, due_at=now, created_at=now
        )
        for channel in channels
    ]
    TeamMessage.objects.bulk_create(messages, ignore_conflicts=True)
    if messages:
        bell.ring(TELL_TEAM)
    return len(messages)


def _waiting() -> QuerySet[TeamMessage]:
    return TeamMessage.objects.filter(sent_at=None, given_up_at=None)


def due(now: datetime) -> list[int]:
    """The enabled channels for which something is due, those first for which it has been longest."""
    found = _waiting().filter(due_at__lte=now, channel__enabled=True).order_by()
    return list(
        found.values("channel")
        .annotate(first=Min("due_at"))
        .order_by("first")
        .values_list("channel", flat=True)
    )


@transaction.atomic
def claim(channel: int, now: datetime) -> TeamMessage | None:
    """Take the oldest due message of a channel until `now + LEASE`; None where nothing is due."""
    due = _waiting().filter(channel=channel, due_at__lte=now, channel__enabled=True).order_by("id")
    message = due.select_for_update(skip_locked=True, of=("self",)).first()
    while message is not None and message.attempts >= len(SCHEDULE):
        _end(message, Outcome(0, Result.BROKEN, _DIED), None, now)
        message = due.select_for_update(skip_locked=True, of=("self",)).first()
    if message is not None:
        message.attempts += 1
        message.due_at = now + LEASE
        message.save(update_fields=["attempts", "due_at"])
    return message


@transaction.atomic
def record(message: TeamMessage, outcome: Outcome, now: datetime, jitter: float) -> None:
    """Keep what became of a message, and tries it again where that may help."""
    again = retries.next_due(outcome, message.attempts, SCHEDULE, now, jitter)
    _end(message, outcome, again, now)


def _end(message: TeamMessage, outcome: Outcome, again: datetime | None, now: datetime) -> None:
    arrived = outcome.result == Result.SENT
    over: dict[str, Any] = {"sent_at": now} if arrived else {"given_up_at": now}
    _waiting().filter(pk=message.pk).update(**({"due_at": again} if again else over))
    heard(message.channel_id, outcome, now)


def heard(channel: int, outcome: Outcome, now: datetime) -> None:
    """A channel remembers whether it could be reached, and what was wrong last."""
    reached: dict[str, Any] = {"failures": 0, "error": "", "heard_at": now}
    failed: dict[str, Any] = {"failures": F("failures") + 1, "error": outcome.error[:500]}
    arrived = outcome.result == Result.SENT
    TeamChannel.objects.filter(pk=channel).update(**(reached if arrived else failed))


def drop(channel: TeamChannel, now: datetime) -> int:
    """Gives up what waits for a channel that is turned off: turned on again it begins with news."""
    return _waiting().filter(channel=channel).update(given_up_at=now)


def forget(now: datetime) -> int:
    """Deletes what was sent or given up a week ago."""
    over = Q(sent_at__lt=now - KEPT) | Q(given_up_at__lt=now - KEPT)
    return TeamMessage.objects.filter(over).delete()[0]
