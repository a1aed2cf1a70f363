"""What is due: slots on a grid per monitor, claimed once, sent in batches per region.

A slot is claimed by whoever advances `due_at` in a locked row, so any number of beats ask for it
once. Slots missed while nobody asked are skipped, and a check that comes late gets its own time as
slot: the time of record is never one at which nothing was looked at.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, models, transaction
from django.db.models.functions import Cast

from monitors import regions, sealing
from monitors.models import EPOCH, Monitor

# Ticks come every second, and look ahead as far.
HORIZON = timedelta(seconds=1)
LATE = timedelta(seconds=2)
BATCH = 200
# Two checks of one monitor are never closer.
APART = timedelta(seconds=1)
# What is not asked for, because it calls by itself.
CALLERS = ("heartbeat",)
MILLISECOND = timedelta(milliseconds=1)
# Knuth's multiplier spreads consecutive ids evenly over 2**32.
SPREAD = 2_654_435_761

Item = dict[str, object]


@dataclass(frozen=True, slots=True)
class Batch:
    """Checks for one region as its worker gets them: JSON values, `after` from dispatch on."""

    region: str
    items: tuple[Item, ...]


def next_slot(monitor_id: int, interval: int, after: datetime) -> datetime:
    """The first slot later than `after`: every `interval` seconds, at the monitor's own phase."""
    step = interval * 1000
    phase = (monitor_id * SPREAD % 2**32) * step >> 32
    past = (after - EPOCH) // MILLISECOND - phase
    return (EPOCH + ((past // step + 1) * step + phase) * MILLISECOND).astimezone(UTC)


def claim(now: datetime) -> list[Batch]:
    """Takes every monitor due within a second and moves it to its next slot."""
    with transaction.atomic():
        due = list(
            Monitor.objects.filter(enabled=True, due_at__lt=now + HORIZON)
            .exclude(kind__in=CALLERS)
            .select_for_update(skip_locked=True, no_key=True)
            # As the database holds it: only the region may read it.
            .annotate(token=Cast("secrets", models.TextField()))
            .only("kind", "config", "interval", "timeout", "regions", "due_at")
            .order_by("due_at")
        )
        slots = {monitor.pk: _slot(monitor.due_at, now) for monitor in due}
        _advance([(monitor.pk, _next(monitor, slots[monitor.pk])) for monitor in due])
    sealer = _Sealer(due)
    items: dict[str, list[Item]] = defaultdict(list)
    for monitor in due:
        for region in monitor.regions:
            items[region].append(_item(monitor, slots[monitor.pk], now, sealer.seal(region, monitor)))
    return [Batch(region, part) for region in sorted(items) for part in _parts(items[region])]


def hasten(slots: Mapping[int, datetime], now: datetime) -> None:
    """Looks again soon where a result of a slot says something new: `recheck` seconds after it.

    By the primary keys of monitors. Never later than the next slot of the grid, never within a second of
    another slot, and never at a time for which somebody may have been asked already: whoever calls twice
    changes nothing more.
    """
    if slots:
        with connection.cursor() as cursor:
            cursor.execute(
                _HASTEN,
                {
                    "ids": list(slots),
                    "slots": list(slots.values()),
                    "asked": now + HORIZON,
                    "apart": APART.total_seconds(),
                },
            )


# The last slot of the grid that was asked for is an interval before the next. Where the time is too short
# for `recheck`, it is the first whole second after the slot for which nobody was asked yet.
_HASTEN = """
UPDATE monitors_monitor m SET due_at = n.wanted
FROM (
    SELECT due.id, s.slot + greatest(
        due.recheck,
        1 + floor(extract(epoch FROM greatest(
            %(asked)s, due.due_at + (%(apart)s - due.interval) * interval '1 second'
        ) - s.slot))
    ) * interval '1 second' AS wanted
    FROM unnest(%(ids)s::bigint[], %(slots)s::timestamptz[]) AS s (id, slot)
    JOIN monitors_monitor due ON due.id = s.id
    -- One after the other, whoever hastens what.
    ORDER BY due.id FOR NO KEY UPDATE OF due
) n
WHERE m.id = n.id AND m.enabled AND n.wanted + %(apart)s * interval '1 second' <= m.due_at
"""


def _slot(due_at: datetime, now: datetime) -> datetime:
    if now - due_at <= LATE:
        return due_at
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _next(monitor: Monitor, slot: datetime) -> datetime:
    """A check that came late may lie just before the grid's next slot: that one is left out."""
    return next_slot(monitor.pk, monitor.interval, slot + APART - timedelta.resolution)


def _advance(slots: Sequence[tuple[int, datetime]]) -> None:
    if slots:
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE monitors_monitor m SET due_at = n.due_at
                FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (id, due_at) WHERE m.id = n.id""",
                [list(column) for column in zip(*slots, strict=True)],
            )


class _Sealer:
    """Seals secrets for one claim; the keys of regions are looked up only where there is a secret."""

    def __init__(self, due: Iterable[Monitor]) -> None:
        secret = any(_token(monitor) for monitor in due)
        self._recipients = regions.recipients() if secret else {}

    def seal(self, region: str, monitor: Monitor) -> str:
        """The secrets of a monitor as they travel to a region."""
        if not (token := _token(monitor)):
            return ""
        recipient = self._recipients.get(region, "")
        return sealing.seal(recipient, token, monitor.kind, monitor.config, regions.keys())


def _token(monitor: Monitor) -> str:
    token: str = monitor.token  # type: ignore[attr-defined]
    return token


def _item(monitor: Monitor, slot: datetime, now: datetime, secrets: str) -> Item:
    return {
        "monitor": monitor.pk,
        "slot": slot.isoformat(),
        "kind": monitor.kind,
        "config": monitor.config,
        "timeout": monitor.timeout,
        "after": max((slot - now).total_seconds(), 0.0),
        "secrets": secrets,
    }


def _parts(items: Sequence[Item]) -> Iterable[tuple[Item, ...]]:
    return (tuple(items[start : start + BATCH]) for start in range(0, len(items), BATCH))
