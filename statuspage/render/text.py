"""`status.txt`: the page for curl, terminals and screen readers, in 72 columns. Pure.

It says everything that the top of the page says, but for what depends on when it was made.
"""

from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from statuspage.render.components import shown
from statuspage.render.languages import prefix
from statuspage.render.plain import COLUMNS, line, lines, width, wrapped
from statuspage.render.timeline import Happening, advice, concerns, link
from statuspage.render.times import Clock
from statuspage.render.trim import shortened
from statuspage.render.verdict import verdict
from statuspage.render.words import inside, joined_plain, site_name, status_word, step_word
from statuspage.snapshot import ComponentState, MaintenanceState, Snapshot

# Characters of a title and of an update that are shown; all of it is at the address below.
_TITLE, _BODY = 200, 3_000
# How many incidents and maintenances it tells of, and how many components it names of each.
_MOST, _NAMED = 20, 20


def text(snapshot: Snapshot, language: str) -> bytes:
    """The page as text in one language (the active one)."""
    page = snapshot.page
    clock = Clock(page.time_zone)
    active = [work for work in snapshot.upcoming if work.status != "scheduled"]
    planned = [work for work in snapshot.upcoming if work.status == "scheduled"]
    parts = [
        list(_head(snapshot, language, clock)),
        *_section(_("What is happening"), snapshot.open_incidents, snapshot, language, clock),
        *_section(_("Maintenance in progress"), active, snapshot, language, clock),
        *_section(_("Planned maintenance"), planned, snapshot, language, clock),
        list(_components(snapshot, language)),
        [*wrapped(_("All of it, and the history:")), f"{page.url}/{prefix(page, language)}"],
    ]
    return ("\n\n".join("\n".join(part) for part in parts if part) + "\n").encode()


def _head(snapshot: Snapshot, language: str, clock: Clock) -> Iterator[str]:
    yield from _titled(site_name(snapshot.page), "=")
    yield ""
    answer = verdict(snapshot, language, clock)
    yield from wrapped(_short(answer.headline.plain, 2 * _TITLE))
    if answer.lead:
        yield from wrapped(line(answer.lead))
    if snapshot.emergency is not None:
        yield ""
        said = _("Posted by the emergency procedure; next update by {time}.")
        yield from wrapped(said.format(time=clock.said(snapshot.emergency.until)))


def _short(text: str, longest: int = _TITLE) -> str:
    return shortened(line(shortened(text, 10 * longest)), longest)


def _titled(title: str, under: str) -> Iterator[str]:
    rows = list(wrapped(_short(title)))
    yield from rows
    yield under * min(COLUMNS, max(map(width, rows), default=0))


def _section(
    title: str, items: Sequence[Happening], snapshot: Snapshot, language: str, clock: Clock
) -> Iterator[list[str]]:
    for place, item in enumerate(items[:_MOST]):
        told = list(_happening(item, snapshot, language, clock))
        yield told if place else [*_titled(title, "-"), "", *told]
    if len(items) > _MOST:
        yield list(wrapped(_("And %(count)d more.") % {"count": len(items) - _MOST}))


def _happening(item: Happening, snapshot: Snapshot, language: str, clock: Clock) -> Iterator[str]:
    yield from wrapped(_short(item.title.in_(language)), "* ", "  ")
    yield from wrapped(_summary(item, clock), "  ")
    known = {component.id: component.name for component in snapshot.components}
    names = [_short(known[key].in_(language)) for key in item.component_ids if key in known]
    if names:
        yield from wrapped(_labelled(_("Affected"), joined_plain(names, _NAMED)), "  ")
    if not isinstance(item, MaintenanceState) and item.next_update_at is not None:
        promised = clock.promised_plain(item.next_update_at, snapshot.generated_at)
        yield from wrapped(_labelled(_("Next update"), promised), "  ")
    concerned = concerns(item).in_(language)
    if concerned:
        yield from wrapped(" ".join((_("Who is affected:"), _short(concerned))), "  ")
    yield from _workaround(item, language)
    for update in item.updates[:1]:
        yield ""
        yield from wrapped(_labelled(clock.said(update.display_at), step_word(update.status)), "  ")
        if update.edited_at is not None:
            yield from wrapped(_("edited at {time}").format(time=clock.said(update.edited_at)), "  ")
        for row in lines(shortened(update.body.in_(language), _BODY)):
            yield from _row(row)
    yield f"  {snapshot.page.url}/{prefix(snapshot.page, language)}{link(item)}"


def _workaround(item: Happening, language: str) -> Iterator[str]:
    said = advice(item).in_(language)
    if said:
        yield ""
        yield from wrapped(_("Workaround:"), "  ")
        for row in lines(shortened(said, _BODY)):
            yield from _row(row)


def _row(row: str) -> Iterator[str]:
    indent = "  " + " " * min(8, len(row) - len(row.lstrip()))
    yield from list(wrapped(row.strip(), indent)) or [""]


def _labelled(label: str, value: str) -> str:
    return _("{name}: {status}").format(name=label, status=value)


def _summary(item: Happening, clock: Clock) -> str:
    step = step_word(item.status)
    if not isinstance(item, MaintenanceState):
        since = pgettext("with a date", "{step} · since {time}")
        return since.format(step=step, time=clock.said(item.started_at))
    if item.status != "scheduled":
        until = pgettext("with a date", "{step} until {time}")
        return until.format(step=step, time=clock.said(item.scheduled_until))
    return f"{step} · {clock.said(item.scheduled_for)} – {clock.said(item.scheduled_until)}"


def _components(snapshot: Snapshot, language: str) -> Iterator[str]:
    parts = shown(snapshot)
    if not parts:
        return
    yield from _titled(_("Components"), "-")
    known = {group.id for group in snapshot.groups}
    yield ""
    for part in parts:
        if part.group_id not in known:
            yield from wrapped(_said(part, language), "", "  ")
    for group in sorted(snapshot.groups, key=lambda group: (group.position, group.id)):
        members = [part for part in parts if part.group_id == group.id]
        if members:
            yield from wrapped(_short(group.name.in_(language)))
            for part in members:
                yield from wrapped(_said(part, language), "  ", "    ")


def _said(part: ComponentState, language: str) -> str:
    status = inside(status_word(part.status))
    said = _("{name} ({status})").format(name=status, status=_("declared")) if part.declared else status
    return _labelled(_short(part.name.in_(language)), said)
