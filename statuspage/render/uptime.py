"""The uptime page: figures of everything that the index shows, with 90 days in calendars of a few. Pure.

It changes when one of the components does, never with a heartbeat alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from statuspage.render import bars, figures, frame, words
from statuspage.render.components import grouped, link, watched_from
from statuspage.render.languages import Place, prefix
from statuspage.render.month_tables import months
from statuspage.render.rule import rule
from statuspage.render.times import Clock
from statuspage.snapshot import ComponentState, Snapshot

# So many components stand open; of more, the reader opens which they want.
OPEN = 6
# So many have their calendars here. Of more, each has them on its own page alone: a thousand would make
# megabytes of this one, anew with every change.
CALENDARS = 50


@dataclass(frozen=True, slots=True)
class View:
    """One component, and where its own page is."""

    link: str
    name: SafeString
    uptime: str


@dataclass(frozen=True, slots=True)
class Days:
    """One component with what was wrong and its calendars."""

    view: View
    problems: list[tuple[str, str]]
    months: SafeString


def page(snapshot: Snapshot, language: str) -> Iterator[tuple[str, bytes]]:
    """The uptime page."""
    clock = Clock(snapshot.page.time_zone)
    listed = [component for _group, members in grouped(snapshot) for component in members]
    many = len(listed) > CALENDARS
    content: dict[str, Any] = {
        "rows": [_view(component, language) for component in listed] if many else [],
        "days": [] if many else [_days(component, language, clock) for component in listed],
        "open": len(listed) <= OPEN,
        "rule": rule(snapshot.page.weights),
    }
    place = Place(prefix(snapshot.page, language), "uptime/")
    styles = (frame.STYLE, frame.DETAIL)
    yield (
        place.path,
        frame.html("uptime.html", snapshot.page, language, place, _("Uptime"), content, styles=styles),
    )


def _view(component: ComponentState, language: str) -> View:
    return View(
        link=link(component),
        name=words.name(component.name, language),
        uptime=figures.uptime(component.history),
    )


def _days(component: ComponentState, language: str, clock: Clock) -> Days:
    return Days(
        view=_view(component, language),
        problems=bars.problems(component.history, watched_from(component, clock)),
        months=months(component.history),
    )
