"""What a person types for a length of time, a status, a component or an incident, as values.

What could mean two things is never guessed.
"""

import re
from argparse import ArgumentTypeError
from collections.abc import Iterable
from datetime import timedelta

from django.utils.translation import gettext as _

from incidents.lifecycle import IncidentStatus
from monitors.status import Status
from statuspage.emergency.trouble import Trouble
from statuspage.snapshot import ComponentState, IncidentState, Snapshot, Text

_LENGTH = re.compile(r"(\d{1,5})\s*(m|min|h|d|j)")
_UNITS = {"m": 60, "min": 60, "h": 3600, "d": 86_400, "j": 86_400}
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=7)
_SHORT = {
    "ok": Status.OPERATIONAL,
    "up": Status.OPERATIONAL,
    "degraded": Status.DEGRADED_PERFORMANCE,
    "partial": Status.PARTIAL_OUTAGE,
    "major": Status.MAJOR_OUTAGE,
    "maintenance": Status.UNDER_MAINTENANCE,
}
DECLARABLE = tuple(status for status in Status if status != Status.UNKNOWN)


def length(text: str) -> timedelta:
    """A length such as "4h", "90m" or "2d", 5 minutes to 7 days. Raises Trouble."""
    match = _LENGTH.fullmatch(text.strip().lower())
    found = timedelta(seconds=int(match[1]) * _UNITS[match[2]]) if match else None
    if found is None or not SHORTEST <= found <= LONGEST:
        raise Trouble(
            _("“%(text)s” is no length of time from 5 minutes to 7 days.") % {"text": text},
            _("Write it as 90m, 4h or 2d."),
        )
    return found


def seconds(text: str) -> int:
    """A number of seconds, up to an hour. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= 3600):
        raise ArgumentTypeError(_("“%(text)s” is no number of seconds from 1 to 3600.") % {"text": text})
    return int(text)


def component_status(text: str) -> Status:
    """A status that a person may declare. Raises Trouble."""
    word = text.strip().lower().replace(" ", "_").replace("-", "_")
    if word in _SHORT:
        return _SHORT[word]
    if word in DECLARABLE:
        return Status(word)
    raise Trouble(
        _("“%(text)s” is no status of a component.") % {"text": text},
        _("Choose one of: %(choices)s.") % {"choices": ", ".join(DECLARABLE)},
    )


def incident_status(text: str) -> IncidentStatus:
    """Raises Trouble."""
    try:
        return IncidentStatus(text.strip().lower())
    except ValueError:
        raise Trouble(
            _("“%(text)s” is no status of an incident.") % {"text": text},
            _("Choose one of: %(choices)s.") % {"choices": ", ".join(IncidentStatus)},
        ) from None


def component(snapshot: Snapshot, text: str) -> ComponentState:
    """The component of a name (either language), short name or id, or of the beginning of one.

    Raises Trouble.
    """
    exact = [each for each in snapshot.components if _is(text, _names(each))]
    found = exact or [each for each in snapshot.components if _begins(text, _names(each))]
    if len(found) == 1:
        return found[0]
    names = ", ".join(_named(each.name, each.slug) for each in found or snapshot.components)
    if found:
        raise Trouble(
            _("“%(text)s” may be one of several components.") % {"text": text},
            _("Choose one of: %(choices)s.") % {"choices": names},
        )
    raise Trouble(
        _("There is no component “%(text)s” on the page.") % {"text": text},
        _("Choose one of: %(choices)s.") % {"choices": names or "–"},
    )


def components(snapshot: Snapshot, given: Iterable[str]) -> dict[str, Status]:
    """The statuses by component id of texts such as "Checkout=major_outage". Raises Trouble."""
    said: dict[str, Status] = {}
    for text in given:
        name, equals, status = text.rpartition("=")
        if not equals:
            raise Trouble(_("Write a component as NAME=STATUS, not “%(text)s”.") % {"text": text})
        said[component(snapshot, name).id] = component_status(status)
    return said


def incident(snapshot: Snapshot, text: str | None) -> IncidentState:
    """The incident of an id or of words of its title; without any, the only open one. Raises Trouble."""
    if not text:
        found = list(snapshot.open_incidents)
    else:
        found = [each for each in snapshot.incidents if each.id == text]
        words = text.casefold()
        found = found or [
            each
            for each in snapshot.open_incidents
            if words in each.title.en.casefold() or words in each.title.fr.casefold()
        ]
    if len(found) == 1:
        return found[0]
    listed = found or list(snapshot.open_incidents)
    sentence = _("It may be one of several incidents.") if found else _("There is no such open incident.")
    lines = "".join(f"\n  {each.id}  {_text(each.title)}" for each in listed)
    raise Trouble(sentence + lines, _("Name it by its 12 characters.") if listed else "")


def _names(component: ComponentState) -> list[str]:
    return [name for name in (component.id, component.slug, component.name.en, component.name.fr) if name]


def _is(text: str, names: list[str]) -> bool:
    return text.strip().casefold() in [name.casefold() for name in names]


def _begins(text: str, names: list[str]) -> bool:
    start = text.strip().casefold()
    return bool(start) and any(name.casefold().startswith(start) for name in names)


def _named(name: Text, slug: str) -> str:
    return f"{_text(name)} ({slug})"


def _text(text: Text) -> str:
    return text.en or text.fr
