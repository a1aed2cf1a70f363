"""The one way to write incidents, maintenances and updates (these live in `maintain`).

Every verb is one transaction: the update, what it says of components, their spans, the notice with
its deliveries and the mark that the page differs are all written, or nothing is.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from incidents import standing, step, telling, words
from incidents.lifecycle import CLOSED, IncidentStatus
from incidents.maintain import schedule_maintenance as schedule_maintenance
from incidents.maintain import tick as tick
from incidents.maintain import update_maintenance as update_maintenance
from incidents.models import Incident, Update
from incidents.step import AlreadyPosted as AlreadyPosted
from incidents.step import Emergency as Emergency
from incidents.step import Step
from incidents.undo import CannotUndo as CannotUndo
from incidents.undo import send_now as send_now
from incidents.undo import settle as settle
from incidents.undo import undo as undo
from incidents.words import PostError as PostError
from monitors.ids import public_id
from monitors.models import Component, Page
from monitors.status import Status


@transaction.atomic
def open_incident(
    page: Page,
    *,
    title_en: str,
    title_fr: str,
    impact: str,
    status: str,
    body_en: str,
    body_fr: str,
    components: Mapping[Component, Status],
    now: datetime,
    author: User | None = None,
    notify: bool = True,
    started_at: datetime | None = None,
    next_update_at: datetime | None = None,
    workaround_en: str | None = None,
    workaround_fr: str | None = None,
    scope_en: str | None = None,
    scope_fr: str | None = None,
    hold: timedelta = timedelta(0),
    update_id: str | None = None,
    emergency: Emergency | None = None,
    monitoring: bool = False,
) -> Incident:
    """A new incident with its first update; its components are affected from `started_at` on.

    An `update_id` (12 lower-case letters and digits) posts once, however often it is given.
    Its notices wait for `hold`, as long as it can be undone.
    `emergency`: where it was posted before, while the application was down. `monitoring`: nobody wrote it.
    Raises AlreadyPosted, and PostError for anything else that cannot be posted.
    """
    at = emergency.at if emergency else now
    first = Step(
        words.body(body_en, body_fr),
        at,
        now,
        author,
        notify,
        step.once(update_id),
        bool(emergency),
        hold,
        monitoring=monitoring,
    )
    after = step.next_incident_status(None, status)
    title = words.title(title_en, title_fr)
    workaround = words.workaround(workaround_en or "", workaround_fr or "")
    scope = words.scope(scope_en or "", scope_fr or "")
    changes = step.declarations(page, components, after)
    if started_at is not None and words.moment("started_at", started_at) > at:
        raise PostError("started_at", _("An incident cannot start in the future."))
    incident = Incident.objects.create(
        page=page,
        public_id=emergency.incident_id if emergency else public_id(),
        title_en=title.en,
        title_fr=title.fr,
        impact=step.read_impact(impact),
        status=after,
        started_at=started_at or at,
        monitoring_at=at if after == IncidentStatus.MONITORING else None,
        resolved_at=at if after in CLOSED else None,
        next_update_at=step.promise(next_update_at, after, at),
        workaround_en=workaround.en,
        workaround_fr=workaround.fr,
        scope_en=scope.en,
        scope_fr=scope.fr,
        created_at=at,
        updated_at=now,
    )
    step.write(incident, first, telling.incident_event(None, after), changes, since=incident.started_at)
    return incident


@transaction.atomic
def update_incident(
    incident: Incident,
    *,
    status: str,
    body_en: str,
    body_fr: str,
    components: Mapping[Component, Status],
    now: datetime,
    author: User | None = None,
    notify: bool = True,
    impact: str | None = None,
    next_update_at: datetime | None = None,
    workaround_en: str | None = None,
    workaround_fr: str | None = None,
    scope_en: str | None = None,
    scope_fr: str | None = None,
    hold: timedelta = timedelta(0),
    update_id: str | None = None,
    emergency: Emergency | None = None,
    monitoring: bool = False,
) -> Update:
    """One more update. A component that it omits keeps its value; closing releases all of them.

    `impact`, workarounds and scopes None keep them, empty ones take them back; `next_update_at` None
    promises nothing. The object given stays as it is: the new state is the `incident` of the update.
    Raises as open_incident does.
    """
    locked = Incident.objects.select_for_update(of=("self",), no_key=True).select_related("page")
    incident = locked.get(pk=incident.pk)
    before = IncidentStatus(incident.status)
    said = emergency.at if emergency else now
    at = step.after_the_last(incident, said)
    update = Step(
        words.body(body_en, body_fr),
        at,
        now,
        author,
        notify,
        step.once(update_id),
        bool(emergency),
        hold,
        monitoring=monitoring,
    )
    after = step.next_incident_status(before, status)
    changes = step.declarations(incident.page, components, after)
    incident.impact = incident.impact if impact is None else step.read_impact(impact)
    incident.next_update_at = step.promise(next_update_at, after, said)
    _advise(incident, workaround_en, workaround_fr)
    _limit(incident, scope_en, scope_fr)
    if after in CLOSED:
        changes = dict.fromkeys(standing.declared(telling.source(incident)), Status.OPERATIONAL) | changes
    _enter(incident, before, after, at)
    return step.write(incident, update, telling.incident_event(before, after), changes)


def _advise(incident: Incident, en: str | None, fr: str | None) -> None:
    workaround = words.workaround(
        incident.workaround_en if en is None else en, incident.workaround_fr if fr is None else fr
    )
    incident.workaround_en, incident.workaround_fr = workaround.en, workaround.fr


def _limit(incident: Incident, en: str | None, fr: str | None) -> None:
    scope = words.scope(incident.scope_en if en is None else en, incident.scope_fr if fr is None else fr)
    incident.scope_en, incident.scope_fr = scope.en, scope.fr


def _enter(incident: Incident, before: IncidentStatus, after: IncidentStatus, at: datetime) -> None:
    if before in CLOSED and after not in CLOSED:
        incident.resolved_at = incident.monitoring_at = None
    if after == IncidentStatus.MONITORING and before != after:
        incident.monitoring_at = at
    if after in CLOSED and incident.resolved_at is None:
        incident.resolved_at = at
    incident.status = after
