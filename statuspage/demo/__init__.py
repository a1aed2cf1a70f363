"""Fills a page with plainly marked demonstration data (script/server --demo).

Incidents and maintenances go through the verbs that staff use, each at its own time in the past, so
that spans, updates and component statuses agree as they do in real life. Nobody is told of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import OuterRef, Subquery

from incidents import maintain, post
from incidents.lifecycle import MaintenanceStatus
from incidents.models import Update
from monitors import record
from monitors.models import Component, Group, Page
from statuspage.demo.history import recall
from statuspage.demo.story import Section, Trouble, Work, read
from statuspage.snapshot import Text

TIME_ZONE = "Europe/Paris"
STARTED = Text("The work has begun.", "Les travaux ont commencé.")


class NotEmpty(ValueError):
    """The page shows something of its own already."""


@transaction.atomic
def fill(page: Page, now: datetime) -> None:
    """90 days of an invented company on `page`, beside the components that monitors watch.

    Raises NotEmpty, having written nothing, where the page holds anything else.
    """
    _check(page)
    story = read(now, ZoneInfo(TIME_ZONE))
    page.name, page.time_zone, page.demo = story.company, TIME_ZONE, True
    page.save(update_fields=["name", "time_zone", "demo", "updated_at"])
    components = _components(page, story.sections)
    parts = [part for section in story.sections for part in section.parts]
    recall({components[part.slug].pk: part for part in parts}, now)
    for trouble in sorted(story.troubles, key=lambda trouble: trouble.start):
        _incident(page, trouble, components)
    for work in sorted(story.works, key=lambda work: work.start):
        _maintenance(page, work, components)
    _date(page)
    record.touch([page.pk], now)


def _check(page: Page) -> None:
    unwatched = page.components.filter(feeds=None)
    if unwatched.exists() or page.groups.exists() or page.incidents.exists() or page.maintenances.exists():
        raise NotEmpty("Only a page that shows nothing but watched components can be filled.")


def _date(page: Page) -> None:
    """Makes each as old as its last word: posting marked them as changed now."""
    words = Update.objects.order_by("-display_at").values("display_at")
    page.incidents.update(updated_at=Subquery(words.filter(incident=OuterRef("pk"))[:1]))
    page.maintenances.update(updated_at=Subquery(words.filter(maintenance=OuterRef("pk"))[:1]))


def _components(page: Page, sections: Sequence[Section]) -> dict[str, Component]:
    """The groups and components as rows, by slug; a component is as old as its history."""
    rows = {}
    for place, section in enumerate(sections):
        group = Group.objects.create(
            page=page, name_en=section.name.en, name_fr=section.name.fr, position=place
        )
        for position, part in enumerate(section.parts):
            rows[part.slug] = Component(
                page=page,
                group=group,
                slug=part.slug,
                name_en=part.name.en,
                name_fr=part.name.fr,
                description_en=part.description.en,
                description_fr=part.description.fr,
                position=position,
                tags=list(part.tags),
            )
    Component.objects.bulk_create(rows.values())
    for section in sections:
        for part in section.parts:
            rows[part.slug].created_at = part.since
    Component.objects.bulk_update(rows.values(), ["created_at"])
    return rows


def _incident(page: Page, trouble: Trouble, components: Mapping[str, Component]) -> None:
    first, *rest = trouble.told
    incident = post.open_incident(
        page,
        title_en=trouble.title.en,
        title_fr=trouble.title.fr,
        impact=trouble.impact,
        started_at=trouble.start,
        status=first.status,
        body_en=first.body.en,
        body_fr=first.body.fr,
        components={components[slug]: status for slug, status in first.components.items()},
        next_update_at=trouble.promised,
        now=first.at,
        notify=False,
    )
    for told in rest:
        post.update_incident(
            incident,
            status=told.status,
            body_en=told.body.en,
            body_fr=told.body.fr,
            components={components[slug]: status for slug, status in told.components.items()},
            next_update_at=trouble.promised,
            now=told.at,
            notify=False,
        )


def _maintenance(page: Page, work: Work, components: Mapping[str, Component]) -> None:
    maintenance = maintain.schedule_maintenance(
        page,
        title_en=work.title.en,
        title_fr=work.title.fr,
        body_en=work.body.en,
        body_fr=work.body.fr,
        components=[components[slug] for slug in work.slugs],
        scheduled_for=work.start,
        scheduled_until=work.until,
        now=work.announced,
        notify=False,
    )
    if work.end is None:
        return
    steps = [
        (MaintenanceStatus.IN_PROGRESS, STARTED, work.start),
        (MaintenanceStatus.COMPLETED, work.done, work.end),
    ]
    for status, body, at in steps:
        maintain.update_maintenance(
            maintenance, status=status, body_en=body.en, body_fr=body.fr, now=at, notify=False
        )
