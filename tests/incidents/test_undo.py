"""Undoing within the hold: nobody hears of it, and everything stands as if it had never been said."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from incidents import post, undo
from incidents.models import Incident, Maintenance, Update
from monitors.models import Span
from monitors.status import Status
from subscribers import claims, own_data, records
from subscribers.channels.base import Outcome, Result
from subscribers.models import Delivery, DeliveryState
from tests.incidents.make import (
    NOW,
    make_subscriber,
    minutes,
    open_incident,
    schedule,
    spans,
    update_incident,
    update_maintenance,
)
from tests.make import make_component, make_page

pytestmark = pytest.mark.django_db

MAJOR, PARTIAL, OPERATIONAL = Status.MAJOR_OUTAGE, Status.PARTIAL_OUTAGE, Status.OPERATIONAL
HOLD = timedelta(seconds=20)
LATER = NOW + minutes(10)


@pytest.fixture
def ada(django_user_model) -> Any:
    return django_user_model.objects.create_user("ada")


def row(about: Incident | Maintenance) -> dict[str, Any]:
    """Everything of it but when it was changed."""
    kept = type(about).everything.filter(pk=about.pk).values().get()
    del kept["updated_at"]
    return kept


def all_spans() -> list[tuple[Any, ...]]:
    return sorted(Span.objects.values_list("component", "source", "status", "during"), key=str)


def waiting(state: str = DeliveryState.PENDING) -> list[tuple[str, str]]:
    deliveries = Delivery.objects.filter(state=state).order_by("id")
    return list(deliveries.values_list("notice__event", "channel"))


def latest(about: Incident | Maintenance) -> Update:
    update = about.updates.first()
    assert update is not None
    return update


def undone(about: Incident | Maintenance, ada: Any, at: datetime = LATER) -> Update:
    return post.undo(latest(about), at, ada)


def test_nobody_is_told_within_the_hold() -> None:
    page = make_page()
    for channel in ("email", "webhook", "slack"):
        make_subscriber(page, channel=channel, address=f"https://{channel}.example.com/")
    open_incident(page, hold=HOLD)
    for channel in ("email", "webhook", "slack"):
        assert claims.claim(channel, NOW + HOLD - timedelta(microseconds=1)) is None
        assert claims.claim(channel, NOW + HOLD) is not None


def test_an_update_is_undone_as_if_it_had_never_been_said(ada) -> None:
    page = make_page()
    one, two = make_component(page, now=NOW - minutes(60)), make_component(page, now=NOW - minutes(60))
    make_subscriber(page)
    incident = open_incident(
        page, {one: MAJOR}, next_update_at=LATER + minutes(5), workaround_en="Use the app.", scope_fr="Tous"
    )
    before, stood = row(incident), all_spans()
    update_incident(
        incident,
        "monitoring",
        {one: OPERATIONAL, two: PARTIAL},
        impact="minor",
        workaround_en="",
        scope_en="Nobody",
        hold=HOLD,
        now=LATER,
    )
    assert row(incident) != before
    assert all_spans() != stood
    update = undone(incident, ada)
    assert row(incident) == before
    assert all_spans() == stood
    assert update.withdrawn_at == LATER
    assert [each.status for each in incident.updates.all()] == ["investigating"]
    page.refresh_from_db()
    incident.refresh_from_db()
    assert page.touched_at == incident.updated_at >= LATER


def test_a_resolution_is_undone_and_everything_goes_on(ada) -> None:
    page = make_page()
    component = make_component(page, now=NOW - minutes(60))
    incident = open_incident(page, {component: MAJOR})
    before, stood = row(incident), all_spans()
    update_incident(incident, "resolved", hold=HOLD, now=LATER)
    assert row(incident)["resolved_at"] == LATER
    undone(incident, ada, LATER + timedelta(seconds=19))
    assert row(incident) == before
    assert all_spans() == stood


def test_a_first_update_undone_withdraws_the_whole_incident(ada) -> None:
    page = make_page()
    component = make_component(page, now=NOW - minutes(60))
    stood = all_spans()
    incident = open_incident(page, {component: MAJOR}, hold=HOLD, started_at=NOW - minutes(30))
    undone(incident, ada, NOW)
    assert all_spans() == stood
    assert spans(component) == [("staff", "operational", -60, None)]
    assert not Incident.objects.exists()
    assert not Update.objects.exists()
    assert Incident.everything.get().withdrawn_at == NOW


def test_a_maintenance_is_undone_too(ada) -> None:
    page = make_page()
    component = make_component(page, now=NOW - minutes(60))
    stood = all_spans()
    maintenance = schedule(page, component, hold=HOLD)
    moved = NOW + minutes(500)
    before = row(maintenance)
    update_maintenance(maintenance, "in_progress", scheduled_until=moved, hold=HOLD)
    undone(maintenance, ada)
    assert row(maintenance) == before
    assert all_spans() == stood
    undone(maintenance, ada, NOW)
    assert not Maintenance.objects.exists()
    assert post.tick(NOW + minutes(90)) == 0


def test_what_is_to_be_done_moves_back_with_a_maintenance(ada) -> None:
    page = make_page()
    maintenance = schedule(page, make_component(page))
    before = list(maintenance.tasks.order_by("pk").values_list("due_at", flat=True))
    assert any(before)
    start = maintenance.scheduled_for + timedelta(days=2)
    update_maintenance(maintenance, "scheduled", scheduled_for=start, hold=HOLD)
    assert list(maintenance.tasks.order_by("pk").values_list("due_at", flat=True)) != before
    undone(maintenance, ada)
    assert list(maintenance.tasks.order_by("pk").values_list("due_at", flat=True)) == before


def test_what_somebody_else_changed_meanwhile_stays(ada) -> None:
    incident = open_incident(make_page())
    update_incident(incident, "identified", hold=HOLD, now=LATER)
    Incident.objects.update(title_en="Payments are slow")
    undone(incident, ada)
    assert (row(incident)["title_en"], row(incident)["status"]) == ("Payments are slow", "investigating")


def test_what_it_overtook_goes_out_after_all(ada) -> None:
    page = make_page()
    make_subscriber(page)
    make_subscriber(page, channel="webhook", address="https://hook.example.com/")
    left = make_subscriber(page)
    incident = open_incident(page)
    update_incident(incident, "identified", hold=HOLD, now=LATER)
    assert waiting(DeliveryState.CANCELLED) == [("incident.created", "email")] * 2
    left.state = "unsubscribed"
    left.save()
    undone(incident, ada)
    assert sorted(waiting()) == [("incident.created", "email"), ("incident.created", "webhook")]
    assert Delivery.objects.filter(notice__event="incident.updated").exclude(state="cancelled").count() == 0
    batch = claims.claim("email", LATER)
    assert batch is not None
    assert [each.notice.event for each in batch.messages] == ["incident.created"]


def test_what_failed_while_it_was_held_is_tried_again_after_all(ada) -> None:
    page = make_page()
    make_subscriber(page)
    incident = open_incident(page)
    batch = claims.claim("email", LATER - timedelta(seconds=1))
    assert batch is not None
    update_incident(incident, "identified", hold=HOLD, now=LATER)
    records.record(batch, [Outcome(each, Result.FAILED) for each in batch.ids], LATER)
    assert waiting(DeliveryState.CANCELLED) == [("incident.created", "email")]
    undone(incident, ada)
    assert waiting() == [("incident.created", "email")]


def test_two_that_are_held_are_undone_one_after_the_other(ada) -> None:
    page = make_page()
    component = make_component(page, now=NOW - minutes(60))
    make_subscriber(page)
    incident = open_incident(page, {component: MAJOR}, hold=minutes(5))
    first = latest(incident)
    update_incident(incident, "identified", {component: PARTIAL}, hold=minutes(5), now=NOW + minutes(1))
    with pytest.raises(post.CannotUndo, match="More was said since"):
        post.undo(first, NOW + minutes(2), ada)
    undone(incident, ada, NOW + minutes(2))
    assert waiting() == [("incident.created", "email")]
    undone(incident, ada, NOW + minutes(3))
    assert waiting() == []
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("at", "sentence"),
    [(LATER + HOLD, "too late"), (LATER + minutes(60), "too late")],
)
def test_after_the_hold_it_cannot_be_undone(ada, at: datetime, sentence: str) -> None:
    incident = open_incident(make_page())
    update_incident(incident, "resolved", hold=HOLD, now=LATER)
    before = row(incident)
    with pytest.raises(post.CannotUndo, match=sentence):
        undone(incident, ada, at)
    assert row(incident) == before


def test_what_was_sent_at_once_cannot_be_undone(ada) -> None:
    incident = open_incident(make_page())
    with pytest.raises(post.CannotUndo):
        undone(incident, ada, NOW)


def test_undoing_twice_says_so(ada) -> None:
    incident = open_incident(make_page())
    update_incident(incident, "resolved", hold=HOLD, now=LATER)
    update = undone(incident, ada)
    with pytest.raises(post.CannotUndo, match="undone already"):
        post.undo(update, LATER, ada)


def test_while_a_sender_has_it_in_hand_it_is_too_late_and_nothing_is_half_done(ada) -> None:
    page = make_page()
    component = make_component(page, now=NOW - minutes(60))
    make_subscriber(page)
    make_subscriber(page)
    incident = open_incident(page, {component: MAJOR})
    Delivery.objects.update(state="sent")
    update_incident(incident, "resolved", hold=HOLD, now=LATER)
    before, stood = row(incident), all_spans()
    # Its clock is ahead of ours.
    assert claims.claim("email", LATER + HOLD, limit=1) is not None
    with pytest.raises(post.CannotUndo, match="being sent"):
        undone(incident, ada)
    assert row(incident) == before
    assert all_spans() == stood
    assert waiting() == [("incident.resolved", "email")] * 2
    assert latest(incident).status == "resolved"


def test_who_takes_away_their_data_does_not_read_what_was_undone(ada) -> None:
    subscriber = make_subscriber(page := make_page())
    undone(open_incident(page, hold=HOLD, title_en="Never to be read"), ada, NOW)
    (delivery,) = own_data.exported(subscriber)["deliveries"]
    assert (delivery["state"], delivery["title"]) == ("cancelled", None)


def test_sending_now_ends_the_hold(ada) -> None:
    page = make_page()
    component = make_component(page, now=NOW - minutes(60))
    make_subscriber(page)
    incident = open_incident(page, {component: MAJOR}, hold=HOLD)
    assert undo.still_held(page, NOW) == {component.pk}
    assert post.send_now(latest(incident), NOW)
    assert claims.claim("email", NOW) is not None
    assert not post.send_now(latest(incident), NOW)
    assert undo.still_held(page, NOW) == set()
    with pytest.raises(post.CannotUndo, match="too late"):
        undone(incident, ada, NOW)


def test_what_was_undone_cannot_be_sent(ada) -> None:
    incident = open_incident(make_page(), hold=HOLD)
    update = undone(incident, ada, NOW)
    with pytest.raises(post.CannotUndo, match="undone already"):
        post.send_now(update, NOW)


def test_a_hold_that_is_over_is_forgotten_once() -> None:
    page = make_page()
    component = make_component(page)
    open_incident(page, {component: MAJOR}, hold=HOLD)
    page.refresh_from_db()
    touched = page.touched_at
    assert post.settle(NOW + HOLD - timedelta(microseconds=1)) == 0
    assert post.settle(NOW + HOLD) == 1
    page.refresh_from_db()
    assert page.touched_at > touched
    assert Update.objects.get().before is None
    assert post.settle(NOW + HOLD) == 0


def test_the_same_form_does_not_post_again_what_was_undone(ada) -> None:
    page = make_page()
    incident = open_incident(page, hold=HOLD, update_id="abcdef012345")
    undone(incident, ada, NOW)
    with pytest.raises(post.AlreadyPosted):
        open_incident(page, hold=HOLD, update_id="abcdef012345")
    assert Incident.everything.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_one_undoes_it_and_the_other_is_told(ada) -> None:
    incident = open_incident(make_page())
    update_incident(incident, "resolved", hold=HOLD, now=LATER)
    update = latest(incident)

    def attempt(_number: int) -> str:
        try:
            post.undo(update, LATER, ada)
        except post.CannotUndo as error:
            return error.sentence
        finally:
            connection.close()
        return "undone"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2))) == ["This was undone already.", "undone"]
    assert row(incident)["status"] == "investigating"


@pytest.mark.django_db(transaction=True)
def test_undoing_waits_for_whoever_posts_at_the_same_time_and_gives_way(ada) -> None:
    incident = open_incident(make_page())
    update_incident(incident, "identified", hold=HOLD, now=LATER)
    update = latest(incident)

    def attempt() -> str:
        try:
            post.undo(update, LATER, ada)
        except post.CannotUndo as error:
            return error.sentence
        finally:
            connection.close()
        return "undone"

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            update_incident(incident, "monitoring", now=LATER)
            answer = pool.submit(attempt)
        assert answer.result().startswith("More was said since")
    assert row(incident)["status"] == "monitoring"
