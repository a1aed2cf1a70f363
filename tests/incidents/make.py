"""Rows for the tests of incidents, and what they look like afterwards."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from incidents import post
from incidents.models import Incident, Maintenance
from monitors.models import Component, Page, Span
from monitors.status import Status
from subscribers.models import State, Subscriber

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
_number = count(1)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def make_subscriber(page: Page, *components: Component, **values: Any) -> Subscriber:
    subscriber = Subscriber.objects.create(
        **{
            "page": page,
            "channel": "email",
            "address": f"reader{next(_number)}@example.com",
            "state": State.ACTIVE,
            "created_at": NOW,
            "everything": not components,
        }
        | values
    )
    subscriber.components.set(components)
    return subscriber


def open_incident(page: Page, components: dict[Component, Status] | None = None, **values: Any) -> Incident:
    return post.open_incident(
        page,
        **{
            "title_en": "Payments fail",
            "title_fr": "",
            "impact": "major",
            "status": "investigating",
            "body_en": "We look into it.",
            "body_fr": "",
            "components": components or {},
            "now": NOW,
        }
        | values,
    )


def update_incident(
    incident: Incident, status: str, components: dict[Component, Status] | None = None, **values: Any
) -> Incident:
    update = post.update_incident(
        incident,
        **{
            "status": status,
            "body_en": "News.",
            "body_fr": "Du nouveau.",
            "components": components or {},
            "now": NOW + minutes(10),
        }
        | values,
    )
    assert update.incident is not None
    return update.incident


def schedule(page: Page, *components: Component, **values: Any) -> Maintenance:
    return post.schedule_maintenance(
        page,
        **{
            "title_en": "New switches",
            "title_fr": "Nouveaux commutateurs",
            "body_en": "We replace switches.",
            "body_fr": "",
            "components": components,
            "scheduled_for": NOW + minutes(60),
            "scheduled_until": NOW + minutes(120),
            "now": NOW,
        }
        | values,
    )


def update_maintenance(maintenance: Maintenance, status: str, **values: Any) -> Maintenance:
    update = post.update_maintenance(
        maintenance,
        **{"status": status, "body_en": "News.", "body_fr": "", "now": NOW + minutes(10)} | values,
    )
    assert update.maintenance is not None
    return update.maintenance


def spans(component: Component) -> list[tuple[str, str, float, float | None]]:
    """(kind of source, status, start, end) in minutes after NOW, by start."""
    rows = Span.objects.filter(component=component).order_by("during", "source")
    return [
        (row.source.partition(":")[0], row.status, _minute(row.during.lower), _minute(row.during.upper))
        for row in rows
    ]


def _minute(at: datetime | None) -> Any:
    return None if at is None else (at - NOW).total_seconds() / 60
