"""What a person's word makes of the snapshot. Pure: no file, no clock, no network.

While the application is down nobody watches: a component that monitors watch is unknown from their last
word on, unless a person says otherwise. Within one incident time never runs backwards, and its life
follows `incidents.lifecycle`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from incidents.lifecycle import ACTIVE, CLOSED, IncidentStatus, check_incident
from monitors.status import IMPACTS, Status, merge
from statuspage.snapshot import (
    Change,
    ComponentState,
    Declaration,
    Documents,
    Emergency,
    IncidentState,
    Month,
    Snapshot,
    Text,
    UpdateState,
)

# What a snapshot surely tells of (`take.LISTED`, `take.RECENT`).
LISTED = 50
RECENT = timedelta(days=31)


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
    """With a new incident. Raises NoSuch, NotAllowed, ValueError."""
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

    `impact` None keeps it. Raises NoSuch, NotAllowed, ValueError.
    """
    snapshot = _begun(snapshot, said.at)
    incident = incident_of(snapshot, incident_id)
    before = IncidentStatus(incident.status)
    check_incident(before, said.status)
    if said.status in CLOSED:
        released = {id_: Status.OPERATIONAL for id_ in _declares(incident) if _is_shown(snapshot, id_)}
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
    words = _Words(snapshot)
    return replace(
        snapshot,
        sequence=sequence,
        generated_at=now,
        good_until=until,
        emergency=replace(_emergency(snapshot, now), until=until),
        components=tuple(words.applied(component, now) for component in snapshot.components),
    )


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


def changed_components(before: Snapshot, after: Snapshot) -> tuple[ComponentState, ...]:
    """Those of `after` that show another status than in `before`."""
    old = {component.id: component.status for component in before.components}
    return tuple(each for each in after.components if old.get(each.id) != each.status)


def documents(before: Snapshot, after: Snapshot) -> Documents:
    """What has a page of its own and differs between two snapshots."""
    old = {incident.id: incident for incident in before.incidents}
    incidents = tuple(each for each in after.incidents if old.get(each.id) != each)
    months = dict.fromkeys(month_of(after, incident) for incident in incidents)
    return Documents(
        incidents=incidents,
        months=tuple(_month(after, name) for name in months if _is_whole(before, name)),
        components=changed_components(before, after),
    )


def all_documents(snapshot: Snapshot) -> Documents:
    """Everything that the snapshot can tell: for a target that holds nothing yet."""
    names = {month_of(snapshot, incident) for incident in snapshot.incidents}
    names |= {_named(snapshot, work.scheduled_for) for work in snapshot.maintenances}
    months = tuple(_month(snapshot, name) for name in sorted(names, reverse=True))
    return Documents(snapshot.incidents, snapshot.maintenances, months, snapshot.components)


def month_of(snapshot: Snapshot, incident: IncidentState) -> str:
    """The month that an incident began in (page's time zone), such as "2026-11"."""
    return _named(snapshot, incident.started_at)


def _named(snapshot: Snapshot, at: datetime) -> str:
    return at.astimezone(ZoneInfo(snapshot.page.time_zone)).strftime("%Y-%m")


def _month(snapshot: Snapshot, name: str) -> Month:
    return Month(
        name,
        tuple(each for each in snapshot.incidents if month_of(snapshot, each) == name),
        tuple(each for each in snapshot.maintenances if _named(snapshot, each.scheduled_for) == name),
    )


def _is_whole(snapshot: Snapshot, name: str) -> bool:
    """Whether the snapshot tells all that the page of a month does: it leaves out what is old and much."""
    few = len(snapshot.incidents) < LISTED and len(snapshot.maintenances) < LISTED
    return few or name not in snapshot.months or name > _named(snapshot, snapshot.generated_at - RECENT)


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


def _declares(incident: IncidentState) -> dict[str, Status]:
    """What an incident says of each component at last; one that it released is left out."""
    said: dict[str, Status] = {}
    for update in reversed(incident.updates):
        said |= {change.component_id: change.new_status for change in update.changes}
    return {id_: status for id_, status in said.items() if status != Status.OPERATIONAL}


class _Words:
    """What persons say of the components of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._open = [(f"incident:{each.id}", _declares(each)) for each in snapshot.open_incidents]
        self._in_work = {
            id_: f"maintenance:{work.id}"
            for work in snapshot.maintenances
            if work.status in ACTIVE
            for id_ in work.component_ids
        }
        self._last = _last_words(snapshot)

    def applied(self, component: ComponentState, now: datetime) -> ComponentState:
        """The component as customers are to see it."""
        sources = [(source, said[component.id]) for source, said in self._open if component.id in said]
        if component.id in self._in_work:
            sources.append((self._in_work[component.id], Status.UNDER_MAINTENANCE))
        by_person = component.id in self._last
        if by_person:
            sources.append(("staff", self._last[component.id]))
        elif component.declared:
            sources.append(("staff", self._before_incidents(component)))
        elif self._is_silent(component):
            sources.append(("monitor:silent", Status.UNKNOWN))
        else:
            sources.append(("monitor:heard", component.status))
        return _shown(component, merge(sources), by_person, now)

    def _is_silent(self, component: ComponentState) -> bool:
        heard = component.checked_at
        return heard is None or heard < self._snapshot.good_until

    def _before_incidents(self, component: ComponentState) -> Status:
        """What an unmonitored component showed before the first open incident that names it."""
        changes = [
            (update.display_at, change.old_status)
            for incident in self._snapshot.open_incidents
            for update in incident.updates
            for change in update.changes
            if change.component_id == component.id
        ]
        return min(changes)[1] if changes else component.status


def _shown(component: ComponentState, status: Status, by_person: bool, now: datetime) -> ComponentState:
    declared = component.declared or by_person
    if status == component.status:
        return replace(component, declared=declared)
    since = component.checked_at if status == Status.UNKNOWN and component.checked_at else now
    return replace(component, status=status, since=since, updated_at=now, declared=declared)


def _last_words(snapshot: Snapshot) -> dict[str, Status]:
    """What was last said of each component since the emergency began, outside incidents or by closing one."""
    if snapshot.emergency is None:
        return {}
    said = [
        (update.display_at, change.component_id, change.new_status)
        for incident in snapshot.incidents
        for update in incident.updates
        if update.emergency and update.display_at >= snapshot.emergency.since
        for change in update.changes
        if change.new_status == Status.OPERATIONAL
    ]
    said += [(each.at, each.component_id, each.status) for each in snapshot.emergency.declared]
    return {id_: status for _at, id_, status in sorted(said, key=lambda word: word[0])}


def usual_impact(statuses: Iterable[Status]) -> str:
    """The impact of an incident that says this of its components."""
    worst = max((s for s in statuses if s in IMPACTS), key=lambda s: s.severity, default=None)
    return "major" if worst == Status.MAJOR_OUTAGE else "minor"
