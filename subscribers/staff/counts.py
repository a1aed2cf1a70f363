"""How many subscribers there are on each channel, and how many came and left day by day.

Read backwards from who is there now, so that the last day always agrees with the list. Whoever was erased
is in no number, and who came back counts from when they first came.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from subscribers.channels import CHANNELS
from subscribers.models import State

# One pass over the table; what comes back is a few rows for each day, whatever its size.
_COUNT = f"""
SELECT channel, came, gone, state, count(*) FROM (
    SELECT channel, state,
        CASE WHEN confirmed_at >= %(since)s THEN (confirmed_at AT TIME ZONE %(zone)s)::date END AS came,
        CASE WHEN ended_at >= %(since)s AND confirmed_at IS NOT NULL AND state NOT IN
            ('{State.ACTIVE}', '{State.PAUSED}', '{State.PENDING}')
            THEN (ended_at AT TIME ZONE %(zone)s)::date END AS gone
    FROM subscribers_subscriber WHERE %(every_page)s OR page_id = ANY(%(pages)s)) AS each
GROUP BY channel, came, gone, state
"""  # noqa: S608 (only our own constants)


@dataclass(frozen=True, slots=True)
class Day:
    """One day on one channel; `standing` is at its end."""

    day: date
    came: int
    left: int
    standing: int


@dataclass(frozen=True, slots=True)
class Course:
    """One channel, the oldest day first."""

    channel: str
    days: tuple[Day, ...]
    # By state, as of now.
    states: dict[str, int]

    @property
    def label(self) -> str:
        """A message id: what the channel is called."""
        return CHANNELS[self.channel].label if self.channel in CHANNELS else self.channel

    @property
    def standing(self) -> int:
        """How many are subscribed now, also those who pause."""
        return self.days[-1].standing

    @property
    def came(self) -> int:
        """How many came in all these days."""
        return sum(day.came for day in self.days)

    @property
    def left(self) -> int:
        """How many left in all these days."""
        return sum(day.left for day in self.days)

    @property
    def waiting(self) -> int:
        """How many have not confirmed yet."""
        return self.states.get(State.PENDING, 0)

    @property
    def paused(self) -> int:
        """How many of those standing pause."""
        return self.states.get(State.PAUSED, 0)


def courses(days: int, zone: str, now: datetime, page_ids: Collection[int] | None = None) -> list[Course]:
    """Each channel that anybody is on, over so many days of a time zone; of all pages without `page_ids`."""
    today = now.astimezone(ZoneInfo(zone)).date()
    first = today - timedelta(days=days - 1)
    values: dict[str, Any] = {
        "since": datetime(first.year, first.month, first.day, tzinfo=ZoneInfo(zone)),
        "zone": zone,
        "every_page": page_ids is None,
        "pages": list(page_ids or ()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        rows = cursor.fetchall()
    names = [*CHANNELS, *sorted({row[0] for row in rows} - set(CHANNELS))]
    by_channel = {name: [row for row in rows if row[0] == name] for name in names}
    return [_course(name, found, first, today) for name, found in by_channel.items() if found]


def _course(channel: str, rows: Iterable[tuple[Any, ...]], first: date, today: date) -> Course:
    came: Counter[date] = Counter()
    left: Counter[date] = Counter()
    states: Counter[str] = Counter()
    for _channel, came_on, left_on, state, number in rows:
        states[state] += number
        # Whoever waits for an answer has not come (again).
        if came_on and state != State.PENDING:
            came[came_on] += number
        if left_on:
            left[left_on] += number
    standing = states[State.ACTIVE] + states[State.PAUSED]
    days: list[Day] = []
    day = today
    while day >= first:
        days.append(Day(day, came[day], left[day], standing))
        standing -= came[day] - left[day]
        day -= timedelta(days=1)
    return Course(channel, tuple(reversed(days)), dict(states))
