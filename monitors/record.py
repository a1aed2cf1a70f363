"""The one writer of spans, verdicts and observations.

Every verb runs in a transaction, the caller's or its own, and may be repeated: a result counts
once, whoever brings it and however often. Locks are taken in one order: monitors, their region
rows, components, pages; so verbs that touch a page do it last.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from monitors import ledger, locking, partitions, regions, rollups
from monitors.ledger import Entry
from monitors.models import Component, Monitor, Page, RegionVerdict, Span
from monitors.seen import AHEAD, Seen
from monitors.speaking import STAFF, align, lock_components, quiet, settle, touch
from monitors.state import GRACE, SILENT_SLOTS, Verdict
from monitors.status import Source, Status, source_kind

__all__ = [
    "Recorded",
    "declare",
    "declare_by_staff",
    "delete_component",
    "delete_monitor",
    "delete_page",
    "hold",
    "record_batch",
    "release",
    "rest",
    "rewrite",
    "sweep",
    "sync_monitor",
    "touch",
    "watch_component",
]

# From saving a monitor to its first check.
FIRST_CHECK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch: results taken, results skipped, monitors with another verdict."""

    taken: int
    skipped: int
    turned: int


def record_batch(region: str, results: Sequence[Seen], now: datetime) -> Recorded:
    """Takes one region's results in bulk: observations, verdicts, spans.

    Results that are late, doubled, malformed or of a monitor that is gone, disabled or not
    assigned to the region are skipped, never the batch.
    """
    acceptable = sorted(
        (seen for seen in results if seen.acceptable(now)), key=lambda seen: (seen.slot, seen.monitor_id)
    )
    partitions.ensure({seen.slot.astimezone(UTC).date() for seen in acceptable})
    with transaction.atomic():
        monitors = locking.lock({seen.monitor_id for seen in acceptable})
        taken = [
            seen
            for seen in acceptable
            if seen.monitor_id in monitors and monitors[seen.monitor_id].hear(region, seen)
        ]
        if taken:
            number = regions.number(region)
            partitions.insert(number, taken)
            rollups.late(number, taken)
        turned = settle(monitors.values(), now)
    return Recorded(len(taken), len(results) - len(taken), turned)


def sweep(now: datetime) -> int:
    """Makes monitors without results for three slots unknown, from the first slot missed.

    Returns how many monitors had a region that fell silent.
    """
    _rewind(now)
    with transaction.atomic():
        monitors = locking.lock(_overdue(now))
        silent = [monitor for monitor in monitors.values() if monitor.hush(now)]
        settle(silent, now)
    return len(silent)


def rest(now: datetime) -> int:
    """Makes every monitor unknown from now on: nothing is probed, and silence is never green.

    Returns how many monitors still said something.
    """
    speaking = RegionVerdict.objects.filter(monitor__enabled=True).exclude(verdict=Verdict.SILENT.value)
    with transaction.atomic():
        monitors = locking.lock(set(speaking.values_list("monitor_id", flat=True)))
        silent = [monitor for monitor in monitors.values() if monitor.silence(now)]
        settle(silent, now)
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
    ahead = _ahead(now)
    if ahead:
        with transaction.atomic():
            monitors = locking.lock(ahead).values()
            for monitor in monitors:
                monitor.retire(now)
            locking.save(monitors)
            Monitor.objects.filter(pk__in=ahead).update(changed_at=now, due_at=now)
            quiet(monitors, now)


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


def declare(component_ids: Iterable[int], source: str, status: Status, at: datetime) -> None:
    """From `at` on, `source` says `status` of these components, whatever it said before.

    The caller holds what the source stands for (the row of its incident), and touches the page.
    Raises ValueError for a source of no known kind.
    """
    source_kind(source)
    with transaction.atomic():
        ledger.write(Entry(id_, source, at, status) for id_ in set(component_ids))


def release(source: str, at: datetime, component_ids: Iterable[int] | None = None) -> None:
    """From `at` on, `source` says nothing any more, of these components or of any.

    The caller holds what the source stands for, and touches the page.
    """
    with transaction.atomic():
        spans = ledger.open_spans(
            component_ids=None if component_ids is None else set(component_ids), source=source
        )
        ledger.write(Entry(id_, source, at, None) for id_, _source in spans)


def rewrite(source: str, spans: Mapping[int, Sequence[tuple[datetime, datetime | None, Status]]]) -> None:
    """All that a source ever said of these components (primary keys), from, until and what, in order.

    The caller holds what the source stands for, and touches the page. Spans of one component must not
    overlap.
    """
    source_kind(source)
    with transaction.atomic():
        Span.objects.filter(source=source, component__in=spans).delete()
        ledger.write(
            entry
            for id_, said in spans.items()
            for start, end, status in said
            for entry in (
                Entry(id_, source, start, status),
                *([] if end is None else [Entry(id_, source, end, None)]),
            )
        )


def declare_by_staff(component: Component, status: Status, now: datetime, at: datetime | None = None) -> bool:
    """Staff say what a component is that no monitor watches; where one does, nothing changes.

    `at`: they said so then already, which counts unless they said something since. Returns whether it counts.
    """
    with transaction.atomic():
        lock_components([component.pk])
        saying = Span.objects.filter(component=component, source=STAFF, during__upper_inf=True)
        if not (saying.filter(during__startswith__lt=at) if at else saying).exists():
            return False
        ledger.write([Entry(component.pk, STAFF, at or now, status)])
        touch([component.page_id], now)
        return True


def sync_monitor(monitor: Monitor, now: datetime, formerly: Collection[int] = ()) -> None:
    """After staff saved a monitor or its feeds: checks it at once, and counts only what comes now.

    Its verdict stands until the changed check says otherwise. A disabled monitor says nothing.
    `formerly` are the components that it fed before.
    """
    with transaction.atomic():
        Monitor.objects.filter(pk=monitor.pk).update(changed_at=now, due_at=now + FIRST_CHECK)
        locked = locking.lock([monitor.pk])
        for each in locked.values():
            each.assign(now) if each.enabled else each.retire(now)
        RegionVerdict.objects.filter(monitor=monitor).exclude(region__in=monitor.regions).delete()
        locking.save(locked.values())
        said = {id_ for id_, _source in ledger.open_spans(source=f"monitor:{monitor.pk}")}
        fed = set(monitor.feeds.values_list("component_id", flat=True))
        align(locked.values(), said | fed | set(formerly), now)


def watch_component(component: Component, now: datetime) -> None:
    """After a component or its feeds came or changed.

    With no monitor at all it shows what staff last declared, at first operational. With monitors
    it shows what they say, and what staff declared until the first of them has spoken; while all
    of them are disabled that is nothing: unknown, because silence is never green.
    """
    with transaction.atomic():
        said = ledger.open_spans(component_ids=[component.pk])
        sources = [source for _id, source in said if source_kind(source) == Source.MONITOR]
        speaking = {int(source.partition(":")[2]) for source in sources}
        feeding = set(component.feeds.values_list("monitor_id", flat=True))
        align(locking.lock(speaking | feeding).values(), {component.pk}, now)


def hold(page_id: int) -> None:
    """Before staff change or delete components of a page: keeps recorders away from its monitors.

    They lock monitors first and components then; whoever begins with a component must hold this.
    """
    locking.lock(Monitor.objects.filter(page_id=page_id).values_list("pk", flat=True))


def delete_monitor(monitor: Monitor, now: datetime) -> None:
    """Deletes a monitor; what it said stays as history, until now."""
    with transaction.atomic():
        # A deleter's lock, taken before the others as everybody does.
        Monitor.objects.select_for_update().filter(pk=monitor.pk).first()
        locking.lock([monitor.pk])
        said = {id_ for id_, _source in ledger.open_spans(source=f"monitor:{monitor.pk}")}
        fed = set(monitor.feeds.values_list("component_id", flat=True))
        lock_components(said | fed)
        release(f"monitor:{monitor.pk}", now)
        touch([monitor.page_id], now)
        monitor.delete()
        align([], said | fed, now)


def delete_component(component: Component, now: datetime) -> None:
    """Deletes a component with its history."""
    with transaction.atomic():
        hold(component.page_id)
        Component.objects.select_for_update().filter(pk=component.pk).first()
        component.delete()
        # Its name stands in every document of the past.
        Page.every.filter(pk=component.page_id).update(updated_at=now)
        touch([component.page_id], now)


def delete_page(page: Page) -> None:
    """Deletes a page with everything on it."""
    with transaction.atomic():
        list(Monitor.objects.filter(page=page).order_by("pk").select_for_update())
        hold(page.pk)
        list(Component.objects.filter(page=page).order_by("pk").select_for_update())
        page.delete()
