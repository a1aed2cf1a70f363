"""Software is told what the page says of components: each turn once, at most every 10 minutes."""

import json
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents import post
from monitors import record
from monitors.models import Component, Page
from monitors.status import Status
from statuspage import changes, releases
from statuspage.installation import installation
from statuspage.models import ComponentTold, Turn
from statuspage.stored import contents, files_at
from subscribers.models import Delivery, Kinds, Notice, State
from subscribers.payload import own_words
from tests.incidents.make import NOW, minutes, open_incident, schedule, update_incident
from tests.make import make_component, make_monitor, make_page
from tests.subscribers.make import make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)


def publish(page: Page, after: float) -> list[dict[str, Any]]:
    """The events after a release so many minutes after NOW."""
    release = releases.make(page, NOW + minutes(after), installation())
    assert release is not None
    changes.tell()
    files = contents(files_at(page.pk, release.sequence).filter(path="events.json"))
    events: list[dict[str, Any]] = json.loads(files["events.json"])["events"]
    return [event for event in events if event["type"] == "component.updated"]


def say(component: Component, status: Status, after: float) -> None:
    assert record.declare_by_staff(component, status, NOW + minutes(after))


def turns(component: Component) -> list[tuple[str, str, float]]:
    rows = Turn.objects.filter(component=component).order_by("pk")
    return [(row.old_status, row.new_status, (row.at - NOW) / minutes(1)) for row in rows]


def page_with_component() -> tuple[Page, Component]:
    page = make_page()
    component = make_component(page, now=NOW, name_en="Search")
    publish(page, 0)
    return page, component


def test_a_component_that_is_seen_for_the_first_time_tells_nothing() -> None:
    page = make_page()
    component = make_component(page, now=NOW)
    say(component, Status.MAJOR_OUTAGE, 0)
    make_subscriber(page, channel="webhook")
    assert publish(page, 1) == []
    assert not Notice.objects.exists()


def test_a_turn_is_told_to_software_alone_and_is_in_the_list_of_events() -> None:
    page, component = page_with_component()
    hook, _reader = make_subscriber(page, channel="webhook"), make_subscriber(page)
    say(component, Status.MAJOR_OUTAGE, 1)
    [event] = publish(page, 1)
    [delivery] = Delivery.objects.select_related("notice").all()
    notice = delivery.notice
    assert delivery.subscriber_id == hook.pk
    assert (notice.event, notice.subject) == ("component.updated", f"component:{component.public_id}")
    assert event["id"] == event["data"]["update_id"] == notice.public_id
    assert event["data"] == own_words(notice.payload)
    assert event["timestamp"] == notice.created_at.isoformat()
    assert (event["data"]["old_status"], event["data"]["status"]) == ("operational", "major_outage")
    assert event["data"]["title"]["en"] == "Search"
    assert event["data"]["url"] == f"{page.url}/components/{component.slug}/"


def test_whatever_turns_the_page_is_told() -> None:
    page, component = page_with_component()
    incident = open_incident(page, {component: Status.PARTIAL_OUTAGE}, now=NOW + minutes(1))
    publish(page, 1)
    update_incident(incident, "resolved", now=NOW + minutes(20))
    publish(page, 20)
    begin, end = NOW + minutes(40), NOW + minutes(50)
    schedule(page, component, scheduled_for=begin, scheduled_until=end, now=NOW + minutes(30))
    publish(page, 30)
    for at in (41, 60):
        post.tick(NOW + minutes(at))
        publish(page, at)
    make_monitor([component], now=NOW + minutes(70), enabled=False)
    publish(page, 80)
    assert [step[1] for step in turns(component)] == [
        "partial_outage",
        "operational",
        "under_maintenance",
        "operational",
    ]
    record.watch_component(component, NOW + minutes(90))
    publish(page, 90)
    assert turns(component)[-1][1] == "operational"


def test_what_flaps_is_told_once_in_ten_minutes_as_it_is_at_the_end() -> None:
    page, component = page_with_component()
    for number in range(60):
        say(component, (Status.MAJOR_OUTAGE, Status.OPERATIONAL)[number % 2], number)
        publish(page, number)
    say(component, Status.DEGRADED_PERFORMANCE, 60)
    publish(page, 61)
    publish(page, 90)
    told = turns(component)
    assert told[0] == ("operational", "major_outage", 0)
    assert told[-1][1] == "degraded_performance"
    assert all(later[2] - earlier[2] >= 10 for earlier, later in pairwise(told))
    assert all(later[0] == earlier[1] for earlier, later in pairwise(told))


def test_what_came_back_within_ten_minutes_is_told_when_they_are_over() -> None:
    page, component = page_with_component()
    say(component, Status.MAJOR_OUTAGE, 1)
    publish(page, 1)
    say(component, Status.OPERATIONAL, 2)
    publish(page, 2)
    assert len(turns(component)) == 1
    publish(page, 10.9)
    assert len(turns(component)) == 1
    publish(page, 11)
    assert turns(component)[1:] == [("major_outage", "operational", 11)]


def test_a_clock_that_was_turned_back_keeps_nothing_quiet() -> None:
    page, component = page_with_component()
    say(component, Status.MAJOR_OUTAGE, 1)
    publish(page, 1)
    ComponentTold.objects.update(at=NOW + timedelta(days=1))
    say(component, Status.OPERATIONAL, 2)
    publish(page, 2)
    assert len(turns(component)) == 2


def test_a_hidden_component_is_told_to_nobody_and_forgotten() -> None:
    page, component = page_with_component()
    make_subscriber(page, channel="webhook")
    Component.objects.filter(pk=component.pk).update(visible=False)
    say(component, Status.MAJOR_OUTAGE, 1)
    assert publish(page, 1) == []
    Component.objects.filter(pk=component.pk).update(visible=True)
    assert publish(page, 2) == []
    assert not Notice.objects.exists()


def test_one_that_is_hidden_before_its_notice_is_written_is_not_told() -> None:
    page, component = page_with_component()
    make_subscriber(page, channel="webhook")
    say(component, Status.MAJOR_OUTAGE, 1)
    assert changes.note(page, NOW + minutes(1)) == 1
    Component.objects.filter(pk=component.pk).update(visible=False)
    assert changes.tell() == 0
    assert not Turn.objects.filter(waits=True).exists()


def test_only_those_hear_of_it_who_want_everything_of_that_component() -> None:
    page, component = page_with_component()
    other = make_component(page, now=NOW)
    publish(page, 0.5)
    wanted = [make_subscriber(page, channel="webhook"), make_subscriber(page, component, channel="webhook")]
    make_subscriber(page, other, channel="webhook")
    make_subscriber(page, channel="webhook", kinds=Kinds.INCIDENTS)
    make_subscriber(page, channel="webhook", state=State.PAUSED)
    say(component, Status.MAJOR_OUTAGE, 1)
    publish(page, 1)
    assert {each.subscriber_id for each in Delivery.objects.all()} == {each.pk for each in wanted}


def test_a_sender_that_died_before_the_notice_was_written_loses_nothing() -> None:
    page, component = page_with_component()
    make_subscriber(page, channel="webhook")
    say(component, Status.MAJOR_OUTAGE, 1)
    releases.make(page, NOW + minutes(1), installation())
    assert not Notice.objects.exists()
    assert changes.tell() == 1
    assert changes.tell() == 0
    assert Notice.objects.count() == 1


def test_nobody_listens_and_nothing_is_written_down_for_them() -> None:
    page, component = page_with_component()
    make_subscriber(page)
    say(component, Status.MAJOR_OUTAGE, 1)
    assert len(publish(page, 1)) == 1
    assert not Notice.objects.exists()


def test_it_costs_the_same_few_queries_while_nothing_turns_however_long_the_past() -> None:
    page, component = page_with_component()
    with CaptureQueriesContext(connection) as few:
        changes.note(page, NOW + minutes(1))
    for number in range(1, 30):
        say(component, (Status.OPERATIONAL, Status.MAJOR_OUTAGE)[number % 2], number * 15)
        changes.note(page, NOW + minutes(number * 15))
    say(component, Status.OPERATIONAL, 30 * 15)
    changes.note(page, NOW + minutes(30 * 15))
    with CaptureQueriesContext(connection) as many:
        changes.note(page, NOW + minutes(30 * 15 + 1))
    assert len(few) == len(many) <= 5
    with CaptureQueriesContext(connection) as idle:
        changes.tell()
    assert len(idle) <= 30


def test_what_is_older_than_a_month_is_forgotten() -> None:
    page, component = page_with_component()
    for day, status in ((1, Status.MAJOR_OUTAGE), (2, Status.OPERATIONAL), (40, Status.MAJOR_OUTAGE)):
        say(component, status, day * 1440)
        publish(page, day * 1440)
    assert [step[2] for step in turns(component)] == [40 * 1440]
