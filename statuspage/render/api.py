"""The Statuspage public API v2 as files (CONTRACTS section 1): exact keys, order and types. Pure.

No key too many or too few. What the API cannot say is mapped here: `unknown` is degraded
performance with a description that says so, and a cancelled maintenance is left out, as
Statuspage's own deleted ones are.
"""

from typing import Any

from monitors.status import Status
from statuspage.render import api_components, api_incidents
from statuspage.render.api_values import timestamp
from statuspage.render.documents import compact
from statuspage.snapshot import Indicator, Snapshot, indicator

# CONTRACTS 1.1: the newest fifty.
LIMIT = 50

_DESCRIPTIONS = {
    Indicator.NONE: "All Systems Operational",
    Indicator.MAINTENANCE: "Service Under Maintenance",
    Indicator.MINOR: "Minor Service Outage",
    Indicator.MAJOR: "Partial System Outage",
    Indicator.CRITICAL: "Major System Outage",
}


def files(snapshot: Snapshot) -> dict[str, bytes]:
    """The four endpoints that are published."""
    page = {"page": _page(snapshot)}
    components = {"components": api_components.components(snapshot)}
    by_id = {component["id"]: component for component in components["components"]}
    status = {"status": _status(snapshot)}
    unresolved = [api_incidents.incident(item, snapshot, by_id) for item in snapshot.open_incidents]
    planned = [api_incidents.maintenance(item, snapshot, by_id) for item in snapshot.upcoming]
    newest = [api_incidents.incident(item, snapshot, by_id) for item in snapshot.incidents[:LIMIT]]
    summary = {"incidents": unresolved[:LIMIT], "scheduled_maintenances": planned[:LIMIT]}
    return {
        "api/v2/summary.json": compact({**page, **components, **summary, **status}),
        "api/v2/status.json": compact({**page, **status}),
        "api/v2/components.json": compact({**page, **components}),
        "api/v2/incidents.json": compact({**page, "incidents": newest}),
    }


def _page(snapshot: Snapshot) -> dict[str, Any]:
    page = snapshot.page
    return {
        "id": page.id,
        "name": page.name,
        "url": page.url,
        "time_zone": page.time_zone,
        "updated_at": timestamp(page.updated_at, page.time_zone),
    }


def _status(snapshot: Snapshot) -> dict[str, str]:
    level = indicator(snapshot)
    return {"indicator": level.value, "description": _description(snapshot, level)}


def _description(snapshot: Snapshot, level: Indicator) -> str:
    statuses = {component.status for component in snapshot.components}
    if level != Indicator.MINOR or any(incident.impact == "minor" for incident in snapshot.open_incidents):
        return _DESCRIPTIONS[level]
    if Status.PARTIAL_OUTAGE in statuses:
        return _DESCRIPTIONS[level]
    if Status.DEGRADED_PERFORMANCE in statuses:
        return "Partially Degraded Service"
    return api_components.unseen([c for c in snapshot.components if c.status == Status.UNKNOWN])
