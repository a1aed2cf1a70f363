"""How far a notice is, why some of it failed, and starting anew with that."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from monitors.reasons import SENTENCES
from subscribers import claims, records
from subscribers.models import Delivery, DeliveryState, Notice, State, Subscriber
from subscribers.outbox import PERHAPS_SENT
from subscribers.staff import board
from subscribers.staff.explaining import explain
from tests.make import make_page
from tests.subscribers.make import NOW, make_subscriber, notify

SENT, DEAD, PENDING, CANCELLED = (
    DeliveryState.SENT,
    DeliveryState.DEAD,
    DeliveryState.PENDING,
    DeliveryState.CANCELLED,
)


def put(delivery: Delivery, state: DeliveryState, **values: Any) -> None:
    finished = None if state == PENDING else NOW
    Delivery.objects.filter(pk=delivery.pk).update(**{"state": state, "finished_at": finished} | values)


def told(number: int, **values: Any) -> tuple[Notice, list[Delivery]]:
    page = make_page()
    for _ in range(number):
        make_subscriber(page, **values)
    notice = notify(page)
    return notice, list(notice.deliveries.order_by("id"))


def add_readers(notice: Notice, state: str, **values: Any) -> None:
    """3,000 more, a tenth of whom have left, and where their deliveries stand."""
    readers = Subscriber.objects.bulk_create(
        Subscriber(
            page=notice.page,
            channel="email",
            address=f"reader-{number}@example.com",
            state=State.ACTIVE if number % 10 else State.UNSUBSCRIBED,
            created_at=NOW,
        )
        for number in range(3_000)
    )
    Delivery.objects.bulk_create(
        Delivery(
            notice=notice,
            subscriber=reader,
            channel="email",
            subject=notice.subject,
            due_at=NOW,
            state=state,
            **values,
        )
        for reader in readers
    )


def choose_by_index() -> None:
    """The planner knows how much there is: for nearly empty tables any index is as good."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE subscribers_subscriber, subscribers_delivery")
        cursor.execute("SET LOCAL enable_seqscan = off")


@pytest.mark.django_db
def test_a_notice_says_how_far_it_is_on_each_channel_and_together() -> None:
    notice, mails = told(6)
    hook = make_subscriber(notice.page, channel="webhook")
    Delivery.objects.create(
        notice=notice, subscriber=hook, channel="webhook", subject=notice.subject, due_at=NOW
    )
    for seconds, mail in zip((1, 2, 30), mails[:3], strict=True):
        put(mail, SENT, finished_at=NOW + timedelta(seconds=seconds), attempts=1)
    put(mails[3], DEAD, attempts=10)
    put(mails[4], CANCELLED)
    put(mails[5], PENDING, attempts=2, due_at=NOW + timedelta(minutes=2))
    webhook, email, together = board.progress(notice.pk, NOW + timedelta(seconds=35))

    assert (webhook.channel, webhook.waiting, webhook.rate) == ("webhook", 1, None)
    assert (email.waiting, email.sent, email.failed, email.cancelled) == (1, 3, 1, 1)
    assert (email.first, email.half, email.last) == tuple(NOW + timedelta(seconds=s) for s in (1, 2, 30))
    assert (email.lately, email.rate_now) == (1, 0.1)
    assert email.rate == pytest.approx(3 / 29)
    assert (email.attempts, email.most_attempts) == (15, 10)
    assert email.due_at == NOW + timedelta(minutes=2)
    assert (together.channel, together.number, together.waiting) == ("", 7, 2)


@pytest.mark.django_db
def test_half_of_many_in_one_second_is_told_within_it() -> None:
    notice, mails = told(5)
    for tenths, mail in enumerate(mails):
        put(mail, SENT, finished_at=NOW + timedelta(seconds=tenths / 10))

    assert board.progress(notice.pk, NOW + timedelta(seconds=9))[-1].half == NOW + timedelta(seconds=0.2)


@pytest.mark.django_db
def test_whoever_looks_at_a_notice_for_very_many_shares_one_count(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(board, "MANY", 2)
    notice, mails = told(2)
    put(mails[0], DEAD)
    later = NOW + timedelta(seconds=9)
    with django_assert_num_queries(1):
        assert board.progress(notice.pk, NOW) == board.progress(notice.pk, later)
    put(mails[1], SENT)

    assert board.progress(notice.pk, later)[-1].sent == 0
    assert board.progress(notice.pk, NOW + board.AGAIN)[-1].sent == 1
    board.look_again()
    put(mails[0], SENT)
    assert board.progress(notice.pk, NOW + board.AGAIN)[-1].sent == 2


@pytest.mark.django_db
def test_a_notice_for_nobody_has_an_empty_board() -> None:
    assert board.progress(notify(make_page()).pk, NOW) == []


@pytest.mark.django_db
@pytest.mark.parametrize("noted", [True, False])
def test_a_list_says_where_each_notice_stands(noted: bool) -> None:
    notice, mails = told(5)
    for mail, state in zip(mails, (SENT, SENT, DEAD, CANCELLED), strict=False):
        put(mail, state)
    other = notify(notice.page, subject="incident:another")
    assert (notice.told, other.told) == (5, 5)
    if not noted:
        # As before it was noted.
        Notice.objects.update(told=None)

    found = board.totals(Notice.objects.all())
    assert found[notice.pk] == board.Total(told=5, waiting=1, failed=1)
    assert found[other.pk] == board.Total(told=5, waiting=5, failed=0)


@pytest.mark.django_db
def test_a_list_of_notices_counts_nothing_that_has_arrived(django_assert_num_queries: Any) -> None:
    notice, _mails = told(1)
    add_readers(notice, SENT)
    add_readers(notify(make_page(), subject="incident:another"), PENDING)
    choose_by_index()
    with django_assert_num_queries(2) as done:
        board.totals([notice])
    for query, index in zip(done.captured_queries, ("delivery_in_order", "delivery_dead"), strict=True):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {query['sql']}")
            assert index in str(cursor.fetchall())


@pytest.mark.django_db
def test_failures_are_told_by_reason_whomever_they_name() -> None:
    notice, deliveries = told(5)
    errors = (
        "550 5.1.1 <ada@example.com>: unknown user (id 48231f)",
        "550 5.1.1 <bob@example.com>: unknown user (id 99122a)",
        "550 5.1.1 <eve@example.com>: unknown user (id 10002b)",
        "HTTP 500",
        "HTTP 503",
    )
    for delivery, error in zip(deliveries, errors, strict=True):
        put(delivery, DEAD, error=error)
    found = board.failures(board.dead(notice.pk))

    assert [(failure.reason, failure.number) for failure in found] == [
        ("550 5.1.1 …: unknown user (id …)", 3),
        ("HTTP 500", 1),
        ("HTTP 503", 1),
    ]
    assert board.dead(notice.pk, "email", found[0].reason).count() == 3


@pytest.mark.django_db
def test_thousands_start_anew_by_one_statement(django_assert_num_queries: Any) -> None:
    notice, _deliveries = told(1)
    add_readers(notice, DEAD, error="HTTP 500", attempts=10)
    with django_assert_num_queries(1):
        number = records.retry_all(board.dead(notice.pk, "email", "HTTP 500"), NOW)

    assert number == 2_700
    assert notice.deliveries.filter(state=DEAD).count() == 300
    assert claims.claim("email", NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("question", "index"),
    [
        (lambda: board.dead().order_by("-id")[:50], "delivery_dead"),
        (lambda: Delivery.objects.filter(notice=0).order_by(), "one_delivery_per_subscriber"),
        (lambda: Subscriber.objects.filter(address__startswith="ada@").order_by(), "subscriber_address"),
        (lambda: Subscriber.objects.filter(address="ada@example.com").order_by(), "subscriber_address"),
    ],
    ids=["dead letters", "board", "beginning of an address", "address"],
)
def test_whatever_staff_look_for_stands_in_an_index(question: Any, index: str) -> None:
    add_readers(told(1)[0], SENT)
    choose_by_index()
    assert index in question().explain()


@pytest.mark.parametrize(
    ("channel", "error", "what"),
    [
        ("webhook", "HTTP 500", "The receiver itself has failed."),
        ("webhook", "HTTP 404", "The address is no longer there."),
        ("webhook", "HTTP 301", "The address leads to another one, and redirects are not followed."),
        ("webhook", "HTTP 418", "It was not accepted."),
        ("email", "550 5.1.1 no such user", "Nobody is at this address."),
        (
            "email",
            "552 5.2.2 mailbox full",
            "The mailbox takes nothing just now: it is full, or switched off.",
        ),
        ("email", "554 5.7.1 listed at spamhaus", "The mail server did not accept our mail."),
        ("email", "TemplateSyntaxError: oops", "The message could not be written."),
        (
            "email",
            "Its sender stopped five times while sending it.",
            "The program that sends stopped every time it came to this one.",
        ),
        ("email", PERHAPS_SENT, "The emergency tool may have sent this while the application was away."),
        (
            "webhook",
            "The certificate has expired or is not valid yet.",
            "The receiver’s certificate is not in order.",
        ),
        ("webhook", "", "It was not accepted."),
    ],
)
def test_every_error_is_explained(channel: str, error: str, what: str) -> None:
    assert explain(channel, error).what == what


@pytest.mark.parametrize("sentence", sorted(SENTENCES.values()))
def test_every_reason_of_the_network_has_an_explanation_of_its_own(sentence: str) -> None:
    assert explain("webhook", sentence).what != explain("webhook", "").what
    assert explain("webhook", sentence).do
