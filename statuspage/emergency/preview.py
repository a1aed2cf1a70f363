"""The page in words for a terminal: what it says, and what a change makes of it.

Times are in the page's zone with UTC beside.
"""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from monitors.status import Status
from statuspage.emergency import documents
from statuspage.render.times import Clock
from statuspage.render.words import inside, status_word, step_word
from statuspage.snapshot import ComponentState, IncidentState, Snapshot, Text, UpdateState

WIDTH = 78
# Beyond so many, components that merely became unknown are counted, not named.
_FEW = 5


def moment(snapshot: Snapshot, at: datetime) -> str:
    """ "22 November 2026, 14:31 CET (13:31 UTC)"."""
    said = Clock(snapshot.page.time_zone).said(at)
    utc = at.astimezone(UTC)
    return said if said.endswith(" UTC") else f"{said} ({utc:%H:%M} UTC)"


def word(text: Text) -> str:
    """A text in the language of the tool, the other one where it is missing."""
    return text.in_("fr" if (get_language() or "en").startswith("fr") else "en")


def incident(snapshot: Snapshot, of: IncidentState) -> str:
    """An incident on two lines."""
    said = {"title": word(of.title), "status": inside(step_word(of.status)), "id": of.id}
    began = _("began %(time)s") % {"time": moment(snapshot, of.started_at)}
    return f"{said['title']}: {said['status']}\n    {began} · {of.id}"


def of(before: Snapshot, after: Snapshot, targets: Sequence[str]) -> str:
    """What would change, for the person who is to say yes."""
    rule = "─" * WIDTH
    lines = [rule, *_incidents(before, after), *_components(before, after), *_frame(after, targets), rule]
    return "\n".join(lines)


def _incidents(before: Snapshot, after: Snapshot) -> Iterator[str]:
    known = {update.id for each in before.incidents for update in each.updates}
    for incident in after.incidents:
        for update in incident.updates:
            if update.id not in known and update.emergency:
                yield from _update(after, incident, update)


def _update(snapshot: Snapshot, incident: IncidentState, update: UpdateState) -> Iterator[str]:
    for language in snapshot.page.languages:
        title = incident.title.in_(language)
        mark = "" if incident.title.language(language) == language else f" ({_('not translated')})"
        yield f"[{language}] {title}{mark}"
        text = update.body.in_(language)
        mark = "" if update.body.language(language) == language else f" ({_('not translated')})"
        for line in text.splitlines():
            yield from textwrap.wrap(line, WIDTH - 5, initial_indent="     ", subsequent_indent="     ") or [
                ""
            ]
        if mark:
            yield f"    {mark}"
    yield _("Status: %(status)s") % {"status": step_word(update.status)}
    if incident.next_update_at:
        at = moment(snapshot, incident.next_update_at)
        yield _("Next update by %(time)s") % {"time": at}


def _components(before: Snapshot, after: Snapshot) -> Iterator[str]:
    old = {component.id: component.status for component in before.components}
    changed = documents.changed_components(before, after)
    silent = [each for each in changed if each.status == Status.UNKNOWN]
    shown = [each for each in changed if each.status != Status.UNKNOWN]
    if len(silent) <= _FEW:
        shown += silent
    for component in shown:
        said = {
            "name": word(component.name),
            "before": inside(status_word(old.get(component.id, component.status))),
            "after": inside(status_word(component.status)),
        }
        yield _("%(name)s: %(before)s → %(after)s") % said
    if len(silent) > _FEW:
        sentence = ngettext(
            "%(count)d component becomes unknown: nobody watches it now.",
            "%(count)d components become unknown: nobody watches them now.",
            len(silent),
        )
        yield sentence % {"count": len(silent)}


def _frame(after: Snapshot, targets: Sequence[str]) -> Iterator[str]:
    yield _("Stands until %(time)s, marked as posted by emergency procedure.") % {
        "time": moment(after, after.good_until)
    }
    yield _("Release %(sequence)d goes to: %(targets)s") % {
        "sequence": after.sequence,
        "targets": ", ".join(targets) or "–",
    }


def component(of: ComponentState) -> str:
    """A component and its status."""
    return _("%(name)s: %(status)s") % {"name": word(of.name), "status": inside(status_word(of.status))}
