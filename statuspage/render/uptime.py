"""The uptime page: figures and 90 days in calendars of everything that the index shows. Pure.

It changes when one of the components does, never with a heartbeat alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from statuspage.render import bars, figures, frame, words
from statuspage.render.components import grouped, watched_from
from statuspage.render.languages import Place, prefix
from statuspage.render.month_tables import months
from statuspage.render.rule import rule
from statuspage.render.times import Clock
from statuspage.snapshot import ComponentState, Snapshot

# So many components stand open; of more, the reader opens which they want.
OPEN = 6


@dataclass(frozen=True, slots=True)
class View:
    """One component."""

    link: str
    name: SafeString
    uptime: str
    problems: list[tuple[str, str]]
    months: SafeString


def page(snapshot: Snapshot, language: str) -> Iterator[tuple[str, bytes]]:
    """The uptime page."""
    clock = Clock(snapshot.page.time_zone)
    listed = [component for _group, members in grouped(snapshot) for component in members]
    content: dict[str, Any] = {
        "components": [_view(component, language, clock) for component in listed],
        "open": len(listed) <= OPEN,
        "rule": rule(snapshot.page.weights),
    }
    place = Place(prefix(snapshot.page, language), "uptime/")
    styles = (frame.STYLE, frame.DETAIL)
    yield (
        place.path,
        frame.html("uptime.html", snapshot.page, language, place, _("Uptime"), content, styles=styles),
    )


def _view(component: ComponentState, language: str, clock: Clock) -> View:
    return View(
        link=f"components/{component.slug}/",
        name=words.name(component.name, language),
        uptime=figures.uptime(component.history),
        problems=bars.problems(component.history, watched_from(component, clock)),
        months=months(component.history),
    )
