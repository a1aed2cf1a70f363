"""The Statuspage public API v2 as files (CONTRACTS section 1): exact keys, order and types. Pure.

No key too many or too few, and no document beyond 1 MiB. What the API cannot say is mapped here:
`unknown` is degraded performance with a description that says so, and a cancelled maintenance is
left out, as Statuspage's own deleted ones are.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from monitors.status import Status
from statuspage.render import api_components, api_incidents
from statuspage.render.api_components import Component
from statuspage.render.api_values import timestamp
from statuspage.render.documents import compact
from statuspage.render.timeline import Happening
from statuspage.render.trim import MOST, fitting
from statuspage.snapshot import (
    IncidentState,
    MaintenanceState,
    PageInfo,
    Snapshot,
    indicator,
)
from subscribers.overall import description

# CONTRACTS 1.1: the newest fifty.
LIMIT = 50

_UPCOMING, _ACTIVE = ("scheduled",), ("in_progress", "verifying")


def files(snapshot: Snapshot) -> dict[str, bytes]:
    """Every endpoint that is read only."""
    components = api_components.components(snapshot)
    encoded = partial(_encoded, snapshot=snapshot, components={part["id"]: part for part in components})
    unresolved, planned = snapshot.open_incidents, snapshot.upcoming
    closed = [incident for incident in snapshot.incidents if not incident.open]
    told = [work for work in snapshot.maintenances if work.status != "cancelled"]
    lists: dict[str, tuple[str, Sequence[Happening]]] = {
        "incidents": ("incidents", snapshot.incidents),
        "incidents/unresolved": ("incidents", unresolved),
        "incidents/resolved": ("incidents", closed),
        "scheduled-maintenances": ("scheduled_maintenances", told),
        "scheduled-maintenances/upcoming": ("scheduled_maintenances", _in(planned, _UPCOMING)),
        "scheduled-maintenances/active": ("scheduled_maintenances", _in(planned, _ACTIVE)),
    }
    return {
        "api/v2/summary.json": _summary(snapshot, compact(components), encoded),
        "api/v2/status.json": _object(
            page=_page(snapshot.page, _turned(snapshot)), status=compact(_status(snapshot))
        ),
        "api/v2/components.json": _components(snapshot, compact(components)),
        **{
            f"api/v2/{name}.json": _list(key, items[:LIMIT], snapshot, encoded)
            for name, (key, items) in lists.items()
        },
    }


def _summary(snapshot: Snapshot, components: bytes, encoded: Callable[[Happening], bytes]) -> bytes:
    incidents, planned = snapshot.open_incidents[:LIMIT], snapshot.upcoming[:LIMIT]
    told: list[Happening] = [*incidents, *planned]
    parts = fitting(told, encoded, room=MOST - len(components))
    return _object(
        page=_page(snapshot.page, snapshot.page.updated_at),
        components=components,
        incidents=_array(parts[: len(incidents)]),
        scheduled_maintenances=_array(parts[len(incidents) :]),
        status=compact(_status(snapshot)),
    )


def _components(snapshot: Snapshot, components: bytes) -> bytes:
    times = [_changed(snapshot), *(group.updated_at for group in snapshot.groups)]
    return _object(page=_page(snapshot.page, max(times)), components=components)


def _changed(snapshot: Snapshot) -> datetime:
    """When any component last changed."""
    times = [at for part in snapshot.components for at in (part.updated_at, part.since) if at]
    return max(times, default=snapshot.page.created_at)


def _turned(snapshot: Snapshot) -> datetime:
    """When what decides on the overall status last began, ended or changed."""
    times = [at for item in snapshot.incidents for at in (item.created_at, item.resolved_at) if at]
    return max([_changed(snapshot), *times])


def _list(
    key: str, items: Sequence[Happening], snapshot: Snapshot, encoded: Callable[[Happening], bytes]
) -> bytes:
    """A list, and when anything in it last changed: it stays the same file until then."""
    parts = {component.id: component.updated_at for component in snapshot.components}
    times = [item.updated_at for item in items]
    times += [parts[key] for item in items for key in item.component_ids if key in parts]
    page = _page(snapshot.page, max(times, default=snapshot.page.created_at))
    return _object(page=page, **{key: _array(fitting(items, encoded))})


def _in(items: Sequence[MaintenanceState], statuses: Sequence[str]) -> list[MaintenanceState]:
    return [item for item in items if item.status in statuses]


def _encoded(item: Happening, snapshot: Snapshot, components: Mapping[str, Component]) -> bytes:
    if isinstance(item, IncidentState):
        return compact(api_incidents.incident(item, snapshot, components))
    return compact(api_incidents.maintenance(item, snapshot, components))


def _object(**fields: bytes) -> bytes:
    return b"{" + b",".join(compact(key) + b":" + value for key, value in fields.items()) + b"}"


def _array(items: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(items) + b"]"


def _page(page: PageInfo, updated_at: datetime) -> bytes:
    return compact(
        {
            "id": page.id,
            "name": page.name,
            "url": page.url,
            "time_zone": page.time_zone,
            "updated_at": timestamp(updated_at, page.time_zone),
        }
    )


def _status(snapshot: Snapshot) -> dict[str, Any]:
    level = indicator(snapshot)
    statuses = {component.status for component in snapshot.components}
    impacts = {incident.impact for incident in snapshot.open_incidents}
    unknown = [component for component in snapshot.components if component.status == Status.UNKNOWN]
    said = description(impacts, statuses, map(api_components.seen, unknown))
    return {"indicator": level.value, "description": said}
