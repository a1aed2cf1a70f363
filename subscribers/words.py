"""Says a notice in one language: subject, plain text and HTML of a mail.

Whatever the payload holds comes out as text: HTML is escaped by the templates, Markdown is made safe
by monitors.markdown, and nothing turns the direction of what stands around it. Both parts say the same.
"""

import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitors.labels import STATUS_LABELS
from monitors.markdown import to_html, to_text
from monitors.status import Status
from subscribers import links
from subscribers.channels.base import Told
from subscribers.events import REMINDER
from subscribers.moments import duration, moment, planned, zone_of
from subscribers.payload import Affected, NoticePayload, Texts, payload_from, text_in

STEPS = {
    "investigating": gettext_lazy("Investigating"),
    "identified": gettext_lazy("Identified"),
    "monitoring": gettext_lazy("Monitoring"),
    "resolved": gettext_lazy("Resolved"),
    "postmortem": gettext_lazy("Postmortem"),
    "scheduled": gettext_lazy("Maintenance planned"),
    "in_progress": gettext_lazy("Maintenance in progress"),
    "verifying": gettext_lazy("Maintenance being verified"),
    "completed": gettext_lazy("Maintenance completed"),
    "cancelled": gettext_lazy("Maintenance cancelled"),
}
OVER = ("resolved", "postmortem", "completed", "cancelled")
_IMPACTS = {
    "minor": gettext_lazy("Minor impact"),
    "major": gettext_lazy("Major impact"),
    "critical": gettext_lazy("Critical impact"),
}
# White is read on each of them, and they stay what they are where a reader's program turns light to dark.
_GREEN, _BLUE, _GREY, _RED = "#1a7f4b", "#1f5fbf", "#6b6760", "#b3261e"
_ALARMS = {"minor": "#8a6100", "major": "#b4470b", "critical": _RED}
_STATUSES = {
    Status.OPERATIONAL: _GREEN,
    Status.UNDER_MAINTENANCE: _BLUE,
    Status.DEGRADED_PERFORMANCE: "#8a6100",
    Status.PARTIAL_OUTAGE: "#b4470b",
    Status.MAJOR_OUTAGE: _RED,
}
_LANGUAGES = ("en", "fr")
_TITLE, _PREVIEW = 300, 140
# Marks that turn the direction of the text around them.
_TURNS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = re.compile(rf"[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff{_TURNS}]+")


@dataclass(frozen=True, slots=True)
class Text:
    """A mail in words."""

    subject: str
    plain: str
    html: str


@dataclass(frozen=True, slots=True)
class Personal:
    """What stands for a recipient's own links; `manage` is "" where no page could be reached by it."""

    leave: str
    manage: str


def one_line(text: str, longest: int) -> str:
    """A text on one line, nothing invisible in it, its end cut off where it is too long."""
    line = _UNSEEN.sub(" ", text).strip()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def step(notice: Told, language: str, personal: Personal, time_zone: str = "") -> Text:
    """One step of an incident or maintenance, its times in a zone ("" for the page's)."""
    payload = payload_from(notice.payload)
    zone = zone_of(time_zone, notice.time_zone)
    with translation.override(language):
        said = _step_context(payload, language, zone) | {"status": status_of(notice, payload)}
        context = _frame(notice, language, personal) | said | {"link": links.details(notice, language)}
        return _text("notice", _("%(status)s: %(title)s") % said, context)


def question(notice: Told, language: str, confirm: str, personal: Personal) -> Text:
    """The question whether an address really wants to hear; `confirm` is the link to say so."""
    with translation.override(language):
        context = _frame(notice, language, personal) | {"link": confirm, "tone": _BLUE}
        return _text("confirm", _("Please confirm your subscription"), context)


def last_word(notice: Told, language: str, personal: Personal, time_zone: str = "") -> Text:
    """That a subscription was switched off because nothing arrives, to the contact that it has."""
    zone = zone_of(time_zone, notice.time_zone)
    why = str(notice.payload["why"])
    with translation.override(language):
        context = _frame(notice, language, personal) | {
            "host": one_line(str(notice.payload["host"]), _TITLE),
            "why": one_line(_(why) if why else "", _TITLE),
            "since": moment(notice.payload["since"], zone),
            "tone": _GREY,
        }
        return _text("disabled", _("We can no longer reach %(host)s") % context, context)


def _frame(notice: Told, language: str, personal: Personal) -> dict[str, Any]:
    """What every letter has."""
    return {
        "page": one_line(notice.page_name, _TITLE),
        "page_url": notice.page_url,
        "leave": personal.leave,
        "manage": personal.manage,
        "language": language,
        "test": notice.test,
    }


def _text(template: str, heading: str, context: dict[str, Any]) -> Text:
    subject = _("[%(page)s] %(heading)s") % {"page": context["page"], "heading": heading}
    if context["test"]:
        subject = _("Test: %(subject)s") % {"subject": subject}
    words = context | {"subject": subject}
    plain, html = (render_to_string(f"email/{template}.{kind}", words) for kind in ("txt", "html"))
    # A mail ends its text with one line break, wherever a template's conditions left some.
    return Text(subject, re.sub(r"\n{3,}", "\n\n", plain).strip() + "\n", html)


def status_of(notice: Told, payload: NoticePayload) -> str:
    """Where it is in its life, or that this only reminds of it, in the active language."""
    if notice.event == REMINDER:
        return _("Maintenance reminder")
    return one_line(str(STEPS.get(payload.status, payload.status)), _TITLE)


def _step_context(payload: NoticePayload, language: str, zone: ZoneInfo) -> dict[str, Any]:
    over = payload.status in OVER
    body, workaround = _said(payload.body, language), _said(payload.workaround, language)
    impact = str(_IMPACTS.get(payload.impact, ""))
    return {
        "title": one_line(text_in(payload.title, language), _TITLE),
        "title_language": _language_of(payload.title, language),
        "impact": "" if over else impact,
        "tone": _tone(payload),
        "at": moment(payload.at, zone),
        "facts": [*_corrected(payload, zone), *_facts(payload, zone)],
        "scope": _line_in(payload.scope, language),
        "workaround": workaround,
        "body": body,
        "preview": one_line(body["text"], _PREVIEW),
        "over": over,
        # What nothing has happened to yet, or never will, is only named.
        "named": payload.status in ("scheduled", "cancelled"),
        "components": [_component(each, language) for each in payload.components],
    }


def _line_in(texts: Texts, language: str) -> dict[str, str]:
    return {"text": one_line(text_in(texts, language), _TITLE), "language": _language_of(texts, language)}


def _said(texts: Texts, language: str) -> dict[str, str]:
    """A Markdown text both ways, and the language that it is in."""
    markdown = re.sub(f"[{_TURNS}]", "", text_in(texts, language))
    return {
        "text": to_text(markdown),
        "html": to_html(markdown),
        "language": _language_of(texts, language),
    }


def _language_of(texts: Texts, wanted: str) -> str:
    spoken = (language for language, text in texts.items() if text and language in _LANGUAGES)
    return wanted if texts.get(wanted) else next(spoken, wanted)


def _component(affected: Affected, language: str) -> dict[str, str]:
    status = Status(affected["status"])
    return {
        "name": one_line(text_in(affected["name"], language), _TITLE),
        "status": str(STATUS_LABELS[status]).lower(),
        "tone": _STATUSES.get(status, _GREY),
    }


def _tone(payload: NoticePayload) -> str:
    if payload.status == "cancelled":
        return _GREY
    if payload.status in OVER:
        return _GREEN
    return _BLUE if payload.kind == "maintenance" else _ALARMS.get(payload.impact, _GREY)


def _corrected(payload: NoticePayload, zone: ZoneInfo) -> list[str]:
    if payload.edited_at is None:
        return []
    return [_("This corrects what we wrote on %(time)s.") % {"time": moment(payload.at, zone)}]


def _facts(payload: NoticePayload, zone: ZoneInfo) -> list[str]:
    """What readers want to know before they read on: when to look again, or that it is over."""
    if payload.scheduled_for and payload.scheduled_until:
        return [planned(payload.scheduled_for, payload.scheduled_until, zone)]
    if payload.status in OVER:
        return [_lasted(payload, zone)] if payload.started_at and payload.status == "resolved" else []
    if payload.next_update_at:
        return [_("Next update before %(time)s.") % {"time": moment(payload.next_update_at, zone)}]
    return []


def _lasted(payload: NoticePayload, zone: ZoneInfo) -> str:
    started = payload.started_at or payload.at
    return _("It is over: it lasted %(duration)s and began on %(time)s.") % {
        "duration": duration(started, payload.at),
        "time": moment(started, zone),
    }
