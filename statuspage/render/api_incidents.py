"""Incidents, maintenances and their updates of API v2 (CONTRACTS 1.6). Pure.

Both share 13 keys; updates stand newest first, components in full as they are now.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from statuspage.render.api_components import Component
from statuspage.render.api_values import body, status, timestamp, timestamp_or_null
from statuspage.snapshot import (
    Change,
    ComponentState,
    IncidentState,
    MaintenanceState,
    PageInfo,
    Snapshot,
    UpdateState,
)


def incident(item: IncidentState, snapshot: Snapshot, components: Mapping[str, Component]) -> dict[str, Any]:
    """One incident."""
    zone = snapshot.page.time_zone
    return {
        "id": item.id,
        "name": item.title.in_(snapshot.page.default_language),
        "status": item.status,
        "created_at": timestamp(item.created_at, zone),
        "updated_at": timestamp(item.updated_at, zone),
        "monitoring_at": timestamp_or_null(item.monitoring_at, zone),
        "resolved_at": timestamp_or_null(item.resolved_at, zone),
        "impact": item.impact,
        "shortlink": _link(item.id, snapshot.page),
        "started_at": timestamp(item.started_at, zone),
        "page_id": snapshot.page.id,
        "incident_updates": _updates(item.updates, item.id, snapshot),
        "components": _affected(item.component_ids, components),
        "reminder_intervals": None,
    }


def maintenance(
    item: MaintenanceState, snapshot: Snapshot, components: Mapping[str, Component]
) -> dict[str, Any]:
    """One scheduled maintenance; completing it also resolves it."""
    zone = snapshot.page.time_zone
    return {
        "id": item.id,
        "name": item.title.in_(snapshot.page.default_language),
        "status": item.status,
        "created_at": timestamp(item.created_at, zone),
        "updated_at": timestamp(item.updated_at, zone),
        "monitoring_at": None,
        "resolved_at": timestamp_or_null(item.completed_at, zone),
        "impact": "maintenance",
        "shortlink": _link(item.id, snapshot.page),
        "started_at": timestamp(item.created_at, zone),
        "page_id": snapshot.page.id,
        "incident_updates": _updates(item.updates, item.id, snapshot),
        "components": _affected(item.component_ids, components),
        "scheduled_for": timestamp(item.scheduled_for, zone),
        "scheduled_until": timestamp(item.scheduled_until, zone),
    }


def _link(happening_id: str, page: PageInfo) -> str:
    return f"{page.url}/incidents/{happening_id}/"


def _affected(ids: Sequence[str], components: Mapping[str, Component]) -> list[Component]:
    return [components[key] for key in ids if key in components]


def _updates(updates: Sequence[UpdateState], happening_id: str, snapshot: Snapshot) -> list[dict[str, Any]]:
    zone, language = snapshot.page.time_zone, snapshot.page.default_language
    names = _full_names(snapshot)
    return [
        {
            "id": update.id,
            "status": update.status,
            "body": body(update.body.in_(language)),
            "incident_id": happening_id,
            "created_at": timestamp(update.created_at, zone),
            "updated_at": timestamp(update.edited_at or update.created_at, zone),
            "display_at": timestamp(update.display_at, zone),
            "affected_components": [_change(change, names, language) for change in update.changes] or None,
            "deliver_notifications": update.notified,
            "custom_tweet": None,
            "tweet_id": None,
        }
        for update in updates
    ]


def _full_names(snapshot: Snapshot) -> dict[str, str]:
    language = snapshot.page.default_language
    groups = {group.id: group.name.in_(language) for group in snapshot.groups}
    return {component.id: _full_name(component, groups, language) for component in snapshot.components}


def _full_name(component: ComponentState, groups: Mapping[str, str], language: str) -> str:
    name = component.name.in_(language)
    group = groups.get(component.group_id or "")
    return f"{group} - {name}" if group else name


def _change(change: Change, names: Mapping[str, str], language: str) -> dict[str, str]:
    return {
        "code": change.component_id,
        "name": names.get(change.component_id) or change.name.in_(language),
        "old_status": status(change.old_status),
        "new_status": status(change.new_status),
    }
