"""What the search of the history reads: the titles of each month, a file that changes with it alone. Pure.

Both languages stand in one file, as do incidents and maintenances; components by their short names.
"""

from collections.abc import Iterator
from datetime import datetime

from statuspage.render.documents import compact
from statuspage.render.timeline import Happening
from statuspage.render.times import Clock
from statuspage.snapshot import IncidentState, Month, Snapshot


def files(month: Month, snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """The titles of one month, the newest first."""
    clock = Clock(snapshot.page.time_zone)
    slugs = {component.id: component.slug for component in snapshot.components}
    told: list[Happening] = [*month.incidents, *month.maintenances]
    told.sort(key=lambda item: (_at(item), item.id), reverse=True)
    entries = [
        {
            "id": item.id,
            "en": item.title.en,
            "fr": item.title.fr,
            "on": clock.day(_at(item)).isoformat(),
            "components": [slugs[key] for key in item.component_ids if key in slugs],
        }
        for item in told
    ]
    yield f"history/{month.month}.json", compact(entries)


def _at(item: Happening) -> datetime:
    return item.started_at if isinstance(item, IncidentState) else item.scheduled_for
