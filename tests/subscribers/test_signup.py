import threading
from datetime import timedelta

import pytest
from django.db import connection

from subscribers import signup
from subscribers.models import Delivery, Notice, State, Subscriber
from subscribers.signup import Wish
from tests.make import make_component, make_page
from tests.subscribers.make import NOW, make_subscriber, notify

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)


def question() -> str:
    return str(Notice.objects.latest("id").public_id)


def test_an_unknown_address_is_kept_waiting_and_asked_once() -> None:
    page = make_page()

    signup.request(page, "email", "reader@example.com", Wish("fr"), NOW)

    subscriber = Subscriber.objects.get()
    assert (subscriber.state, subscriber.language) == (State.PENDING, "fr")
    assert Delivery.objects.get().subscriber == subscriber
    assert Wish(**Notice.objects.get().payload | {"components": (), "groups": (), "subjects": ()}) == Wish(
        "fr"
    )


def test_an_address_is_asked_once_a_day_whoever_types_it() -> None:
    page = make_page()
    for hours in (0, 1, 23.9):
        signup.request(page, "email", "reader@example.com", Wish("en"), NOW + timedelta(hours=hours))
    assert Notice.objects.count() == 1

    signup.request(page, "email", "reader@example.com", Wish("en"), NOW + DAY)
    assert Notice.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_an_address_that_is_typed_twice_at_once_is_asked_once() -> None:
    page = make_page()
    together = threading.Barrier(4)

    def ask() -> None:
        try:
            together.wait()
            signup.request(page, "email", "reader@example.com", Wish("en"), NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (Subscriber.objects.count(), Notice.objects.count()) == (1, 1)


def test_confirming_fulfils_the_wish() -> None:
    page = make_page()
    component = make_component(page)
    signup.request(page, "email", "reader@example.com", Wish("fr", False, (component.pk,)), NOW)

    subscriber = signup.confirm(question(), NOW)

    assert subscriber
    assert subscriber.state == State.ACTIVE
    assert not subscriber.everything
    assert list(subscriber.components.all()) == [component]
    assert subscriber.confirmed_at == NOW


def test_confirming_twice_is_confirming_once() -> None:
    signup.request(make_page(), "email", "reader@example.com", Wish("en"), NOW)
    signup.confirm(question(), NOW)

    again = signup.confirm(question(), NOW + DAY)

    assert again
    assert again.confirmed_at == NOW


def test_a_component_of_another_page_or_one_that_is_gone_is_not_followed() -> None:
    page = make_page()
    gone, foreign = make_component(page), make_component(make_page())
    wish = Wish("en", False, (gone.pk, foreign.pk))
    signup.request(page, "email", "reader@example.com", wish, NOW)
    gone.delete()

    subscriber = signup.confirm(question(), NOW)

    assert subscriber
    assert list(subscriber.components.all()) == []
    assert not subscriber.everything


def test_asking_for_an_active_address_changes_nothing_until_it_is_confirmed() -> None:
    page = make_page()
    component = make_component(page)
    subscriber = make_subscriber(page)

    signup.request(page, "email", subscriber.address, Wish("fr", False, (component.pk,)), NOW)
    subscriber.refresh_from_db()
    assert (subscriber.state, subscriber.language, subscriber.everything) == (State.ACTIVE, "en", True)

    signup.confirm(question(), NOW)
    subscriber.refresh_from_db()
    assert (subscriber.state, subscriber.language, subscriber.everything) == (State.ACTIVE, "fr", False)


@pytest.mark.parametrize("state", [State.UNSUBSCRIBED, State.DISABLED])
def test_whoever_left_may_come_back(state: State) -> None:
    page = make_page()
    subscriber = make_subscriber(page, state=state, ended_at=NOW)

    signup.request(page, "email", subscriber.address, Wish("en"), NOW)
    signup.confirm(question(), NOW)

    subscriber.refresh_from_db()
    assert (subscriber.state, subscriber.ended_at) == (State.ACTIVE, None)


def test_an_old_question_does_not_bring_back_whoever_left() -> None:
    page = make_page()
    signup.request(page, "email", "reader@example.com", Wish("en"), NOW)
    subscriber = signup.confirm(question(), NOW)
    assert subscriber
    signup.leave(subscriber.public_id, NOW)

    assert signup.confirm(question(), NOW) is None
    subscriber.refresh_from_db()
    assert subscriber.state == State.UNSUBSCRIBED


def test_a_notice_is_no_question() -> None:
    page = make_page()
    make_subscriber(page, state=State.PENDING)
    notice = notify(page)

    assert signup.confirm(notice.public_id, NOW) is None


def test_a_stranger_cannot_change_the_secret_of_an_active_webhook() -> None:
    page = make_page()
    subscriber = make_subscriber(page, channel="webhook")
    before = subscriber.secret

    signup.request(page, "webhook", subscriber.address, Wish("en"), NOW)

    subscriber.refresh_from_db()
    assert (subscriber.secret, subscriber.state) == (before, State.ACTIVE)
    assert Notice.objects.count() == 0


def test_a_new_webhook_has_the_secret_that_was_shown() -> None:
    page = make_page()
    secret = signup.request(page, "webhook", "https://hooks.example.com/", Wish("en"), NOW)

    assert secret.startswith("whsec_")
    assert Subscriber.objects.get().secret == secret


def test_a_secret_is_not_readable_in_the_database() -> None:
    secret = signup.request(make_page(), "webhook", "https://hooks.example.com/", Wish("en"), NOW)

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM subscribers_subscriber")
        stored = cursor.fetchone()[0]
    assert secret not in stored
    assert stored


def test_leaving_twice_is_leaving_once() -> None:
    subscriber = make_subscriber(make_page())
    signup.leave(subscriber.public_id, NOW)
    signup.leave(subscriber.public_id, NOW + DAY)

    subscriber.refresh_from_db()
    assert subscriber.ended_at == NOW


def test_nobody_can_leave_for_somebody_who_does_not_exist() -> None:
    assert signup.leave("nobody", NOW) is None


def test_addresses_that_never_confirm_are_forgotten_after_a_week() -> None:
    page = make_page()
    active = make_subscriber(page)
    asked = make_subscriber(page, state=State.PENDING, asked_at=NOW - timedelta(days=6, hours=23))
    make_subscriber(page, state=State.PENDING, asked_at=NOW - timedelta(days=7))

    assert signup.drop_pending(NOW) == 1
    assert set(Subscriber.objects.all()) == {active, asked}
