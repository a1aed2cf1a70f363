import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from subscribers import claims, deliver, records, signup
from subscribers.channels import CHANNELS
from subscribers.channels.base import Outcome, Result
from subscribers.models import Delivery, DeliveryState, Notice, State, Subscriber
from tests import databases
from tests.make import make_page
from tests.subscribers.conftest import Receiver, SmtpServer
from tests.subscribers.make import NOW, Clock, make_means, make_subscriber, notify, send, states

pytestmark = pytest.mark.django_db
WAITING, SENT, DEAD, CANCELLED = (
    DeliveryState.PENDING,
    DeliveryState.SENT,
    DeliveryState.DEAD,
    DeliveryState.CANCELLED,
)


def test_each_subscriber_gets_one_mail_in_their_language(smtp: SmtpServer) -> None:
    page = make_page()
    english = make_subscriber(page)
    french = make_subscriber(page, language="fr")
    notify(page, title={"en": "Checkout fails", "fr": "Le paiement échoue"})

    assert send("email", make_means(mail_url=smtp.url), Clock()) == 2

    subjects = {mail["To"]: mail["Subject"] for mail in smtp.sink.mails}
    assert subjects == {
        english.address: f"[{page.name}] Investigating: Checkout fails",
        french.address: f"[{page.name}] Enquête en cours\u00a0: Le paiement échoue",
    }
    assert set(states().values()) == {SENT}
    assert smtp.sink.connections == 1


def test_each_page_writes_in_its_own_name_where_it_has_one(smtp: SmtpServer) -> None:
    named, plain = make_page(sender="Acme <status@acme.example>"), make_page()
    for page in (named, plain):
        make_subscriber(page)
        notify(page)

    assert send("email", make_means(mail_url=smtp.url), Clock()) == 2

    senders = {mail["From"].addresses[0].domain: mail for mail in smtp.sink.mails}
    assert senders.keys() == {"acme.example", "example.com"}
    mine = senders["acme.example"]
    assert mine["From"].addresses[0].display_name == "Acme"
    assert mine["Message-ID"].endswith("@acme.example>")
    assert mine["Return-Path"] is None or "acme.example" in mine["Return-Path"]


def test_a_page_whose_sender_is_refused_keeps_back_no_other(smtp: SmtpServer) -> None:
    named, plain = make_page(sender="Acme <status@acme.example>"), make_page()
    for page in (named, plain):
        for _ in range(12):
            make_subscriber(page)
        notify(page)
    smtp.sink.answer_mail = lambda sender: "553 not yours" if "acme" in sender else "250 OK"

    assert send("email", make_means(mail_url=smtp.url), Clock()) == 12

    kept = Delivery.objects.filter(notice__page=named)
    assert set(kept.values_list("state", "attempts", "error")) == {(WAITING, 1, "553 not yours")}


def test_without_a_mail_server_mails_are_files(tmp_path: Path) -> None:
    page = make_page()
    make_subscriber(page)
    notify(page)

    assert send("email", make_means(mail_folder=tmp_path), Clock()) == 1
    assert len(list(tmp_path.glob("*.eml"))) == 1


def test_what_is_not_due_is_not_sent(tmp_path: Path) -> None:
    page = make_page()
    make_subscriber(page)
    notify(page, now=NOW + timedelta(seconds=1))

    assert send("email", make_means(mail_folder=tmp_path), Clock()) == 0


def test_an_answer_of_the_server_decides_about_its_own_mail_alone(smtp: SmtpServer) -> None:
    page = make_page()
    later, never, fine = (make_subscriber(page) for _ in range(3))
    notify(page)
    answers = {later.address: "450 greylisted", never.address: "550 no such user"}
    smtp.sink.answer_rcpt = lambda address: answers.get(address, "250 OK")

    send("email", make_means(mail_url=smtp.url), Clock())

    assert states() == {later.address: WAITING, never.address: DEAD, fine.address: SENT}
    waiting = Delivery.objects.get(subscriber=later)
    assert (waiting.error, waiting.attempts) == ("450 greylisted", 1)
    assert NOW + timedelta(seconds=27) <= waiting.due_at <= NOW + timedelta(seconds=33)
    assert Delivery.objects.get(subscriber=never).error == "550 no such user"


def test_a_mail_that_never_gets_through_is_given_up_and_staff_can_start_anew(smtp: SmtpServer) -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    notify(page)
    smtp.sink.answer_rcpt = lambda _address: "450 greylisted"
    clock = Clock()
    for _ in range(30):
        send("email", make_means(mail_url=smtp.url), clock)
        clock.forward(days=1)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == (DEAD, len(CHANNELS["email"].schedule))

    smtp.sink.answer_rcpt = lambda _address: "250 OK"
    assert records.retry([delivery.pk], clock()) == 1
    send("email", make_means(mail_url=smtp.url), clock)
    assert states() == {subscriber.address: SENT}


def test_nobody_who_left_is_told_because_staff_try_again() -> None:
    page = make_page()
    make_subscriber(page, state=State.ACTIVE)
    notify(page)
    Delivery.objects.update(state=DEAD)
    page.subscribers.update(state=State.UNSUBSCRIBED)

    assert records.retry(list(Delivery.objects.values_list("pk", flat=True)), NOW) == 0


def test_a_server_that_is_down_costs_no_attempt(smtp: SmtpServer) -> None:
    page = make_page()
    for _ in range(3):
        make_subscriber(page)
    notify(page)
    means = make_means(mail_url="smtp://127.0.0.1:1")
    clock = Clock()

    assert send("email", means, clock) == 0

    assert set(Delivery.objects.values_list("state", "attempts", "taken", "lease")) == {(WAITING, 0, 0, "")}
    assert "No connection to the mail server" in Delivery.objects.values_list("error", flat=True)[0]
    clock.forward(seconds=10)
    assert send("email", make_means(mail_url=smtp.url), clock) == 3


def test_a_wrong_mail_address_of_the_server_is_said_and_costs_no_attempt(caplog: Any) -> None:
    page = make_page()
    make_subscriber(page)
    notify(page)

    send("email", make_means(mail_url="smtp//user:hush@host"), Clock())

    assert "EMAIL_URL is not like" in caplog.text
    assert "hush" not in caplog.text
    assert Delivery.objects.get().attempts == 0


def test_a_server_that_goes_away_in_the_middle_gets_each_mail_once(smtp: SmtpServer) -> None:
    page = make_page()
    for _ in range(12):
        make_subscriber(page)
    notify(page)
    clock = Clock()

    smtp.sink.answer_mail = lambda _from: "421 going down" if len(smtp.sink.raw) >= 7 else "250 OK"
    sent = send("email", make_means(mail_url=smtp.url), clock)
    assert sent == len(smtp.sink.recipients) < 12

    smtp.sink.answer_mail = lambda _from: "250 OK"
    clock.forward(seconds=10)
    assert send("email", make_means(mail_url=smtp.url), clock) == 12 - sent
    assert len(smtp.sink.recipients) == len(set(smtp.sink.recipients)) == 12


@pytest.mark.parametrize(
    "broken",
    [{}, {"title": "not by language"}, {"at": "yesterday"}, {"components": [{"status": "?"}]}, {"extra": 1}],
)
def test_a_notice_that_cannot_be_rendered_is_parked_and_the_others_go(tmp_path: Path, broken: Any) -> None:
    page = make_page()
    make_subscriber(page)
    bad = notify(page, subject="incident:bad")
    good = notify(page, subject="incident:good")
    Notice.objects.filter(pk=bad.pk).update(payload=broken and bad.payload | broken)
    clock = Clock()

    send("email", make_means(mail_folder=tmp_path), clock)
    assert set(states(good).values()) == {SENT}

    for _ in range(6):
        clock.forward(days=1)
        send("email", make_means(mail_folder=tmp_path), clock)
    delivery = Delivery.objects.get(notice=bad)
    assert (delivery.state, delivery.attempts) == (DEAD, 5)
    assert delivery.error


@pytest.mark.parametrize(
    "title",
    [
        "x" * 1_000_000,
        "\u202e\u200b\ufeff\u0000",
        "\ud800",
        "e\u0301" * 3_000,
        "=?utf-8?q?=0d=0aBcc:_x@y.z?=",
        "",
    ],
    ids=["1 MB", "invisible", "half a letter", "combining", "a header in disguise", "empty"],
)
def test_an_odd_title_stops_nobody(smtp: SmtpServer, receiver: Receiver, title: str) -> None:
    page = make_page()
    make_subscriber(page)
    receiver.to(make_subscriber(page, channel="webhook"))
    try:
        odd = notify(page, subject="incident:odd", title={"en": title})
    except (ValueError, DatabaseError):
        # What Postgres cannot hold was never posted.
        assert "\0" in title or "\ud800" in title
        return
    good = notify(page, subject="incident:good")
    clock = Clock()

    for _ in range(6):
        for channel in ("webhook", "email"):
            send(channel, make_means(mail_url=smtp.url), clock)
        clock.forward(days=1)

    assert set(states(good).values()) == {SENT}
    assert set(states(odd).values()) <= {SENT, DEAD}
    assert all(max(map(len, raw.split(b"\r\n"))) <= 998 for raw in smtp.sink.raw)
    assert all(mail["Bcc"] is None for mail in smtp.sink.mails)


def test_whoever_leaves_while_a_batch_is_being_sent_gets_nothing_more(
    smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = make_page()
    subscribers = [make_subscriber(page) for _ in range(20)]
    notify(page)
    last = subscribers[-1]
    settled: list[int] = []
    settle = deliver._settle

    def leave_after_the_first(*arguments: Any) -> int:
        if not settled:
            signup.leave(last.public_id, NOW)
        settled.append(settle(*arguments))
        return settled[-1]

    monkeypatch.setattr(deliver, "_settle", leave_after_the_first)
    send("email", make_means(mail_url=smtp.url), Clock())

    assert last.address not in smtp.sink.recipients
    assert len(smtp.sink.recipients) == 19


def test_a_sender_that_dies_repeats_only_what_it_had_not_recorded(
    smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = make_page()
    for _ in range(23):
        make_subscriber(page)
    notify(page)
    clock = Clock()
    calls: list[int] = []
    settle = deliver._settle

    def die_at_the_third(*arguments: Any) -> int:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return settle(*arguments)

    monkeypatch.setattr(deliver, "_settle", die_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        send("email", make_means(mail_url=smtp.url), clock)
    assert len(smtp.sink.recipients) == 1 + 10 + 10

    clock.now += claims.LEASE
    send("email", make_means(mail_url=smtp.url), clock)

    assert set(states().values()) == {SENT}
    assert len(set(smtp.sink.recipients)) == 23
    assert len(smtp.sink.recipients) == 23 + 10
    repeated = [mail["Message-ID"] for mail in smtp.sink.mails]
    assert len(set(repeated)) == 23


def test_a_turn_ends_in_time_and_gives_back_the_rest(smtp: SmtpServer) -> None:
    page = make_page()
    for _ in range(20):
        make_subscriber(page)
    notify(page)
    clock = Clock()

    def a_second_each(_address: str) -> str:
        clock.forward(seconds=1)
        return "250 OK"

    smtp.sink.answer_data = a_second_each
    sent = send("email", make_means(mail_url=smtp.url), clock, seconds=8)

    assert sent == 8
    rest = Delivery.objects.filter(state=WAITING)
    assert set(rest.values_list("lease", "taken", "attempts")) == {("", 0, 0)}
    assert rest.count() == 12


def test_a_mail_that_failed_is_not_tried_again_once_there_is_newer_news(smtp: SmtpServer) -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    old = notify(page, "incident.created")
    batch = claims.claim("email", NOW)
    assert batch
    notify(page, "incident.updated")

    records.record(batch, [Outcome(batch.ids[0], Result.FAILED, "450")], NOW)

    assert states(old) == {subscriber.address: CANCELLED}


def test_a_last_word_that_failed_is_tried_again_although_a_postmortem_followed() -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    resolved = notify(page, "incident.resolved")
    batch = claims.claim("email", NOW)
    assert batch
    notify(page, "incident.postmortem")

    records.record(batch, [Outcome(batch.ids[0], Result.FAILED, "450")], NOW)

    assert states(resolved) == {subscriber.address: WAITING}


def test_a_webhook_becomes_active_once_it_answered_the_ping(receiver: Receiver) -> None:
    page = make_page()
    url = f"{receiver.url}/hook"
    signup.request(page, "webhook", url, signup.Wish("en"), NOW)
    subscriber = page.subscribers.get()
    clock = Clock()
    receiver.answer = lambda _request: (401, {})
    send("webhook", make_means(), clock)
    subscriber.refresh_from_db()
    assert subscriber.state == State.PENDING

    receiver.answer = lambda _request: (204, {})
    clock.forward(seconds=6)
    send("webhook", make_means(), clock)

    subscriber.refresh_from_db()
    assert subscriber.state == State.ACTIVE
    assert [request.json["type"] for request in receiver.requests] == ["ping", "ping"]


def test_webhooks_get_every_event_in_order_through_failures(receiver: Receiver) -> None:
    page = make_page()
    receiver.to(make_subscriber(page, channel="webhook"))
    for event in ("incident.created", "incident.updated", "incident.resolved"):
        notify(page, event)
    statuses = iter([500, 204, 503, 503])
    receiver.answer = lambda _request: (next(statuses, 204), {})
    clock = Clock()
    for _ in range(10):
        send("webhook", make_means(), clock)
        clock.forward(hours=1)

    arrived = [request.json["type"] for request in receiver.requests]
    assert arrived == [
        "incident.created",
        "incident.created",
        "incident.updated",
        "incident.updated",
        "incident.updated",
        "incident.resolved",
    ]
    assert set(Delivery.objects.values_list("state", flat=True)) == {SENT}


@pytest.mark.django_db(transaction=True)
def test_whoever_leaves_while_their_address_fails_neither_waits_in_a_circle_nor_loses_what_was_recorded(
    smtp: SmtpServer,
) -> None:
    page = make_page()
    gone, fine = make_subscriber(page), make_subscriber(page)
    notice = notify(page)
    smtp.sink.answer_rcpt = lambda address: "550 5.1.1 no such user" if address == gone.address else "250 OK"

    def work() -> None:
        try:
            send("email", make_means(mail_url=smtp.url), Clock())
        finally:
            connection.close()

    sender = threading.Thread(target=work)
    with transaction.atomic():
        leaving = Subscriber.objects.select_for_update().get(pk=gone.pk)
        sender.start()
        wait_until_somebody_waits_for_us()
        assert Delivery.objects.filter(subscriber=leaving).update(error="") == 1
    sender.join()

    assert states(notice) == {gone.address: DEAD, fine.address: SENT}


def wait_until_somebody_waits_for_us() -> None:
    while not databases.holds_up_somebody():
        time.sleep(0.01)
