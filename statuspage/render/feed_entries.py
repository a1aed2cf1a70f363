"""What every feed tells: incidents and maintenances, newest first (CONTRACTS 1.8). Pure.

Ids are stable, times come from the entries alone, and the content keeps the pattern that readers
of Statuspage feeds parse: `<strong>Resolved</strong> - text`, newest update first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.utils.html import format_html
from django.utils.translation import gettext as _

from monitors.markdown import clean, to_html
from statuspage.render.languages import prefix
from statuspage.render.timeline import Happening, advice, concerns, link
from statuspage.render.times import Clock, month_name
from statuspage.render.trim import fitting, shortened
from statuspage.render.words import site_name, step_word
from statuspage.snapshot import IncidentState, MaintenanceState, PageInfo, Snapshot, UpdateState

LIMIT = 50
# Characters of the page's name.
NAME = 200


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed says of itself; `root` is the address that its language's files are under."""

    id: str
    title: str
    author: str
    root: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One incident or maintenance; `content` is HTML, `ends` the planned end of work not over."""

    id: str
    title: str
    address: str
    published: datetime
    updated: datetime
    begins: datetime | None
    ends: datetime | None
    content: str


def channel(snapshot: Snapshot, language: str) -> Channel:
    """The feed itself, in one language (the active one)."""
    page = snapshot.page
    before = prefix(page, language)
    return Channel(
        id=_tag(page, f"/{before}history"),
        title=_("%(site)s: incident history") % {"site": shortened(clean(site_name(page)), NAME)},
        author=shortened(clean(page.name), NAME),
        root=f"{page.url}/{before}",
        updated=max((_updated(item) for item in _newest(snapshot)), default=page.created_at),
    )


def entries(snapshot: Snapshot, language: str, encoded: Callable[[Entry], bytes]) -> list[bytes]:
    """Each entry as the feed writes it, all of them within what readers accept."""
    clock = Clock(snapshot.page.time_zone)
    return fitting(_newest(snapshot), lambda item: encoded(_entry(item, snapshot.page, language, clock)))


def _newest(snapshot: Snapshot) -> Sequence[Happening]:
    told: list[Happening] = [*snapshot.incidents, *snapshot.maintenances]
    return sorted(told, key=lambda item: (item.created_at, item.id), reverse=True)[:LIMIT]


def _updated(item: Happening) -> datetime:
    said = ((update.edited_at or update.display_at) for update in item.updates)
    return max(said, default=item.created_at)


def _tag(page: PageInfo, what: str) -> str:
    """A tag URI (RFC 4151) as Statuspage writes them: the host, and what is meant."""
    return f"tag:{urlsplit(page.url).hostname},2005:{what}"


def _entry(item: Happening, page: PageInfo, language: str, clock: Clock) -> Entry:
    kind = "Incident" if isinstance(item, IncidentState) else "Maintenance"
    planned = item if isinstance(item, MaintenanceState) and _lasts(item) else None
    begin = _planned(planned, language, clock) if planned else ""
    return Entry(
        id=_tag(page, f"{kind}/{item.id}"),
        title=clean(item.title.in_(language)),
        address=f"{page.url}/{prefix(page, language)}{link(item)}",
        published=item.created_at,
        updated=_updated(item),
        begins=planned.scheduled_for if planned else None,
        ends=planned.scheduled_until if planned else None,
        content=begin
        + _scope(item, language)
        + _workaround(item, language)
        + "".join(_update(update, language, clock) for update in item.updates),
    )


def _lasts(item: MaintenanceState) -> bool:
    return item.status not in ("completed", "cancelled")


def _planned(item: MaintenanceState, language: str, clock: Clock) -> str:
    start, end = item.scheduled_for, item.scheduled_until
    same = clock.day(start) == clock.day(end)
    hour = format_html("<var data-var='time'>{}</var>", clock.hour(end))
    return format_html(
        "<p><strong>{what} {start} - {end} {zone}</strong></p>",
        what=_("THIS IS A SCHEDULED EVENT"),
        start=_moment(start, language, clock),
        end=hour if same else _moment(end, language, clock),
        zone=clock.zone_name(end),
    )


def _moment(at: datetime, language: str, clock: Clock) -> str:
    month = month_name(clock.day(at))
    return format_html(
        "{month} <var data-var='date'>{day}</var>, <var data-var='time'>{hour}</var>",
        month=month[:3] if language == "en" else month,
        day=clock.day(at).day,
        hour=clock.hour(at),
    )


def _scope(item: Happening, language: str) -> str:
    said = clean(concerns(item).in_(language))
    what = _("Who is affected:")
    return format_html("<p><strong>{}</strong> {}</p>", what, said) if said else ""


def _workaround(item: Happening, language: str) -> str:
    said = advice(item).in_(language)
    return format_html("<p><strong>{}</strong></p>", _("Workaround")) + to_html(said) if said else ""


def _update(update: UpdateState, language: str, clock: Clock) -> str:
    html = to_html(update.body.in_(language))
    begin = format_html(
        "<p> <small>{at} {zone}{edited}</small><br> <strong>{step}</strong> - ",
        at=_moment(update.display_at, language, clock),
        zone=clock.zone_name(update.display_at),
        edited=_edited(update, clock),
        step=step_word(update.status),
    )
    return f"{begin}{html.removeprefix('<p>')}" if html.startswith("<p>") else f"{begin}</p>{html}"


def _edited(update: UpdateState, clock: Clock) -> str:
    if update.edited_at is None:
        return ""
    said: str = format_html(" · {}", format_html(_("edited at {time}"), time=clock.said(update.edited_at)))
    return said
