"""What staff are told of the cause: the monitors that fail, what they are behind, and what hangs on them.

Never shown to customers: names of monitors may be those of machines.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from incidents.models import Draft, Stricken
from incidents.watching.case import Part
from incidents.watching.words import brief
from monitors.models import LANGUAGES, Monitor, Verdict

_FAIL = gettext_noop("Failing: %(monitors)s.")
_BEHIND = gettext_noop("Behind: %(root)s.")
_UNKNOWN = gettext_noop("Unknown, because they are behind it: %(monitors)s.")
_LONGEST = Draft._meta.get_field("reason").max_length or 0


@dataclass(frozen=True, slots=True)
class Cause:
    """Names of monitors: those that fail, what all of them are behind, and those that hang on them."""

    failing: tuple[str, ...]
    roots: tuple[str, ...]
    unknown: tuple[str, ...]


def found(parts: Iterable[Part]) -> Cause:
    """The cause of what fails now."""
    failing = {monitor for part in parts for monitor in part.look.monitors}
    components = [part.component.pk for part in parts]
    above = Stricken.objects.filter(component__in=components, over=False, root__isnull=False)
    roots = set(above.values_list("root", flat=True)) - failing
    hanging = Verdict.objects.filter(root__in=failing | roots).values("monitor")
    return Cause(_names(pk__in=failing), _names(pk__in=roots), _names(pk__in=hanging))


def _names(**which: Any) -> tuple[str, ...]:
    return tuple(Monitor.objects.filter(**which).order_by("name").values_list("name", flat=True))


def told(cause: Cause) -> dict[str, str]:
    """The cause in each language."""
    texts = {}
    for language, _name in LANGUAGES:
        with translation.override(language):
            texts[language] = _say(cause)
    return texts


def fitted(text: str) -> str:
    """As much of it as the reason of a draft can hold."""
    return str(Truncator(text).chars(_LONGEST))


def _say(cause: Cause) -> str:
    said = [_(_FAIL) % {"monitors": brief(cause.failing)}] if cause.failing else []
    said += [_(_BEHIND) % {"root": brief(cause.roots)}] if cause.roots else []
    said += [_(_UNKNOWN) % {"monitors": brief(cause.unknown)}] if cause.unknown else []
    return " ".join(said)
