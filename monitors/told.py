"""Why a check failed, in words: the sentence of its reason, filled with what it met.

Facts come from workers and the outside: they are only ever texts in a sentence.
"""

from collections import defaultdict
from collections.abc import Mapping

from django.utils.translation import gettext

from monitors.reasons import SENTENCES, Reason

UNKNOWN = "…"
_KNOWN = {reason.value for reason in Reason}


def why(reason: str, facts: Mapping[str, str] | None = None) -> str:
    """The sentence of a code in the active language; what no fact says of it is "…".

    Nothing for no reason, and the code itself for one that this version does not know.
    """
    if reason not in _KNOWN:
        return reason
    sentence = gettext(SENTENCES[Reason(reason)])
    return sentence % defaultdict(lambda: UNKNOWN, facts or {}) if "%(" in sentence else sentence
