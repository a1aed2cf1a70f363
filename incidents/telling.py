"""Turns one update into the notice that subscribers get: complete in itself."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from incidents.behind import background
from incidents.events import incident_event as incident_event
from incidents.events import maintenance_event as maintenance_event
from incidents.lifecycle import CLOSED
from incidents.models import Incident, Maintenance, Update
from monitors.ids import public_id
from monitors.models import Component
from monitors.status import Status
from subscribers import outbox
from subscribers.events import EDITED, REMINDER
from subscribers.payload import Affected, NoticePayload, PageName


def address(about: Incident | Maintenance) -> str:
    """Where readers find it, in the page's default language."""
    return f"{about.page.url.rstrip('/')}/incidents/{about.public_id}/"


def source(about: Incident | Maintenance) -> str:
    """What its spans and its notices name it."""
    kind = "incident" if isinstance(about, Incident) else "maintenance"
    return f"{kind}:{about.public_id}"


def tell(
    about: Incident | Maintenance,
    update: Update,
    event: str,
    components: Collection[Component],
    declared: Mapping[int, Status],
    now: datetime,
    due_at: datetime | None = None,
    channels: Collection[str] | None = None,
    notice_id: str | None = None,
) -> None:
    """The notice of one update, to everybody who follows any of these components.

    `declared` says which of them are still affected after it, `channels` the only ones that hear of it (None:
    all). Hidden ones are not named. It bears the id of its update: what the emergency tool told is the same
    message, and an update finds its notice; a correction has a `notice_id` of its own.
    """
    named = [component for component in components if component.visible]
    outbox.create(
        about.page,
        event=event,
        subject=source(about),
        payload=replace(
            payload(about, update, named, declared),
            edited_at=_iso(update.edited_at) if event == EDITED else None,
        ),
        component_ids=[component.pk for component in components],
        now=now,
        due_at=due_at,
        notice_id=notice_id or update.public_id,
        channels=channels,
    )


def remind(maintenance: Maintenance, components: Collection[Component], now: datetime) -> None:
    """What was last said of a maintenance that is to come, once more; the page says nothing new."""
    update = maintenance.updates.latest("id")
    named = [component for component in components if component.visible]
    said = payload(maintenance, update, named, {})
    # An id of its own: it is no step, and not the message that announced it.
    id_ = public_id()
    outbox.create(
        maintenance.page,
        event=REMINDER,
        subject=source(maintenance),
        payload=replace(said, update_id=id_, at=now.isoformat()),
        component_ids=[component.pk for component in components],
        now=now,
        notice_id=id_,
    )


def payload(
    about: Incident | Maintenance,
    update: Update,
    components: Collection[Component],
    declared: Mapping[int, Status],
) -> NoticePayload:
    """What a notice of this update says of these components; `declared` is what still holds."""
    incident = about if isinstance(about, Incident) else None
    maintenance = about if isinstance(about, Maintenance) else None
    page = about.page
    return NoticePayload(
        kind="incident" if incident else "maintenance",
        public_id=about.public_id,
        title={"en": about.title_en, "fr": about.title_fr},
        status=update.status,
        impact=incident.impact if incident else "maintenance",
        body={"en": update.body_en, "fr": update.body_fr},
        at=update.display_at.isoformat(),
        started_at=_iso(about.started_at),
        url=address(about),
        update_id=update.public_id,
        page=PageName(id=page.public_id, name=page.name, url=page.url.rstrip("/")),
        components=tuple(_affected(each, declared) for each in components),
        scope=_while_open(incident, incident.scope_en, incident.scope_fr) if incident else {},
        workaround=_while_open(incident, incident.workaround_en, incident.workaround_fr) if incident else {},
        next_update_at=_iso(incident.next_update_at) if incident else None,
        scheduled_for=_iso(maintenance.scheduled_for) if maintenance else None,
        scheduled_until=_iso(maintenance.scheduled_until) if maintenance else None,
        background=background(about, components),
    )


def _while_open(incident: Incident, en: str, fr: str) -> dict[str, str]:
    """What matters to readers until it is over; nothing once it is."""
    return {} if incident.status in CLOSED or not (en or fr) else {"en": en, "fr": fr}


def _affected(component: Component, declared: Mapping[int, Status]) -> Affected:
    status = declared.get(component.pk, Status.OPERATIONAL)
    name = {"en": component.name_en, "fr": component.name_fr}
    return Affected(id=component.public_id, name=name, status=status.value)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
