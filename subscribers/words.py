"""Says a notice in one language: subject, plain text and HTML of a mail.

Whatever the payload holds comes out as text: HTML is escaped by the templates, and Markdown is made
safe by monitors.markdown.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from monitors.labels import STATUS_LABELS
from monitors.markdown import to_html, to_text
from monitors.status import Status
from subscribers import links
from subscribers.channels.base import Told
from subscribers.payload import NoticePayload, payload_from, text_in

STEPS = {
    "investigating": gettext_lazy("Investigating"),
    "identified": gettext_lazy("Identified"),
    "monitoring": gettext_lazy("Monitoring"),
    "resolved": gettext_lazy("Resolved"),
    "postmortem": gettext_lazy("Postmortem"),
    "scheduled": gettext_lazy("Scheduled"),
    "in_progress": gettext_lazy("In progress"),
    "verifying": gettext_lazy("Verifying"),
    "completed": gettext_lazy("Completed"),
    "cancelled": gettext_lazy("Cancelled"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A mail in words."""

    subject: str
    plain: str
    html: str


def step(notice: Told, language: str, leave: str) -> Text:
    """One step of an incident or maintenance; `leave` is the link for unsubscribing."""
    payload = payload_from(notice.payload)
    with translation.override(language):
        context = {
            "page": notice.page_name,
            "link": links.details(notice, language),
            "leave": leave,
            "language": language,
            **_step_context(payload, language, ZoneInfo(notice.time_zone)),
        }
        return _text("notice", _("[%(page)s] %(status)s: %(title)s") % context, context)


def question(notice: Told, language: str, confirm: str, leave: str) -> Text:
    """The question whether an address really wants to hear; `confirm` and `leave` are links."""
    with translation.override(language):
        context = {
            "page": notice.page_name,
            "page_url": notice.page_url,
            "link": confirm,
            "leave": leave,
            "language": language,
        }
        return _text("confirm", _("[%(page)s] Please confirm your subscription") % context, context)


def _text(template: str, subject: str, context: dict[str, Any]) -> Text:
    plain, html = (render_to_string(f"email/{template}.{kind}", context) for kind in ("txt", "html"))
    return Text(subject, plain, html)


def _step_context(payload: NoticePayload, language: str, zone: ZoneInfo) -> dict[str, Any]:
    body = text_in(payload.body, language)
    return {
        "title": text_in(payload.title, language),
        "status": str(STEPS.get(payload.status, payload.status)),
        "over": payload.status in ("resolved", "postmortem", "completed", "cancelled"),
        "at": _moment(payload.at, zone),
        "body_text": to_text(body),
        "body_html": to_html(body),
        "components": [
            {
                "name": text_in(component["name"], language),
                "status": str(STATUS_LABELS[Status(component["status"])]),
            }
            for component in payload.components
        ],
        "next_update": _moment(payload.next_update_at, zone),
        "planned_from": _moment(payload.scheduled_for, zone),
        "planned_until": _moment(payload.scheduled_until, zone),
    }


def _moment(iso: str | None, zone: ZoneInfo) -> str:
    """A time in full in the active language and the page's time zone, which it names."""
    if not iso:
        return ""
    local = datetime.fromisoformat(iso).astimezone(zone)
    # A date format of Django: day, month in letters, year, time in 24 hours.
    form = _("j F Y, H:i")
    return f"{date_format(local, form, use_l10n=False)} {local:%Z}"
