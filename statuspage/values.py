"""Rows of the database as values of the snapshot. No query of its own: related rows come along."""

import hashlib
from datetime import datetime

from incidents.models import Incident, Maintenance, Update
from monitors.history import HistoryValue
from monitors.models import Component, Group, Page
from monitors.status import Status
from statuspage.models import Turn
from statuspage.snapshot import (
    Asset,
    Brand,
    Change,
    ComponentState,
    GroupState,
    History,
    IncidentState,
    Keys,
    Link,
    MaintenanceState,
    PageInfo,
    Run,
    Text,
    TurnState,
    UpdateState,
    Weights,
    WithdrawnState,
)


def page_info(page: Page, app_url: str, application_key: str) -> PageInfo:
    """The page; `app_url` is where its forms post to, `application_key` our public key."""
    return PageInfo(
        id=page.public_id,
        name=page.name,
        url=page.url.rstrip("/"),
        app_url=app_url,
        time_zone=page.time_zone,
        languages=tuple(page.languages),
        default_language=page.default_language,
        support_url=page.support_url,
        demo=page.demo,
        created_at=page.created_at,
        updated_at=max(page.touched_at, page.created_at),
        weights=Weights(
            *(
                f"{weight.normalize():f}"
                for weight in (page.weight_major, page.weight_partial, page.weight_degraded)
            )
        ),
        private=page.private,
        security_contact=page.security_contact,
        brand=brand(page),
        keys=Keys(application_key, page.emergency_key),
    )


def brand(page: Page) -> Brand:
    """How the page differs in looks."""
    return Brand(
        accent=page.accent,
        logo=_asset_path(page.logo),
        favicon=_asset_path(page.favicon),
        links=tuple(Link(Text(link["en"], link["fr"]), link["url"]) for link in page.links),
        legal=Text(page.legal_en, page.legal_fr),
    )


def assets(page: Page) -> tuple[Asset, ...]:
    """The pictures of the page's own."""
    pictures = [bytes(each) for each in (page.logo, page.favicon) if each]
    return tuple(Asset(_asset_path(picture), picture) for picture in pictures)


def _asset_path(picture: bytes | memoryview | None) -> str:
    if not picture:
        return ""
    content = bytes(picture)
    kind = "png" if content.startswith(b"\x89PNG") else "webp"
    return f"assets/{hashlib.sha256(content).hexdigest()[:20]}.{kind}"


def group_state(group: Group) -> GroupState:
    """A group."""
    return GroupState(
        id=group.public_id,
        name=Text(group.name_en, group.name_fr),
        position=group.position,
        created_at=group.created_at,
        updated_at=group.updated_at,
    )


def component_state(row: Component, past: HistoryValue, checked_at: datetime | None) -> ComponentState:
    """A component with what its past says, and when a monitor last looked."""
    return ComponentState(
        id=row.public_id,
        slug=row.slug,
        name=Text(row.name_en, row.name_fr),
        description=Text(row.description_en, row.description_fr),
        group_id=row.group.public_id if row.group else None,
        position=row.position,
        status=past.status,
        since=past.status_since,
        declared=past.declared,
        checked_at=checked_at,
        only_show_if_degraded=row.only_show_if_degraded,
        tags=tuple(row.tags),
        created_at=row.created_at,
        updated_at=max(row.updated_at, past.status_since or row.updated_at),
        history=History(
            first_day=past.first_day,
            until=past.until,
            runs=tuple(Run(run.days, run.status, run.seconds) for run in past.runs),
            uptime_millis=past.uptime_millis,
            coverage_millis=past.coverage_millis,
            since=past.since,
        ),
    )


def incident_state(row: Incident, updates: list[Update]) -> IncidentState:
    """An incident with its updates, newest first; the components in the order they were first named."""
    touched = {
        change.component.public_id: None for update in reversed(updates) for change in update.changes.all()
    }
    return IncidentState(
        id=row.public_id,
        title=Text(row.title_en, row.title_fr),
        impact=row.impact,
        status=row.status,
        started_at=row.started_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        monitoring_at=row.monitoring_at,
        resolved_at=row.resolved_at,
        next_update_at=row.next_update_at,
        component_ids=tuple(touched),
        updates=tuple(update_state(update) for update in updates),
        workaround=Text(row.workaround_en, row.workaround_fr),
        scope=Text(row.scope_en, row.scope_fr),
    )


def maintenance_state(
    row: Maintenance, updates: list[Update], component_ids: tuple[str, ...]
) -> MaintenanceState:
    """A maintenance with its updates, newest first."""
    return MaintenanceState(
        id=row.public_id,
        title=Text(row.title_en, row.title_fr),
        status=row.status,
        scheduled_for=row.scheduled_for,
        scheduled_until=row.scheduled_until,
        started_at=row.started_at,
        completed_at=row.completed_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        component_ids=component_ids,
        updates=tuple(update_state(update) for update in updates),
    )


def update_state(row: Update) -> UpdateState:
    """An update with what it said of components."""
    return UpdateState(
        id=row.public_id,
        status=row.status,
        body=Text(row.body_en, row.body_fr),
        created_at=row.created_at,
        display_at=row.display_at,
        notified=row.notify,
        emergency=row.emergency,
        changes=tuple(
            Change(
                component_id=change.component.public_id,
                name=Text(change.component.name_en, change.component.name_fr),
                old_status=Status(change.old_status),
                new_status=Status(change.new_status),
            )
            for change in row.changes.all()
        ),
        edited_at=row.edited_at,
    )


def withdrawn_state(row: Update) -> WithdrawnState:
    """That an update was taken back."""
    about = row.incident or row.maintenance
    if about is None or row.withdrawn_at is None:
        raise ValueError(f"update {row.pk} was not taken back")
    kind = "incident" if row.incident else "maintenance"
    return WithdrawnState(row.public_id, kind, about.public_id, row.withdrawn_at)


def turn_state(row: Turn) -> TurnState:
    """That a component turned."""
    return TurnState(
        id=row.public_id,
        component_id=row.component.public_id,
        old_status=Status(row.old_status),
        new_status=Status(row.new_status),
        at=row.at,
    )
