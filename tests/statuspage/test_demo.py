import gzip
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from incidents.lifecycle import CLOSED, IncidentStatus
from incidents.models import ComponentChange, Incident, Maintenance, Update
from monitors.models import Component, Group, Page, Span
from monitors.spans import SpanValue, timeline
from monitors.status import Status
from statuspage import demo, first_page, releases
from statuspage.demo.story import STORY, read
from statuspage.installation import installation
from statuspage.models import File
from subscribers.models import Delivery, Notice

NOW = datetime(2026, 11, 22, 14, 40, 12, tzinfo=UTC)
TODAY = NOW - timedelta(days=90)


def make_filled(now: datetime = NOW) -> Page:
    page = first_page.create("http://localhost:8000", 8000, Path("/srv/published"))
    assert page is not None
    demo.fill(page, now)
    return page


def spans(component: Component) -> list[SpanValue]:
    return [
        SpanValue(span.source, Status(span.status), span.during.lower, span.during.upper)
        for span in component.spans.all()
    ]


def shown_now() -> dict[str, Status]:
    return {
        component.slug: timeline(spans(component), NOW, NOW + timedelta(seconds=1))[0].status
        for component in Component.objects.all()
    }


@pytest.mark.django_db
def test_it_fills_the_page_beside_the_two_watched_components() -> None:
    page = make_filled()
    page.refresh_from_db()
    assert page.demo
    assert page.name == "Colibrelle"
    assert page.touched_at >= NOW
    assert (Group.objects.count(), Component.objects.count()) == (5, 25 + 2)
    assert Counter(group.components.count() for group in Group.objects.all()) == {5: 5}
    assert Component.objects.filter(group=None, monitors__isnull=False).count() == 2
    assert (Incident.objects.count(), Maintenance.objects.count()) == (9, 5)


@pytest.mark.django_db
def test_one_incident_is_open_and_touches_two_components() -> None:
    make_filled()
    now = shown_now()
    assert now.pop("labels") == Status.PARTIAL_OUTAGE
    assert now.pop("carriers") == Status.DEGRADED_PERFORMANCE
    # Nothing was observed yet of the two that are really watched.
    assert (now.pop("application"), now.pop("network")) == (Status.UNKNOWN, Status.UNKNOWN)
    assert set(now.values()) == {Status.OPERATIONAL}
    (incident,) = Incident.objects.exclude(status__in=[status.value for status in CLOSED])
    assert incident.status == IncidentStatus.IDENTIFIED
    assert incident.next_update_at is not None
    assert NOW < incident.next_update_at < NOW + timedelta(minutes=30)


@pytest.mark.django_db
def test_incidents_and_their_spans_tell_the_same_times() -> None:
    make_filled()
    for incident in Incident.objects.all():
        said = Span.objects.filter(source=f"incident:{incident.public_id}")
        outages = [span for span in said if span.status != Status.OPERATIONAL]
        assert min(span.during.lower for span in outages) == incident.started_at
        ends = [span.during.upper for span in outages]
        assert incident.resolved_at in ends
        assert all(end is None or end <= (incident.resolved_at or NOW) for end in ends)


@pytest.mark.django_db
def test_past_maintenances_are_over_and_two_lie_ahead() -> None:
    make_filled()
    ahead = Maintenance.objects.filter(scheduled_for__gt=NOW)
    assert Counter(ahead.values_list("status", flat=True)) == {"scheduled": 2}
    assert ahead.filter(scheduled_for__gt=NOW + timedelta(days=7)).count() == 1
    assert not Span.objects.filter(source__in=[f"maintenance:{work.public_id}" for work in ahead]).exists()
    for work in Maintenance.objects.filter(scheduled_for__lt=NOW):
        assert work.status == "completed"
        said = Span.objects.filter(source=f"maintenance:{work.public_id}")
        assert {span.status for span in said} == {Status.UNDER_MAINTENANCE}
        assert {(span.during.lower, span.during.upper) for span in said} == {
            (work.started_at, work.completed_at)
        }


@pytest.mark.django_db
def test_every_incident_has_three_to_five_updates_and_nothing_happens_in_the_future() -> None:
    make_filled()
    for incident in Incident.objects.all():
        assert 3 <= incident.updates.count() <= 5
    assert not Update.objects.filter(display_at__gt=NOW).exists()
    assert ComponentChange.objects.count() > 20


@pytest.mark.django_db
def test_some_histories_start_later_and_some_have_gaps() -> None:
    make_filled()
    statuses = defaultdict(set)
    for component in Component.objects.exclude(group=None):
        for interval in timeline(spans(component), NOW - timedelta(days=90), NOW):
            statuses[component.slug].add(interval.status)
        assert component.created_at == min(span.start for span in spans(component))
    late = Component.objects.filter(group__isnull=False, created_at__gt=NOW - timedelta(days=90))
    assert late.count() == 5
    incomplete = {slug for slug, seen in statuses.items() if Status.UNKNOWN in seen}
    assert set(late.values_list("slug", flat=True)) < incomplete
    assert len(incomplete) < 15
    assert sum(seen == {Status.OPERATIONAL} for seen in statuses.values()) >= 2
    assert {status for seen in statuses.values() for status in seen} == set(Status)


@pytest.mark.django_db
def test_everything_is_said_in_both_languages() -> None:
    make_filled()
    for model, fields in (
        (Group, ["name"]),
        (Component, ["name"]),
        (Incident, ["title"]),
        (Maintenance, ["title"]),
        (Update, ["body"]),
    ):
        for row in model.objects.all():
            for field in fields:
                assert getattr(row, f"{field}_en")
                assert getattr(row, f"{field}_fr")
    for component in Component.objects.all():
        assert bool(component.description_en) == bool(component.description_fr)


@pytest.mark.django_db
def test_tags_say_for_which_region_product_and_plan() -> None:
    make_filled()
    tagged = Counter(tag for component in Component.objects.all() for tag in component.tags)
    assert tagged == {"API": 4, "Pro": 4, "Europe": 3, "Canada": 2}


@pytest.mark.django_db(transaction=True)
def test_the_page_is_light() -> None:
    page = make_filled()
    releases.make(page, NOW, installation())
    for path in ("index.html", "fr/index.html"):
        content = bytes(File.objects.get(page=page, path=path, until=None).content)
        assert len(gzip.compress(content, 6)) <= 10_000, path


@pytest.mark.django_db
def test_nobody_is_told() -> None:
    make_filled()
    assert not Notice.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.django_db
def test_it_refuses_a_page_that_shows_something_already() -> None:
    page = make_filled()
    with pytest.raises(demo.NotEmpty):
        demo.fill(page, NOW)
    assert Component.objects.count() == 27


@pytest.mark.django_db
@pytest.mark.parametrize(
    "now", [datetime(2026, 3, 29, 1, 5, tzinfo=UTC), datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)]
)
def test_any_day_will_do(now: datetime) -> None:
    make_filled(now)
    assert not Update.objects.filter(display_at__gt=now).exists()


def test_the_same_time_gives_the_same_story() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert read(NOW, paris) == read(NOW, paris)


def french(found: Any) -> Iterator[str]:
    """Every French text of the story, wherever it stands."""
    for key, value in found.items() if isinstance(found, dict) else enumerate(found):
        if key == "fr":
            yield value
        elif isinstance(value, dict | list):
            yield from french(value)


def test_french_is_set_as_the_french_set_it() -> None:
    texts = list(french(tomllib.loads(STORY.read_text())))
    assert len(texts) > 80
    for text in texts:
        assert "'" not in text
        assert not re.search(r" [:;!?%»]|« |\d \d{3}", text), text
