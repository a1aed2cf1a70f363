"""Writes messages for the team, and takes what is due: the one writer of TeamMessage.

A thing is told to a channel once, however often it is asked for: (channel, key) is unique.
"""

from datetime import datetime, timedelta

from django.db.models import Q

from incidents.models import TeamChannel, TeamMessage
from incidents.team.said import Said
from monitors import bell
from monitors.models import Page

TELL_TEAM = "incidents.tasks.tell_team"
# What was sent or given up is kept as long as this; that it was told once is known as long, too.
KEPT = timedelta(days=7)


def tell(event: str, key: str, values: Said, page: Page | None, now: datetime) -> int:
    """Tell every enabled channel of a page and of all pages; None tells those of all pages alone.

    `event` is a name such as "update.posted", `key` what it is about ("overdue:incident:…"): each channel
    is told of a key once. Inside a transaction it is told with it, or not at all. Returns to how many
    channels it was given.
    """
    where = Q(page=None) | Q(page=page) if page else Q(page=None)
    channels = list(TeamChannel.objects.filter(where, enabled=True).values_list("pk", flat=True))
    messages = [
        TeamMessage(channel_id=channel, key=key, event=event, values=values, due_at=now, created_at=now)
        for channel in channels
    ]
    TeamMessage.objects.bulk_create(messages, ignore_conflicts=True)
    if messages:
        bell.ring(TELL_TEAM)
    return len(messages)


def forget(now: datetime) -> int:
    """Deletes what was sent or given up a week ago."""
    over = Q(sent_at__lt=now - KEPT) | Q(given_up_at__lt=now - KEPT)
    return TeamMessage.objects.filter(over).delete()[0]
