"""What customers are to see of each component while persons alone speak. Pure.

Nobody watches: a component that monitors watch is unknown from their last word on, unless a person says
otherwise. All that persons say is merged by the one rule of `monitors.status`.
"""

from dataclasses import replace
from datetime import datetime

from incidents.lifecycle import ACTIVE
from monitors.status import Status, merge
from statuspage.snapshot import ComponentState, IncidentState, Snapshot


def declares(incident: IncidentState) -> dict[str, Status]:
    """What an incident says of each component at last; one that it released is left out."""
    said: dict[str, Status] = {}
    for update in reversed(incident.updates):
        said |= {change.component_id: change.new_status for change in update.changes}
    return {id_: status for id_, status in said.items() if status != Status.OPERATIONAL}


class Standing:
    """What persons say of the components of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._open = [(f"incident:{each.id}", declares(each)) for each in snapshot.open_incidents]
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
    said: list[tuple[datetime, str, Status]] = [
        (update.display_at, change.component_id, change.new_status)
        for incident in snapshot.incidents
        for update in incident.updates
        if update.emergency and update.display_at >= snapshot.emergency.since
        for change in update.changes
        if change.new_status == Status.OPERATIONAL
    ]
    said += [(each.at, each.component_id, each.status) for each in snapshot.emergency.declared]
    return {id_: status for _at, id_, status in sorted(said, key=lambda word: word[0])}
