"""What monitoring posts by itself: an incident, what changes in it, and that it is over.

As soon as a person takes part it says nothing more: it proposes. So it does where nothing checks any more
what it told of, and where staff chose another policy. What its incident says of components follows what
monitors see at once, so that the page and uptime never tell of an outage longer than it was; what it tells
subscribers is rare.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from incidents import post, standing, step, telling
from incidents.lifecycle import Impact, IncidentStatus
from incidents.models import ComponentChange, Incident, Note
from incidents.watching import causes, part, proposing, words
from incidents.watching.case import Case, Part
from incidents.watching.together import WITHIN
from incidents.watching.words import What
from monitors import record
from monitors.models import Component
from monitors.status import Status

# Between two updates that only say that something became better or worse.
RARELY = timedelta(minutes=10)


def go_on(case: Case) -> None:
    """Declares, follows and resolves the incident of one outbreak, each when its time has come."""
    outbreak = case.outbreak
    if outbreak.decided:
        return
    if outbreak.incident_id is None:
        # One from further ahead began before the clock was turned back.
        if abs(case.now - outbreak.since) >= WITHIN:
            _declare(case)
        return
    locked = Incident.everything.select_for_update(of=("self",), no_key=True).select_related("page")
    incident = locked.get(pk=outbreak.incident_id)
    if part.over(incident):
        proposing.withdraw(case)
        outbreak.decided = True
        outbreak.save(update_fields=["decided"])
    elif part.taken(incident) or case.handed_over or case.abandoned:
        proposing.resolve(case, incident)
    else:
        # What was proposed while nothing checked it.
        proposing.withdraw(case)
        if not outbreak.decided:
            _follow(case, incident)
            _say(case, incident)


def _declare(case: Case) -> None:
    lately = _told_lately(case)
    failing = [each for each in case.failing() if each.component.pk not in lately]
    if not failing:
        return
    states = _states(failing)
    since = min(each.look.first or each.since for each in failing)
    what = What(case.page, states, since, words.impact(status for _component, status in states))
    incident = post.open_incident(
        case.page,
        impact=what.impact,
        status=IncidentStatus.INVESTIGATING,
        components=dict(states),
        started_at=since,
        **_as_staff(case, words.begins(what, case.settings.begins)),
    )
    case.outbreak.incident, case.outbreak.posted_at = incident, case.now
    case.outbreak.save(update_fields=["incident", "posted_at"])
    _date(failing, incident)
    cause = causes.told(causes.found(failing))[case.page.default_language]
    Note.objects.create(incident=incident, text=cause, created_at=case.now)


def _date(parts: Iterable[Part], incident: Incident) -> None:
    """Each fails since when it was seen to, and not since the first of them."""
    later = {
        each.component.pk: [(each.look.since, None, each.status)]
        for each in parts
        if each.status is not None and each.look.since and each.look.since > incident.started_at
    }
    record.rewrite(telling.source(incident), later)


def _told_lately(case: Case) -> set[int]:
    """Components of which monitoring told in another incident lately: more would be too much as yet."""
    said = ComponentChange.objects.filter(
        update__incident__page=case.page,
        update__monitoring=True,
        update__withdrawn_at=None,
        update__display_at__gt=case.now - RARELY,
        update__display_at__lte=case.now,
    )
    return set(said.exclude(update__incident=case.outbreak.incident_id).values_list("component", flat=True))


def _as_staff(case: Case, texts: words.Said) -> dict[str, Any]:
    """It can be undone as long as what staff post."""
    return {**texts, "now": case.now, "monitoring": True, "hold": timedelta(seconds=case.page.hold)}


def _states(parts: Iterable[Part]) -> list[tuple[Component, Status]]:
    return [(each.component, each.status) for each in parts if each.status is not None]


def _follow(case: Case, incident: Incident) -> None:
    """What the incident says of what it named is what monitors see, from when on they see it."""
    source = telling.source(incident)
    declared = standing.declared(source)
    named = _told(incident)
    said: dict[int, tuple[datetime, Status | None]] = {}
    for each in case.parts:
        id_, status = each.component.pk, each.status
        if id_ not in named or status is None or declared.get(id_, Status.OPERATIONAL) == status:
            continue
        at = max(each.look.since or case.now, incident.started_at)
        said[id_] = (at, None if status == Status.OPERATIONAL else status)
    if said:
        record.become(source, said)
        step.publish(incident, case.now, tell=False)


def _told(incident: Incident) -> dict[int, Status]:
    """What its updates last said of each component that they named."""
    changes = ComponentChange.objects.filter(update__incident=incident, update__withdrawn_at=None)
    said = changes.order_by("update__pk").values_list("component_id", "new_status")
    return {id_: Status(status) for id_, status in said}


def _say(case: Case, incident: Incident) -> None:
    """An update, where there is news enough and the last one is long enough ago."""
    if case.quiet:
        _resolve(case, incident)
        return
    told, ago = _told(incident), abs(case.now - (case.outbreak.posted_at or incident.created_at))
    failing = {each.component.pk for each in case.failing()}
    shown = case.spoken_of()
    unsaid = failing - told.keys()
    unsaid -= _told_lately(case) if unsaid else set()
    new = [each for each in shown if each.component.pk in unsaid]
    other = [
        each
        for each in shown
        if each.component.pk in told and each.status not in (None, told[each.component.pk])
    ]
    # That all is well again is told when it has been so for long.
    other = other if failing and ago >= RARELY else []
    if (new and ago >= WITHIN) or other:
        _update(case, incident, [each for each in shown if each in new or each in other])


def _update(case: Case, incident: Incident, parts: list[Part]) -> None:
    states = _states(parts)
    present = words.impact(status for _component, status in _states(case.parts))
    worse = max(Impact(incident.impact), present, key=list(Impact).index)
    post.update_incident(
        incident,
        impact=worse,
        status=incident.status,
        components=dict(states),
        **_as_staff(case, words.changes(What(case.page, states, case.now, worse))),
    )
    case.outbreak.posted_at = case.now
    case.outbreak.save(update_fields=["posted_at"])


def _resolve(case: Case, incident: Incident) -> None:
    told = _told(incident)
    well = [each.component for each in case.parts if each.component.pk in told and each.component.visible]
    states = [(component, Status.OPERATIONAL) for component in well]
    what = What(case.page, states, case.well_since or case.now, Impact.NONE)
    post.update_incident(
        incident,
        status=IncidentStatus.RESOLVED,
        components=dict(states),
        **_as_staff(case, words.resolves(what, case.settings.resolves)),
    )
