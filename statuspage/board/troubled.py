"""Which components are not operational, since when, and who says so: monitors, staff or what they posted."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitors.models import Component, Page, Span
from monitors.status import Source, Status, merge, source_kind


@dataclass(frozen=True, slots=True)
class Trouble:
    """A component that is not operational; `since` is when the first of what is still said began."""

    component: Component
    status: Status
    since: datetime | None
    # Whether monitors are among those who say so, and whether something posted does.
    observed: bool
    posted: bool


def components_of(pages: Sequence[Page]) -> list[Component]:
    """All components of these pages, in their order."""
    return list(Component.objects.filter(page__in=pages).order_by("page", "position", "id"))


def troubles(components: Collection[Component]) -> list[Trouble]:
    """Those that customers do not see as operational, the gravest first."""
    spans: dict[int, list[Span]] = defaultdict(list)
    for span in Span.objects.filter(component__in=components, during__upper_inf=True):
        spans[span.component_id].append(span)
    found = [_trouble(component, spans[component.pk]) for component in components]
    return sorted((each for each in found if each is not None), key=_gravest)


def _trouble(component: Component, spans: Sequence[Span]) -> Trouble | None:
    status = merge([(span.source, Status(span.status)) for span in spans])
    if status == Status.OPERATIONAL:
        return None
    saying = [span for span in spans if span.status != Status.OPERATIONAL]
    kinds = {source_kind(span.source) for span in saying}
    return Trouble(
        component=component,
        status=status,
        since=min((span.during.lower for span in saying), default=None),
        observed=Source.MONITOR in kinds,
        posted=bool(kinds & {Source.INCIDENT, Source.MAINTENANCE}),
    )


def _gravest(trouble: Trouble) -> int:
    return -trouble.status.severity
