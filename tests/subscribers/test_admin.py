from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from subscribers import signup
from subscribers.models import Delivery, DeliveryState, Notice, State
from tests.make import make_page
from tests.subscribers.make import NOW, make_subscriber, notify

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(settings: Any) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("owner", "owner@example.com", "long enough to be one"))
    return client


def test_a_subscriber_is_found_by_address(client: Client) -> None:
    page = make_page()
    wanted, other = make_subscriber(page), make_subscriber(page)
    text = client.get("/admin/subscribers/subscriber/", {"q": wanted.address}).content.decode()

    assert wanted.address in text
    assert other.address not in text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_no_page_of_the_admin_shows_a_secret(client: Client, language: str) -> None:
    page = make_page()
    signup.request(page, "webhook", "https://hooks.example.com/", signup.Wish("en"), NOW)
    subscriber = page.subscribers.get()
    notify(page)
    paths = [
        "/admin/subscribers/subscriber/",
        f"/admin/subscribers/subscriber/{subscriber.pk}/change/",
        "/admin/subscribers/notice/",
        f"/admin/subscribers/notice/{Notice.objects.latest('id').pk}/change/",
        "/admin/subscribers/delivery/",
        f"/admin/subscribers/delivery/{Delivery.objects.latest('id').pk}/change/",
    ]
    for path in paths:
        response = client.get(path, headers={"Accept-Language": language})

        assert response.status_code == 200
        assert "whsec_" not in response.content.decode()
        assert subscriber.secret not in response.content.decode()


def test_a_secret_that_cannot_be_read_does_not_break_the_admin(client: Client, settings: Any) -> None:
    page = make_page()
    subscriber = make_subscriber(page, channel="webhook")
    notify(page)
    settings.DATA_KEYS = ["DOEoPnqZBZ1RpvxjCSkUTVZLy7Hh2iPTVY2eKn5Wpbs="]
    for path in ("subscriber/", f"subscriber/{subscriber.pk}/change/", "delivery/"):
        assert client.get(f"/admin/subscribers/{path}").status_code == 200


def test_the_notices_say_how_far_each_has_come(client: Client) -> None:
    page = make_page()
    for _ in range(7):
        make_subscriber(page)
    notify(page)
    first = Delivery.objects.order_by("id")
    for number, state in enumerate((DeliveryState.SENT, DeliveryState.SENT, DeliveryState.DEAD)):
        Delivery.objects.filter(pk=first[number].pk).update(state=state)
    text = client.get("/admin/subscribers/notice/").content.decode()

    counts = [
        f'<td class="field-{name}">{count}</td>'
        for name, count in (("waiting", 4), ("sent", 2), ("failed", 1))
    ]
    assert all(cell in text for cell in counts)


def test_the_list_of_notices_costs_the_same_queries_for_one_and_for_many(
    client: Client, django_assert_num_queries: Any
) -> None:
    page = make_page()
    make_subscriber(page)
    for _ in range(20):
        notify(page)
    with django_assert_num_queries(7):
        client.get("/admin/subscribers/notice/")


def test_a_dead_delivery_says_why_and_starts_anew(client: Client) -> None:
    page = make_page()
    for _ in range(2):
        make_subscriber(page)
    notify(page)
    Delivery.objects.update(state=DeliveryState.DEAD, attempts=10, error="550 no such user", finished_at=NOW)
    one, other = Delivery.objects.order_by("id")
    shown = client.get("/admin/subscribers/delivery/", {"state__exact": "dead"}).content.decode()
    assert "550 no such user" in shown

    action = {"action": "retry", "_selected_action": [one.pk]}
    client.post("/admin/subscribers/delivery/", action)

    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.state, one.attempts, one.finished_at) == (DeliveryState.PENDING, 0, None)
    assert other.state == DeliveryState.DEAD


def test_all_dead_deliveries_of_a_notice_start_anew(client: Client) -> None:
    page = make_page()
    sent, dead = make_subscriber(page), make_subscriber(page)
    notice = notify(page)
    Delivery.objects.filter(subscriber=sent).update(state=DeliveryState.SENT)
    Delivery.objects.filter(subscriber=dead).update(state=DeliveryState.DEAD)

    client.post("/admin/subscribers/notice/", {"action": "retry", "_selected_action": [notice.pk]})

    assert Delivery.objects.get(subscriber=dead).state == DeliveryState.PENDING
    assert Delivery.objects.get(subscriber=sent).state == DeliveryState.SENT


def test_staff_may_unsubscribe_an_address(client: Client) -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    notify(page)

    action = {"action": "unsubscribe", "_selected_action": [subscriber.pk]}
    client.post("/admin/subscribers/subscriber/", action)

    subscriber.refresh_from_db()
    assert subscriber.state == State.UNSUBSCRIBED
    assert Delivery.objects.get().state == DeliveryState.CANCELLED


def test_nothing_is_typed_in(client: Client) -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    for model in ("subscriber", "notice", "delivery"):
        assert client.get(f"/admin/subscribers/{model}/add/").status_code == 403

    client.post(f"/admin/subscribers/subscriber/{subscriber.pk}/change/", {"address": "x@example.com"})
    before = subscriber.address
    subscriber.refresh_from_db()
    assert subscriber.address == before
