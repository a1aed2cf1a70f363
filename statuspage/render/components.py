"""Components in their groups, as the index shows them. Pure.

Trouble is never folded away: a group with anything but operational in it is open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from monitors.status import Status, worst
from statuspage.render import bars, figures, words
from statuspage.render.tag_names import slugs as tag_slugs
from statuspage.render.times import Clock, long_date
from statuspage.snapshot import ComponentState, GroupState, History, Snapshot


@dataclass(frozen=True, slots=True)
class ComponentView:
    """One component: everything said. `tags` are those in addresses, with a space between."""

    link: str
    tags: str
    name: SafeString
    description: SafeString
    tone: str
    status: str
    notes: tuple[SafeString, ...]
    bar: bars.Bar
    uptime: str
    declared: bool
    days: Sequence[str]
    since: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group, or components outside of any (`name` empty)."""

    name: SafeString
    tone: str
    open: bool
    summary: SafeString
    components: tuple[ComponentView, ...]


def shown(snapshot: Snapshot) -> tuple[ComponentState, ...]:
    """The components that the page shows now, in the order of their positions."""
    return tuple(
        component
        for component in sorted(snapshot.components, key=lambda component: (component.position, component.id))
        if component.status != Status.OPERATIONAL or not component.only_show_if_degraded
    )


def groups(snapshot: Snapshot, language: str, clock: Clock) -> tuple[GroupView, ...]:
    """The components without a group, then each group in its order; empty ones are left out."""
    return tuple(
        _group(group, members, language, clock) if group else _lone(members, language, clock)
        for group, members in grouped(snapshot)
    )


def grouped(snapshot: Snapshot) -> list[tuple[GroupState | None, list[ComponentState]]]:
    """What the page shows in its order: first what is in no group."""
    known = {group.id for group in snapshot.groups}
    members: dict[str, list[ComponentState]] = {}
    for component in shown(snapshot):
        place = component.group_id if component.group_id in known else None
        members.setdefault(place or "", []).append(component)
    in_order = sorted(snapshot.groups, key=lambda group: (group.position, group.id))
    found: list[tuple[GroupState | None, str]] = [(None, ""), *((group, group.id) for group in in_order)]
    return [(group, members[key]) for group, key in found if key in members]


def _lone(components: list[ComponentState], language: str, clock: Clock) -> GroupView:
    return GroupView(escape(""), "", True, escape(""), views(components, language, clock))


def _group(group: GroupState, members: list[ComponentState], language: str, clock: Clock) -> GroupView:
    status = worst(component.status for component in members) or Status.OPERATIONAL
    return GroupView(
        name=words.name(group.name, language),
        tone=words.TONES[status],
        open=status != Status.OPERATIONAL,
        summary=summary(members, language),
        components=views(members, language, clock),
    )


def summary(members: Sequence[ComponentState], language: str) -> SafeString:
    """What is wrong among some components, the worst first, or that nothing is."""
    off = [component for component in members if component.status != Status.OPERATIONAL]
    if off:
        worst_first = sorted(off, key=lambda component: -component.status.severity)
        return words.joined([said(component, language) for component in worst_first])
    count = len(members)
    counted = ngettext("%(count)d component, operational", "%(count)d components, all operational", count)
    return escape(counted % {"count": count})


def said(component: ComponentState, language: str) -> SafeString:
    """ "Checkout: major outage"."""
    status = words.inside(words.status_word(component.status))
    return format_html(_("{name}: {status}"), name=words.name(component.name, language), status=status)


def views(components: Sequence[ComponentState], language: str, clock: Clock) -> tuple[ComponentView, ...]:
    """Components as rows of a page."""
    return tuple(_view(component, language, clock) for component in components)


def _view(component: ComponentState, language: str, clock: Clock) -> ComponentView:
    history = component.history
    since = watched_from(component, clock)
    return ComponentView(
        link=link(component),
        tags=" ".join(tag_slugs(component.tags)),
        name=words.name(component.name, language),
        description=words.title(component.description, language),
        tone=words.TONES[component.status],
        status=words.status_word(component.status),
        notes=tuple(notes(component, clock)),
        bar=bars.bar(history),
        uptime=figures.uptime(history),
        declared=component.declared,
        days=bars.problem_days(history, since),
        since=_watched_from(since, history),
    )


def link(component: ComponentState) -> str:
    """The address of its page, relative to the home of the language."""
    return f"components/{component.slug}/"


def watched_from(component: ComponentState, clock: Clock) -> date | None:
    """The day on which it was first watched."""
    since = component.history.since
    return None if since is None else clock.day(since)


def _watched_from(day: date | None, history: History) -> str:
    if day is None or day <= history.first_day:
        return ""
    return _("watched since %(day)s") % {"day": long_date(day)}


def notes(component: ComponentState, clock: Clock) -> Iterable[SafeString]:
    """Since when it is in trouble or not seen."""
    if component.status == Status.UNKNOWN and component.checked_at:
        yield _not_checked(component.checked_at, clock)
    elif component.status != Status.OPERATIONAL and component.since:
        dated = clock.dated(component.since)
        said = pgettext("with a date", "since {time}") if dated else _("since {time}")
        yield format_html(said, time=clock.moment(component.since))


def _not_checked(since: datetime, clock: Clock) -> SafeString:
    dated = clock.dated(since)
    said = pgettext("with a date", "not checked since {time}") if dated else _("not checked since {time}")
    return format_html(said, time=clock.moment(since))
