"""`maintenance.ics`: planned work as a calendar to subscribe to, of all and of each component. Pure.

An event keeps its UID for ever; what it says of its own version comes from the maintenance, never
from when it was published. Cancelled work stays and says so (RFC 5545, RFC 7986).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vText

from statuspage.render.languages import prefix
from statuspage.render.plain import line, lines
from statuspage.render.timeline import link
from statuspage.render.trim import fitting, shortened
from statuspage.render.words import joined_plain, site_name, step_word
from statuspage.snapshot import ComponentState, MaintenanceState, Snapshot, Text

# Characters of a name or title; how many components an event names.
NAME, NAMED = 200, 20
# A calendar holds at least one component (RFC 5545, section 3.4): where there is no event, this.
_NOTHING = b"""BEGIN:VTIMEZONE\r
TZID:Etc/UTC\r
BEGIN:STANDARD\r
DTSTART:19700101T000000\r
TZOFFSETFROM:+0000\r
TZOFFSETTO:+0000\r
TZNAME:UTC\r
END:STANDARD\r
END:VTIMEZONE\r
"""
_END = b"END:VCALENDAR\r\n"


def files(snapshot: Snapshot, language: str) -> Iterator[tuple[str, bytes]]:
    """The calendars of one language (the active one)."""
    events = _events(snapshot, language)
    before = prefix(snapshot.page, language)
    name = _("%(site)s: maintenance") % {"site": _short(site_name(snapshot.page))}
    yield f"{before}maintenance.ics", _calendar(name, list(events.values()))
    for component in snapshot.components:
        found = [events[work.id] for work in _of(component, snapshot) if work.id in events]
        title = f"{name} – {_short(component.name.in_(language))}"
        yield f"{before}components/{component.slug}/maintenance.ics", _calendar(title, found)


def _short(text: str) -> str:
    return shortened(line(text), NAME)


def _of(component: ComponentState, snapshot: Snapshot) -> list[MaintenanceState]:
    return [work for work in snapshot.maintenances if component.id in work.component_ids]


def _events(snapshot: Snapshot, language: str) -> Mapping[str, bytes]:
    known = {component.id: component.name for component in snapshot.components}
    parts = fitting(snapshot.maintenances, lambda item: _event(item, snapshot, known, language))
    return {work.id: part for work, part in zip(snapshot.maintenances, parts, strict=False)}


def _calendar(name: str, events: Sequence[bytes]) -> bytes:
    return _head(name) + b"".join(events or (_NOTHING,)) + _END


@lru_cache(maxsize=1024)
def _head(name: str) -> bytes:
    head = Calendar()
    head.add("prodid", "-//statuspage//maintenance//EN")
    head.add("version", "2.0")
    head.add("method", "PUBLISH")
    head.add("name", vText(name))
    head.add("x-wr-calname", vText(name))
    head.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    head.add("x-published-ttl", "PT1H")
    content: bytes = head.to_ical(sorted=False)
    return content.removesuffix(_END)


def _event(item: MaintenanceState, snapshot: Snapshot, known: Mapping[str, Text], language: str) -> bytes:
    page = snapshot.page
    address = f"{page.url}/{prefix(page, language)}{link(item)}"
    event = Event()
    event.add("uid", f"{item.id}@{urlsplit(page.url).hostname}")
    event.add("dtstamp", item.updated_at)
    event.add("created", item.created_at)
    event.add("last-modified", item.updated_at)
    # Grows with every change, and needs no memory of the one before.
    event.add("sequence", max(0, int((item.updated_at - item.created_at).total_seconds())))
    event.add("dtstart", item.scheduled_for)
    event.add("dtend", max(item.scheduled_until, item.scheduled_for + timedelta(seconds=1)))
    event.add("summary", _short(item.title.in_(language)))
    event.add("description", _description(item, known, language, address))
    event.add("url", address)
    event.add("status", "CANCELLED" if item.status == "cancelled" else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    content: bytes = event.to_ical(sorted=False)
    return content


def _description(item: MaintenanceState, known: Mapping[str, Text], language: str, address: str) -> str:
    names = [_short(known[key].in_(language)) for key in item.component_ids if key in known]
    told = [f"{step_word(item.status)}."]
    if names:
        told.append(_("Affected: %(names)s") % {"names": joined_plain(names, NAMED)})
    told += ["\n".join(lines(update.body.in_(language))) for update in item.updates[:1]]
    return "\n\n".join((*filter(None, told), address))
