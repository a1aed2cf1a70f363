"""What a person’s word makes of the snapshot. Pure: no file, no clock, no network.

Within one incident time never runs backwards, its life follows `incidents.lifecycle`, and doing the same
again changes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from incidents.lifecycle import CLOSED, IncidentStatus, check_incident
from monitors.status import IMPACTS, Status
from statuspage.emergency.documents import month_of
from statuspage.emergency.standing import Standing, declares
from statuspage.snapshot import (
    Change,
    Declaration,
    Emergency,
    IncidentState,
    Snapshot,
    Text,
    UpdateState,
)


class NoSuch(ValueError):
    """An incident or component that the page does not have."""


@dataclass(frozen=True, slots=True)
class Said:
    """One update: `id` is its 12 characters, `components` what it says of each by id.

    `notified` is whether subscribers are to be told; `next_update_at` is the next one promised.
    """

    id: str
    status: IncidentStatus
    body: Text
    components: Mapping[str, Status]
    at: datetime
    notified: bool = True
    next_update_at: datetime | None = None


def posted(snapshot: Snapshot, incident_id: str, title: Text, impact: str, said: Said) -> Snapshot:
    """With a new incident, once however often it is done. Raises NoSuch, NotAllowed, ValueError."""
    if _has(snapshot, said):
        return snapshot
    check_incident(None, said.status)
    snapshot = _begun(snapshot, said.at)
    incident = IncidentState(
        id=incident_id,
        title=title,
        impact=impact,
        status=said.status,
        started_at=said.at,
        created_at=said.at,
        updated_at=said.at,
        monitoring_at=None,
        resolved_at=None,
        next_update_at=None,
        component_ids=(),
        updates=(),
    )
    incident = _with_update(snapshot, incident, None, said)
    incidents = sorted((incident, *snapshot.incidents), key=lambda each: each.started_at, reverse=True)
    months = {*snapshot.months, month_of(snapshot, incident)}
    return replace(snapshot, incidents=tuple(incidents), months=tuple(sorted(months, reverse=True)))


def updated(snapshot: Snapshot, incident_id: str, said: Said, impact: str | None = None) -> Snapshot:
    """With one more update of an incident; closing it releases every component that it declared.

    `impact` None keeps it. Where the update is there already, nothing changes. Raises NoSuch,
    NotAllowed, ValueError.
    """
    if _has(snapshot, said):
        return snapshot
    snapshot = _begun(snapshot, said.at)
    incident = incident_of(snapshot, incident_id)
    before = IncidentStatus(incident.status)
    check_incident(before, said.status)
    if said.status in CLOSED:
        released = {id_: Status.OPERATIONAL for id_ in declares(incident) if _is_shown(snapshot, id_)}
        said = replace(said, components=released | dict(said.components))
    incident = replace(incident, impact=impact or incident.impact)
    incident = _with_update(snapshot, incident, before, said)
    incidents = tuple(incident if each.id == incident_id else each for each in snapshot.incidents)
    return replace(snapshot, incidents=incidents)


def declared(snapshot: Snapshot, component_id: str, status: Status, at: datetime) -> Snapshot:
    """With the status that a person gives a component outside any incident. Raises NoSuch, ValueError."""
    _check(snapshot, {component_id: status}, None)
    emergency = _emergency(snapshot, at)
    declaration = Declaration(component_id, status, at)
    return replace(snapshot, emergency=replace(emergency, declared=(*emergency.declared, declaration)))


def framed(snapshot: Snapshot, *, sequence: int, now: datetime, until: datetime) -> Snapshot:
    """As a release of the emergency tool that stands until `until`, its components as persons say."""
    snapshot = _begun(snapshot, now)
    words = Standing(snapshot)
    return replace(
        snapshot,
        sequence=sequence,
        generated_at=now,
        good_until=until,
        emergency=replace(_emergency(snapshot, now), until=until),
        components=tuple(words.applied(component, now) for component in snapshot.components),
    )


def _has(snapshot: Snapshot, said: Said) -> bool:
    return any(update.id == said.id for incident in snapshot.incidents for update in incident.updates)


def _begun(snapshot: Snapshot, at: datetime) -> Snapshot:
    return replace(snapshot, emergency=_emergency(snapshot, at))


def _emergency(snapshot: Snapshot, at: datetime) -> Emergency:
    return snapshot.emergency or Emergency(at, at)


def incident_of(snapshot: Snapshot, incident_id: str) -> IncidentState:
    """An incident by its id. Raises NoSuch."""
    for incident in snapshot.incidents:
        if incident.id == incident_id:
            return incident
    raise NoSuch(incident_id)


def _with_update(
    snapshot: Snapshot, incident: IncidentState, before: IncidentStatus | None, said: Said
) -> IncidentState:
    _check(snapshot, said.components, said.status)
    at = max([said.at, *(update.display_at for update in incident.updates)])
    update = UpdateState(
        id=said.id,
        status=said.status,
        body=said.body,
        created_at=said.at,
        display_at=at,
        notified=said.notified,
        emergency=True,
        changes=tuple(_changes(snapshot, said.components)),
    )
    incident = _entered(incident, before, said.status, at)
    closed = said.status in CLOSED
    return replace(
        incident,
        updated_at=at,
        next_update_at=None if closed else said.next_update_at,
        component_ids=tuple(dict.fromkeys([*incident.component_ids, *said.components])),
        updates=(update, *incident.updates),
    )


def _changes(snapshot: Snapshot, said: Mapping[str, Status]) -> Iterator[Change]:
    for component in snapshot.components:
        if component.id in said:
            yield Change(component.id, component.name, component.status, said[component.id])


def _entered(
    incident: IncidentState, before: IncidentStatus | None, after: IncidentStatus, at: datetime
) -> IncidentState:
    """As `incidents.post` does it."""
    monitoring_at, resolved_at = incident.monitoring_at, incident.resolved_at
    if before in CLOSED and after not in CLOSED:
        monitoring_at = resolved_at = None
    if after == IncidentStatus.MONITORING and before != after:
        monitoring_at = at
    if after in CLOSED and resolved_at is None:
        resolved_at = at
    return replace(incident, status=after, monitoring_at=monitoring_at, resolved_at=resolved_at)


def _check(snapshot: Snapshot, said: Mapping[str, Status], after: IncidentStatus | None) -> None:
    for id_, status in said.items():
        if not _is_shown(snapshot, id_):
            raise NoSuch(id_)
        if status == Status.UNKNOWN:
            raise ValueError("nobody can declare that a status is unknown")
        if after in CLOSED and status != Status.OPERATIONAL:
            raise ValueError("what is resolved leaves every component operational")


def _is_shown(snapshot: Snapshot, component_id: str) -> bool:
    return any(component.id == component_id for component in snapshot.components)


def usual_impact(statuses: Iterable[Status]) -> str:
    """The impact of an incident that says this of its components."""
    worst = max((s for s in statuses if s in IMPACTS), key=lambda s: s.severity, default=None)
    return "major" if worst == Status.MAJOR_OUTAGE else "minor"
