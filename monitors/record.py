"""The one writer of spans, verdicts and observations.

Every verb runs in a transaction, the caller's or its own, and may be repeated: a result counts
once, whoever brings it and however often. Locks are taken in one order: monitors, their region
rows, components, pages; so verbs that touch a page do it last.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from monitors import bell, ledger, partitions, watched
from monitors.ledger import Entry
from monitors.models import Component, Feed, Monitor, RegionVerdict
from monitors.seen import Seen
from monitors.state import GRACE, SILENT_SLOTS, Verdict
from monitors.status import Source, Status, source_kind
from monitors.watched import Watched

STAFF = Source.STAFF.value
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
        monitors = watched.lock({seen.monitor_id for seen in acceptable})
        taken = [
            seen
            for seen in acceptable
            if seen.monitor_id in monitors and monitors[seen.monitor_id].hear(region, seen)
        ]
        partitions.insert(region, taken)
        turned = _settle(monitors.values(), now)
    return Recorded(len(taken), len(results) - len(taken), turned)


def sweep(now: datetime) -> int:
    """Makes monitors without results for three slots unknown, from the first slot missed.

    Returns how many monitors had a region that fell silent.
    """
    with transaction.atomic():
        monitors = watched.lock(_overdue(now))
        silent = [monitor for monitor in monitors.values() if monitor.hush(now)]
        _settle(silent, now)
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


def _settle(monitors: Iterable[Watched], now: datetime) -> int:
    """Saves locked monitors, and the spans of those that came to another verdict."""
    monitors = list(monitors)
    watched.save(monitors)
    turned = {monitor.id: monitor for monitor in monitors if monitor.turns}
    if turned:
        feeds = list(
            Feed.objects.filter(monitor__in=turned).values_list("monitor_id", "component_id", "impact")
        )
        entries = [
            Entry(component_id, turned[id_].source, turn.since, _status(turn.verdict, impact))
            for id_, component_id, impact in feeds
            for turn in turned[id_].turns
        ]
        _speak(entries, now)
    return len(turned)


def _status(verdict: Verdict, impact: str) -> Status:
    if verdict == Verdict.DOWN:
        return Status(impact)
    return Status.OPERATIONAL if verdict == Verdict.UP else Status.UNKNOWN


def _speak(entries: Collection[Entry], now: datetime) -> None:
    """Writes what monitors say, and ends what staff declared where they say anything."""
    existing = _lock_components({entry.component_id for entry in entries})
    declared = ledger.open_spans(component_ids=existing, source=STAFF)
    spoken = [entry for entry in entries if entry.component_id in existing]
    first: dict[int, datetime] = {}
    for entry in spoken:
        if entry.status is not None and (entry.component_id, STAFF) in declared:
            first[entry.component_id] = min(first.get(entry.component_id, entry.at), entry.at)
    changed = ledger.write([*spoken, *(Entry(id_, STAFF, at, None) for id_, at in first.items())])
    _show(changed, now)


def _lock_components(ids: Iterable[int]) -> set[int]:
    rows = Component.objects.filter(pk__in=set(ids)).order_by("pk").select_for_update(no_key=True)
    return set(rows.values_list("pk", flat=True))


def _show(component_ids: Collection[int], now: datetime) -> None:
    if component_ids:
        pages = Component.objects.filter(pk__in=component_ids).values_list("page_id", flat=True)
        touch(set(pages), now)
        bell.ring("statuspage.tasks.publish")


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


def sync_monitor(monitor: Monitor, now: datetime) -> None:
    """After staff saved a monitor or its feeds: checks it at once, and counts only what comes now.

    Its verdict stands until the changed check says otherwise. A disabled monitor says nothing.
    """
    with transaction.atomic():
        Monitor.objects.filter(pk=monitor.pk).update(changed_at=now, due_at=now + FIRST_CHECK)
        locked = watched.lock([monitor.pk])
        for each in locked.values():
            each.assign(now) if each.enabled else each.retire(now)
        RegionVerdict.objects.filter(monitor=monitor).exclude(region__in=monitor.regions).delete()
        watched.save(locked.values())
        said = {id_ for id_, _source in ledger.open_spans(source=f"monitor:{monitor.pk}")}
        _align(locked.values(), said | set(monitor.feeds.values_list("component_id", flat=True)), now)


def retire_monitor(monitor: Monitor, now: datetime) -> None:
    """Before staff delete a monitor: it says nothing any more, and its history stays.

    Call `watch_component` for its components once it is deleted.
    """
    with transaction.atomic():
        # A deleter's lock, taken in the order of everybody else's.
        Monitor.objects.select_for_update().filter(pk=monitor.pk).first()
        locked = watched.lock([monitor.pk])
        for each in locked.values():
            each.retire(now)
        watched.save(locked.values())
        said = ledger.open_spans(source=f"monitor:{monitor.pk}")
        _speak([Entry(id_, source, now, None) for id_, source in said], now)


def watch_component(component: Component, now: datetime) -> None:
    """After a component, its feeds or one of its monitors came or went.

    With no monitor at all it shows what staff last declared, at first operational. With monitors
    it shows what they say, and that staff declared it until the first of them has spoken; while
    all of them are disabled that is nothing: unknown, because silence is never green.
    """
    with transaction.atomic():
        said = ledger.open_spans(component_ids=[component.pk])
        sources = {
            int(source.partition(":")[2]) for _id, source in said if source_kind(source) == Source.MONITOR
        }
        feeding = set(component.feeds.values_list("monitor_id", flat=True))
        _align(watched.lock(sources | feeding).values(), {component.pk}, now)


def _align(monitors: Iterable[Watched], component_ids: Collection[int], now: datetime) -> None:
    """Makes the open spans of some components what their feeds and locked monitors say."""
    speaking = {monitor.id: monitor for monitor in monitors}
    existing = _lock_components(component_ids)
    feeds = Feed.objects.filter(component__in=existing).values_list("monitor_id", "component_id", "impact")
    said = ledger.open_spans(component_ids=existing)
    wanted: dict[ledger.Key, Status] = {}
    for id_, component_id, impact in feeds:
        judgement = speaking[id_].judgement if id_ in speaking else None
        if judgement:
            wanted[component_id, speaking[id_].source] = _status(judgement.verdict, impact)
    sources = {monitor.source for monitor in speaking.values()}
    ended = {key for key in said if key[1] in sources and key not in wanted}
    entries = [Entry(*key, now, status) for key, status in wanted.items() if said.get(key) != status]
    entries += [Entry(*key, now, None) for key in ended]
    alone = existing - {component_id for _id, component_id, _impact in feeds}
    _speak(entries, now)
    _declare_alone({id_ for id_ in alone if (id_, STAFF) not in said}, now)


def _declare_alone(component_ids: Collection[int], now: datetime) -> None:
    before = ledger.last_declared(component_ids)
    changed = ledger.write(
        Entry(id_, STAFF, now, before.get(id_, Status.OPERATIONAL)) for id_ in component_ids
    )
    _show(changed, now)


def touch(page_ids: Iterable[int], now: datetime) -> None:
    """Tells that the pages may differ from what is published; the last lock that a verb takes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE monitors_page SET touched_at = greatest(touched_at + interval '1 microsecond', %s)
            WHERE id IN (SELECT id FROM monitors_page WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)""",
            [now, list(page_ids)],
        )
