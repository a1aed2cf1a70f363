import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from subscribers import deliver, suppression, tokens
from subscribers.models import Delivery, DeliveryState, State, Subscriber, Suppression
from tests.make import make_page
from tests.subscribers.conftest import SmtpServer
from tests.subscribers.make import NOW, Clock, make_means, make_subscriber, notify, send, states

pytestmark = pytest.mark.django_db
ADDRESS = "reader@example.com"
BOUNCED = Suppression.Reason.BOUNCED
UNKNOWN = "550 5.1.1 <reader@example.com>: Recipient address rejected: User unknown"


def found(**which: Any) -> Subscriber:
    return Subscriber.objects.defer("secret").get(**which)


def test_an_address_is_ended_on_every_page_and_what_waits_is_withdrawn() -> None:
    pages = [make_page(), make_page(), make_page()]
    first, second = (make_subscriber(page, address=ADDRESS) for page in pages[:2])
    waiting = make_subscriber(pages[2], address=ADDRESS, state=State.PENDING)
    other = make_subscriber(pages[0])
    for page in pages:
        notify(page)

    assert suppression.suppress(ADDRESS, BOUNCED, UNKNOWN, NOW) == 3

    for subscriber in (first, second, waiting):
        subscriber.refresh_from_db(fields=["state", "ended_at", "ended_why"])
        assert (subscriber.state, subscriber.ended_at) == (State.DISABLED, NOW)
        assert subscriber.ended_why == UNKNOWN
    assert states() == {ADDRESS: DeliveryState.CANCELLED, other.address: DeliveryState.PENDING}
    assert found(pk=other.pk).state == State.ACTIVE


def test_who_left_by_themselves_has_left_by_themselves() -> None:
    gone = make_subscriber(make_page(), address=ADDRESS, state=State.UNSUBSCRIBED)

    assert suppression.suppress(ADDRESS, BOUNCED, "", NOW) == 0

    assert found(pk=gone.pk).state == State.UNSUBSCRIBED


def test_the_first_reason_stays_and_nothing_of_strangers_breaks_the_row() -> None:
    suppression.suppress(ADDRESS, Suppression.Reason.COMPLAINED, "ab\0use" + "x" * 900, NOW)
    suppression.suppress(ADDRESS, BOUNCED, UNKNOWN, NOW + timedelta(days=1))

    row = Suppression.objects.get()
    assert (row.reason, row.created_at) == (Suppression.Reason.COMPLAINED, NOW)
    assert row.detail == ("abuse" + "x" * 900)[:500]


def test_a_webhook_at_the_same_text_goes_on() -> None:
    webhook = make_subscriber(make_page(), channel="webhook", address=ADDRESS)

    suppression.suppress(ADDRESS, BOUNCED, "", NOW)

    assert found(pk=webhook.pk).state == State.ACTIVE


@pytest.fixture
def refusing(smtp: SmtpServer) -> SmtpServer:
    """Knows nobody of that address."""
    smtp.sink.answer_rcpt = lambda address: UNKNOWN if address == ADDRESS else "250 OK"
    return smtp


def shown(page_id: str) -> str:
    return tokens.for_form(page_id, timezone.now() - timedelta(seconds=2))


def asked(page: Any, address: str) -> Any:
    """The answer of the form, without what differs for everybody."""
    values = {"channel": "email", "address": address, "scope": "all", "language": "en", "website": ""}
    answer = Client().post(f"/subscribe/{page.public_id}/send/", values | {"shown": shown(page.public_id)})
    text = re.sub(r'name="shown" value="[^"]*"', "", answer.content.decode()).replace(address, "…")
    # The second at which it was answered.
    return answer.status_code, {**answer.headers, "Expires": ""}, text


def test_an_address_that_a_server_does_not_know_gets_nothing_more_and_nobody_learns_that(
    refusing: SmtpServer,
) -> None:
    page = make_page()
    make_subscriber(page, address=ADDRESS)
    make_subscriber(page)
    clock = Clock(timezone.now())
    notify(page, now=clock())
    means = make_means(mail_url=refusing.url)
    send("email", means, clock)

    assert suppression.is_suppressed(ADDRESS)
    assert found(address=ADDRESS).state == State.DISABLED
    delivery = Delivery.objects.get(subscriber__address=ADDRESS)
    assert delivery.state == DeliveryState.DEAD
    assert "User unknown" in delivery.error
    number = len(refusing.sink.raw)

    status, headers, text = asked(page, ADDRESS)
    other_status, other_headers, other_text = asked(page, "somebody@example.com")

    assert (status, text) == (other_status, other_text)
    assert {**headers, "Content-Length": ""} == {**other_headers, "Content-Length": ""}
    refusing.sink.answer_rcpt = lambda _address: "250 OK"
    send("email", means, Clock(timezone.now() + timedelta(seconds=1)))
    assert refusing.sink.recipients[number:] == ["somebody@example.com"]


def test_once_that_is_lifted_the_address_may_ask_again(refusing: SmtpServer) -> None:
    page = make_page()
    suppression.suppress(ADDRESS, BOUNCED, UNKNOWN, timezone.now())
    suppression.lift(ADDRESS)

    asked(page, ADDRESS)

    refusing.sink.answer_rcpt = lambda _address: "250 OK"
    send("email", make_means(mail_url=refusing.url), Clock(timezone.now() + timedelta(seconds=1)))
    assert refusing.sink.recipients == [ADDRESS]


@pytest.mark.parametrize(
    "answer",
    [
        "554 5.7.1 Service unavailable; blocked using zen.spamhaus.org",
        "552 5.2.2 Mailbox full",
        "550 5.6.0 We do not like these words",
    ],
)
def test_a_refusal_of_our_mail_suppresses_nobody(smtp: SmtpServer, answer: str) -> None:
    subscriber = make_subscriber(make_page(), address=ADDRESS)
    smtp.sink.answer_rcpt = lambda _address: answer
    notify(subscriber.page)

    send("email", make_means(mail_url=smtp.url), Clock())

    assert Delivery.objects.get().state == DeliveryState.DEAD
    assert found(pk=subscriber.pk).state == State.ACTIVE
    assert not suppression.is_suppressed(ADDRESS)


def test_a_mailbox_that_is_full_on_three_days_is_given_up(smtp: SmtpServer) -> None:
    subscriber = make_subscriber(make_page(), address=ADDRESS)
    smtp.sink.answer_rcpt = lambda _address: "552 5.2.2 Mailbox full"
    clock = Clock()
    for day in range(3):
        assert found(pk=subscriber.pk).state == State.ACTIVE
        notify(subscriber.page, subject=f"incident:{day:012}", now=clock())
        send("email", make_means(mail_url=smtp.url), clock)
        clock.forward(days=1)

    assert suppression.is_suppressed(ADDRESS)


def test_a_server_that_is_away_for_days_costs_nobody_their_subscription(smtp: SmtpServer) -> None:
    subscriber = make_subscriber(make_page(), address=ADDRESS)
    smtp.sink.answer_rcpt = lambda _address: "451 4.3.0 Try again later"
    notify(subscriber.page)
    clock = Clock()
    for _attempt in range(12):
        deliver.run("email", make_means(mail_url=smtp.url), clock, clock() + timedelta(seconds=20))
        clock.forward(days=1)

    assert Delivery.objects.get().state == DeliveryState.DEAD
    assert found(pk=subscriber.pk).state == State.ACTIVE


def test_mail_that_comes_back_goes_to_its_mailbox(smtp: SmtpServer) -> None:
    senders: list[str] = []
    smtp.sink.answer_mail = lambda address: senders.append(address) or "250 OK"
    for mailbox in ("", "bounces@example.com"):
        notify(make_subscriber(make_page()).page)
        send("email", make_means(mail_url=smtp.url, mailbox=mailbox), Clock())

    assert senders == ["status@example.com", "bounces@example.com"]
    assert {mail["From"].addresses[0].addr_spec for mail in smtp.sink.mails} == {"status@example.com"}
