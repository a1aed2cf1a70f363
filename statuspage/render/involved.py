"""What is going on, planned and over of some components: lines for the pages beside the index. Pure.

Only what the snapshot holds: the open, the recent and the newest; the history has the rest.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from django.utils.translation import gettext as _

from statuspage.render import timeline
from statuspage.render.times import Clock
from statuspage.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Part:
    """Some lines under one heading."""

    heading: str
    lines: list[timeline.Line]


def parts(snapshot: Snapshot, ids: AbstractSet[str], language: str, clock: Clock) -> list[Part]:
    """The parts that have lines."""

    def touching(happenings: Iterable[timeline.Happening]) -> list[timeline.Line]:
        return [
            timeline.line(happening, language, clock, step=False)
            for happening in happenings
            if not ids.isdisjoint(happening.component_ids)
        ]

    over = [incident for incident in snapshot.incidents if not incident.open]
    done = [work for work in snapshot.maintenances if work.status in ("completed", "cancelled")]
    found = [
        Part(_("What is happening"), touching(snapshot.open_incidents)),
        Part(_("Maintenance"), touching(snapshot.upcoming)),
        Part(_("Past incidents"), touching(over)),
        Part(_("Past maintenance"), touching(done)),
    ]
    return [part for part in found if part.lines]
