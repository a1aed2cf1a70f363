import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from subscribers import claims, records, signup
from subscribers.channels.base import Outcome, Result
from subscribers.claims import LEASE, PARKED_AFTER
from subscribers.events import HANDSHAKE
from subscribers.models import Delivery, DeliveryState, Priority, State
from tests.make import make_page
from tests.subscribers.make import NOW, claimed, make_subscriber, notify, states

pytestmark = pytest.mark.django_db


def test_a_delivery_in_hand_is_nobody_elses_until_the_lease_ends() -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    notify(page)

    assert claimed() == [subscriber.address]
    assert claimed(now=NOW + LEASE - timedelta(seconds=1)) == []
    assert claimed(now=NOW + LEASE) == [subscriber.address]


def test_a_lease_that_is_renewed_goes_on() -> None:
    page = make_page()
    make_subscriber(page)
    notify(page)
    batch = claims.claim("email", NOW)
    assert batch

    assert claims.renew(batch, NOW + LEASE / 2) == 1

    assert claimed(now=NOW + LEASE) == []
    assert claimed(now=NOW + LEASE * 1.5) != []


def test_whoever_lost_the_lease_records_nothing() -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    notify(page)
    slow = claims.claim("email", NOW)
    quick = claims.claim("email", NOW + LEASE)
    assert slow
    assert quick
    late = Outcome(slow.ids[0], Result.REFUSED, "550 no")

    assert claims.held(slow, slow.ids) == set()
    assert records.record(slow, [late], NOW + LEASE) == set()
    assert claims.renew(slow, NOW + LEASE) == 0
    assert claims.release(slow, NOW + LEASE) == 0
    assert records.record(quick, [Outcome(quick.ids[0], Result.SENT)], NOW + LEASE) == set(quick.ids)
    assert states() == {subscriber.address: DeliveryState.SENT}


def test_what_is_given_back_is_due_as_if_it_had_not_been_taken() -> None:
    page = make_page()
    make_subscriber(page)
    notify(page)
    batch = claims.claim("email", NOW)
    assert batch

    assert claims.release(batch, NOW + timedelta(seconds=10), "The server is down.") == 1

    delivery = Delivery.objects.get()
    assert (delivery.taken, delivery.attempts, delivery.error) == (0, 0, "The server is down.")
    assert claimed(now=NOW + timedelta(seconds=9)) == []
    assert claimed(now=NOW + timedelta(seconds=10)) != []


def test_a_newer_event_waits_for_the_older_one_of_the_same_subject() -> None:
    page = make_page()
    make_subscriber(page, channel="webhook")
    notify(page, "incident.created")
    notify(page, "incident.updated")
    other = notify(page, "incident.created", subject="incident:other")

    first = claims.claim("webhook", NOW)
    assert first
    assert [message.notice.event for message in first.messages] == ["incident.created"] * 2
    assert first.messages[1].notice.id == other.pk
    assert claims.claim("webhook", NOW) is None

    failed = Outcome(first.ids[0], Result.FAILED, "HTTP 500")
    records.record(first, [failed], NOW)
    assert claims.claim("webhook", NOW) is None

    again = claims.claim("webhook", NOW + timedelta(seconds=10))
    assert again
    records.record(again, [Outcome(again.ids[0], Result.SENT)], NOW)
    last = claims.claim("webhook", NOW + timedelta(seconds=10))
    assert last
    assert [message.notice.event for message in last.messages] == ["incident.updated"]


def test_one_that_failed_for_good_holds_up_nothing() -> None:
    page = make_page()
    make_subscriber(page, channel="webhook")
    notify(page, "incident.created")
    notify(page, "incident.updated")
    Delivery.objects.filter(notice__event="incident.created").update(state=DeliveryState.DEAD)

    assert len(claimed("webhook")) == 1


def test_a_person_who_waits_goes_first() -> None:
    page = make_page()
    reader, newcomer = make_subscriber(page), make_subscriber(page)
    notify(page)
    Delivery.objects.filter(subscriber=newcomer).update(priority=Priority.PERSON_WAITS)

    assert claimed(limit=1) == [newcomer.address]
    assert claimed() == [reader.address]


def test_who_failed_before_is_taken_after_the_others_also_for_the_next_notice() -> None:
    page = make_page()
    hangs, healthy = (make_subscriber(page, channel="webhook") for _ in range(2))
    notify(page, impact="critical")
    first = claims.claim("webhook", NOW)
    assert first
    failed = Outcome(first.ids[0], Result.FAILED, "No answer.")
    records.record(first, [failed, Outcome(first.ids[1], Result.SENT)], NOW)
    notify(page, subject="incident:other", impact="critical", now=NOW + timedelta(minutes=1))

    assert claimed("webhook", NOW + timedelta(minutes=1)) == [healthy.address, hangs.address, hangs.address]

    later = Delivery.objects.filter(subscriber=hangs)
    assert set(later.values_list("priority", flat=True)) == {Priority.LATER}


def test_channels_do_not_take_each_others_deliveries() -> None:
    page = make_page()
    make_subscriber(page, channel="webhook")
    reader = make_subscriber(page)
    notify(page)

    assert claimed("email") == [reader.address]


def test_what_was_in_hand_when_senders_died_is_taken_with_few_others_then_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(claims, "FEW", 2)
    page = make_page()
    for _ in range(3):
        make_subscriber(page)
    notify(page)
    now = NOW
    for _ in range(2):
        assert len(claimed(now=now)) == 3
        now += LEASE

    assert [len(claimed(now=now)) for _ in range(3)] == [2, 1, 0]
    now += LEASE
    assert [len(claimed(now=now)) for _ in range(4)] == [1, 1, 1, 0]


def test_what_stops_its_sender_five_times_is_parked_and_the_others_go() -> None:
    page = make_page()
    poison = make_subscriber(page)
    others = {make_subscriber(page).address for _ in range(2)}
    notify(page)
    now, sent = NOW, set()
    for _ in range(30):
        batch = claims.claim("email", now)
        if batch is None:
            now += LEASE
        elif poison.address not in [message.address for message in batch.messages]:
            sent |= {message.address for message in batch.messages}
            records.record(batch, [Outcome(key, Result.SENT) for key in batch.ids], now)

    delivery = Delivery.objects.get(subscriber=poison)
    assert delivery.state == DeliveryState.DEAD
    assert delivery.error == "Its sender stopped five times while sending it."
    assert sent == others


def test_a_delivery_is_handed_out_five_times_at_most() -> None:
    page = make_page()
    make_subscriber(page)
    notify(page)

    handed_out = [claimed(now=NOW + LEASE * turn) for turn in range(PARKED_AFTER + 3)]

    assert [len(addresses) for addresses in handed_out] == [1] * PARKED_AFTER + [0] * 3


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_never_take_the_same() -> None:
    page = make_page()
    for _ in range(40):
        make_subscriber(page)
    notify(page)
    taken: list[list[str]] = []
    together = threading.Barrier(4)

    def take() -> None:
        try:
            together.wait()
            taken.append(claimed(limit=10))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    addresses = [address for part in taken for address in part]
    assert len(addresses) == len(set(addresses))


@pytest.mark.django_db(transaction=True)
def test_a_claim_passes_by_what_another_transaction_holds() -> None:
    page = make_page()
    held, free = make_subscriber(page), make_subscriber(page)
    notify(page)
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                Delivery.objects.select_for_update().get(subscriber=held)
                locked.set()
                done.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    locked.wait(30)
    try:
        assert claimed() == [free.address]
    finally:
        done.set()
        thread.join()


def test_a_claim_costs_the_same_queries_for_one_and_for_many(django_assert_num_queries: Any) -> None:
    page = make_page()
    for _ in range(50):
        make_subscriber(page)
    notify(page)

    # One per priority, and the notices.
    with django_assert_num_queries(5):
        assert len(claimed()) == 50


def test_a_claim_looks_only_into_its_index() -> None:
    page = make_page()
    for _ in range(300):
        make_subscriber(page)
    # Of nobody who was told little before: their few deliveries are found as well by another index.
    for _ in range(10):
        notify(page)
        Delivery.objects.update(state=DeliveryState.SENT)
    notify(page)
    with connection.cursor() as cursor:
        # Else it would depend on what was there when rows were counted last.
        cursor.execute("ANALYZE subscribers_delivery")
        cursor.execute("SET LOCAL enable_seqscan = off")
        values: dict[str, Any] = {"channel": "email", "priority": 5, "lease": "", "limit": 500, "below": 9}
        cursor.execute(f"EXPLAIN {claims._TAKE}", values | {"now": NOW, "until": NOW})
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Index Scan using delivery_due on subscribers_delivery d" in plan
    assert "Index Cond" in plan.split("delivery_due on")[1].split("\n")[1]
    assert "delivery_in_order" in plan
    assert "Seq Scan" not in plan


def test_each_is_found_by_its_key_while_statistics_say_that_nothing_waits() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE subscribers_delivery")
    page = make_page()
    for _ in range(200):
        make_subscriber(page)
    notify(page)
    batch = claims.claim("email", NOW)
    assert batch
    few, seen = batch.ids[:5], list[str]()

    def explain(execute: Callable[..., Any], sql: str, values: Any, many: bool, context: Any) -> Any:
        with connection.connection.cursor() as cursor:
            seen.extend(line for (line,) in cursor.execute(f"EXPLAIN {sql}", values))
        return execute(sql, values, many, context)

    with connection.execute_wrapper(explain):
        claims.held(batch, few)
        claims.renew(batch, NOW)
        claims.postpone(batch, dict.fromkeys(few[:1], NOW))
        records.record_and_look(batch, [Outcome(few[1], Result.FAILED)], NOW, few[2:])
        claims.release(batch, NOW)

    plans = "\n".join(seen)
    assert "delivery_in_order on subscribers_delivery d" not in plans
    assert "Bitmap Index Scan on delivery_in_order" not in plans
    assert "delivery_due" not in plans


@pytest.mark.parametrize("lacking", ["subscriber_id", "notice_id"])
def test_what_has_lost_its_reader_or_its_notice_holds_up_nobody(lacking: str) -> None:
    page = make_page()
    lost, reader = make_subscriber(page), make_subscriber(page)
    notify(page)
    Delivery.objects.filter(subscriber=lost).update(**{lacking: 10**9})

    assert claimed(limit=1) == []
    assert claimed(limit=1) == [reader.address]
    assert Delivery.objects.get(**{lacking: 10**9}).state == DeliveryState.CANCELLED


def test_whoever_paused_and_signs_up_again_is_asked_and_told_nothing_else() -> None:
    page = make_page()
    reader = make_subscriber(page, state=State.PAUSED)
    signup.request(page, "email", reader.address, signup.Wish("en"), NOW)

    batch = claims.claim("email", NOW)

    assert batch
    assert [message.notice.event for message in batch.messages] == [HANDSHAKE]
