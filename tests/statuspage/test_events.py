"""What `/events.json` and the webhooks say of the same step is the same, and nothing recent is missing."""

import json
from datetime import timedelta
from typing import Any

import pytest

from incidents import post
from monitors.models import Component, Page
from monitors.status import Status
from statuspage.installation import installation
from statuspage.render import render
from statuspage.take import take
from subscribers.models import Notice
from subscribers.payload import own_words
from tests.incidents.make import NOW, minutes, open_incident, update_incident
from tests.make import make_component, make_page

pytestmark = pytest.mark.django_db(transaction=True)
# Webhooks tell these as they were; the page as they are now.
CHANGING = ("title", "impact", "scheduled_until", "next_update_at")


def told(page: Page, now: Any) -> list[dict[str, Any]]:
    taken = take(page.pk, now=now, sequence=1, newer_than=None, by=installation())
    found: list[dict[str, Any]] = json.loads(render(taken.snapshot, taken.documents)["events.json"])["events"]
    return found


def same(data: dict[str, Any]) -> dict[str, Any]:
    known = {key: value for key, value in data.items() if key not in CHANGING}
    return {**known, "components": sorted(data["components"], key=lambda part: part["id"])}


def maintain(page: Page, component: Component) -> None:
    work = post.schedule_maintenance(
        page,
        title_en="Upgrade",
        title_fr="",
        body_en="A short pause.",
        body_fr="",
        components=[component],
        scheduled_for=NOW + minutes(30),
        scheduled_until=NOW + minutes(60),
        now=NOW,
    )
    for status, at in (("in_progress", 30), ("verifying", 40), ("in_progress", 45), ("completed", 50)):
        post.update_maintenance(work, status=status, body_en=status, body_fr="", now=NOW + minutes(at))


def test_every_notice_is_an_event_with_the_same_words() -> None:
    page = make_page()
    one, two = make_component(page, now=NOW), make_component(page, now=NOW)
    incident = open_incident(page, {one: Status.MAJOR_OUTAGE}, now=NOW)
    incident = update_incident(incident, "identified", {two: Status.PARTIAL_OUTAGE}, now=NOW + minutes(1))
    incident = update_incident(incident, "monitoring", {one: Status.OPERATIONAL}, now=NOW + minutes(2))
    incident = update_incident(incident, "resolved", now=NOW + minutes(3))
    update_incident(incident, "postmortem", now=NOW + minutes(4))
    maintain(page, one)
    events = told(page, NOW + minutes(90))
    notices = {notice.payload["update_id"]: notice for notice in Notice.objects.filter(page=page)}
    assert len(events) == len(notices) == 10
    assert {event["id"]: event["type"] for event in events} == {key: n.event for key, n in notices.items()}
    for event in events:
        assert same(event["data"]) == same(own_words(notices[event["id"]].payload))
        assert event["timestamp"] == notices[event["id"]].created_at.isoformat()


def test_a_long_incident_that_ended_lately_is_among_the_events() -> None:
    page = make_page()
    began = NOW - timedelta(days=90)
    component = make_component(page, now=began)
    long = open_incident(page, {component: Status.PARTIAL_OUTAGE}, now=began)
    for number in range(51):
        short = open_incident(page, now=NOW - timedelta(days=40) + minutes(number))
        update_incident(short, "resolved", now=NOW - timedelta(days=40) + minutes(number + 1))
    update_incident(long, "resolved", now=NOW - timedelta(days=29))
    assert [event["data"]["public_id"] for event in told(page, NOW)] == [long.public_id]
