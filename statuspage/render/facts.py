"""The few lines under the headline: what is affected, since when, what comes next. Pure.

They count from the snapshot's own time, never from a clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from statuspage.render import timeline, words
from statuspage.render.times import Clock, duration
from statuspage.snapshot import ComponentState, IncidentState, MaintenanceState, Snapshot

# How many components the headline's lines name.
NAMED = 6


@dataclass(frozen=True, slots=True)
class Fact:
    """A word and what there is to say."""

    label: str
    value: SafeString


def troubled(components: Sequence[ComponentState], language: str) -> tuple[Fact, ...]:
    """The affected components with their statuses, the worst first."""
    said = [
        format_html(
            _("{name} ({status})"),
            name=words.name(component.name, language),
            status=words.inside(words.status_word(component.status)),
        )
        for component in components
    ]
    return (Fact(_("Affected"), words.joined(said, NAMED)),) if said else ()


def affected(
    snapshot: Snapshot, happening: timeline.Happening, now: Sequence[ComponentState], language: str
) -> tuple[Fact, ...]:
    """The components that are affected now, else those that staff named."""
    if now:
        return troubled(now, language)
    known = {component.id: component.name for component in snapshot.components}
    names = timeline.names(happening, known, language)
    return (Fact(_("Affected"), words.joined(names, NAMED)),) if names else ()


def since(at: datetime, snapshot: Snapshot, clock: Clock) -> Fact:
    """Since when, and for how long."""
    lasted = duration(snapshot.generated_at - at)
    return Fact(_("Since"), format_html(_("{time}, for {duration}"), time=clock.moment(at), duration=lasted))


def until(maintenance: MaintenanceState, clock: Clock) -> Fact:
    """When planned work should be over."""
    return Fact(_("Until"), clock.moment(maintenance.scheduled_until))


def next_update(incident: IncidentState, snapshot: Snapshot, clock: Clock) -> tuple[Fact, ...]:
    """What staff promised, also when they have not kept it."""
    at = incident.next_update_at
    if at is None:
        return ()
    return (Fact(_("Next update"), clock.promised(at, snapshot.generated_at)),)


def last_check(snapshot: Snapshot, clock: Clock) -> tuple[Fact, ...]:
    """When anything was last checked."""
    times = [component.checked_at for component in snapshot.components if component.checked_at]
    return (Fact(_("Last check"), clock.to_the_second(max(times))),) if times else ()
