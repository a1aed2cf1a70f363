"""From verdicts to what components show: spans written, staff's word ended or given back.

Only `record` calls it, with the monitors locked; it locks components and then pages.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import connection

from monitors import bell, dependency, ledger, locking
from monitors.ledger import Entry
from monitors.models import Component, Feed
from monitors.state import Verdict
from monitors.status import Source, Status
from monitors.watched import Watched

STAFF = Source.STAFF.value
# The pages of components, by primary key.
Pages = Mapping[int, int]


def settle(monitors: Mapping[int, Watched], now: datetime) -> int:
    """Saves locked monitors, and the spans of those of which something else is told; how many those are.

    Whoever is behind one that came to be down or ceased to be must be locked too.
    """
    dependency.explain(monitors)
    locking.save(monitors.values())
    turned = {monitor.id: monitor for monitor in monitors.values() if monitor.told or monitor.retired}
    if turned:
        fed = _lock_fed(turned)
        entries = [
            Entry(component_id, turned[id_].source, at, _status(said, impact) if said else None)
            for id_, component_id, impact, _page in fed
            for at, said in _said(turned[id_])
        ]
        speak(entries, {component_id: page for _id, component_id, _impact, page in fed}, now)
    return len(turned)


def _lock_fed(monitor_ids: Iterable[int]) -> list[tuple[int, int, str, int]]:
    """What these monitors feed: monitor, component, impact and page; the components locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT f.monitor_id, f.component_id, f.impact, c.page_id
            FROM monitors_feed f JOIN monitors_component c ON c.id = f.component_id
            WHERE f.monitor_id = ANY(%s) ORDER BY c.id FOR NO KEY UPDATE OF c""",
            [list(monitor_ids)],
        )
        fed: list[tuple[int, int, str, int]] = cursor.fetchall()
        return fed


def _said(monitor: Watched) -> list[tuple[datetime, Verdict | None]]:
    """What is told of a monitor from when on; nothing of one that is retired."""
    if monitor.retired:
        return [(monitor.retired, None)]
    return [(turn.since, turn.verdict) for turn in monitor.told]


def _status(verdict: Verdict, impact: str) -> Status:
    if verdict == Verdict.DOWN:
        return Status(impact)
    if verdict == Verdict.DEGRADED:
        return Status.DEGRADED_PERFORMANCE
    return Status.OPERATIONAL if verdict == Verdict.UP else Status.UNKNOWN


def speak(entries: Collection[Entry], locked: Pages, now: datetime) -> None:
    """Writes what monitors say of locked components, and ends what staff declared where they say anything."""
    if not entries:
        return
    declared = ledger.open_spans(component_ids=locked, source=STAFF)
    first: dict[int, datetime] = {}
    for entry in entries:
        if entry.status is not None and (entry.component_id, STAFF) in declared:
            first[entry.component_id] = min(first.get(entry.component_id, entry.at), entry.at)
    changed = ledger.write([*entries, *(Entry(id_, STAFF, at, None) for id_, at in first.items())])
    _show(changed, locked, now)


def lock_components(ids: Iterable[int]) -> dict[int, int]:
    """Locks the components that (still) exist until the transaction ends; the page of each."""
    rows = Component.objects.filter(pk__in=set(ids)).order_by("pk").select_for_update(no_key=True)
    return dict(rows.values_list("pk", "page_id"))


def _show(component_ids: Collection[int], locked: Pages, now: datetime) -> None:
    if component_ids:
        touch({locked[id_] for id_ in component_ids}, now)
        bell.ring("statuspage.tasks.publish")


def align(monitors: Iterable[Watched], component_ids: Collection[int], now: datetime) -> None:
    """Makes the open spans of some components what their feeds and locked monitors say."""
    speaking = {monitor.id: monitor for monitor in monitors}
    locked = lock_components(component_ids)
    feeds = Feed.objects.filter(component__in=list(locked)).values_list(
        "monitor_id", "component_id", "impact"
    )
    said = ledger.open_spans(component_ids=locked)
    wanted: dict[ledger.Key, Status] = {}
    for id_, component_id, impact in feeds:
        says = speaking[id_].says if id_ in speaking else None
        if says:
            wanted[component_id, speaking[id_].source] = _status(says, impact)
    sources = {monitor.source for monitor in speaking.values()}
    ended = {key for key in said if key[1] in sources and key not in wanted}
    entries = [Entry(*key, now, status) for key, status in wanted.items() if said.get(key) != status]
    entries += [Entry(*key, now, None) for key in ended]
    alone = locked.keys() - {component_id for _id, component_id, _impact in feeds}
    speak(entries, locked, now)
    _declare_alone({id_ for id_ in alone if (id_, STAFF) not in said}, locked, now)


def _declare_alone(component_ids: Collection[int], locked: Pages, now: datetime) -> None:
    before = ledger.last_declared(component_ids)
    changed = ledger.write(
        Entry(id_, STAFF, now, before.get(id_, Status.OPERATIONAL)) for id_ in component_ids
    )
    _show(changed, locked, now)


def touch(page_ids: Iterable[int], now: datetime) -> None:
    """Tells that the pages may differ from what is published; the last lock that a verb takes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE monitors_page SET touched_at = greatest(touched_at + interval '1 microsecond', %s)
            WHERE id IN (SELECT id FROM monitors_page WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE)""",
            [now, list(page_ids)],
        )
