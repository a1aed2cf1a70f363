"""`/history.atom`: incidents and maintenances, newest first (RFC 4287, CONTRACTS 1.8). Pure.

Ids are stable, `updated` comes from the entries alone, and the content keeps the pattern that
readers of Statuspage feeds parse: `<strong>Resolved</strong> - text`, newest update first.
"""

from datetime import datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape as escaped
from xml.sax.saxutils import quoteattr

from django.utils.html import format_html
from django.utils.translation import gettext as _

from monitors.markdown import clean, to_html
from statuspage.render.timeline import Happening
from statuspage.render.times import Clock, machine, month_name
from statuspage.render.words import site_name, step_word
from statuspage.snapshot import IncidentState, PageInfo, Snapshot, UpdateState

LIMIT = 50


def atom(snapshot: Snapshot) -> bytes:
    """The feed in the page's default language (the active one)."""
    page = snapshot.page
    told: list[Happening] = [*snapshot.incidents, *snapshot.maintenances]
    entries = sorted(told, key=_age, reverse=True)[:LIMIT]
    updated = max((_updated(entry) for entry in entries), default=page.created_at)
    title = _("%(site)s: incident history") % {"site": site_name(page)}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<feed xml:lang="{page.default_language}" xmlns="http://www.w3.org/2005/Atom">',
        f"  <id>{_text(_tag(page, '/history'))}</id>",
        f'  <link rel="alternate" type="text/html" href={quoteattr(page.url)}/>',
        f'  <link rel="self" type="application/atom+xml" href={quoteattr(f"{page.url}/history.atom")}/>',
        f"  <title>{_text(title)}</title>",
        f"  <updated>{machine(updated)}</updated>",
        f"  <author><name>{_text(page.name)}</name></author>",
        *(_entry(entry, page, Clock(page.time_zone)) for entry in entries),
        "</feed>",
    ]
    return "\n".join(lines).encode() + b"\n"


def _age(entry: Happening) -> tuple[datetime, str]:
    return entry.created_at, entry.id


def _updated(entry: Happening) -> datetime:
    return max((update.display_at for update in entry.updates), default=entry.created_at)


def _tag(page: PageInfo, what: str) -> str:
    """A tag URI (RFC 4151) as Statuspage writes them: the host, and what is meant."""
    return f"tag:{urlsplit(page.url).hostname},2005:{what}"


def _text(text: str) -> str:
    return escaped(clean(text))


def _entry(entry: Happening, page: PageInfo, clock: Clock) -> str:
    language = page.default_language
    kind = "Incident" if isinstance(entry, IncidentState) else "Maintenance"
    address = f"{page.url}/incidents/{entry.id}/"
    content = "".join(_update(update, language, clock) for update in entry.updates)
    return "\n".join(
        (
            "  <entry>",
            f"    <id>{_text(_tag(page, f'{kind}/{entry.id}'))}</id>",
            f"    <published>{machine(entry.created_at)}</published>",
            f"    <updated>{machine(_updated(entry))}</updated>",
            f'    <link rel="alternate" type="text/html" href={quoteattr(address)}/>',
            f"    <title>{_text(entry.title.in_(language))}</title>",
            f'    <content type="html">{_text(content)}</content>',
            "  </entry>",
        )
    )


def _update(update: UpdateState, language: str, clock: Clock) -> str:
    html = to_html(update.body.in_(language))
    month = month_name(clock.day(update.display_at))
    begin = format_html(
        "<p> <small>{month} <var data-var='date'>{day}</var>, "
        "<var data-var='time'>{hour}</var> {zone}</small><br> <strong>{step}</strong> - ",
        month=month[:3] if language == "en" else month,
        day=clock.day(update.display_at).day,
        hour=clock.hour(update.display_at),
        zone=clock.zone_name(update.display_at),
        step=step_word(update.status),
    )
    return f"{begin}{html.removeprefix('<p>')}" if html.startswith("<p>") else f"{begin}</p>{html}"
