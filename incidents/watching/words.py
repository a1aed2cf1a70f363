"""What monitoring says to customers, in each language of a page: how which component is, since when.

Names of components are all that comes from the installation: no address, no host, no reason of a failure.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from incidents import words
from incidents.composing import fill
from incidents.lifecycle import Impact
from incidents.models import Template
from monitors.models import STATUS_LABELS, Component, Page
from monitors.status import Status
from subscribers.moments import moment, zone_of

# What a template of monitoring may ask for.
FIELDS = ("components", "since")
# Components that a title names.
FEW = 3
IMPACTS = {
    Status.DEGRADED_PERFORMANCE: Impact.MINOR,
    Status.PARTIAL_OUTAGE: Impact.MAJOR,
    Status.MAJOR_OUTAGE: Impact.CRITICAL,
}
_TITLES = {
    Impact.MINOR: gettext_noop("Degraded performance: %(components)s"),
    Impact.MAJOR: gettext_noop("Partial outage: %(components)s"),
    Impact.CRITICAL: gettext_noop("Major outage: %(components)s"),
}
_BEGINS = gettext_noop(
    "Our automatic checks have been finding problems since %(since)s:\n\n%(states)s\n\n"
    "This was posted automatically. We will say more here as soon as we know more."
)
_CHANGES = gettext_noop("What our automatic checks find now:\n\n%(states)s")
_RESOLVES = gettext_noop(
    "Our automatic checks have found no more problems since %(since)s:\n\n%(states)s\n\n"
    "This was posted automatically."
)
_STATE = gettext_noop("- %(component)s: %(status)s")
_MORE = gettext_noop("%(components)s and %(number)d more")
# What Markdown would take for something else.
_MARKUP = re.compile(r"([\\`*_\[\]<>~&!#|])")

Said = dict[str, str]
States = Sequence[tuple[Component, Status]]


@dataclass(frozen=True, slots=True)
class What:
    """What is told: components with their statuses, since when, and how bad it is."""

    page: Page
    states: States
    since: datetime
    impact: Impact


def impact(statuses: Iterable[Status]) -> Impact:
    """How bad an incident is whose components are so."""
    severities = [IMPACTS[status] for status in statuses if status in IMPACTS]
    return max(severities, key=list(Impact).index, default=Impact.NONE)


def begins(what: What, template: Template | None) -> Said:
    """The texts of a new incident: title and body per language."""
    own = _of_template(what, template, ("title", "body"))
    return own or _spoken(what, {"title": _title, "body": _body(_BEGINS)})


def changes(what: What) -> Said:
    """The text of an update: how it is now."""
    return _spoken(what, {"body": _body(_CHANGES)})


def resolves(what: What, template: Template | None) -> Said:
    """The text of the last update."""
    return _of_template(what, template, ("body",)) or _spoken(what, {"body": _body(_RESOLVES)})


def usable(template: Template, *, begins: bool) -> bool:
    """Whether monitoring can fill all of it in: nobody is there whom it could ask."""
    titled = bool(template.title_en or template.title_fr)
    said = [template.title_en, template.title_fr, template.body_en, template.body_fr]
    if template.kind != Template.Kind.INCIDENT or not (template.body_en or template.body_fr):
        return False
    return (titled or not begins) and set(fill.names(said)) <= set(FIELDS)


def _of_template(what: What, template: Template | None, texts: Sequence[str]) -> Said | None:
    """A template's words; None where it has none that can be posted."""
    if template is None or not usable(template, begins="title" in texts):
        return None
    said = _spoken(what, {text: _filled(template, text) for text in texts})
    try:
        for text in texts:
            getattr(words, text)(said[f"{text}_en"], said[f"{text}_fr"])
    except words.PostError:
        return None
    return said


def _filled(template: Template, text: str) -> Callable[[What, str], str]:
    def say(what: What, language: str) -> str:
        names = ", ".join(_name(component, language) for component, _status in what.states)
        shown = names if text == "title" else escaped(names)
        return fill.fill(
            getattr(template, f"{text}_{language}"), {"components": shown, "since": _since(what)}
        )

    return say


def _spoken(what: What, texts: dict[str, Callable[[What, str], str]]) -> Said:
    """Each text in the page's languages; the others stay empty, as in the forms of staff."""
    said = {f"{text}_{language}": "" for text in texts for language in ("en", "fr")}
    for language in what.page.languages:
        with translation.override(language):
            said |= {f"{text}_{language}": say(what, language) for text, say in texts.items()}
    return said


def _title(what: What, language: str) -> str:
    title = _(_TITLES.get(what.impact, _TITLES[Impact.MINOR])) % {
        "components": brief([_name(component, language) for component, _status in what.states])
    }
    return str(Truncator(title).chars(words.TITLE_LENGTH))


def brief(names: Sequence[str]) -> str:
    """The first few of some names, and how many more there are, in the active language."""
    shown = ", ".join(names[:FEW])
    return shown if len(names) <= FEW else _(_MORE) % {"components": shown, "number": len(names) - FEW}


def _body(message: str) -> Callable[[What, str], str]:
    def say(what: What, language: str) -> str:
        lines = [
            _(_STATE) % {"component": escaped(_name(component, language)), "status": STATUS_LABELS[status]}
            for component, status in what.states
        ]
        return _fitted(_(message), _since(what), lines)

    return say


def _fitted(message: str, since: str, lines: list[str]) -> str:
    """With as many lines as an update can hold."""
    while True:
        text = message % {"since": since, "states": "\n".join(lines)}
        if len(text) <= words.BODY_LENGTH:
            return text
        lines = [*lines[: len(lines) // 2], "- …"]


def _name(component: Component, language: str) -> str:
    names = {"en": component.name_en, "fr": component.name_fr}
    return names[language] or component.name_en or component.name_fr


def _since(what: What) -> str:
    return moment(what.since.isoformat(), zone_of("", what.page.time_zone))


def escaped(text: str) -> str:
    """A text that is no Markdown, whatever stands in it."""
    return _MARKUP.sub(r"\\\1", text)
