"""The words for statuses, and staff's words in the reader's language. Pure.

A status has one word, one icon and one tone everywhere; a text in another language than the
page's says so.
"""

from collections.abc import Sequence

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from monitors.markdown import to_html
from monitors.status import Status
from statuspage.snapshot import PageInfo, Text

TONES = {
    Status.OPERATIONAL: "ok",
    Status.UNDER_MAINTENANCE: "maint",
    Status.UNKNOWN: "unk",
    Status.DEGRADED_PERFORMANCE: "deg",
    Status.PARTIAL_OUTAGE: "part",
    Status.MAJOR_OUTAGE: "major",
}
_STATUSES = {
    Status.OPERATIONAL: gettext_noop("Operational"),
    Status.UNDER_MAINTENANCE: gettext_noop("Under maintenance"),
    Status.UNKNOWN: gettext_noop("Unknown"),
    Status.DEGRADED_PERFORMANCE: gettext_noop("Degraded performance"),
    Status.PARTIAL_OUTAGE: gettext_noop("Partial outage"),
    Status.MAJOR_OUTAGE: gettext_noop("Major outage"),
}
_STEPS = {
    "investigating": gettext_noop("Investigating"),
    "identified": gettext_noop("Identified"),
    "monitoring": gettext_noop("Monitoring"),
    "resolved": gettext_noop("Resolved"),
    "postmortem": gettext_noop("Postmortem"),
    "scheduled": gettext_noop("Scheduled"),
    "in_progress": gettext_noop("In progress"),
    "verifying": gettext_noop("Verifying"),
    "completed": gettext_noop("Completed"),
    "cancelled": gettext_noop("Cancelled"),
}
_IN_LANGUAGE = {"en": gettext_noop("in English"), "fr": gettext_noop("in French")}


def status_word(status: Status) -> str:
    """ "Major outage"."""
    return _(_STATUSES[status])


def inside(words: str) -> str:
    """The same words inside a sentence: "major outage"."""
    return words[:1].lower() + words[1:]


def capital(words: str) -> str:
    """Words as a sentence begins: "Major outage"."""
    return words[:1].upper() + words[1:]


def step_word(step: str) -> str:
    """The status of an incident or a maintenance, such as "Identified"."""
    return _(_STEPS[step])


def site_name(page: PageInfo) -> str:
    """ "Acme status"; a name that says it already stays as it is."""
    return page.name if "status" in page.name.lower() else _("%(name)s status") % {"name": page.name}


def joined(parts: Sequence[SafeString], limit: int = 3) -> SafeString:
    """ "A, B and C", or "A, B and 5 more" beyond `limit`, of safe parts."""
    return mark_safe(joined_plain(parts, limit))  # noqa: S308


def joined_plain(parts: Sequence[str], limit: int = 3) -> str:
    """The same of plain text."""
    shown = [str(part) for part in (parts if len(parts) <= limit else parts[: limit - 1])]
    rest = len(parts) - len(shown)
    if rest:
        shown.append(ngettext("%(count)d more", "%(count)d more", rest) % {"count": rest})
    if len(shown) < 2:
        return "".join(shown)
    return _("%(first)s and %(last)s") % {"first": ", ".join(shown[:-1]), "last": shown[-1]}


def name(text: Text, language: str) -> SafeString:
    """A name; in the other language it carries that, for voices."""
    if text.language(language) == language:
        return escape(text.in_(language))
    return format_html('<span lang="{}">{}</span>', text.language(language), text.in_(language))


def title(text: Text, language: str) -> SafeString:
    """A title; in the other language it says so. Nothing for no text at all."""
    if not text.in_(language):
        return escape("")
    return format_html("{}{}", name(text, language), _mark(text, language))


def body(text: Text, language: str) -> SafeString:
    """A Markdown text as HTML; in the other language it says so."""
    html = mark_safe(to_html(text.in_(language)))  # noqa: S308 (to_html's promise)
    if text.language(language) == language or not html:
        return html
    return format_html(
        '<div lang="{}">{}</div><p>{}</p>', text.language(language), html, _mark(text, language)
    )


def _mark(text: Text, language: str) -> SafeString:
    other = text.language(language)
    return escape("") if other == language else format_html(" <small>({})</small>", _(_IN_LANGUAGE[other]))
