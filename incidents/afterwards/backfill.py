"""Enters an incident that is over already: the history and the uptime have it, and nobody is told."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Func, Min
from django.utils import translation
from django.utils.translation import gettext as _

from incidents import step, telling, words
from incidents.lifecycle import IncidentStatus
from incidents.models import ComponentChange, Incident, Update
from incidents.step import Step
from incidents.words import PostError, Texts
from monitors import record
from monitors.models import Component, Page, Span
from monitors.status import Status


@transaction.atomic
def backfill(
    page: Page,
    *,
    title_en: str,
    title_fr: str,
    impact: str,
    body_en: str,
    body_fr: str,
    components: Mapping[Component, Status],
    started_at: datetime,
    resolved_at: datetime,
    now: datetime,
    author: User,
    update_id: str | None = None,
) -> Incident:
    """A past incident with what happened, from–until. Raises AlreadyPosted and PostError."""
    title, body = words.title(title_en, title_fr), words.body(body_en, body_fr)
    first_id = step.once(update_id)
    said = step.declarations(page, components, IncidentStatus.INVESTIGATING)
    _check(started_at, resolved_at, now)
    incident = Incident.objects.create(
        page=page,
        title_en=title.en,
        title_fr=title.fr,
        impact=step.read_impact(impact),
        status=IncidentStatus.INVESTIGATING,
        started_at=started_at,
        backfilled=True,
        created_at=started_at,
        updated_at=now,
    )
    first = step.write(incident, Step(body, started_at, now, author, False, first_id), _SILENT, said)
    released = {id_: Status.OPERATIONAL for id_, status in said.items() if status != Status.OPERATIONAL}
    incident.status, incident.resolved_at = IncidentStatus.RESOLVED, resolved_at
    ending = Step(_over(page), resolved_at, now, author, False, step.once(None))
    last = step.write(incident, ending, _SILENT, released)
    _as_it_was(incident, first, last, said)
    return incident


# No notice is written, and what begins with other events (checklists) does not begin.
_SILENT = "incident.resolved"


def _check(started_at: datetime, resolved_at: datetime, now: datetime) -> None:
    words.moment("started_at", started_at)
    if words.moment("resolved_at", resolved_at) <= started_at:
        raise PostError("resolved_at", _("An incident ends after it starts."))
    if resolved_at > now:
        raise PostError("resolved_at", _("An incident can be entered here once it is over."))


def _as_it_was(incident: Incident, first: Update, last: Update, said: Mapping[int, Status]) -> None:
    """What stood before was fine then, whatever stands now; what nobody watched yet stays unwatched."""
    ComponentChange.objects.filter(update=first).update(old_status=Status.OPERATIONAL)
    for change in ComponentChange.objects.filter(update=last):
        change.old_status = said[change.component_id]
        change.save(update_fields=["old_status"])
    source = telling.source(incident)
    others = Span.objects.filter(component__in=said).exclude(source=source)
    watched = dict(others.values_list("component").annotate(at=Min(Func("during", function="lower"))))
    end = incident.resolved_at
    spans = {}
    for id_, status in said.items():
        start = max(incident.started_at, watched.get(id_, incident.started_at))
        whole = status != Status.OPERATIONAL and end is not None and id_ in watched and start < end
        spans[id_] = [(start, end, status)] if whole else []
    record.rewrite(source, spans)


def _over(page: Page) -> Texts:
    """What its end says, in the languages of its page."""
    said = dict.fromkeys(("en", "fr"), "")
    for language in page.languages:
        with translation.override(language):
            said[language] = _("This incident is over.")
    return Texts(**said)
