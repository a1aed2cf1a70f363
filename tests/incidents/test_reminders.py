"""Reminders of maintenances: each once, never late, none of what was announced later than that."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from incidents import maintain, post, reminders
from incidents.models import Maintenance
from incidents.tasks import tick as tick_task
from incidents.words import PostError
from monitors.models import Page
from subscribers import mail
from subscribers.channels.bodies import Bodies
from subscribers.channels.chat_card import card
from subscribers.channels.statuspage import envelope
from subscribers.models import Delivery, Notice
from tests.incidents.make import NOW, make_subscriber, minutes, schedule, update_maintenance
from tests.make import make_component, make_page
from tests.subscribers.letters import PLAN
from tests.subscribers.make import make_means, make_message, make_told

pytestmark = pytest.mark.django_db

START = NOW + timedelta(days=3)


def planned(page: Page | None = None, **values) -> Maintenance:
    times = {"scheduled_for": START, "scheduled_until": START + minutes(60)}
    return schedule(page or make_page(), **times | values)


def told() -> list[str]:
    return list(Notice.objects.order_by("id").values_list("event", flat=True))


def sent() -> int:
    return told().count("maintenance.reminder")


def test_a_day_and_an_hour_before_it_starts_each_once() -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    maintenance = planned(page)
    before = maintenance.updated_at
    seen = []
    for at in (
        minutes(1441),
        minutes(1440),
        minutes(1400),
        minutes(61),
        minutes(60),
        minutes(59),
        minutes(1),
    ):
        seen.append(reminders.tick(START - at))
    assert seen == [0, 1, 0, 0, 1, 0, 0]
    assert told() == ["maintenance.scheduled", "maintenance.reminder", "maintenance.reminder"]
    assert Delivery.objects.filter(subscriber=subscriber, state="pending").count() == 1
    maintenance.refresh_from_db()
    assert (maintenance.updates.count(), maintenance.updated_at) == (1, before)


# Minutes before the start at which somebody looks, and what is sent then.
@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([720], [1]),
        ([719], [0]),
        ([65], [0]),
        ([719, 60], [0, 1]),
        ([60], [1]),
        ([30], [1]),
        ([29], [0]),
        ([1], [0]),
        ([0], [0]),
        ([-10], [0]),
        ([-600], [0]),
    ],
)
def test_what_comes_too_late_is_dropped(looks: list[int], expected: list[int]) -> None:
    maintenance = planned()
    assert [reminders.tick(START - minutes(at)) for at in looks] == expected
    maintenance.refresh_from_db()
    assert reminders.tick(START - minutes(min(looks)) + minutes(0.1)) == 0


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [(1441, [1440, 60]), (1440, [60]), (600, [60]), (61, [60]), (60, []), (5, [])],
)
def test_nobody_is_reminded_of_what_was_announced_later_than_that(ahead: int, expected: list[int]) -> None:
    maintenance = planned(now=START - minutes(ahead))
    assert [each for each in maintenance.reminders if each not in maintenance.reminded] == expected


def test_what_is_held_counts_as_announced_when_it_is_told() -> None:
    maintenance = planned(now=START - minutes(60) - timedelta(seconds=10), hold=timedelta(seconds=20))
    assert maintenance.reminded == [1440, 60]


@pytest.mark.parametrize("status", ["cancelled", "in_progress"])
def test_what_is_cancelled_or_begins_early_reminds_nobody(status: str) -> None:
    update_maintenance(planned(), status)
    assert reminders.tick(START - minutes(60)) == 0


def test_what_is_moved_reminds_anew() -> None:
    maintenance = planned()
    assert reminders.tick(START - minutes(1440)) == 1
    later = START + timedelta(days=2)
    maintenance = update_maintenance(
        maintenance, "scheduled", now=START - minutes(1000), scheduled_for=later, body_en=""
    )
    assert maintenance.scheduled_until == later + minutes(60)
    assert reminders.tick(START - minutes(60)) == 0
    assert reminders.tick(later - minutes(1440)) == 1
    sooner = later - minutes(1300)
    update_maintenance(maintenance, "scheduled", now=later - minutes(1400), scheduled_for=sooner)
    assert reminders.tick(sooner - minutes(61)) == 0
    assert reminders.tick(sooner - minutes(60)) == 1
    assert sent() == 3


def test_reminders_can_be_chosen_anew() -> None:
    maintenance = planned(reminders=[2880])
    assert reminders.tick(START - minutes(2880)) == 1
    maintain.remind_at(maintenance, [2880, 120, 30], START - minutes(1000))
    maintenance.refresh_from_db()
    assert (maintenance.reminders, maintenance.reminded) == ([2880, 120, 30], [2880])
    assert reminders.tick(START - minutes(120)) == 1
    maintain.remind_at(maintenance, [], START - minutes(100))
    assert reminders.tick(START - minutes(30)) == 0


@pytest.mark.parametrize("chosen", [[0], [43201], [1, 2, 3, 4, 5, 6]])
def test_impossible_reminders_are_refused(chosen: list[int]) -> None:
    with pytest.raises(PostError) as raised:
        planned(reminders=chosen)
    assert raised.value.field == "reminders"


def test_nobody_is_reminded_of_what_nobody_was_told() -> None:
    assert planned(notify=False).reminders == []


def test_it_says_what_was_last_said_with_an_id_of_its_own() -> None:
    page = make_page()
    shown, hidden = make_component(page), make_component(page, visible=False)
    maintenance = schedule(page, shown, hidden, scheduled_for=START, scheduled_until=START + minutes(60))
    update_maintenance(maintenance, "scheduled", body_en="Also the routers.")
    reminders.tick(START - minutes(60))
    notice = Notice.objects.latest("id")
    payload = notice.payload
    assert payload["body"]["en"] == "Also the routers."
    assert payload["update_id"] == notice.public_id
    assert not maintenance.updates.filter(public_id=notice.public_id).exists()
    assert [each["id"] for each in payload["components"]] == [shown.public_id]
    assert (payload["status"], payload["scheduled_for"]) == ("scheduled", START.isoformat())


def test_every_channel_says_that_it_is_a_reminder() -> None:
    told_ = make_told("maintenance.reminder", **PLAN)
    english, french = (mail.compose(told_, language, make_means(), NOW) for language in ("en", "fr"))
    assert b"Maintenance reminder: New switches" in english.head
    assert b"Rappel de" in french.head
    assert card(make_message(told_), make_means()).heading == "Maintenance reminder: New switches"
    said = envelope(told_, "https://a.example/")["incident"]
    assert (said["status"], said["scheduled_remind_prior"]) == ("scheduled", True)
    assert said["scheduled_reminded_at"] is not None
    assert json.loads(Bodies(make_means()).body(make_message(told_)))["type"] == "maintenance.reminder"


def test_one_that_fails_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    stuck, _other = planned(), planned()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            f"ALTER TABLE incidents_maintenance ADD CONSTRAINT stuck"
            f" CHECK (id <> {stuck.pk} OR reminded = '{{}}'::int[]) NOT VALID"
        )
    assert reminders.tick(START - minutes(60)) == 1
    assert "Nobody could be reminded" in caplog.text


def test_the_task_reminds() -> None:
    planned()
    Maintenance.objects.update(scheduled_for="2999-01-01T00:00:00Z", scheduled_until="2999-01-01T01:00:00Z")
    tick_task()
    assert sent() == 0


@pytest.mark.django_db(transaction=True)
def test_everybody_who_looks_at_once_sends_one(django_db_serialized_rollback: None) -> None:
    page = make_page()
    make_subscriber(page)
    for _number in range(3):
        planned(page)
    together = threading.Barrier(4)

    def look(verb: Callable) -> int:
        together.wait()
        try:
            return verb(START - minutes(60))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(look, [reminders.tick, post.tick, reminders.tick, reminders.tick])) == 3
    assert sent() == 3
