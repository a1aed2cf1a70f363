"""The addresses at which jobs call: each monitor of kind "heartbeat" has a secret one of its own."""

from collections.abc import Collection

from django.contrib.postgres.functions import RandomUUID

from monitors.models import Monitor

KIND = "heartbeat"


def give_addresses(monitor_ids: Collection[int]) -> None:
    """Those that have no address yet get one, and keep it whatever becomes of the monitor."""
    Monitor.objects.filter(pk__in=monitor_ids, kind=KIND, ping_id=None).update(ping_id=RandomUUID())
