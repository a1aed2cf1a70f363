"""What people may type as a name or another line of text, and as the host of a page.

Whoever shows such a line later may trust that it is one line, goes one way, and is not endless.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
HOST = re.compile(rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*")
# Marks that turn the direction of what follows (Unicode TR 9): a name could hide behind them.
TURNING = set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Joiners inside emoji and in the writing of some languages.
JOINERS = set("\u200c\u200d")


def check_line(value: str) -> None:
    """One line of visible text. Raises ValidationError.

    Refused are control characters, line breaks of every kind, marks that turn the direction of
    text, and code points that are no characters.
    """
    for character in value:
        if character in JOINERS:
            continue
        kind = unicodedata.category(character)
        if character in TURNING or kind in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            raise ValidationError(_("This text has control characters or line breaks in it."), code="line")


def clean_host(value: str) -> str:
    """The name of a host as browsers send it: lower case, IDNA. Raises ValidationError."""
    refused = ValidationError(
        _("Write the name of a host alone, such as status.example.com: no http://, port or path."),
        code="host",
    )
    try:
        host = value.strip().rstrip(".").lower().encode("idna").decode()
    except UnicodeError:
        raise refused from None
    if not HOST.fullmatch(host):
        raise refused
    return host
