"""Makes tasks of checklists: with an incident or a maintenance as it begins, or when staff ask for one."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Max

from incidents.checklists import defaults
from incidents.models import Checklist, Incident, Maintenance, Task

_BEGINNINGS = ("incident.created", "maintenance.scheduled")


def begin(about: Incident | Maintenance, event: str, now: datetime) -> int:
    """The tasks of what has just begun; none for what is over already, and none in a drill.

    Returns how many there are. Called within the transaction of the first update.
    """
    over = isinstance(about, Incident) and (about.backfilled or about.resolved_at is not None)
    if event not in _BEGINNINGS or over or about.page.hidden:
        return 0
    kind = defaults.OUTAGE if isinstance(about, Incident) else defaults.MAINTENANCE
    defaults.ensure(kind)
    return sum(add(about, each, now) for each in _lists(about, kind))


def _lists(about: Incident | Maintenance, kind: str) -> list[Checklist]:
    """Those of its page; where there are none, those of all pages."""
    enabled = Checklist.objects.filter(kind=kind, enabled=True)
    own = list(enabled.filter(page=about.page_id))
    return own or list(enabled.filter(page=None))


def add(about: Incident | Maintenance, checklist: Checklist, now: datetime) -> int:
    """The items of a list as tasks, after those that there are. Returns how many were added."""
    start = about.scheduled_for if isinstance(about, Maintenance) else now
    first = last_position(about) + 1
    tasks = Task.objects.bulk_create(
        Task(
            **of(about),
            text_en=item.text_en,
            text_fr=item.text_fr,
            role=item.role,
            offers=item.offers,
            due_at=None if item.minutes is None else start + timedelta(minutes=item.minutes),
            position=first + number,
            created_at=now,
        )
        for number, item in enumerate(checklist.items.all())
    )
    return len(tasks)


def of(about: Incident | Maintenance) -> dict[str, Incident | Maintenance]:
    """What it is about, as the fields of a task or a note."""
    return {"incident": about} if isinstance(about, Incident) else {"maintenance": about}


def last_position(about: Incident | Maintenance) -> int:
    """The position of its last task; -1 without any."""
    last = about.tasks.aggregate(last=Max("position"))["last"]
    return -1 if last is None else int(last)


def offered(about: Incident | Maintenance) -> Iterable[Checklist]:
    """The lists that staff can add to it."""
    general = Checklist.objects.filter(enabled=True)
    return general.filter(page=None) | general.filter(page=about.page_id)


def moved(maintenance: Maintenance, by: timedelta) -> int:
    """After a maintenance was moved: what is still to do moves with it. Returns how many tasks that were."""
    tasks = list(maintenance.tasks.filter(done_at=None, due_at__isnull=False))
    for task in tasks:
        task.due_at = task.due_at + by if task.due_at else None
        task.told_at = None
    Task.objects.bulk_update(tasks, ["due_at", "told_at"])
    return len(tasks)
