"""The past two weeks, day by day: what happened, and the quiet days in as few words. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from statuspage.render import timeline
from statuspage.render.times import Clock, days_range
from statuspage.snapshot import Snapshot

DAYS = 14


@dataclass(frozen=True, slots=True)
class DayView:
    """One day with what happened, or several quiet ones."""

    days: str
    lines: tuple[timeline.Line, ...]


def fortnight(snapshot: Snapshot, language: str, clock: Clock) -> list[DayView]:
    """The days before today, newest first, and today once something of it is over."""
    happened = _happened(snapshot, clock)
    today = clock.day(snapshot.generated_at)
    found: list[DayView] = []
    quiet: list[date] = []
    for day in (today - timedelta(days=back) for back in range(DAYS + 1)):
        if day not in happened:
            quiet.append(day)
            continue
        found += _quiet(quiet)
        quiet = []
        lines = tuple(timeline.line(item, language, clock) for item in happened[day])
        found.append(DayView(days_range(day, day), lines))
    return found + _quiet(quiet)


def _happened(snapshot: Snapshot, clock: Clock) -> dict[date, list[timeline.Happening]]:
    found: dict[date, list[timeline.Happening]] = defaultdict(list)
    for incident in snapshot.incidents:
        found[clock.day(incident.started_at)].append(incident)
    for maintenance in snapshot.maintenances:
        if maintenance.status in ("completed", "cancelled"):
            found[clock.day(maintenance.scheduled_for)].append(maintenance)
    return found


def _quiet(days: Sequence[date]) -> list[DayView]:
    return [DayView(days_range(days[-1], days[0]), ())] if days else []
