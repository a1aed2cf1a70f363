"""What has a page of its own and differs between two snapshots. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from statuspage.snapshot import ComponentState, Documents, IncidentState, Month, Snapshot

# What a snapshot surely tells of (`listed.LISTED`, `listed.RECENT`).
LISTED = 50
RECENT = timedelta(days=31)


def changed_components(before: Snapshot, after: Snapshot) -> tuple[ComponentState, ...]:
    """Those of `after` that show another status than in `before`."""
    old = {component.id: component.status for component in before.components}
    return tuple(each for each in after.components if old.get(each.id) != each.status)


def difference(before: Snapshot, after: Snapshot) -> Documents:
    """What has a page of its own and differs between two snapshots."""
    old = {incident.id: incident for incident in before.incidents}
    incidents = tuple(each for each in after.incidents if old.get(each.id) != each)
    months = dict.fromkeys(month_of(after, incident) for incident in incidents)
    return Documents(
        incidents=incidents,
        months=tuple(_month(after, name) for name in months if _is_whole(before, name)),
        components=_concerned(before, after, incidents),
    )


def everything(snapshot: Snapshot) -> Documents:
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


def _concerned(
    before: Snapshot, after: Snapshot, incidents: tuple[IncidentState, ...]
) -> tuple[ComponentState, ...]:
    """Those with another status, and those that a changed incident names."""
    ids = {each.id for each in changed_components(before, after)}
    ids |= {id_ for incident in incidents for id_ in incident.component_ids}
    return tuple(each for each in after.components if each.id in ids)
