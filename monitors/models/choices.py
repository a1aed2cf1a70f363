"""What the models choose from: callables, so that a new choice needs no migration."""

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from monitors.labels import STATUS_LABELS
from monitors.probes import PROBES
from monitors.status import IMPACTS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LANGUAGES = [("en", _("English")), ("fr", _("French"))]


def kinds() -> list[tuple[str, Any]]:
    """The probe kinds as choices: a callable, so that a new kind needs no migration."""
    return [(kind, _(probe.label)) for kind, probe in PROBES.items()]


def statuses() -> list[tuple[str, Any]]:
    """Every status as a choice."""
    return [(status.value, label) for status, label in STATUS_LABELS.items()]


def impacts() -> list[tuple[str, Any]]:
    """The statuses that a monitor which is down may give."""
    return [(status.value, STATUS_LABELS[status]) for status in IMPACTS]


def default_regions() -> list[str]:
    """A new monitor is probed from the application's own region."""
    return ["default"]


def both_languages() -> list[str]:
    """A new page speaks every language there is."""
    return [code for code, _name in LANGUAGES]


def localized(en: str, fr: str) -> str:
    """The text in the active language, the other one where that is missing."""
    return (fr or en) if (get_language() or "en").startswith("fr") else (en or fr)


def policies() -> list[tuple[str, Any]]:
    """What monitoring may do by itself about a component that fails."""
    return [
        ("observe", _("only show it")),
        ("draft", _("draft an incident for staff")),
        ("open", _("open and resolve an incident by itself")),
    ]
