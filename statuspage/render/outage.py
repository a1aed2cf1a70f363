"""The waiting pages: what a load balancer shows while the product itself is down. Pure.

Each is whole in itself and all its links are absolute, because it is shown at any address of another
host; it says when its words were written, never when the page was made.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from statuspage.render import engine, facts, icons, timeline, words
from statuspage.render.documents import compact
from statuspage.render.facts import Fact
from statuspage.render.languages import prefix
from statuspage.render.times import Clock, machine
from statuspage.snapshot import IncidentState, Indicator, PageInfo, Snapshot

# Cloudflare refuses a page for its own errors without it, and puts its diagnosis in its place.
CLOUDFLARE = "::CLOUDFLARE_ERROR_500S_BOX::"
STATUS = 503


def files(snapshot: Snapshot, language: str) -> Iterator[tuple[str, bytes]]:
    """The waiting pages in one language."""
    subject = _subject(snapshot)
    made = {
        "503.html": _html(snapshot, subject, language),
        "503.json": _problem(snapshot.page, subject, language),
        # Cloudflare keeps its copy until staff publish a new one there: it must say nothing that passes.
        "cloudflare.html": _html(snapshot, None, language, CLOUDFLARE),
    }
    for name, content in made.items():
        yield f"{prefix(snapshot.page, language)}outage/{name}", content


def _subject(snapshot: Snapshot) -> timeline.Happening | None:
    """The gravest open incident that customers feel, the newest of several; else work in progress."""
    order = list(Indicator)
    felt = [incident for incident in snapshot.open_incidents if incident.impact != "none"]
    gravest = max(felt, key=lambda incident: order.index(Indicator(incident.impact)), default=None)
    works = (work for work in snapshot.upcoming if work.status != "scheduled")
    return gravest or next(works, None)


def _heading(subject: timeline.Happening | None) -> str:
    if subject is None or isinstance(subject, IncidentState):
        return _("We are having trouble.")
    return _("We are doing planned maintenance.")


def _advice() -> str:
    return _(
        "This cannot be shown at the moment. It is not you, it is us: please try again in a few minutes."
    )


def _home(page: PageInfo, language: str) -> str:
    return f"{page.url}/{prefix(page, language)}"


def _address(page: PageInfo, subject: timeline.Happening | None, language: str) -> str:
    """Where all that is known can be read."""
    return _home(page, language) + (timeline.link(subject) if subject else "")


def _html(snapshot: Snapshot, subject: timeline.Happening | None, language: str, box: str = "") -> bytes:
    page = snapshot.page
    clock = Clock(page.time_zone)
    updates = subject.updates[:1] if subject else ()
    content: dict[str, Any] = {
        "language": language,
        "policy": engine.closed_policy(),
        "name": page.name,
        "heading": _heading(subject),
        "tone": timeline.tone(subject) if subject else "unk",
        "icon": icons.data_icon(timeline.tone(subject) if subject else "unk"),
        "title": words.title(subject.title, language) if subject else "",
        "scope": timeline.scope(subject, language) if subject else "",
        "workaround": timeline.workaround(subject, language) if subject else "",
        "updates": [timeline.update(update, language, clock) for update in updates],
        "facts": list(_facts(subject, snapshot, clock)),
        "advice": _advice(),
        "address": _address(page, subject, language),
        "shown": page.url.partition("://")[2],
        "box": box,
    }
    return engine.html("outage.html", content)


def _facts(subject: timeline.Happening | None, snapshot: Snapshot, clock: Clock) -> Iterator[Fact]:
    if isinstance(subject, IncidentState):
        yield Fact(_("Began"), clock.moment(subject.started_at))
        yield from facts.next_update(subject, snapshot, clock)
    elif subject is not None:
        yield facts.until(subject, clock)


def _problem(page: PageInfo, subject: timeline.Happening | None, language: str) -> bytes:
    """The same for programs: a problem document (RFC 9457) with the happening as an extension.

    It says what happens, and where the newest words are: it stays the same while they change.
    """
    document: dict[str, Any] = {
        "type": f"{page.url}/outage/503.html",
        "title": _heading(subject),
        "status": STATUS,
        "detail": subject.title.in_(language) if subject else _advice(),
        "instance": _address(page, subject, language),
        "status_page": _home(page, language),
        "language": language,
    }
    if subject is not None:
        kind = "incident" if isinstance(subject, IncidentState) else "maintenance"
        document[kind] = _told(page, subject, language)
    return compact(document)


def _told(page: PageInfo, subject: timeline.Happening, language: str) -> dict[str, Any]:
    told = {"id": subject.id, "url": _address(page, subject, language)}
    if isinstance(subject, IncidentState):
        return told | {"impact": subject.impact, "started_at": machine(subject.started_at)}
    return told | {
        "scheduled_for": machine(subject.scheduled_for),
        "scheduled_until": machine(subject.scheduled_until),
    }
