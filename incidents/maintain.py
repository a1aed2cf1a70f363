"""The verbs of maintenances: announced, moved on by staff or by time, told. `post` offers them.

A maintenance starts and ends by itself at its planned times, each once, however many look and
however late they do; its components are in maintenance exactly while it goes on.
"""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from incidents import reminders as reminding
from incidents import standard, step, telling, words
from incidents.checklists import opening
from incidents.lifecycle import ACTIVE, UPCOMING, MaintenanceStatus
from incidents.models import Maintenance, Series, Update, default_reminders
from incidents.step import Step
from incidents.words import PostError, Texts
from monitors.markdown import clean
from monitors.models import Component, Page
from monitors.status import Status

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Which one of a recurring maintenance: the start that its rule gives."""

    series: Series
    at: datetime


@transaction.atomic
def schedule_maintenance(
    page: Page,
    *,
    title_en: str,
    title_fr: str,
    body_en: str,
    body_fr: str,
    components: Iterable[Component],
    scheduled_for: datetime,
    scheduled_until: datetime,
    now: datetime,
    author: User | None = None,
    notify: bool = True,
    update_id: str | None = None,
    hold: timedelta = timedelta(0),
    reminders: Iterable[int] | None = None,
    occurrence: Occurrence | None = None,
    channels: Collection[str] | None = None,
) -> Maintenance:
    """A maintenance to come; one whose planned start has passed is in progress at once.

    Its notices wait for `hold`, as long as it can be undone. `reminders` are minutes before the start
    (None: a day and an hour); of what nobody is told nobody is reminded. `occurrence`: which one of a
    recurring maintenance it is. `channels` are the only ones that are told (None: all).
    Raises as open_incident does.
    """
    chosen = reminding.read(default_reminders() if reminders is None else reminders) if notify else []
    first = Step(
        words.body(body_en, body_fr),
        now,
        now,
        author,
        notify,
        step.once(update_id),
        hold=hold,
        channels=channels,
    )
    title = words.title(title_en, title_fr)
    affected = list(components)
    step.of_page(page, affected)
    _check_period(scheduled_for, scheduled_until, now)
    started = scheduled_for <= now
    after = MaintenanceStatus.IN_PROGRESS if started else MaintenanceStatus.SCHEDULED
    maintenance = Maintenance.objects.create(
        page=page,
        title_en=title.en,
        title_fr=title.fr,
        status=after,
        scheduled_for=scheduled_for,
        scheduled_until=scheduled_until,
        started_at=now if started else None,
        reminders=chosen,
        reminded=reminding.passed(chosen, scheduled_for, first.due_at),
        series=occurrence.series if occurrence else None,
        occurrence=occurrence.at if occurrence else None,
        created_at=now,
        updated_at=now,
    )
    maintenance.components.set(affected)
    _write(maintenance, first, None, after)
    return maintenance


def _check_period(scheduled_for: datetime, scheduled_until: datetime, now: datetime) -> None:
    words.moment("scheduled_for", scheduled_for)
    if words.moment("scheduled_until", scheduled_until) <= scheduled_for:
        raise PostError("scheduled_until", _("A maintenance ends after it starts."))
    if scheduled_until <= now:
        raise PostError("scheduled_until", _("This end has already passed."))


@transaction.atomic
def update_maintenance(
    maintenance: Maintenance,
    *,
    status: str,
    body_en: str,
    body_fr: str,
    now: datetime,
    author: User | None = None,
    notify: bool = True,
    scheduled_for: datetime | None = None,
    scheduled_until: datetime | None = None,
    update_id: str | None = None,
    hold: timedelta = timedelta(0),
    occurrence: Occurrence | None = None,
    channels: Collection[str] | None = None,
) -> Update:
    """One more update: it may start, finish, cancel or move the maintenance, or its planned end alone.

    Times None keep them; where only the start is moved, it lasts as long as before. Without a text it
    says in a sentence what has changed. Reminders of a moved one begin anew. The object given stays as
    it is: the new state is the `maintenance` of the update. Raises as open_incident does.
    """
    locked = Maintenance.objects.select_for_update(of=("self",), no_key=True).select_related("page")
    maintenance = locked.get(pk=maintenance.pk)
    before = MaintenanceStatus(maintenance.status)
    at = step.after_the_last(maintenance, now)
    update_id = step.once(update_id)
    after = step.next_maintenance_status(before, status)
    moved = _move_to(maintenance, after, scheduled_for, now + hold)
    ends = _end_at(maintenance, scheduled_until)
    if moved or ends:
        _check_period(maintenance.scheduled_for, maintenance.scheduled_until, now)
    if occurrence is not None:
        maintenance.series, maintenance.occurrence = occurrence.series, occurrence.at
    said = Texts(body_en, body_fr)
    if not clean(f"{body_en}{body_fr}").strip():
        said = _instead(maintenance, before, after, moved=moved, ends=ends)
    body = words.body(said.en, said.fr)
    update = Step(body, at, now, author, notify, update_id, hold=hold, channels=channels)
    return _write(maintenance, update, before, after)


def _move_to(
    maintenance: Maintenance, after: MaintenanceStatus, start: datetime | None, told: datetime
) -> bool:
    if start is None or start == maintenance.scheduled_for:
        return False
    if after not in UPCOMING:
        raise PostError("scheduled_for", _("Only a maintenance that has not begun can be moved."))
    if start <= told:
        raise PostError("scheduled_for", _("This start has already passed: start it now instead."))
    maintenance.scheduled_until += start - maintenance.scheduled_for
    opening.moved(maintenance, start - maintenance.scheduled_for)
    maintenance.scheduled_for = start
    maintenance.reminded = reminding.passed(maintenance.reminders, start, told)
    return True


def _end_at(maintenance: Maintenance, end: datetime | None) -> bool:
    if end is None or end == maintenance.scheduled_until:
        return False
    maintenance.scheduled_until = end
    return True


def _instead(
    maintenance: Maintenance, before: MaintenanceStatus, after: MaintenanceStatus, *, moved: bool, ends: bool
) -> Texts:
    """What is said where staff wrote nothing; nothing where nothing has changed."""
    if after != before:
        return standard.entered(maintenance.page, after)
    if moved:
        return standard.moved(maintenance)
    return standard.ends(maintenance) if ends else Texts("", "")


@transaction.atomic
def rename(maintenance: Maintenance, *, title_en: str, title_fr: str, now: datetime) -> None:
    """Another title, without an update and without telling anybody. Raises PostError."""
    title = words.title(title_en, title_fr)
    locked = Maintenance.objects.select_for_update(of=("self",), no_key=True).get(pk=maintenance.pk)
    if (title.en, title.fr) != (locked.title_en, locked.title_fr):
        locked.title_en, locked.title_fr = title.en, title.fr
        step.publish(locked, now, tell=False)


@transaction.atomic
def remind_at(maintenance: Maintenance, reminders: Iterable[int], now: datetime) -> None:
    """Other reminders, in minutes before the start; those that were sent stay sent. Raises PostError."""
    chosen = reminding.read(reminders)
    locked = Maintenance.objects.select_for_update(of=("self",), no_key=True).get(pk=maintenance.pk)
    sent = [minutes for minutes in locked.reminded if minutes in locked.reminders]
    locked.reminded = sorted({*sent, *reminding.passed(chosen, locked.scheduled_for, now)}, reverse=True)
    locked.reminders = chosen
    locked.save(update_fields=["reminders", "reminded"])


def _write(
    maintenance: Maintenance, update: Step, before: MaintenanceStatus | None, after: MaintenanceStatus
) -> Update:
    """Its components are in maintenance while it goes on, and only then."""
    components = list(maintenance.components.all())
    was, active = before in ACTIVE, after in ACTIVE
    status = Status.UNDER_MAINTENANCE if active else Status.OPERATIONAL
    changes = {component.pk: status for component in components} if was != active else {}
    maintenance.status = after
    if active and maintenance.started_at is None:
        maintenance.started_at = update.at
    if after == MaintenanceStatus.COMPLETED:
        maintenance.completed_at = update.at
    event = telling.maintenance_event(before, after)
    return step.write(maintenance, update, event, changes, components)


def tick(now: datetime) -> int:
    """Starts and finishes maintenances on time; answers how many steps that took.

    Each step happens once, whoever else ticks, and counts from the planned time even where nobody
    ticked then. One that fails is left for the next tick and holds up no other.
    """
    return sum(_try(key, now) for key in _due(now).order_by("scheduled_for").values_list("pk", flat=True))


def _due(now: datetime) -> QuerySet[Maintenance]:
    starts = Q(status__in=UPCOMING, scheduled_for__lte=now)
    return Maintenance.objects.filter(starts | Q(status__in=ACTIVE, scheduled_until__lte=now))


def _try(key: int, now: datetime) -> int:
    steps = 0
    try:
        while _move(key, now):
            steps += 1
    except OperationalError:
        raise
    except Exception:
        logger.exception("Maintenance %s could not be moved on", key)
    return steps


@transaction.atomic
def _move(key: int, now: datetime) -> bool:
    """One step of one maintenance that is due and that nobody else is moving."""
    free = _due(now).select_for_update(of=("self",), no_key=True, skip_locked=True)
    maintenance = free.select_related("page", "series").filter(pk=key).first()
    if maintenance is None:
        return False
    before = MaintenanceStatus(maintenance.status)
    starts = before in UPCOMING
    after = MaintenanceStatus.IN_PROGRESS if starts else MaintenanceStatus.COMPLETED
    planned = maintenance.scheduled_for if starts else maintenance.scheduled_until
    at = step.after_the_last(maintenance, planned)
    _write(
        maintenance,
        Step(standard.entered(maintenance.page, after), at, now, None, _tells(maintenance), step.once(None)),
        before,
        after,
    )
    return True


def _tells(maintenance: Maintenance) -> bool:
    """Whether subscribers hear of what happens by itself: not where its series is a quiet one."""
    return maintenance.series is None or maintenance.series.notify
