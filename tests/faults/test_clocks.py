"""F5: clocks that jump, days of another length, and the ends of days: every second is counted once."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.watching import ticking
from monitors import record, schedule
from monitors.history import history
from monitors.models import Component, Monitor, Page
from monitors.probes import Outcome
from monitors.proving.proof import Figure
from monitors.proving.windows import proof
from monitors.seen import Seen
from monitors.spans import SpanValue, timeline
from monitors.status import Status
from monitors.uptime import totals
from statuspage import changes, releases
from statuspage.installation import installation
from statuspage.models import Turn
from subscribers.models import Delivery
from tests.incidents.make import make_subscriber as make_reader
from tests.make import make_component, make_monitor, make_page
from tests.monitors.scenes import DOUBT, DOWN, UP
from tests.subscribers.make import make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)
START = datetime(2026, 11, 20, 12, tzinfo=UTC)
# Zone, the moment that is odd, and by how many minutes its day is longer than 24 hours.
MOMENTS = {
    "clocks go forward in Paris": ("Europe/Paris", datetime(2026, 3, 29, 1, tzinfo=UTC), -60),
    "clocks go back in Paris": ("Europe/Paris", datetime(2026, 10, 25, 1, tzinfo=UTC), 60),
    "clocks go forward on Lord Howe": ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC), -30),
    "clocks go back on Lord Howe": ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC), 30),
    "a leap day": ("Europe/Paris", datetime(2028, 2, 29, 11, tzinfo=UTC), 0),
    "a leap day ends": ("Europe/Paris", datetime(2028, 2, 29, 22, 59, 59, tzinfo=UTC), 0),
    "a year ends": ("UTC", datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), 0),
}


def make_watched(page: Page, now: datetime, **values: object) -> tuple[Component, Monitor]:
    component = make_component(page, now=now - MINUTE, policy="open")
    rule = {"interval": 60, "confirm_down": 2, "confirm_up": 2}
    return component, make_monitor([component], now=now - MINUTE, **{**rule, **values})  # type: ignore[arg-type]


def beat(now: datetime, outcome: Outcome = UP) -> None:
    """What all processes together do in this second, in the order in which it comes about."""
    record.sweep(now)
    for batch in schedule.claim(now):
        seen = [
            Seen(int(str(item["monitor"])), datetime.fromisoformat(str(item["slot"])), outcome)
            for item in batch.items
        ]
        record.record_batch(batch.region, seen, now)
    ticking.tick(now)
    for page in Page.objects.all():
        if releases.make(page, now, installation()) is not None:
            changes.tell()


def is_whole(figure: Figure) -> bool:
    """Whether up, down, unknown and maintenance are the window exactly, and none is negative."""
    times = [time for _status, time in figure.spent]
    whole = sum(times, figure.unwatched) == figure.end - figure.start
    return whole and min([*times, figure.unwatched]) >= timedelta()


def spans_of(component: Component) -> list[SpanValue]:
    rows = component.spans.order_by("during")
    return [SpanValue(row.source, Status(row.status), row.during.lower, row.during.upper) for row in rows]


@pytest.mark.parametrize("jump", [timedelta(hours=1), -timedelta(hours=1), timedelta(days=1)], ids=str)
def test_a_clock_that_jumps_loses_nothing_and_tells_nobody(jump: timedelta) -> None:
    page = make_page()
    begun = START - timedelta(hours=3)
    watched = [make_watched(page, begun) for _ in range(3)]
    make_reader(page)
    make_subscriber(page, channel="webhook")
    beat(begun)
    now = START
    for _ in range(8):
        beat(now)
        now += MINUTE
    now += jump
    for _ in range(12):
        beat(now)
        now += MINUTE
    assert not Delivery.objects.exists()
    assert not Turn.objects.exists()
    for component, monitor in watched:
        spans = spans_of(component)
        assert all(span.end is None or span.start < span.end <= now for span in spans)
        window = totals(timeline(spans, begun, now))
        assert sum(window.values(), timedelta()) == now - begun
        assert Status.MAJOR_OUTAGE not in window
        assert timeline(spans, now - MINUTE, now)[0].status == Status.OPERATIONAL
        assert monitor.region_verdicts.get().last_slot > now - 2 * MINUTE
    assert all(is_whole(figure) for each in proof(page, now).values() for figure in each.windows)


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_every_second_of_an_odd_day_is_counted_once(moment: tuple[str, datetime, int]) -> None:
    zone, at, longer = moment
    page = make_page(time_zone=zone)
    start = at - timedelta(hours=3)
    component, monitor = make_watched(page, start, interval=600, confirm_down=1, confirm_up=1)
    record.declare([component.pk], "maintenance:m", Status.UNDER_MAINTENANCE, at - timedelta(minutes=25))
    record.release("maintenance:m", at + timedelta(minutes=5))
    for number in range(36):
        slot = start + number * timedelta(minutes=10)
        outcome = (UP, DOWN, UP, DOUBT, DOUBT, DOUBT)[number % 6]
        record.record_batch("default", [Seen(monitor.pk, slot, outcome)], slot)
    told = [
        at - timedelta(seconds=1),
        at,
        at + timedelta(seconds=1),
        at + timedelta(hours=3),
        at + timedelta(days=7),
    ]
    for now in told:
        found = proof(page, now)[component.pk]
        figures = [*found.windows, *(month.figure for month in found.months)]
        assert all(is_whole(figure) for figure in figures)
        assert 0 <= history(page, now)[component.pk].coverage_millis <= 100_000
    local = at.astimezone(ZoneInfo(zone))
    week = next(figure for figure in found.windows if figure.key == "7d")
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    first_days = week.start - midnight
    # The window begins a day after the odd one: as long as that day was.
    assert first_days == timedelta(days=1, minutes=longer)
    spans = spans_of(component)
    for hours in (1, 2, 25):
        window = totals(timeline(spans, at - timedelta(hours=hours), at + timedelta(hours=hours)))
        assert sum(window.values(), timedelta()) == timedelta(hours=2 * hours)
    spent = totals(timeline(spans, start, start + timedelta(hours=6)))
    assert set(spent) == {
        Status.OPERATIONAL,
        Status.MAJOR_OUTAGE,
        Status.UNKNOWN,
        Status.UNDER_MAINTENANCE,
    }
    assert spent[Status.UNDER_MAINTENANCE] == timedelta(minutes=30)
