from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from monitors.models import Page
from subscribers import claims, outbox, signup
from subscribers.models import Delivery, DeliveryState, Notice, State
from subscribers.payload import payload_from
from tests.make import make_component, make_page
from tests.subscribers.make import NOW, claimed, make_payload, make_subscriber, notify, states

pytestmark = pytest.mark.django_db
WAITING, CANCELLED, SENT = DeliveryState.PENDING, DeliveryState.CANCELLED, DeliveryState.SENT


def test_everybody_who_follows_everything_or_one_of_the_components_is_told_once() -> None:
    page = make_page()
    checkout, search = make_component(page), make_component(page)
    everything = make_subscriber(page)
    both = make_subscriber(page, checkout, search)
    one = make_subscriber(page, checkout)
    make_subscriber(page, make_component(page))
    make_subscriber(make_page())

    notice = notify(page, "incident.created", checkout, search)

    assert set(states(notice)) == {everything.address, both.address, one.address}


@pytest.mark.parametrize("state", [State.PENDING, State.UNSUBSCRIBED, State.DISABLED])
def test_whoever_is_not_active_is_not_told(state: State) -> None:
    page = make_page()
    make_subscriber(page, state=state)

    assert states(notify(page)) == {}


def test_whoever_chose_a_component_that_was_deleted_is_not_told_everything() -> None:
    page = make_page()
    component = make_component(page)
    make_subscriber(page, component)
    component.delete()

    assert states(notify(page)) == {}


def test_a_payload_comes_back_as_it_was() -> None:
    payload = make_payload()
    notice = outbox.create(
        make_page(),
        event="incident.created",
        subject="incident:a",
        payload=payload,
        component_ids=[],
        now=NOW,
    )
    notice.refresh_from_db()

    assert payload_from(notice.payload) == payload


def test_a_notice_costs_the_same_queries_for_one_subscriber_and_for_many(
    django_assert_num_queries: Any,
) -> None:
    page = make_page()
    component = make_component(page)
    for _ in range(30):
        make_subscriber(page, component)

    # A savepoint and its release, the notice, the deliveries, what they supersede, for how many it is.
    with django_assert_num_queries(6):
        notify(page, "incident.created", component)


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        ("incident.created", "incident.updated", CANCELLED),
        ("incident.created", "incident.resolved", CANCELLED),
        ("incident.updated", "incident.updated", CANCELLED),
        ("incident.resolved", "incident.updated", CANCELLED),
        ("incident.resolved", "incident.postmortem", WAITING),
        ("incident.resolved", "incident.resolved", WAITING),
        ("maintenance.scheduled", "maintenance.started", CANCELLED),
        ("maintenance.completed", "maintenance.updated", WAITING),
        ("maintenance.updated", "maintenance.cancelled", CANCELLED),
    ],
)
def test_a_newer_message_takes_the_place_of_a_mail_that_waits(older: str, newer: str, expected: str) -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    first = notify(page, older)
    second = notify(page, newer)

    assert states(first) == {subscriber.address: expected}
    assert states(second) == {subscriber.address: WAITING}


def test_a_webhook_gets_every_event() -> None:
    page = make_page()
    subscriber = make_subscriber(page, channel="webhook")
    first = notify(page, "incident.created")
    notify(page, "incident.updated")

    assert states(first) == {subscriber.address: WAITING}


def test_a_message_about_something_else_takes_nobodys_place() -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    first = notify(page, "incident.created", subject="incident:a")
    notify(page, "incident.updated", subject="incident:b")

    assert states(first) == {subscriber.address: WAITING}


def test_whoever_is_not_told_the_newer_message_keeps_the_older() -> None:
    page = make_page()
    checkout, search = make_component(page), make_component(page)
    subscriber = make_subscriber(page, checkout)
    first = notify(page, "incident.created", checkout)
    notify(page, "incident.updated", search)

    assert states(first) == {subscriber.address: WAITING}


def test_a_mail_that_is_being_sent_is_left_alone_until_its_sender_is_gone() -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    first = notify(page, "incident.created")
    claims.claim("email", NOW)

    notify(page, "incident.updated", now=NOW + timedelta(seconds=1))
    assert states(first) == {subscriber.address: WAITING}

    notify(page, "incident.updated", now=NOW + claims.LEASE)
    assert states(first) == {subscriber.address: CANCELLED}


def test_what_was_sent_stays_sent() -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    first = notify(page, "incident.created")
    Delivery.objects.update(state=SENT)
    notify(page, "incident.updated")

    assert states(first) == {subscriber.address: SENT}


def test_whoever_leaves_gets_nothing_of_what_waits_even_if_a_sender_holds_it() -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    notify(page)
    batch = claims.claim("email", NOW)
    assert batch

    signup.leave(subscriber.public_id, NOW)

    assert claims.held(batch, batch.ids) == set()
    assert states() == {subscriber.address: CANCELLED}


def test_a_delivery_that_slipped_in_while_its_subscriber_left_is_cancelled_when_claimed() -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    notify(page)
    subscriber.state = State.UNSUBSCRIBED
    subscriber.save(update_fields=["state"])

    assert claimed() == []
    assert states() == {subscriber.address: CANCELLED}


def test_whoever_is_deleted_takes_what_waits_along_even_where_the_application_did_not_see_it() -> None:
    page = make_page()
    gone, stays = make_subscriber(page), make_subscriber(page)
    notify(page)

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM subscribers_subscriber WHERE id = %s", [gone.pk])

    assert states() == {stays.address: WAITING}


def test_much_is_forgotten_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "AT_ONCE", 2)
    monkeypatch.setattr(outbox, "NOTICES_AT_ONCE", 1)
    page = make_page()
    for _ in range(5):
        make_subscriber(page)
    for number in range(2):
        notify(page, subject=f"incident:{number}", now=NOW - timedelta(days=100))

    assert outbox.forget(NOW) == 2
    assert Delivery.objects.count() == 0


def test_notices_are_forgotten_after_90_days_with_their_deliveries() -> None:
    page: Page = make_page()
    make_subscriber(page)
    notify(page, now=NOW - timedelta(days=90))
    kept = notify(page, now=NOW - timedelta(days=89))

    assert outbox.forget(NOW) == 1
    assert list(Notice.objects.all()) == [kept]
    assert Delivery.objects.count() == 1
