"""Tells the post room of incidents and maintenances that subscribers follow by name."""

from collections.abc import Collection, Iterator

from incidents import telling
from incidents.lifecycle import CLOSED, OVER
from incidents.models import Incident, Maintenance
from subscribers.subjects import Subject


def incidents(public_ids: Collection[str]) -> Iterator[Subject]:
    """Those of these incidents that exist."""
    for incident in Incident.objects.filter(public_id__in=public_ids).select_related("page"):
        yield _subject(incident, incident.status in CLOSED)


def maintenances(public_ids: Collection[str]) -> Iterator[Subject]:
    """Those of these maintenances that exist."""
    for maintenance in Maintenance.objects.filter(public_id__in=public_ids).select_related("page"):
        yield _subject(maintenance, maintenance.status in OVER)


def _subject(about: Incident | Maintenance, over: bool) -> Subject:
    return Subject(
        name=telling.source(about),
        page_id=about.page_id,
        title_en=about.title_en,
        title_fr=about.title_fr,
        url=telling.address(about),
        over=over,
        changed_at=about.updated_at,
    )
