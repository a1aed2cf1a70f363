"""What regions say, or do not say any more: their results taken, their silence noticed.

Only `record` offers it. A monitor that others are behind is locked with them before it may turn, so that
what is told of all of them changes at once.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from monitors import keeping, locking, partitions, schedule
from monitors.models import Monitor, RegionVerdict
from monitors.seen import AHEAD, Seen
from monitors.speaking import settle
from monitors.state import GRACE, SILENT_SLOTS, Verdict
from monitors.watched import Watched

Monitors = Mapping[int, Watched]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch: results taken, results skipped, monitors of which something else is told."""

    taken: int
    skipped: int
    turned: int


def record_batch(region: str, results: Sequence[Seen], now: datetime) -> Recorded:
    """Takes one region's results in bulk: observations, verdicts, spans, evidence.

    Results that are late, doubled, malformed or of a monitor that is gone, disabled or not assigned to the
    region are skipped, never the batch. A monitor whose results are not settled yet is due again soon.
    """
    acceptable = sorted(
        (seen for seen in results if seen.acceptable(now)), key=lambda seen: (seen.slot, seen.monitor_id)
    )
    partitions.ensure({seen.slot.astimezone(UTC).date() for seen in acceptable})
    taken: list[Seen] = []
    unsettled: dict[int, datetime] = {}

    def take(monitors: Monitors) -> None:
        taken[:] = [
            seen
            for seen in acceptable
            if seen.monitor_id in monitors and monitors[seen.monitor_id].hear(region, seen)
        ]
        if taken:
            partitions.insert(region, taken)
        keeping.keep([failure for monitor in monitors.values() for failure in monitor.failures])
        slots = {monitor.id: monitor.unsettled for monitor in monitors.values()}
        unsettled.clear()
        unsettled.update((id_, slot) for id_, slot in slots.items() if slot)

    turned = change({seen.monitor_id for seen in acceptable}, take, now)
    # Not under those locks: staff who save a monitor hold its row, and want them next.
    schedule.hasten(unsettled, now)
    return Recorded(len(taken), len(results) - len(taken), turned)


def change(monitor_ids: Collection[int], work: Callable[[Monitors], None], now: datetime) -> int:
    """Locks monitors, works on them, and settles what came of it; of how many something else is told.

    Locks are taken in one order alone: where one that others are behind came to be down or ceased to be, and
    those are not locked, all is given up and begun again with them. So `work` may run twice.
    """
    ids = set(monitor_ids)
    while True:
        with transaction.atomic():
            monitors = locking.lock(ids)
            work(monitors)
            missing = missing_behind(monitors) - ids
            if not missing:
                return settle(monitors, now)
            transaction.set_rollback(True)
        ids |= missing


def missing_behind(monitors: Monitors) -> set[int]:
    """Who is behind those that came to be down or ceased to be."""
    swayed = [monitor.id for monitor in monitors.values() if monitor.swayed]
    return locking.behind(swayed) if swayed else set()


def sweep(now: datetime) -> int:
    """Makes monitors without results for three slots unknown, from the first slot missed.

    Returns how many monitors had a region that fell silent.
    """
    _rewind(now)
    silent: list[int] = []

    def hush(monitors: Monitors) -> None:
        silent[:] = [monitor.id for monitor in monitors.values() if monitor.hush(now)]

    change(_overdue(now), hush, now)
    return len(silent)


def rest(now: datetime) -> int:
    """Makes every monitor unknown from now on: nothing is probed, and silence is never green.

    Returns how many monitors still said something.
    """
    speaking = RegionVerdict.objects.filter(monitor__enabled=True).exclude(verdict=Verdict.SILENT.value)
    silent: list[int] = []

    def silence(monitors: Monitors) -> None:
        silent[:] = [monitor.id for monitor in monitors.values() if monitor.silence(now)]

    change(set(speaking.values_list("monitor_id", flat=True)), silence, now)
    return len(silent)


def _overdue(now: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT r.monitor_id
            FROM monitors_regionverdict r JOIN monitors_monitor m ON m.id = r.monitor_id
            WHERE m.enabled AND r.verdict <> 'silent'
            AND greatest(r.last_slot, m.changed_at)
                + (%s * m.interval + m.timeout + %s) * interval '1 second' < %s""",
            [SILENT_SLOTS, GRACE.total_seconds(), now],
        )
        return [id_ for (id_,) in cursor]


def _rewind(now: datetime) -> None:
    """Begins anew with monitors that are ahead of the clock, because it was turned back.

    Else nothing would be due, and every result late, until the clock had caught up.
    """
    ahead = set(_ahead(now))
    if not ahead:
        return

    def retire(monitors: Monitors) -> None:
        for id_ in ahead & monitors.keys():
            monitors[id_].retire(now)

    with transaction.atomic():
        change(ahead, retire, now)
        Monitor.objects.filter(pk__in=ahead).update(changed_at=now, due_at=now)


def _ahead(now: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT m.id FROM monitors_monitor m WHERE m.enabled AND (
                m.changed_at > %(now)s OR m.due_at > %(now)s + m.interval * interval '1 second'
                OR EXISTS (
                    SELECT FROM monitors_regionverdict r WHERE r.monitor_id = m.id AND r.last_slot > %(now)s
                )
            )""",
            {"now": now + AHEAD},
        )
        return [id_ for (id_,) in cursor]
