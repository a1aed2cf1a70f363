"""Pauses that end by themselves: at the time that staff said it is enabled again, and checked at once."""

from datetime import datetime

from django.db import transaction

from monitors import record
from monitors.models import Monitor


def resume_due(now: datetime) -> int:
    """Enables what was paused until now or earlier. Returns how many monitors."""
    with transaction.atomic():
        over = Monitor.objects.filter(enabled=False, paused_until__lte=now).order_by("pk")
        due = list(over.select_for_update(no_key=True, skip_locked=True).defer("secrets"))
        Monitor.objects.filter(pk__in=[monitor.pk for monitor in due]).update(
            enabled=True, pause_reason="", paused_until=None
        )
        if due:
            record.sync_monitors(due, now)
    return len(due)
