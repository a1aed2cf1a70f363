"""The pages beside the index: one per incident and maintenance, the history, the missing page. Pure.

Times are absolute, and a page changes only with what it tells of, and once when a promise was not kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from django.utils import translation
from django.utils.html import escape, format_html
from django.utils.translation import gettext as _

from statuspage.render import frame, timeline, words
from statuspage.render.facts import Fact, next_update
from statuspage.render.languages import Place, languages, prefix
from statuspage.render.times import Clock, duration, month_and_year, month_name
from statuspage.snapshot import IncidentState, MaintenanceState, Month, PageInfo, Snapshot, Text

# No list of components on such a page is so long that it should be cut.
ALL = 1000


def happening(item: timeline.Happening, snapshot: Snapshot, language: str) -> Iterator[tuple[str, bytes]]:
    """The page of one incident or maintenance."""
    clock = Clock(snapshot.page.time_zone)
    known = {component.id: component.name for component in snapshot.components}
    content = {
        "tone": timeline.tone(item),
        "heading": words.title(item.title, language),
        "facts": list(_facts(item, snapshot, known, language, clock)),
        "scope": timeline.scope(item, language),
        "workaround": timeline.workaround(item, language),
        "updates": [timeline.update(update, language, clock) for update in item.updates],
        **_following(item, snapshot.page),
    }
    place = Place(prefix(snapshot.page, language), timeline.link(item))
    title = item.title.in_(language)
    yield place.path, frame.html("happening.html", snapshot.page, language, place, title, content)


def _following(item: timeline.Happening, page: PageInfo) -> dict[str, str]:
    """Where readers ask to be told of this one alone, until it is over."""
    incident = isinstance(item, IncidentState)
    return {
        "subscribe": frame.subscribe(page),
        "subject": timeline.subject(item) if timeline.goes_on(item) else "",
        "follow": _("Tell me about this incident") if incident else _("Tell me about this maintenance"),
    }


def _facts(
    item: timeline.Happening, snapshot: Snapshot, known: Mapping[str, Text], language: str, clock: Clock
) -> Iterator[Fact]:
    yield Fact(_("Status"), escape(words.step_word(item.status)))
    names = timeline.names(item, known, language)
    if names:
        yield Fact(_("Affected"), words.joined(names, ALL))
    if isinstance(item, MaintenanceState):
        yield Fact(_("Planned"), clock.period(item.scheduled_for, item.scheduled_until))
    else:
        yield from _incident_facts(item, snapshot, clock)


def _incident_facts(incident: IncidentState, snapshot: Snapshot, clock: Clock) -> Iterator[Fact]:
    yield Fact(_("Began"), clock.moment(incident.started_at))
    if incident.resolved_at is not None:
        took = duration(incident.resolved_at - incident.started_at)
        when = clock.moment(incident.resolved_at)
        yield Fact(_("Resolved"), format_html(_("{time}, after {duration}"), time=when, duration=took))
    else:
        yield from next_update(incident, snapshot, clock)


def history(snapshot: Snapshot, language: str) -> Iterator[tuple[str, bytes]]:
    """The list of months."""
    days = [date.fromisoformat(f"{month}-01") for month in snapshot.months]
    years = [
        (str(year), [{"month": f"{day:%Y-%m}", "name": month_name(day)} for day in months])
        for year, months in groupby(days, key=lambda day: day.year)
    ]
    place = Place(prefix(snapshot.page, language), "history/")
    content = {"years": years}
    scripts = (frame.AGE, *(("search.js",) if years else ()))
    yield (
        place.path,
        frame.html(
            "history.html",
            snapshot.page,
            language,
            place,
            _("History"),
            content,
            styles=(frame.STYLE, frame.DETAIL),
            scripts=scripts,
        ),
    )


def month(of: Month, snapshot: Snapshot, language: str) -> Iterator[tuple[str, bytes]]:
    """One month of the history."""
    clock = Clock(snapshot.page.time_zone)
    parts: list[tuple[str, Sequence[timeline.Happening]]] = [
        (_("Incidents"), of.incidents),
        (_("Maintenance"), of.maintenances),
    ]
    title = month_and_year(date.fromisoformat(f"{of.month}-01"))
    content = {
        "month": title,
        "parts": [
            (heading, [timeline.line(item, language, clock, step=False) for item in items])
            for heading, items in parts
            if items
        ],
    }
    place = Place(prefix(snapshot.page, language), f"history/{of.month}/")
    yield place.path, frame.html("month.html", snapshot.page, language, place, title, content)


def missing(snapshot: Snapshot) -> bytes:
    """The page for an address that is none, in every language: one file stands for all addresses.

    It stands anywhere, so its links are absolute; the heartbeat may then be another origin's: it has
    no script to ask for it.
    """
    page = snapshot.page
    root = f"{page.url}/"
    said = [_nowhere(language, f"{root}{prefix(page, language)}") for language in languages(page)]
    content = {"home": root, "root": root, "said": said}
    place, title = Place("", ""), said[0]["title"]
    return frame.html("missing.html", page, page.default_language, place, title, content, scripts=())


def _nowhere(language: str, home: str) -> dict[str, str]:
    with translation.override(language):
        return {
            "language": language,
            "title": _("There is no such page."),
            "home": home,
            "way": _("See how everything is now"),
            "past": _("Search what happened"),
        }
