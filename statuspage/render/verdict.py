"""The first line of the page: is it them or me? In words, from the state alone. Pure.

What staff say comes before what monitors saw, and what nobody can see is never called working.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from monitors.status import Status
from statuspage.render import facts, timeline, words
from statuspage.render.facts import Fact
from statuspage.render.times import Clock
from statuspage.snapshot import ComponentState, IncidentState, MaintenanceState, Snapshot, Text, troubled

_ONE = {
    Status.MAJOR_OUTAGE: gettext_noop("It’s us: {name} is down."),
    Status.PARTIAL_OUTAGE: gettext_noop("It’s us: {name} is partly down."),
    Status.DEGRADED_PERFORMANCE: gettext_noop("It’s us: {name} is not working well."),
}
_IMPACTS = ("none", "minor", "major", "critical")
_LIKE = {
    "minor": Status.DEGRADED_PERFORMANCE,
    "major": Status.PARTIAL_OUTAGE,
    "critical": Status.MAJOR_OUTAGE,
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """The headline as HTML, and plain for the title of the window."""

    html: SafeString
    plain: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer: its tone, one sentence, one more, and what to know meanwhile.

    `subject` is what the sentence speaks of, `named` whether the sentence holds its title.
    """

    tone: str
    headline: Sentence
    lead: str
    subject: IncidentState | MaintenanceState | None = None
    named: bool = True
    facts: tuple[Fact, ...] = ()


def verdict(snapshot: Snapshot, language: str, clock: Clock) -> Verdict:
    """What the page answers first."""
    bad = troubled(snapshot)
    incident = _gravest(snapshot.open_incidents)
    if incident is not None:
        return _incident(snapshot, incident, bad, language, clock)
    if bad:
        return _observed(snapshot, bad, language, clock)
    for status, answer in ((Status.UNKNOWN, _unknown), (Status.UNDER_MAINTENANCE, _maintenance)):
        found = [component for component in snapshot.components if component.status == status]
        if found:
            return answer(snapshot, found, language, clock)
    return _fine(snapshot)


def _gravest(incidents: Sequence[IncidentState]) -> IncidentState | None:
    felt = [incident for incident in incidents if incident.impact != "none"]
    return max(felt, key=lambda incident: _IMPACTS.index(incident.impact), default=None)


def _plain(text: str) -> Sentence:
    return Sentence(format_html("{}", text), text)


def _about(template: str, happening: timeline.Happening, language: str) -> Sentence:
    link = format_html(
        '<a href="{}">{}</a>', timeline.link(happening), words.title(happening.title, language)
    )
    return Sentence(format_html(template, title=link), template.format(title=happening.title.in_(language)))


def _naming(template: str, components: Sequence[ComponentState], language: str) -> Sentence:
    names: list[Text] = [component.name for component in components]
    html = words.joined([words.name(text, language) for text in names])
    return Sentence(
        format_html(template, name=html),
        template.format(name=words.joined_plain([text.in_(language) for text in names])),
    )


def _incident(
    snapshot: Snapshot,
    incident: IncidentState,
    bad: Sequence[ComponentState],
    language: str,
    clock: Clock,
) -> Verdict:
    mended = incident.status == "monitoring" and not bad
    others = len(snapshot.open_incidents) - 1
    more = ngettext("%(count)d more incident is open.", "%(count)d more incidents are open.", others)
    gravest = max(
        [_LIKE[incident.impact], *(component.status for component in bad)], key=lambda s: s.severity
    )
    return Verdict(
        tone="deg" if mended else words.TONES[gravest],
        headline=_plain(_("It was us; a fix is in place."))
        if mended
        else _about(_("It’s us. {title}"), incident, language),
        lead=more % {"count": others} if others else "",
        subject=incident,
        named=not mended,
        facts=(
            *facts.affected(snapshot, incident, bad, language),
            facts.since(incident.started_at, snapshot, clock),
            *facts.next_update(incident, snapshot, clock),
        ),
    )


def _observed(snapshot: Snapshot, bad: Sequence[ComponentState], language: str, clock: Clock) -> Verdict:
    if len(bad) == 1:
        headline = _naming(_(_ONE[bad[0].status]), bad, language)
    elif all(component.status == Status.MAJOR_OUTAGE for component in snapshot.components):
        headline = _plain(_("It’s us: everything is down."))
    else:
        headline = _naming(_("It’s us: {name} have problems."), bad, language)
    unwritten = not snapshot.open_incidents and not any(component.declared for component in bad)
    times = [component.since for component in bad if component.since]
    return Verdict(
        tone=words.TONES[bad[0].status],
        headline=headline,
        lead=_("Our checks found this; we have not written about it yet.") if unwritten else "",
        facts=(
            *(facts.troubled(bad, language) if len(bad) > 1 else ()),
            *((facts.since(min(times), snapshot, clock),) if times else ()),
        ),
    )


def _unknown(snapshot: Snapshot, unseen: Sequence[ComponentState], language: str, clock: Clock) -> Verdict:
    times = [component.checked_at or component.since for component in unseen]
    since = [facts.since(min(seen), snapshot, clock) for seen in [[at for at in times if at]] if seen]
    if len(unseen) == len(snapshot.components):
        headline = _plain(_("We cannot see whether our systems work."))
        lead = _("Our checks bring no results. It may be our systems, or only the checks.")
    else:
        one = _("We cannot see whether {name} works.")
        several = _("We cannot see whether {name} work.")
        headline = _naming(one if len(unseen) == 1 else several, unseen, language)
        lead = _elsewhere(snapshot, Status.UNKNOWN)
    return Verdict("unk", headline, lead, facts=tuple(since))


def _maintenance(snapshot: Snapshot, off: Sequence[ComponentState], language: str, clock: Clock) -> Verdict:
    lead = _elsewhere(snapshot, Status.UNDER_MAINTENANCE)
    active = [work for work in snapshot.upcoming if work.status != "scheduled"]
    if not active:
        one, several = _("{name} is under maintenance."), _("{name} are under maintenance.")
        return Verdict("maint", _naming(one if len(off) == 1 else several, off, language), lead)
    work = active[0]
    return Verdict(
        tone="maint",
        headline=_about(_("It’s planned work. {title}"), work, language),
        lead=lead,
        subject=work,
        facts=(*facts.affected(snapshot, work, off, language), facts.until(work, clock)),
    )


def _elsewhere(snapshot: Snapshot, but: Status) -> str:
    rest = [component for component in snapshot.components if component.status != but]
    fine = all(component.status == Status.OPERATIONAL for component in rest)
    return _("Everything else works.") if rest and fine else ""


def _fine(snapshot: Snapshot) -> Verdict:
    if not snapshot.components:
        return Verdict("unk", _plain(_("Nothing is listed here yet.")), "")
    if all(component.declared for component in snapshot.components):
        lead = _("No problem is known to us. This is what staff say; nothing here is measured.")
    else:
        lead = _(
            "If something fails for you all the same, it may be closer to you, or we have not seen it yet."
        )
    return Verdict("ok", _plain(_("Everything works on our side.")), lead)
