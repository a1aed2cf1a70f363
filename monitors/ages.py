"""How long ago or ahead something is, as short as it can be told; a script keeps it true on an open page.

The script (static/admin-statuspage/ages.js) cuts at the same places.
"""

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

# Up to here one is told in the unit before, for "1 min" says too little.
_SECONDS, _MINUTES, _HOURS = 120, 120 * 60, 48 * 3600


def short(seconds: float) -> str:
    """A length of time: "31 s", "4 min", "5 h", "3 d"; what is negative is nothing."""
    whole = max(0, int(seconds))
    if whole < _SECONDS:
        return f"{whole}\N{NO-BREAK SPACE}s"
    if whole < _MINUTES:
        return f"{whole // 60}\N{NO-BREAK SPACE}min"
    if whole < _HOURS:
        return f"{whole // 3600}\N{NO-BREAK SPACE}h"
    day = pgettext("days, as a unit", "d")
    return f"{whole // 86_400}\N{NO-BREAK SPACE}{day}"


def ago(at: datetime, now: datetime) -> SafeString:
    """How long ago, for the words around it ("seen … ago")."""
    return _element("ago", at, (now - at).total_seconds())


def ahead(at: datetime, now: datetime) -> SafeString:
    """How long it takes until then ("in …")."""
    return _element("ahead", at, (at - now).total_seconds())


def _element(way: str, at: datetime, seconds: float) -> SafeString:
    return format_html('<time class="{}" datetime="{}">{}</time>', way, at.isoformat(), short(seconds))
