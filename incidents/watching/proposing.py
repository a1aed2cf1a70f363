"""What monitoring proposes: a draft on the desk, kept as things are until a person touches it.

Whoever takes it over, posts it or throws it away has decided; it is proposed no more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from incidents import choosing, team
from incidents.composing import meanwhile
from incidents.lifecycle import IncidentStatus
from incidents.models import Draft, Incident
from incidents.team import both, said
from incidents.watching import causes, words
from incidents.watching.case import Case, Part
from incidents.watching.words import What
from monitors.ids import public_id
from monitors.status import Status
from subscribers.channels.chat_card import Tone

_PROPOSED = gettext_noop("Monitoring proposes an incident: %(what)s")
_RESOLVABLE = gettext_noop("Monitoring proposes to resolve: %(what)s")
_QUIET = gettext_noop("No check has failed for %(minutes)d minutes.")
_UNCHECKED = gettext_noop("Nothing checks this any more, so nobody sees whether it is well: %(what)s.")
Names = dict[str, str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a draft says: about which incident (None: a new one), the fields of its form, and why."""

    incident: Incident | None
    fields: Mapping[str, str]
    reason: Names
    title: str
    what: Names
    tone: Tone


def begin(case: Case) -> None:
    """Proposes an incident of what fails; takes it back once nothing does."""
    parts = case.failing()
    if case.outbreak.decided:
        return
    if not parts:
        withdraw(case)
        return
    states = [(part.component, part.look.status or Status.UNKNOWN) for part in parts]
    since = min(part.look.first or part.since for part in parts)
    what = What(case.page, states, since, words.impact(status for _component, status in states))
    fields = words.begins(what, case.settings.begins) | {
        "status": IncidentStatus.INVESTIGATING.value,
        "impact": what.impact.value,
        "started_at": timezone.localtime(since, ZoneInfo(case.page.time_zone)).strftime("%Y-%m-%dT%H:%M"),
        **{choosing.control(component): status.value for component, status in states},
    }
    reason = causes.told(causes.found(parts))
    _keep(case, Proposal(None, fields, reason, _PROPOSED, _names(parts), Tone(what.impact.value)))


def resolve(case: Case, incident: Incident) -> None:
    """Proposes to resolve an incident that is left to people; takes it back where something fails."""
    if case.quiet:
        said, reason = _said_well(case), both(_QUIET, minutes=case.settings.quiet)
    elif case.abandoned:
        # What to say of it, nobody but a person knows.
        said = {"body_en": "", "body_fr": ""}
        reason = both(_UNCHECKED, what=_names(case.unchecked()))
    else:
        withdraw(case)
        return
    fields = said | {
        "status": IncidentStatus.RESOLVED.value,
        "impact": incident.impact,
        meanwhile.FIELD: meanwhile.seen(incident),
    }
    names = {"en": incident.title_en, "fr": incident.title_fr}
    _keep(case, Proposal(incident, fields, reason, _RESOLVABLE, names, Tone.OVER))


def _said_well(case: Case) -> words.Said:
    states = [(part.component, Status.OPERATIONAL) for part in case.parts if part.component.visible]
    what = What(case.page, states, case.well_since or case.now, words.impact(()))
    return words.resolves(what, case.settings.resolves)


def _names(parts: Iterable[Part]) -> Names:
    """What they are called, in each language."""
    return {
        language: ", ".join(
            getattr(part.component, f"name_{language}") or str(part.component) for part in parts
        )
        for language in ("en", "fr")
    }


def withdraw(case: Case) -> None:
    """Takes back what nobody has touched."""
    _keep(case, None)


def _keep(case: Case, wanted: Proposal | None) -> None:
    """Makes the draft what is proposed now, unless a person has touched it."""
    outbreak = case.outbreak
    if outbreak.draft_id:
        draft = Draft.objects.select_for_update().filter(update_id=outbreak.draft_id).first()
        if draft is None or draft.author_id is not None:
            outbreak.draft_id, outbreak.decided = "", True
            outbreak.save(update_fields=["draft_id", "decided"])
        elif wanted is None:
            draft.delete()
            outbreak.draft_id = ""
            outbreak.save(update_fields=["draft_id"])
        else:
            _write_anew(draft, case, wanted)
    elif wanted is not None:
        _write(case, wanted)


def _write(case: Case, wanted: Proposal) -> None:
    outbreak = case.outbreak
    outbreak.draft_id = public_id()
    outbreak.save(update_fields=["draft_id"])
    Draft.objects.create(
        page=case.page,
        update_id=outbreak.draft_id,
        incident=wanted.incident,
        fields=_fields(wanted, outbreak.draft_id),
        proposed=True,
        reason=_reason(case, wanted),
        reasons=wanted.reason,
        created_at=case.now,
        saved_at=case.now,
    )
    values = said(both(wanted.title, what=wanted.what), wanted.reason, _address(case, wanted), wanted.tone)
    # Once of each outbreak, however often it comes and goes.
    kind = "resolve" if wanted.incident else "begin"
    team.tell("watching.proposed", f"watching:{kind}:{outbreak.pk}", values, case.page, case.now)


def _write_anew(draft: Draft, case: Case, wanted: Proposal) -> None:
    fields, reason = _fields(wanted, draft.update_id), _reason(case, wanted)
    if (draft.fields, draft.reasons) != (fields, wanted.reason):
        draft.fields, draft.reason, draft.reasons, draft.saved_at = fields, reason, wanted.reason, case.now
        draft.save(update_fields=["fields", "reason", "reasons", "saved_at"])


def _fields(wanted: Proposal, update_id: str) -> dict[str, list[str]]:
    """As a browser would send them."""
    fixed = {"notify": "on", "update_id": update_id}
    return {name: [value] for name, value in (dict(wanted.fields) | fixed).items()}


def _reason(case: Case, wanted: Proposal) -> str:
    return causes.fitted(wanted.reason[case.page.default_language])


def _address(case: Case, wanted: Proposal) -> str:
    query = {"draft": case.outbreak.draft_id}
    if wanted.incident is not None:
        address = reverse("admin:incidents_incident_change", args=[wanted.incident.pk])
    else:
        address, query = reverse("admin:incidents_incident_add"), {"page": case.page.public_id} | query
    return f"{address}?{urlencode(query)}"
