import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from standardwebhooks import Webhook

from monitors.fields import SecretField
from monitors.network.guard import NOTHING
from subscribers import claims
from subscribers.channels import CHANNELS, webhook
from subscribers.channels.base import Result
from subscribers.channels.bodies import Bodies
from subscribers.channels.flight import IN_FLIGHT
from subscribers.channels.webhook import (
    DEADLINE,
    FIRST_DEADLINE,
    HURRIED_DEADLINE,
    MANY,
    Patience,
    retry_after,
    signed,
)
from subscribers.models import Delivery, DeliveryState, State, Subscriber
from tests.make import make_page
from tests.subscribers.conftest import Receiver
from tests.subscribers.make import (
    NOW,
    Clock,
    make_means,
    make_message,
    make_subscriber,
    make_told,
    notify,
    send,
    states,
)


def test_the_signature_is_that_of_the_known_vector() -> None:
    message = make_message(id="msg_p5jXN8AQM9LWM0D4loKWxJek", secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

    headers = signed(message, b'{"test": 2432232314}', make_means(), datetime.fromtimestamp(1614265330, UTC))

    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.django_db
def test_a_receiver_verifies_what_it_gets(receiver: Receiver) -> None:
    page = make_page(name="Acme")
    subscriber = receiver.to(make_subscriber(page, channel="webhook"))
    now = datetime.now(UTC)
    notice = notify(page, "incident.updated", now=now)

    send("webhook", make_means(), Clock(now))

    request = receiver.requests[0]
    body = Webhook(subscriber.secret).verify(request.body, request.headers)
    assert body["type"] == "incident.updated"
    assert body["timestamp"] == now.isoformat()
    assert body["data"]["public_id"] == "incident0001"
    assert body["data"]["page"] == {"id": page.public_id, "name": "Acme", "url": page.url}
    assert body["data"]["unsubscribe"].startswith("https://app.example.com/unsubscribe/")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == f"{notice.public_id}{subscriber.public_id}"
    assert "." not in request.headers["webhook-id"]


@pytest.mark.django_db
def test_a_retry_has_the_same_id_and_its_own_time(receiver: Receiver) -> None:
    page = make_page()
    receiver.to(make_subscriber(page, channel="webhook"))
    notify(page)
    receiver.answer = lambda _request: (500, {})
    clock = Clock()
    send("webhook", make_means(), clock)
    clock.forward(seconds=6)
    send("webhook", make_means(), clock)

    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) == int(first.headers["webhook-timestamp"]) + 6
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


@pytest.mark.django_db
@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_success(receiver: Receiver, status: int) -> None:
    page = make_page()
    receiver.to(make_subscriber(page, channel="webhook"))
    notify(page)
    receiver.answer = lambda _request: (status, {})

    send("webhook", make_means(), Clock())

    assert Delivery.objects.get().state == DeliveryState.SENT


@pytest.mark.django_db
@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 429, 500, 503])
def test_anything_else_is_tried_again_and_no_redirect_is_followed(receiver: Receiver, status: int) -> None:
    page = make_page()
    receiver.to(make_subscriber(page, channel="webhook"))
    notify(page)
    receiver.answer = lambda _request: (status, {"Location": "/elsewhere"})

    send("webhook", make_means(), Clock())

    delivery = Delivery.objects.get()
    assert delivery.state == DeliveryState.PENDING
    assert delivery.error == f"HTTP {status}"
    assert len(receiver.requests) == 1


@pytest.mark.django_db
def test_410_ends_the_subscription_and_what_waits_for_it(receiver: Receiver) -> None:
    page = make_page()
    subscriber = receiver.to(make_subscriber(page, channel="webhook"))
    notify(page, "incident.created")
    notify(page, "incident.updated")
    receiver.answer = lambda _request: (410, {})

    send("webhook", make_means(), Clock())

    subscriber.refresh_from_db()
    assert subscriber.state == State.DISABLED
    assert [delivery.state for delivery in Delivery.objects.order_by("id")] == [
        DeliveryState.DEAD,
        DeliveryState.CANCELLED,
    ]
    assert len(receiver.requests) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("asked", "seconds"), [("120", 120), ("1000000000", 3_600)])
def test_429_waits_as_long_as_it_asks_but_never_more_than_an_hour(
    receiver: Receiver, asked: str, seconds: int
) -> None:
    page = make_page()
    receiver.to(make_subscriber(page, channel="webhook"))
    notify(page)
    receiver.answer = lambda _request: (429, {"Retry-After": asked})

    send("webhook", make_means(), Clock())

    assert Delivery.objects.get().due_at == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta()),
        ("9" * 5_000, timedelta(seconds=10**9)),
        ("Sun, 22 Nov 2026 14:05:00 GMT", timedelta(minutes=5)),
        ("Sun, 22 Nov 2026 14:05:00", timedelta(minutes=5)),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("١٢", None),
        ("Sun, 99 Nov 99999 14:05:00 GMT", None),
        ("Sun, 22 Nov 99999999999 14:05:00 GMT", None),
        ("Sun, 22 Nov 2026 14:05:99999999999999999999 GMT", None),
        ("Sun, 22 Nov 2026 14:05:00 +99999999999999999999", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, expected: timedelta | None) -> None:
    assert retry_after(value, NOW) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Retry-After", "Set-Cookie", "Date"])
def test_no_answer_stops_the_sender(receiver: Receiver, name: str) -> None:
    page = make_page()
    receiver.to(make_subscriber(page, channel="webhook"), "/hostile")
    for number in range(3):
        receiver.to(make_subscriber(page, channel="webhook"), f"/{number}")
    notify(page)
    hostile = {name: "Sun, 22 Nov 99999999999 14:05:00 GMT"}
    receiver.answer = lambda request: (503, hostile) if request.path == "/hostile" else (204, {})

    assert send("webhook", make_means(), Clock()) == 3
    assert sorted(states().values()) == [DeliveryState.PENDING, *[DeliveryState.SENT] * 3]


@pytest.mark.django_db
def test_receivers_that_hang_do_not_hold_up_the_others(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # None is given up before all others have answered.
    monkeypatch.setattr(webhook, "FIRST_DEADLINE", 60.0)
    monkeypatch.setattr(webhook, "HURRIED_DEADLINE", 60.0)
    page = make_page()
    for number in range(IN_FLIGHT - 1):
        receiver.to(make_subscriber(page, channel="webhook"), f"/hang/{number}")
    healthy = [receiver.to(make_subscriber(page, channel="webhook"), f"/hook/{n}") for n in range(40)]
    notify(page)
    answered: list[str] = []
    batch = claims.claim("webhook", NOW)
    assert batch
    outcomes = CHANNELS["webhook"].send(batch.messages, make_means(), Clock())
    for some in outcomes:
        answered += [str(outcome.result) for outcome in some]
        if len(answered) == len(healthy):
            break
    outcomes.close()  # type: ignore[attr-defined]

    assert answered == [Result.SENT] * len(healthy)


def test_while_many_hang_a_first_attempt_is_shorter_and_no_later_one() -> None:
    patience = Patience()
    for _ in range(MANY):
        assert patience.of(1) == FIRST_DEADLINE
        patience.lost()
    assert patience.of(1) == HURRIED_DEADLINE
    assert patience.of(2) == DEADLINE


@pytest.mark.django_db
def test_a_private_address_is_not_reached_even_if_it_got_into_the_database(receiver: Receiver) -> None:
    page = make_page()
    receiver.to(make_subscriber(page, channel="webhook"))
    notify(page)

    send("webhook", make_means(webhook_allow=NOTHING), Clock())

    assert receiver.requests == []
    assert Delivery.objects.get().error == "The address belongs to a private or reserved network."


@pytest.mark.django_db
def test_a_secret_that_no_key_opens_stops_nobody_else(receiver: Receiver) -> None:
    page = make_page()
    broken = receiver.to(make_subscriber(page, channel="webhook"), "/broken")
    healthy = receiver.to(make_subscriber(page, channel="webhook"), "/healthy")
    Subscriber.objects.filter(pk=broken.pk).update(secret="")
    with_garbage = SecretField().get_prep_value("whsec_x")[:-5] + "AAAA="
    _set_raw_secret(broken.pk, with_garbage)
    notify(page)

    send("webhook", make_means(), Clock())

    assert states() == {broken.address: DeliveryState.PENDING, healthy.address: DeliveryState.SENT}
    assert [request.path for request in receiver.requests] == ["/healthy"]


def _set_raw_secret(pk: int, sealed: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE subscribers_subscriber SET secret = %s WHERE id = %s", [sealed, pk])


@pytest.mark.parametrize("letter", ["x", "é", "😀", '"', "\\", "\n"])
def test_a_body_is_always_smaller_than_20_kb(letter: str) -> None:
    told = make_told(
        title={"en": letter * 200, "fr": letter * 200},
        body={"en": letter * 10_000, "fr": letter * 10_000},
        components=tuple(
            {"id": f"c{n:011}", "name": {"en": letter * 100, "fr": letter * 100}, "status": "operational"}
            for n in range(1_000)
        ),
    )

    body = Bodies(make_means()).body(make_message(told))

    assert len(body) < 20_000
    data = json.loads(body)["data"]
    assert data["truncated"] is True
    assert data["url"]
    assert "truncated" not in json.loads(Bodies(make_means()).body(make_message()))["data"]


def test_a_ping_says_nothing_but_what_it_is() -> None:
    body = json.loads(Bodies(make_means()).body(make_message(make_told("subscription.confirm"))))

    assert body["type"] == "ping"
    assert set(body["data"]) == {"page", "unsubscribe"}
