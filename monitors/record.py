"""The one writer of spans, verdicts and observations.

Every verb runs in a transaction, the caller's or its own, and may be repeated: a result counts
once, whoever brings it and however often. Locks are taken in one order: monitors, their region
rows, components, pages; so verbs that touch a page do it last.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

from django.db import transaction

from monitors import jobs, ledger, locking
from monitors.hearing import Recorded, record_batch, rest, sweep
from monitors.keeping import forget
from monitors.ledger import Entry
from monitors.models import Component, Feed, Monitor, Page, Span
from monitors.speaking import STAFF, align, lock_components, settle, touch
from monitors.status import Source, Status, source_kind
from monitors.watched import Watched

__all__ = [
    "Recorded",
    "become",
    "declare",
    "declare_by_staff",
    "delete_component",
    "delete_monitor",
    "delete_page",
    "forget",
    "hold",
    "record_batch",
    "release",
    "rest",
    "rewrite",
    "sweep",
    "sync_monitor",
    "sync_monitors",
    "touch",
    "watch_component",
]

# From saving a monitor to its first check.
FIRST_CHECK = timedelta(seconds=1)


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


def become(source: str, said: Mapping[int, tuple[datetime, Status | None]]) -> None:
    """`source` says something else of each of these components (primary keys) from a time of its own on.

    None: nothing any more. The caller holds what the source stands for, and touches the page.
    """
    source_kind(source)
    with transaction.atomic():
        ledger.write(Entry(id_, source, at, status) for id_, (at, status) in said.items())


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

    Its verdict stands until the changed check says otherwise. A disabled monitor says nothing, and explains
    nothing of what is behind it. `formerly` are the components that it fed before.
    """
    sync_monitors([monitor], now, formerly)


def sync_monitors(monitors: Collection[Monitor], now: datetime, formerly: Collection[int] = ()) -> None:
    """The same of several that were saved together: their locks are taken at once."""
    ids = [monitor.pk for monitor in monitors]
    with transaction.atomic():
        Monitor.objects.filter(pk__in=ids).update(changed_at=now, due_at=now + FIRST_CHECK)
        jobs.give_addresses(ids)
        locked = locking.lock(locking.family(ids))
        ours = [locked[id_] for id_ in ids if id_ in locked]
        for each in ours:
            each.assign(now) if each.enabled else each.retire(now)
        for id_ in locking.behind(ids) & locked.keys():
            locked[id_].moved = now
        locking.drop_unassigned(ids)
        concerned = _said(ids) | _fed(ids) | set(formerly)
        _hold_shown(concerned | _fed(locked))
        settle(locked, now)
        align(ours, concerned, now)


def _said(monitor_ids: Collection[int]) -> set[int]:
    sources = [f"monitor:{id_}" for id_ in monitor_ids]
    saying = Span.objects.filter(source__in=sources, during__upper_inf=True)
    return set(saying.values_list("component_id", flat=True))


def _fed(monitor_ids: Iterable[int]) -> set[int]:
    feeds = Feed.objects.filter(monitor__in=list(monitor_ids))
    return set(feeds.values_list("component_id", flat=True))


def _hold_shown(component_ids: Collection[int]) -> None:
    """Locks components and their pages at once, before several writers after each other want some of them."""
    lock_components(component_ids)
    pages = Page.every.filter(components__in=component_ids).values("pk")
    list(Page.every.filter(pk__in=pages).order_by("pk").select_for_update(no_key=True).values_list("pk"))


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
    """Deletes a monitor; what it said stays as history, until now. It explains nothing any more."""
    with transaction.atomic():
        locked = _lock_to_delete({monitor.pk}, now)
        concerned = _said([monitor.pk]) | _fed([monitor.pk])
        _hold_shown(concerned | _fed(locked))
        settle(locked, now)
        release(f"monitor:{monitor.pk}", now)
        touch([monitor.page_id], now)
        monitor.delete()
        align([], concerned, now)


def _lock_to_delete(gone: set[int], now: datetime) -> dict[int, Watched]:
    """Locks monitors as a deleter must; returns those behind them, as they are without them from now on."""
    wanted = gone | locking.behind(gone)
    # A deleter's locks, taken before the others as everybody does.
    list(Monitor.objects.filter(pk__in=wanted).order_by("pk").select_for_update().values_list("pk"))
    locked = locking.lock(wanted)
    left = {id_: each for id_, each in locked.items() if id_ not in gone}
    for each in left.values():
        each.above = tuple(takewhile(lambda above: above.id not in gone, each.above))
        each.moved = now
    return left


def delete_component(component: Component, now: datetime) -> None:
    """Deletes a component with its history."""
    with transaction.atomic():
        hold(component.page_id)
        Component.objects.select_for_update().filter(pk=component.pk).first()
        component.delete()
        # Its name stands in every document of the past.
        Page.every.filter(pk=component.page_id).update(updated_at=now)
        touch([component.page_id], now)


def delete_page(page: Page, now: datetime) -> None:
    """Deletes a page with everything on it. Its monitors explain nothing on other pages any more."""
    with transaction.atomic():
        left = _lock_to_delete(set(page.monitors.values_list("pk", flat=True)), now)
        _hold_shown(_fed(left))
        list(Component.objects.filter(page=page).order_by("pk").select_for_update())
        settle(left, now)
        page.delete()
