"""Incidents and maintenances as readers see them: title, updates, times, what is affected. Pure.

Updates stand newest first, each with its own anchor on the page of its incident.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from statuspage.render import words
from statuspage.render.times import Clock, duration
from statuspage.snapshot import Change, IncidentState, MaintenanceState, Text, UpdateState

Happening = IncidentState | MaintenanceState
# How many updates the index shows of one incident.
SHOWN = 3
# An update that was written down so much later than it counts says so.
LATE = timedelta(minutes=5)
# How many components a card names.
NAMED = 6

_IMPACT_TONES = {"none": "unk", "minor": "deg", "major": "part", "critical": "major"}


@dataclass(frozen=True, slots=True)
class UpdateView:
    """One update: everything said. `marks` tell what is unusual about it."""

    id: str
    step: str
    time: SafeString
    body: SafeString
    affected: SafeString
    marks: tuple[SafeString, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One incident or maintenance in a list: `link` is relative to the home of its language.

    `summary` says how it is or was; `date` when it was, where the summary does not say so.
    """

    link: str
    tone: str
    title: SafeString
    date: SafeString
    summary: SafeString


@dataclass(frozen=True, slots=True)
class Card:
    """One with its newest updates: the latest in full, a few folded, a link to all where there are more.

    `scope` and `workaround` stand before them.
    """

    line: Line
    affected: SafeString
    scope: SafeString
    workaround: SafeString
    latest: tuple[UpdateView, ...]
    earlier: tuple[UpdateView, ...]
    earlier_words: str
    more: str


def link(happening: Happening) -> str:
    """The address of its page, relative to the home of the language."""
    return f"incidents/{happening.id}/"


def subject(happening: Happening) -> str:
    """What subscribers follow it by."""
    kind = "incident" if isinstance(happening, IncidentState) else "maintenance"
    return f"{kind}:{happening.id}"


def goes_on(happening: Happening) -> bool:
    """Whether there is anything left to wait for."""
    if isinstance(happening, IncidentState):
        return happening.open
    return happening.status in ("scheduled", "in_progress", "verifying")


def tone(happening: Happening) -> str:
    """The tone of the card."""
    if isinstance(happening, MaintenanceState):
        return "maint" if happening.completed_at is None else "unk"
    return _IMPACT_TONES[happening.impact] if happening.open else "ok"


def line(happening: Happening, language: str, clock: Clock, *, step: bool = True) -> Line:
    """The line of one incident or maintenance; without its step, a further update leaves it as it is."""
    return Line(
        link=link(happening),
        tone=tone(happening),
        title=words.title(happening.title, language),
        date=_date(happening, clock),
        summary=summary(happening, clock) if step else _standing(happening, clock),
    )


def _standing(happening: Happening, clock: Clock) -> SafeString:
    if isinstance(happening, IncidentState) and happening.resolved_at is None:
        return format_html(_("Since {time}"), time=clock.moment(happening.started_at))
    return summary(happening, clock)


def _date(happening: Happening, clock: Clock) -> SafeString:
    if isinstance(happening, IncidentState) and happening.resolved_at is not None:
        return clock.on(happening.started_at)
    return escape("")


def card(happening: Happening, known: Mapping[str, Text], language: str, clock: Clock) -> Card:
    """The card of one incident or maintenance."""
    shown, total = happening.updates[:SHOWN], len(happening.updates)
    earlier = len(shown) - 1
    folded = ngettext("%(count)d earlier update", "%(count)d earlier updates", earlier)
    return Card(
        line=line(happening, language, clock),
        affected=words.joined(names(happening, known, language), NAMED),
        scope=scope(happening, language),
        workaround=workaround(happening, language),
        latest=tuple(_told(update(item, language, clock), happening) for item in shown[:1]),
        earlier=tuple(update(item, language, clock) for item in shown[1:]),
        earlier_words=folded % {"count": earlier},
        more=_("All %(count)d updates") % {"count": total} if total > SHOWN else "",
    )


def scope(happening: Happening, language: str) -> SafeString:
    """Who is affected, until it is over."""
    return words.title(concerns(happening), language)


def concerns(happening: Happening) -> Text:
    """The same as plain text; nothing for planned work."""
    return happening.concerns if isinstance(happening, IncidentState) else Text("")


def workaround(happening: Happening, language: str) -> SafeString:
    """What readers can do until it is over, as HTML."""
    return words.body(advice(happening), language)


def advice(happening: Happening) -> Text:
    """The same in Markdown; nothing for planned work."""
    return happening.advice if isinstance(happening, IncidentState) else Text("")


def update(item: UpdateState, language: str, clock: Clock) -> UpdateView:
    """One update."""
    return UpdateView(
        id=item.id,
        step=words.step_word(item.status),
        time=clock.moment(item.display_at),
        body=words.body(item.body, language),
        affected=words.joined([_change(change, language) for change in item.changes], limit=50),
        marks=tuple(_marks(item, clock)),
    )


def _marks(item: UpdateState, clock: Clock) -> Iterator[SafeString]:
    if item.emergency:
        yield escape(_("posted by emergency procedure"))
    if item.created_at - item.display_at > LATE:
        yield format_html(_("written down at {time}"), time=clock.moment(item.created_at))
    if item.edited_at is not None:
        yield format_html(_("edited at {time}"), time=clock.moment(item.edited_at))


def _told(view: UpdateView, happening: Happening) -> UpdateView:
    # The line of a planned maintenance says all but the text of its announcement.
    return replace(view, step="") if happening.status == "scheduled" else view


def _change(change: Change, language: str) -> SafeString:
    name = words.name(change.name, language)
    status = words.inside(words.status_word(change.new_status))
    if change.old_status == change.new_status:
        return format_html(_("{name}: {status}"), name=name, status=status)
    before = words.inside(words.status_word(change.old_status))
    return format_html(_("{name}: {status} (before: {before})"), name=name, status=status, before=before)


def summary(happening: Happening, clock: Clock) -> SafeString:
    """Where it stands, since when or how long it took."""
    step = words.step_word(happening.status)
    if isinstance(happening, MaintenanceState):
        return _planned(happening, step, clock)
    if happening.resolved_at is None:
        return _since(happening.started_at, step, clock)
    took = duration(happening.resolved_at - happening.started_at)
    resolved = format_html(_("Resolved after {duration}"), duration=took)
    return resolved if happening.status == "resolved" else format_html("{} · {}", resolved, step)


def _since(at: datetime, step: str, clock: Clock) -> SafeString:
    dated = clock.dated(at)
    said = pgettext("with a date", "{step} · since {time}") if dated else _("{step} · since {time}")
    return format_html(said, step=step, time=clock.moment(at))


def _until(at: datetime, step: str, clock: Clock) -> SafeString:
    said = pgettext("with a date", "{step} until {time}") if clock.dated(at) else _("{step} until {time}")
    return format_html(said, step=step, time=clock.moment(at))


def _planned(maintenance: MaintenanceState, step: str, clock: Clock) -> SafeString:
    if maintenance.status in ("in_progress", "verifying"):
        return _until(maintenance.scheduled_until, step, clock)
    return format_html("{} · {}", step, clock.period(maintenance.scheduled_for, maintenance.scheduled_until))


def names(happening: Happening, known: Mapping[str, Text], language: str) -> list[SafeString]:
    """The names of everything it ever touched: as the updates called them, else as they are now."""
    called = {change.component_id: change.name for item in happening.updates for change in item.changes}
    texts = (called.get(key) or known.get(key) for key in happening.component_ids)
    return [words.name(text, language) for text in texts if text]
