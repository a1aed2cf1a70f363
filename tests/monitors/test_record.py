"""Recording: from results to verdicts, spans and observations."""

from datetime import UTC, datetime, timedelta

import pytest

from monitors import record
from monitors.models import Component, Monitor, Observation, Page, RegionVerdict, Span, Verdict
from monitors.probes import Outcome, Result
from monitors.reasons import Reason
from monitors.seen import Seen
from monitors.status import Status
from tests.make import make_component, make_monitor, make_page

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UP = Outcome(Result.UP, 12.5, status_code=200)
DOWN = Outcome.failed(Reason.TIMEOUT, 10_000.0)
NOTHING = Outcome.failed(Reason.OVERLOADED, 1.0)


def at(minutes: float) -> datetime:
    return START + minutes * MINUTE


def hear(monitor: Monitor, minute: float, outcome: Outcome, region: str = "default") -> record.Recorded:
    return record.record_batch(region, [Seen(monitor.pk, at(minute), outcome)], at(minute))


def spans(component: Component, source: str = "") -> list[tuple[str, str, float, float | None]]:
    rows = Span.objects.filter(component=component, source__startswith=source).order_by("during")

    def minutes(time: datetime | None) -> float | None:
        return None if time is None else (time - START) / MINUTE

    return [(r.source.split(":")[0], r.status, minutes(r.during.lower), minutes(r.during.upper)) for r in rows]


def watched(**values: object) -> tuple[Component, Monitor]:
    component = make_component(now=at(-10))
    return component, make_monitor([component], now=at(-1), **values)


def test_it_keeps_the_first_failure_time() -> None:
    component, monitor = watched(confirm_down=3)
    for minute, outcome in enumerate([UP, UP, DOWN, DOWN, DOWN, DOWN]):
        hear(monitor, minute, outcome)
    assert spans(component, "monitor") == [
        ("monitor", Status.OPERATIONAL, 0, 2),
        ("monitor", Status.MAJOR_OUTAGE, 2, None),
    ]
    assert Verdict.objects.get(monitor=monitor).since == at(2)
    assert Verdict.objects.get(monitor=monitor).reason == "timeout"
