"""What goes on at the same time on the same components: other maintenances, and incidents that are open."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from incidents import telling
from incidents.lifecycle import CLOSED, OVER
from incidents.models import Incident, Maintenance, Series
from incidents.recurring import dates
from incidents.recurring.rule import read
from incidents.words import PostError
from monitors.models import Component, Page, Span


@dataclass(frozen=True, slots=True)
class Overlap:
    """One thing that overlaps; `end` None: nobody knows yet."""

    thing: Incident | Maintenance | Series
    components: tuple[Component, ...]
    start: datetime
    end: datetime | None

    @property
    def kind(self) -> str:
        """ "incident", "maintenance" or "series"."""
        return str(self.thing._meta.model_name)

    @property
    def key(self) -> str:
        """What names it in a form."""
        return f"{self.kind}-{self.thing.pk}"


def found(
    page: Page,
    components: Collection[Component],
    start: datetime,
    end: datetime,
    but: Maintenance | None = None,
) -> list[Overlap]:
    """What overlaps a maintenance of these components in that time, `but` aside: incidents first."""
    if not components:
        return []
    return [
        *_incidents(page, components),
        *_maintenances(page, components, start, end, but),
        *_series(page, components, start, end, but),
    ]


def keys(overlaps: Collection[Overlap]) -> str:
    """What a person has seen of them, to be sent along."""
    return " ".join(sorted(overlap.key for overlap in overlaps))


def _incidents(page: Page, components: Collection[Component]) -> Iterator[Overlap]:
    """The open ones that still say something of these components."""
    known = {component.pk: component for component in components}
    for incident in Incident.objects.filter(page=page).exclude(status__in=CLOSED).order_by("started_at"):
        said = Span.objects.filter(source=telling.source(incident), during__upper_inf=True)
        shared = said.filter(component__in=known).values_list("component_id", flat=True)
        if shared:
            yield Overlap(incident, tuple(known[id_] for id_ in shared), incident.started_at, None)


def _maintenances(
    page: Page, components: Collection[Component], start: datetime, end: datetime, but: Maintenance | None
) -> Iterator[Overlap]:
    others = Maintenance.objects.filter(
        page=page, components__in=components, scheduled_for__lt=end, scheduled_until__gt=start
    )
    if but is not None:
        others = others.exclude(pk=but.pk)
    rows = others.exclude(status__in=OVER).distinct().order_by("scheduled_for")
    for other in rows.prefetch_related("components"):
        yield Overlap(other, _shared(other, components), other.scheduled_for, other.scheduled_until)


def _series(
    page: Page, components: Collection[Component], start: datetime, end: datetime, but: Maintenance | None
) -> Iterator[Overlap]:
    """Occurrences that nobody has announced yet."""
    rows = Series.objects.filter(page=page, enabled=True, components__in=components).distinct()
    if but is not None and but.series_id:
        rows = rows.exclude(pk=but.series_id)
    for series in rows.prefetch_related("components"):
        length = timedelta(minutes=series.minutes)
        at = _next(series, start - length, end)
        if at is not None:
            yield Overlap(series, _shared(series, components), at, at + length)


def _next(series: Series, after: datetime, before: datetime) -> datetime | None:
    """The first start between two times that is not announced."""
    zone = ZoneInfo(series.page.time_zone)
    there = set(
        Maintenance.everything.filter(series=series, occurrence__gt=after).values_list(
            "occurrence", flat=True
        )
    )
    try:
        rule = read(series.rule)
    except PostError:
        return None
    starts = dates.moments(rule, series.first_date, series.start_time, zone, after, before)
    return next((at for at in starts if at not in there and at < before), None)


def _shared(thing: Maintenance | Series, components: Collection[Component]) -> tuple[Component, ...]:
    return tuple(component for component in thing.components.all() if component in components)
