"""Corrects when an incident was: what it declared of components follows, and with that their uptime.

What monitors saw stays as they saw it; of a component they know better, their times can be taken over.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from incidents import standing, step, telling, undo, words
from incidents.lifecycle import CLOSED
from incidents.models import ComponentChange, Incident
from incidents.words import PostError
from monitors import record
from monitors.models import STATUS_LABELS, Component, Page, Span
from monitors.status import IMPACTS, Source, Status, worst

# So long before and after an incident, what monitors saw may belong to it.
AROUND = timedelta(hours=6)
Said = tuple[datetime, datetime | None, Status]


@dataclass(frozen=True, slots=True)
class Seen:
    """What monitors saw of a component from–until (None: still); `key` names it in a form."""

    key: str
    component: Component
    status: Status
    start: datetime
    end: datetime | None


@transaction.atomic
def correct(
    incident: Incident,
    *,
    title_en: str,
    title_fr: str,
    impact: str,
    started_at: datetime,
    resolved_at: datetime | None,
    seen: datetime,
    now: datetime,
    attached: Collection[Seen] = (),
) -> Incident:
    """Another title, impact, beginning or end; `seen` is its `updated_at` as the editor knew it.

    Of components in `attached` it declares what monitors saw of them, and is as long as that. An open
    incident has no end. Raises PostError.
    """
    incident = _locked(incident, seen)
    if undo.waiting(incident, now) is not None:
        raise PostError("", _("Its notices still wait: do this when they are sent, or send them now."))
    before = incident.started_at, incident.resolved_at
    title = words.title(title_en, title_fr)
    incident.title_en, incident.title_fr = title.en, title.fr
    incident.impact = step.read_impact(impact)
    if attached:
        started_at = min([started_at, *(each.start for each in attached)])
    incident.started_at = words.moment("started_at", started_at)
    if incident.resolved_at is not None:
        if resolved_at is None:
            raise PostError("resolved_at", _("What is resolved has an end."))
        ends = [each.end for each in attached if each.end is not None]
        if len(ends) < len(attached):
            raise PostError("attached", _("What goes on cannot belong to what is resolved: reopen it first."))
        incident.resolved_at = words.moment("resolved_at", max([resolved_at, *ends]))
    _check(incident, now)
    _move(incident, before, attached)
    _render_anew(incident, before[0], now)
    step.publish(incident, now, tell=False)
    return incident


def _locked(incident: Incident, seen: datetime) -> Incident:
    rows = Incident.objects.select_for_update(of=("self",), no_key=True).select_related("page")
    incident = rows.get(pk=incident.pk)
    if incident.updated_at != seen:
        raise PostError("", _("Somebody changed this incident meanwhile. Look at it before you save."))
    return incident


def _check(incident: Incident, now: datetime) -> None:
    if incident.started_at > now:
        raise PostError("started_at", _("An incident cannot start in the future."))
    if incident.resolved_at is not None and incident.resolved_at > now:
        raise PostError("resolved_at", _("An incident cannot end in the future."))
    if incident.resolved_at is not None and incident.resolved_at <= incident.started_at:
        raise PostError("resolved_at", _("An incident ends after it starts."))


def _move(incident: Incident, before: tuple[datetime, datetime | None], attached: Collection[Seen]) -> None:
    source = telling.source(incident)
    said: dict[int, list[Said]] = defaultdict(list)
    for span in Span.objects.filter(source=source).order_by("during"):
        said[span.component_id].append((span.during.lower, span.during.upper, Status(span.status)))
    after = incident.started_at, incident.resolved_at
    wanted = {id_: moved(spans, before, after) for id_, spans in said.items()}
    taken: dict[int, list[Said]] = defaultdict(list)
    for each in sorted(attached, key=lambda each: each.start):
        end = each.end if each.end is not None else incident.resolved_at
        taken[each.component.pk].append((each.start, end, each.status))
    whole = {id_: united(spans) for id_, spans in taken.items()}
    _name(incident, whole)
    record.rewrite(source, wanted | whole)


def moved(
    spans: Sequence[Said], before: tuple[datetime, datetime | None], after: tuple[datetime, datetime | None]
) -> list[Said]:
    """What began or ended with an incident begins and ends with it; nothing lies outside. Pure."""
    kept: list[Said] = []
    for start, end, status in spans:
        start = after[0] if start == before[0] else max(start, after[0])
        if after[1] is not None and end is not None:
            end = after[1] if end == before[1] else min(end, after[1])
        if end is None or start < end:
            kept.append((start, end, status))
    return kept


def united(spans: Sequence[Said]) -> list[Said]:
    """At each moment the worst that any of these says; equal neighbours joined. Pure."""
    cuts = sorted({at for start, end, _status in spans for at in (start, end) if at is not None})
    found: list[Said] = []
    for number, start in enumerate(cuts):
        end = cuts[number + 1] if number + 1 < len(cuts) else None
        said = worst(s for begins, ends, s in spans if begins <= start and (ends is None or start < ends))
        if said is None:
            continue
        if found and found[-1][1] == start and found[-1][2] == said:
            start = found.pop()[0]
        found.append((start, end, said))
    return found


def _name(incident: Incident, taken: Mapping[int, Sequence[Said]]) -> None:
    """Components that no update named yet are named by the first, and let go by the one that resolved it."""
    known = {component.pk for component in standing.named(incident.updates.all())}
    updates = list(incident.updates.order_by("display_at", "pk"))
    for id_, spans in taken.items():
        if id_ in known or not updates:
            continue
        status = spans[-1][2]
        _change(updates[0].pk, id_, Status.OPERATIONAL, status)
        closing = next((each for each in updates[1:] if each.status in CLOSED), None)
        if closing is not None:
            _change(closing.pk, id_, status, Status.OPERATIONAL)


def _change(update_id: int, component_id: int, old: Status, new: Status) -> None:
    ComponentChange.objects.create(
        update_id=update_id, component_id=component_id, old_status=old, new_status=new
    )


def _render_anew(incident: Incident, before: datetime, now: datetime) -> None:
    """The month that it left is not named by its new time: then every document is made anew."""
    zone = ZoneInfo(incident.page.time_zone)
    months = {f"{at.astimezone(zone):%Y-%m}" for at in (before, incident.started_at)}
    if len(months) > 1:
        Page.objects.filter(pk=incident.page_id).update(updated_at=now)


def seen_by_monitors(incident: Incident, now: datetime) -> list[Seen]:
    """What monitors saw go wrong around an incident, of any component of its page, the earliest first."""
    start, end = incident.started_at - AROUND, (incident.resolved_at or now) + AROUND
    spans = Span.objects.filter(
        source__startswith=f"{Source.MONITOR}:",
        component__page=incident.page_id,
        status__in=IMPACTS,
        during__overlap=(start, end),
    ).select_related("component__group")
    return [
        Seen(
            f"{span.component.public_id}-{span.pk}",
            span.component,
            Status(span.status),
            span.during.lower,
            span.during.upper,
        )
        for span in spans.order_by("during", "component__position", "pk")
    ]


def spoken(incident: Incident) -> str:
    """What it declares of components, from when until when, for the log of changes: in UTC."""
    spans = Span.objects.filter(source=telling.source(incident)).select_related("component")
    said = []
    for span in spans.order_by("component__position", "component_id", "during"):
        ends = [f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if at else "" for at in _ends(span)]
        said.append(f"{span.component} {STATUS_LABELS[Status(span.status)]} {'–'.join(ends)}")
    return "; ".join(said) or "–"


def _ends(span: Span) -> tuple[datetime, datetime | None]:
    return span.during.lower, span.during.upper
