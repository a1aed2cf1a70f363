"""Whoever publishes sees that checks stay away, although the core that should is gone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitors import essentials, record
from monitors.models import Monitor, Span
from monitors.seen import Seen
from monitors.status import Status
from statuspage import own_ticks, tasks
from statuspage.celery import app
from tests.make import make_component, make_monitor
from tests.monitors.scenes import UP


def make_heard(minutes: int, **values: object) -> Monitor:
    """A monitor that was last heard so many minutes ago, and was up."""
    slot = timezone.now() - timedelta(minutes=minutes)
    monitor = make_monitor([make_component(now=slot)], now=slot - timedelta(minutes=1), **values)  # type: ignore[arg-type]
    record.record_batch("default", [Seen(monitor.pk, slot, UP)], slot)
    return monitor


def shown(monitor: Monitor) -> str:
    return Span.objects.get(source=f"monitor:{monitor.pk}", during__upper_inf=True).status


@pytest.mark.django_db
def test_what_is_silent_is_unknown_without_the_core() -> None:
    silent, heard = make_heard(10, interval=60), make_heard(1, interval=60)
    tasks.doubt()
    assert shown(silent) == Status.UNKNOWN
    assert shown(heard) == Status.OPERATIONAL


@pytest.mark.django_db
def test_while_the_rest_rests_everything_is_unknown() -> None:
    heard = make_heard(1, interval=3600)
    essentials.rest("ada", timezone.now())
    tasks.doubt()
    assert shown(heard) == Status.UNKNOWN


def test_it_is_asked_for_where_publishing_goes_on() -> None:
    name = tasks.doubt.name
    assert [each["schedule"] for each in app.conf.beat_schedule.values() if each["task"] == name] == [15.0]
    assert app.amqp.router.route({}, name)["queue"].name == own_ticks.OWN[name] == "publish"
