"""What looks every second costs next to nothing where nothing is due."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from incidents import tasks as incidents
from incidents.models import Task
from statuspage import tasks as publishing
from tests.incidents.make import open_incident, schedule
from tests.make import make_component, make_page

pytestmark = pytest.mark.django_db


@pytest.fixture
def _a_day_like_any_other() -> None:
    """An incident, a maintenance and a task each, and nothing of it is due."""
    now = timezone.now()
    page = make_page()
    component = make_component(page)
    incident = open_incident(page, now=now, next_update_at=now + timedelta(hours=2))
    start = now + timedelta(days=3)
    schedule(page, component, now=now, scheduled_for=start, scheduled_until=start + timedelta(hours=1))
    Task.objects.create(incident=incident, text_en="Ring", position=1, created_at=now, due_at=start)
    incidents.tick()
    publishing.publish()


@pytest.mark.usefixtures("_a_day_like_any_other")
@pytest.mark.parametrize(
    ("look", "most"),
    [
        (incidents.tick, 8),
        (incidents.tell_team, 1),
        (publishing.publish, 6),
        (publishing.alarm, 1),
        (publishing.drill, 1),
    ],
    ids=["what is due", "the team", "publishing", "alarms", "drills"],
)
def test_looking_asks_little_where_nothing_is_due(look: Callable[[], None], most: int) -> None:
    with CaptureQueriesContext(connection) as asked:
        look()
    assert len(asked) <= most, [query["sql"] for query in asked]
