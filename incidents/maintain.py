"""The verbs of maintenances: announced, moved on by staff or by time, told. `post` offers them.

A maintenance starts and ends by itself at its planned times, each once, however many look and
however late they do; its components are in maintenance exactly while it goes on.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from incidents import step, telling, words
from incidents.lifecycle import ACTIVE, UPCOMING, MaintenanceStatus
from incidents.models import Maintenance, Update
from incidents.step import Step
from incidents.words import PostError, Texts
from monitors.models import Component, Page
from monitors.status import Status

logger = logging.getLogger(__name__)


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
) -> Maintenance:
    """A maintenance to come; one whose planned start has passed is in progress at once.

    Its notices wait for `hold`, as long as it can be undone.
    Raises as open_incident does.
    """
    first = Step(words.body(body_en, body_fr), now, now, author, notify, step.once(update_id), hold=hold)
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
    scheduled_until: datetime | None = None,
    update_id: str | None = None,
    hold: timedelta = timedelta(0),
) -> Update:
    """One more update: it may start, finish or cancel the maintenance, or move its planned end.

    `scheduled_until` None keeps it. The object given stays as it is: the new state is the
    `maintenance` of the update. Raises as open_incident does.
    """
    locked = Maintenance.objects.select_for_update(of=("self",), no_key=True).select_related("page")
    maintenance = locked.get(pk=maintenance.pk)
    before = MaintenanceStatus(maintenance.status)
    at = step.after_the_last(maintenance, now)
    update = Step(words.body(body_en, body_fr), at, now, author, notify, step.once(update_id), hold=hold)
    after = step.next_maintenance_status(before, status)
    if scheduled_until is not None:
        _check_period(maintenance.scheduled_for, scheduled_until, now)
        maintenance.scheduled_until = scheduled_until
    return _write(maintenance, update, before, after)


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
    maintenance = free.select_related("page").filter(pk=key).first()
    if maintenance is None:
        return False
    before = MaintenanceStatus(maintenance.status)
    starts = before in UPCOMING
    after = MaintenanceStatus.IN_PROGRESS if starts else MaintenanceStatus.COMPLETED
    planned = maintenance.scheduled_for if starts else maintenance.scheduled_until
    at = step.after_the_last(maintenance, planned)
    _write(
        maintenance,
        Step(_standard(maintenance.page, starts), at, now, None, True, step.once(None)),
        before,
        after,
    )
    return True


def _standard(page: Page, starts: bool) -> Texts:
    """What a maintenance that moves on by itself says, in the languages of its page."""
    said = dict.fromkeys(("en", "fr"), "")
    for language in page.languages:
        with translation.override(language):
            said[language] = (
                _("The maintenance has started.") if starts else _("The maintenance is completed.")
            )
    return Texts(**said)
