"""Maintenances: announced, started and finished by themselves, each step once and told once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from incidents import post
from incidents.models import Maintenance
from incidents.post import AlreadyPosted, PostError
from incidents.tasks import tick as tick_task
from monitors.status import Status
from subscribers.models import Notice
from tests.incidents.make import NOW, make_subscriber, minutes, schedule, spans, update_maintenance
from tests.make import make_component, make_page

pytestmark = pytest.mark.django_db

IN_MAINTENANCE = Status.UNDER_MAINTENANCE


def declared(component) -> list:
    return [span[1:] for span in spans(component) if span[0] == "maintenance"]


def events() -> list[str]:
    return list(Notice.objects.order_by("id").values_list("event", flat=True))


def said(maintenance) -> list:
    return [
        (update.status, (update.display_at - NOW).total_seconds() / 60)
        for update in maintenance.updates.order_by("id")
    ]


def test_it_starts_and_ends_by_itself() -> None:
    page = make_page()
    component = make_component(page)
    maintenance = schedule(page, component)
    assert declared(component) == []
    assert post.tick(NOW + minutes(59.9)) == 0
    assert post.tick(NOW + minutes(60)) == 1
    assert declared(component) == [(IN_MAINTENANCE, 60, None)]
    assert post.tick(NOW + minutes(61)) == 0
    assert post.tick(NOW + minutes(120)) == 1
    assert declared(component) == [(IN_MAINTENANCE, 60, 120)]
    maintenance.refresh_from_db()
    assert maintenance.status == "completed"
    assert (maintenance.started_at, maintenance.completed_at) == (NOW + minutes(60), NOW + minutes(120))
    assert events() == ["maintenance.scheduled", "maintenance.started", "maintenance.completed"]


def test_what_was_missed_counts_from_the_planned_time() -> None:
    page = make_page()
    component = make_component(page)
    maintenance = schedule(page, component)
    assert post.tick(NOW + minutes(300)) == 2
    assert declared(component) == [(IN_MAINTENANCE, 60, 120)]
    assert said(maintenance) == [("scheduled", 0), ("in_progress", 60), ("completed", 120)]
    maintenance.refresh_from_db()
    page.refresh_from_db()
    assert maintenance.updated_at == page.touched_at >= NOW + minutes(300)


def test_it_speaks_the_languages_of_its_page() -> None:
    both, english = schedule(make_page()), schedule(make_page(languages=["en"]))
    post.tick(NOW + minutes(60))
    update = both.updates.first()
    assert (update.body_en, update.body_fr) == ("The maintenance has started.", "La maintenance a commencé.")
    assert english.updates.first().body_fr == ""


def test_one_that_should_have_started_starts_at_once() -> None:
    page = make_page()
    component = make_component(page)
    maintenance = schedule(page, component, scheduled_for=NOW - minutes(30))
    assert maintenance.status == "in_progress"
    assert declared(component) == [(IN_MAINTENANCE, 0, None)]
    assert events() == ["maintenance.started"]


def test_staff_start_it_early_and_finish_it_early() -> None:
    page = make_page()
    component = make_component(page)
    maintenance = update_maintenance(schedule(page, component), "in_progress")
    update_maintenance(maintenance, "verifying", now=NOW + minutes(20))
    update_maintenance(maintenance, "in_progress", now=NOW + minutes(25))
    maintenance = update_maintenance(maintenance, "completed", now=NOW + minutes(30))
    assert declared(component) == [(IN_MAINTENANCE, 10, 30)]
    assert (maintenance.started_at, maintenance.completed_at) == (NOW + minutes(10), NOW + minutes(30))
    assert post.tick(NOW + minutes(300)) == 0
    assert events() == [
        "maintenance.scheduled",
        "maintenance.started",
        "maintenance.updated",
        "maintenance.updated",
        "maintenance.completed",
    ]


def test_a_cancelled_one_never_starts() -> None:
    page = make_page()
    component = make_component(page)
    maintenance = update_maintenance(schedule(page, component), "cancelled")
    assert post.tick(NOW + minutes(300)) == 0
    assert (declared(component), maintenance.completed_at) == ([], None)
    assert events()[-1] == "maintenance.cancelled"


def test_its_end_can_be_moved() -> None:
    page = make_page()
    component = make_component(page)
    maintenance = schedule(page, component)
    post.tick(NOW + minutes(60))
    update_maintenance(maintenance, "in_progress", now=NOW + minutes(110), scheduled_until=NOW + minutes(180))
    assert post.tick(NOW + minutes(120)) == 0
    assert post.tick(NOW + minutes(181)) == 1
    assert declared(component) == [(IN_MAINTENANCE, 60, 180)]


def test_followers_of_its_components_are_told_before_it_starts() -> None:
    page = make_page()
    component = make_component(page)
    follower, other = make_subscriber(page, component), make_subscriber(page, make_component(page))
    schedule(page, component)
    assert (follower.deliveries.count(), other.deliveries.count()) == (1, 0)
    payload = Notice.objects.get().payload
    assert (payload["kind"], payload["impact"], payload["next_update_at"]) == (
        "maintenance",
        "maintenance",
        None,
    )
    assert payload["scheduled_until"] == "2026-11-22T16:00:00+00:00"
    assert payload["components"][0]["status"] == "operational"


def test_the_change_of_each_component_is_kept() -> None:
    page = make_page()
    component = make_component(page, now=NOW)
    maintenance = schedule(page, component)
    post.tick(NOW + minutes(120))
    changes = [
        (change.old_status, change.new_status)
        for update in maintenance.updates.order_by("id")
        for change in update.changes.all()
    ]
    assert changes == [(Status.OPERATIONAL, IN_MAINTENANCE), (IN_MAINTENANCE, Status.OPERATIONAL)]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"scheduled_until": NOW + minutes(60)}, "scheduled_until"),
        ({"scheduled_until": NOW + minutes(30)}, "scheduled_until"),
        ({"scheduled_for": NOW - minutes(60), "scheduled_until": NOW}, "scheduled_until"),
        ({"title_en": "", "title_fr": ""}, "title_en"),
        ({"body_en": "", "body_fr": "\x00"}, "body_en"),
        ({"body_fr": "x" * 1_000_000}, "body_fr"),
        ({"update_id": "short"}, ""),
    ],
)
def test_what_cannot_be_scheduled_leaves_nothing_behind(values: dict, field: str) -> None:
    with pytest.raises(PostError) as raised:
        schedule(make_page(), **values)
    if field != "title_en":
        assert raised.value.field == field
    assert (Maintenance.objects.count(), Notice.objects.count()) == (0, 0)


def test_components_of_another_page_are_refused() -> None:
    with pytest.raises(PostError) as raised:
        schedule(make_page(), make_component(make_page()))
    assert raised.value.field == "components"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ([], "completed"),
        ([], "verifying"),
        ([], "resolved"),
        (["in_progress"], "scheduled"),
        (["in_progress"], "cancelled"),
        (["cancelled"], "in_progress"),
        (["in_progress", "completed"], "in_progress"),
    ],
)
def test_an_impossible_step_changes_nothing(path: list[str], status: str) -> None:
    maintenance = schedule(make_page())
    for step in path:
        update_maintenance(maintenance, step)
    with pytest.raises(PostError) as raised:
        update_maintenance(maintenance, status)
    assert raised.value.field == "status"
    assert maintenance.updates.count() == 1 + len(path)


def test_an_update_id_posts_once() -> None:
    maintenance = schedule(make_page(), update_id="a" * 12)
    with pytest.raises(AlreadyPosted):
        update_maintenance(maintenance, "cancelled", update_id="a" * 12)


def test_one_that_cannot_move_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    page = make_page()
    stuck, other = schedule(page), schedule(page, scheduled_for=NOW + minutes(61))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            f"""ALTER TABLE incidents_maintenance ADD CONSTRAINT stuck
            CHECK (id <> {stuck.pk} OR status = 'scheduled')"""
        )
    assert post.tick(NOW + minutes(61)) == 1
    assert "could not be moved on" in caplog.text
    other.refresh_from_db()
    assert other.status == "in_progress"


def test_the_task_moves_what_is_due() -> None:
    maintenance = schedule(make_page())
    # The task reads the real clock.
    Maintenance.objects.update(scheduled_for=NOW - minutes(10**6), scheduled_until=NOW + minutes(10**6))
    tick_task()
    maintenance.refresh_from_db()
    assert maintenance.status == "in_progress"


@pytest.mark.django_db(transaction=True)
def test_ticks_at_the_same_time_take_each_step_once() -> None:
    page = make_page()
    component = make_component(page)
    maintenances = [schedule(page, component, scheduled_for=NOW + minutes(n)) for n in range(1, 5)]
    together = threading.Barrier(4)

    def tick(_number: int) -> int:
        together.wait()
        try:
            return post.tick(NOW + minutes(60))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(tick, range(4))) == 4
    assert [maintenance.updates.count() for maintenance in maintenances] == [2] * 4
    assert events().count("maintenance.started") == 4


@pytest.mark.django_db(transaction=True)
def test_a_tick_never_waits_for_somebody_who_posts() -> None:
    maintenance = schedule(make_page())
    held, ticked = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Maintenance.objects.select_for_update().get(pk=maintenance.pk)
            held.set()
            ticked.wait()
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    try:
        with connection.cursor() as cursor:
            # A tick that waited would fail rather than hang.
            cursor.execute("SET lock_timeout = '1s'")
        assert post.tick(NOW + minutes(60)) == 0
    finally:
        ticked.set()
        thread.join()
    assert post.tick(NOW + minutes(60)) == 1
    connection.close()
