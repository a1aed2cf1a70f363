"""The daily partitions of observations."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from monitors import partitions, record
from monitors.models import Observation
from monitors.seen import Seen
from tests.make import make_monitor
from tests.monitors.scenes import UP

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def existing() -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname ~ '^monitors_observed_[0-9]{8}$'")
        days = sorted(name.removeprefix(partitions.PREFIX) for (name,) in cursor)
    return [datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).date() for day in days]


def test_a_fresh_database_records_at_once() -> None:
    assert existing() == []
    monitor = make_monitor(now=NOW - DAY)
    record.record_batch("default", [Seen(monitor.pk, NOW, UP)], NOW)
    assert existing() == [NOW.date()]
    assert Observation.objects.count() == 1


def test_maintaining_makes_three_days_ahead_and_drops_what_is_older_than_thirty() -> None:
    days = [(NOW - number * DAY).date() for number in range(45)]
    partitions.ensure(days)
    assert partitions.maintain(NOW) == (3, 14)
    assert existing() == [(NOW + number * DAY).date() for number in range(-30, 4)]
    assert partitions.maintain(NOW) == (0, 0)


def test_a_day_is_a_day_of_utc() -> None:
    monitor = make_monitor(now=NOW - DAY)
    for slot in (NOW.replace(hour=0, minute=0), NOW.replace(hour=23, minute=59, second=59)):
        record.record_batch("default", [Seen(monitor.pk, slot, UP)], slot)
    assert existing() == [NOW.date()]


def test_dropping_a_day_leaves_the_others() -> None:
    monitor = make_monitor(now=NOW - 40 * DAY)
    for number in (29, 1):
        slot = NOW - number * DAY
        record.record_batch("default", [Seen(monitor.pk, slot, UP)], slot)
    partitions.maintain(NOW + 5 * DAY)
    assert [row.slot for row in Observation.objects.all()] == [NOW - DAY]
