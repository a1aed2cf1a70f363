"""Two posts of one emergency that reached different targets, as one snapshot. Pure.

Nothing that was said in the emergency is lost: updates are united by id, declarations by time.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from statuspage.emergency.documents import month_of
from statuspage.snapshot import IncidentState, Snapshot


def joined(best: Snapshot, others: Iterable[Snapshot]) -> Snapshot:
    """`best` with what the others say of the same emergency and it does not."""
    return reduce(_with, (other for other in others if _is_same_emergency(best, other)), best)


def _is_same_emergency(best: Snapshot, other: Snapshot) -> bool:
    return bool(best.emergency and other.emergency and other.generated_at >= best.emergency.since)


def _with(best: Snapshot, other: Snapshot) -> Snapshot:
    theirs = {incident.id: incident for incident in other.incidents}
    ours = {incident.id for incident in best.incidents}
    known = [_united(each, theirs[each.id]) if each.id in theirs else each for each in best.incidents]
    new = [each for each in other.incidents if each.id not in ours and _in_emergency(each)]
    incidents = sorted([*known, *new], key=lambda each: each.started_at, reverse=True)
    months = {*best.months, *(month_of(best, each) for each in new)}
    if best.emergency and other.emergency:
        declared = {*best.emergency.declared, *other.emergency.declared}
        in_order = tuple(sorted(declared, key=lambda each: (each.at, each.component_id)))
        best = replace(best, emergency=replace(best.emergency, declared=in_order))
    return replace(best, incidents=tuple(incidents), months=tuple(sorted(months, reverse=True)))


def _united(ours: IncidentState, theirs: IncidentState) -> IncidentState:
    known = {update.id for update in ours.updates}
    more = [update for update in theirs.updates if update.emergency and update.id not in known]
    if not more:
        return ours
    updates = tuple(sorted([*ours.updates, *more], key=lambda each: each.display_at, reverse=True))
    newest = theirs if updates[0].id not in known else ours
    return replace(
        newest,
        updates=updates,
        component_ids=tuple(dict.fromkeys([*ours.component_ids, *theirs.component_ids])),
        updated_at=max(ours.updated_at, theirs.updated_at),
    )


def _in_emergency(incident: IncidentState) -> bool:
    return any(update.emergency for update in incident.updates)
