"""What there is to tell: each emergency update as the notice that the application would make of it. Pure.

The same words go out as ever: the payload is what `incidents.telling` writes, the event is named alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from incidents.events import incident_event
from incidents.lifecycle import IncidentStatus
from monitors.status import Status
from statuspage.snapshot import IncidentState, Snapshot, Text, UpdateState
from subscribers.channels.base import Told
from subscribers.payload import Affected, NoticePayload, PageName


@dataclass(frozen=True, slots=True)
class News:
    """One update that subscribers are to hear of, and the components it concerns (ids)."""

    told: Told
    components: frozenset[str]
    title: Text
    newest: bool

    @property
    def update(self) -> str:
        """The update's id."""
        return self.told.public_id


def news(snapshot: Snapshot, incident_id: str = "") -> list[News]:
    """What was posted in this emergency and is to be told, of one incident or of all, the oldest first."""
    if snapshot.emergency is None:
        return []
    since = snapshot.emergency.since
    found = [
        _news(snapshot, incident, number)
        for incident in reversed(snapshot.incidents)
        if incident_id in ("", incident.id)
        for number in range(len(incident.updates) - 1, -1, -1)
        if _is_told(incident.updates[number]) and incident.updates[number].created_at >= since
    ]
    return sorted(found, key=lambda each: each.told.created_at)


def _is_told(update: UpdateState) -> bool:
    return update.emergency and update.notified


def _news(snapshot: Snapshot, incident: IncidentState, number: int) -> News:
    """Of the update `number` of an incident, counted from the newest."""
    page, update = snapshot.page, incident.updates[number]
    said = incident.updates[number:]
    before = IncidentStatus(said[1].status) if len(said) > 1 else None
    payload = _payload(snapshot, incident, said)
    told = Told(
        # Letters are written once per number.
        id=int(update.id, 36),
        public_id=update.id,
        event=incident_event(before, IncidentStatus(update.status)),
        subject=f"incident:{incident.id}",
        payload=payload.as_json(),
        created_at=update.created_at,
        page_public_id=page.id,
        page_name=page.name,
        page_url=page.url,
        time_zone=page.time_zone,
        languages=page.languages,
        default_language=page.default_language,
    )
    concerned = frozenset(change.component_id for each in said for change in each.changes)
    return News(told, concerned, incident.title, newest=number == 0)


def _payload(snapshot: Snapshot, incident: IncidentState, said: tuple[UpdateState, ...]) -> NoticePayload:
    page, update = snapshot.page, said[0]
    newest = update == incident.updates[0]
    promised = incident.next_update_at if newest else None
    return NoticePayload(
        kind="incident",
        public_id=incident.id,
        title=_texts(incident.title),
        status=update.status,
        impact=incident.impact,
        body=_texts(update.body),
        at=update.display_at.isoformat(),
        started_at=incident.started_at.isoformat(),
        url=f"{page.url}/incidents/{incident.id}/",
        update_id=update.id,
        page=PageName(id=page.id, name=page.name, url=page.url),
        components=tuple(_affected(snapshot, said)),
        scope=_texts(incident.concerns) if newest and incident.concerns != Text("") else {},
        workaround=_texts(incident.advice) if newest and incident.advice != Text("") else {},
        next_update_at=promised.isoformat() if promised else None,
    )


def _affected(snapshot: Snapshot, said: tuple[UpdateState, ...]) -> Iterator[Affected]:
    """The components that any of these updates named, in the page's order, as they are after them."""
    after: dict[str, Status] = {}
    for update in reversed(said):
        after |= {change.component_id: change.new_status for change in update.changes}
    for component in snapshot.components:
        if component.id in after:
            yield Affected(id=component.id, name=_texts(component.name), status=after[component.id].value)


def _texts(text: Text) -> dict[str, str]:
    return {"en": text.en, "fr": text.fr}
