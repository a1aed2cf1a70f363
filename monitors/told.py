"""Why a check failed, in words: the sentence of its reason, filled with what it met.

Facts come from workers and the outside: they are only ever texts in a sentence.
"""

from collections import defaultdict
from collections.abc import Mapping

from django.utils.translation import gettext

from monitors.probes import ConfigError
from monitors.reasons import N_, SENTENCES, Reason

UNKNOWN = "…"
# What helps, for staff alone: others read the same sentence of what they may not reach.
HELP = {Reason.FORBIDDEN: N_("If it is your own: PROBE_ALLOW lets it be reached.")}
# What the kinds call what they met.
FACTS = {
    "answer": N_("Answer"),
    "cause": N_("Cause"),
    "code": N_("Exit code"),
    "condition": N_("Condition"),
    "days": N_("Days left"),
    "ends": N_("Ends"),
    "found": N_("Found"),
    "limit": N_("Limit (ms)"),
    "milliseconds": N_("Took (ms)"),
    "name": N_("Name"),
    "status": N_("Status"),
    "text": N_("Text"),
}
_KNOWN = {reason.value for reason in Reason}


def why(reason: str, facts: Mapping[str, str] | None = None) -> str:
    """The sentence of a code in the active language; what no fact says of it is "…".

    Nothing for no reason, and the code itself for one that this version does not know.
    """
    if reason not in _KNOWN:
        return reason
    sentence = _helped(SENTENCES[Reason(reason)])
    return sentence % defaultdict(lambda: UNKNOWN, facts or {}) if "%(" in sentence else sentence


def met(facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a failed check met, each by what it is called in the active language."""
    return [
        (gettext(FACTS[name]) if name in FACTS else name, why(value) if name == "cause" else value)
        for name, value in facts.items()
    ]


def refused(error: ConfigError) -> str:
    """Why a setting is refused, in the active language."""
    return _helped(error.sentence)


def _helped(sentence: str) -> str:
    """With what helps, where something does."""
    helps = [help for reason, help in HELP.items() if SENTENCES[reason] == sentence]
    return " ".join(map(gettext, [sentence, *helps]))
