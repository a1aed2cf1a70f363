"""Components and groups of API v2 (CONTRACTS 1.5): one flat list by position, 13 keys each. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from monitors.status import Status, worst
from statuspage.render.api_values import status, timestamp
from statuspage.render.documents import compact
from statuspage.render.trim import MOST, shortened
from statuspage.snapshot import ComponentState, GroupState, Snapshot
from subscribers.overall import unseen

Component = dict[str, Any]
# Beyond it descriptions are cut, so that the summary still has room for what happens.
ROOM = MOST // 2


def components(snapshot: Snapshot) -> list[Component]:
    """Groups and their components in one list, sorted by position."""
    known = {group.id for group in snapshot.groups}
    members: dict[str, list[ComponentState]] = {group: [] for group in known}
    for component in snapshot.components:
        if component.group_id in known:
            members[component.group_id].append(component)
    entries = [_component(component, snapshot, known) for component in snapshot.components]
    entries += [_group(group, members[group.id], snapshot) for group in snapshot.groups]
    entries.sort(key=lambda entry: (entry["position"], not entry["group"], entry["id"]))
    return entries if len(compact(entries)) <= ROOM else [_brief(entry) for entry in entries]


def _brief(entry: Component) -> Component:
    description = entry["description"]
    return entry if description is None else {**entry, "description": shortened(description, 60)}


def _component(component: ComponentState, snapshot: Snapshot, known: set[str]) -> Component:
    page = snapshot.page
    changed = max(component.updated_at, component.since or component.updated_at)
    return {
        "id": component.id,
        "name": component.name.in_(page.default_language),
        "status": status(component.status),
        "created_at": timestamp(component.created_at, page.time_zone),
        "updated_at": timestamp(changed, page.time_zone),
        "position": component.position,
        "description": _description(component, page.default_language),
        "showcase": True,
        "start_date": None if component.history.since is None else f"{component.history.since:%Y-%m-%d}",
        "group_id": component.group_id if component.group_id in known else None,
        "page_id": page.id,
        "group": False,
        "only_show_if_degraded": component.only_show_if_degraded,
    }


def _description(component: ComponentState, language: str) -> str | None:
    if component.status == Status.UNKNOWN:
        return unseen([seen(component)])
    return component.description.in_(language) or None


def seen(component: ComponentState) -> datetime | None:
    """When a component was last seen."""
    return component.checked_at or component.since


def _group(group: GroupState, members: Sequence[ComponentState], snapshot: Snapshot) -> Component:
    page = snapshot.page
    changed = [member.updated_at for member in members] + [m.since for m in members if m.since]
    return {
        "id": group.id,
        "name": group.name.in_(page.default_language),
        "status": status(worst(member.status for member in members) or Status.OPERATIONAL),
        "created_at": timestamp(group.created_at, page.time_zone),
        "updated_at": timestamp(max([group.updated_at, *changed]), page.time_zone),
        "position": group.position,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": page.id,
        "group": True,
        "only_show_if_degraded": False,
        "components": [member.id for member in sorted(members, key=lambda m: (m.position, m.id))],
    }
