"""What stands at present: what an incident or maintenance declares, and what customers see.

Reads spans that are still open, nothing else.
"""

from collections import defaultdict
from collections.abc import Collection

from django.db.models import QuerySet

from incidents.models import ComponentChange, Update
from monitors.models import Component, Span
from monitors.status import Status, merge


def declared(source: str) -> dict[int, Status]:
    """What one source says of each component (primary key) now."""
    spans = Span.objects.filter(source=source, during__upper_inf=True)
    return {span.component_id: Status(span.status) for span in spans}


def shown(component_ids: Collection[int]) -> dict[int, Status]:
    """What customers see of each of these components now."""
    said: dict[int, list[tuple[str, Status]]] = defaultdict(list)
    for span in Span.objects.filter(component__in=component_ids, during__upper_inf=True):
        said[span.component_id].append((span.source, Status(span.status)))
    return {id_: merge(said[id_]) for id_ in component_ids}


def named(updates: QuerySet[Update]) -> list[Component]:
    """Every component that any of these updates named, in the page's order."""
    changes = ComponentChange.objects.filter(update__in=updates)
    return list(Component.objects.filter(pk__in=changes.values("component")))
