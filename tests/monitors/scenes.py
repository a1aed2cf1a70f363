"""What the tests of recording share: minutes after a start, outcomes, spans as short tuples."""

from datetime import UTC, datetime, timedelta
from typing import Any

from monitors import record
from monitors.models import Component, Monitor, Span
from monitors.probes import Outcome, Result
from monitors.reasons import Reason
from monitors.seen import Seen
from tests.make import make_component, make_monitor

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UP = Outcome(Result.UP, 12.5, status_code=200)
DEGRADED = Outcome(Result.DEGRADED, 4_000.0, Reason.SLOW.value)
DOWN = Outcome.failed(Reason.TIMEOUT, 10_000.0)
DOUBT = Outcome.failed(Reason.OVERLOADED, 1.0)

SpanTuple = tuple[str, str, float, float | None]


def at(minutes: float) -> datetime:
    """A time so many minutes after the start."""
    return START + minutes * MINUTE


def hear(monitor: Monitor, minute: float, outcome: Outcome, region: str = "default") -> record.Recorded:
    """Records one result as soon as its slot has come."""
    return record.record_batch(region, [Seen(monitor.pk, at(minute), outcome)], at(minute))


def hear_all(monitor: Monitor, outcomes: str, first: int = 0, region: str = "default") -> None:
    """Records a result each minute: u(p), g (degraded), d(own), ? (in doubt), space (none)."""
    for minute, letter in enumerate(outcomes, first):
        if letter != " ":
            hear(monitor, minute, {"u": UP, "g": DEGRADED, "d": DOWN, "?": DOUBT}[letter], region)


def make_watched(**values: Any) -> tuple[Component, Monitor]:
    """A component and the monitor that feeds it: every 60 s, two to confirm, first asked at -1."""
    component = make_component(now=at(-10))
    return component, make_monitor([component], now=at(-1), **values)


def spans(component: Component, source: str = "") -> list[SpanTuple]:
    """The spans of a component as (kind of source, status, minute, minute or None)."""
    rows = Span.objects.filter(component=component, source__startswith=source).order_by("during", "source")

    def minutes(time: datetime | None) -> float | None:
        return None if time is None else (time - START) / MINUTE

    return [
        (row.source.partition(":")[0], row.status, minutes(row.during.lower) or 0, minutes(row.during.upper))
        for row in rows
    ]
