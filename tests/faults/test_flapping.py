"""F15: what goes up and down at every check for an hour is told rarely; without a network nothing is told."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from incidents.models import Draft, Incident
from incidents.watching import ticking
from monitors.models import Page
from statuspage import changes, releases
from statuspage.installation import installation
from statuspage.models import Turn
from subscribers.models import Delivery
from tests.incidents.make import make_subscriber as make_reader
from tests.incidents.watching.scenes import DOUBT, DOWN, UP, at, hear, make_seen
from tests.make import make_page
from tests.monitors.scenes import spans
from tests.subscribers.make import make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)
APART = timedelta(minutes=10)


def pass_time(page: Page, first: float, minutes: float, every: float = 2) -> Iterator[float]:
    """Minute after minute: what comes of it is done, published and told."""
    minute = first
    while minute < first + minutes:
        yield minute
        ticking.tick(at(minute))
        if releases.make(page, at(minute), installation()) is not None:
            changes.tell()
        minute += every


def told() -> dict[tuple[int, str], list[datetime]]:
    """When whom was told what kind of thing: of incidents, of components."""
    found: dict[tuple[int, str], list[datetime]] = defaultdict(list)
    for delivery in Delivery.objects.select_related("notice").order_by("notice_id"):
        kind = delivery.notice.event.partition(".")[0]
        found[delivery.subscriber_id, kind].append(delivery.notice.created_at)
    return found


def test_nobody_hears_of_it_more_than_once_in_ten_minutes() -> None:
    page = make_page()
    component, monitor = make_seen(page)
    reader, software = make_reader(page), make_subscriber(page, channel="webhook")
    releases.make(page, at(0), installation())
    for minute in pass_time(page, 2, 60):
        hear(monitor, minute, (UP, DOWN)[round(minute / 2) % 2])
    for _minute in pass_time(page, 62, 20):
        pass
    heard = told()
    assert len(spans(component, "monitor")) == 31
    for times in heard.values():
        assert all(later - earlier >= APART for earlier, later in pairwise(times))
    # That it began, and that it is over.
    assert len(heard[reader.pk, "incident"]) == len(heard[software.pk, "incident"]) == 2
    assert 5 <= len(heard[software.pk, "component"]) <= 8
    assert Incident.objects.get().status == "resolved"
    assert not Draft.objects.exists()


def test_a_checker_without_a_network_makes_everything_unknown_and_tells_nobody() -> None:
    page = make_page()
    watched = [make_seen(page, f"Component {number}", ("open", "draft")[number % 2]) for number in range(10)]
    make_reader(page)
    make_subscriber(page, channel="webhook")
    releases.make(page, at(0), installation())
    for minute in pass_time(page, 1, 12, every=1):
        for _component, monitor in watched:
            hear(monitor, minute, DOUBT if minute < 10 else UP)
    assert {spans(component, "monitor")[1][1] for component, _monitor in watched} == {"unknown"}
    assert {spans(component, "monitor")[-1][1] for component, _monitor in watched} == {"operational"}
    assert not Delivery.objects.exists()
    assert not Turn.objects.exists()
    assert not Incident.objects.exists()
    assert not Draft.objects.exists()
