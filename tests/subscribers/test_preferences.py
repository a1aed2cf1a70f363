from datetime import datetime, timedelta
from typing import Any

import pytest

from incidents import post
from incidents.models import Incident
from monitors.models import Page
from subscribers import claims, preferences, records, signup, tasks
from subscribers.channels.base import Outcome, Result
from subscribers.events import TEST
from subscribers.models import Delivery, DeliveryState, Notice, State, Subscriber
from subscribers.signup import Wish
from tests.make import make_component, make_group, make_page
from tests.subscribers.conftest import Receiver
from tests.subscribers.make import (
    NOW,
    Clock,
    claimed,
    make_means,
    make_subscriber,
    notify,
    send,
    states,
)

pytestmark = pytest.mark.django_db


def again(subscriber: Subscriber) -> Subscriber:
    return Subscriber.objects.get(pk=subscriber.pk)


def fail(subscriber: Subscriber) -> Notice:
    """A notice that did not arrive."""
    notice = notify(subscriber.page)
    Delivery.objects.filter(notice=notice).update(
        state=DeliveryState.DEAD, error="HTTP 500", finished_at=NOW, attempts=10
    )
    return notice


def test_what_was_changed_counts_from_the_next_notice() -> None:
    page = make_page()
    group = make_group(page)
    checkout, search = make_component(page), make_component(page, group=group)
    subscriber = make_subscriber(page, checkout)

    before = notify(page, "incident.created", checkout)
    wish = Wish(
        "fr",
        everything=False,
        groups=(group.pk,),
        kinds="incident",
        time_zone="Asia/Tokyo",
        contact="a@b.example",
    )
    assert preferences.change(subscriber.public_id, wish)
    after = notify(page, "incident.created", checkout, subject="incident:incident0002")
    within = notify(page, "incident.created", search, subject="incident:incident0003")

    assert [len(states(notice)) for notice in (before, after, within)] == [1, 0, 1]
    changed = again(subscriber)
    assert (changed.language, changed.everything, changed.kinds) == ("fr", False, "incident")
    assert (changed.time_zone, changed.contact) == ("Asia/Tokyo", "a@b.example")
    assert list(changed.components.all()) == []
    assert list(changed.groups.all()) == [group]


def test_components_and_groups_of_another_page_are_never_chosen() -> None:
    page, other = make_page(), make_page()
    subscriber = make_subscriber(page)
    wish = Wish(
        "en", everything=False, components=(make_component(other).pk,), groups=(make_group(other).pk,)
    )

    preferences.change(subscriber.public_id, wish)

    assert not again(subscriber).components.exists()
    assert not again(subscriber).groups.exists()


def test_single_incidents_can_only_be_let_go() -> None:
    subscriber = make_subscriber(make_page(), subjects=["incident:aaaaaaaaaaaa", "incident:bbbbbbbbbbbb"])
    wish = Wish("en", subjects=("incident:bbbbbbbbbbbb", "incident:cccccccccccc"))

    preferences.change(subscriber.public_id, wish)

    assert again(subscriber).subjects == ["incident:bbbbbbbbbbbb"]


@pytest.mark.parametrize("state", [State.PENDING, State.UNSUBSCRIBED, State.DISABLED])
def test_only_who_is_subscribed_changes_pauses_or_resumes(state: State) -> None:
    subscriber = make_subscriber(make_page(), state=state, language="en", channel="webhook")
    secret = subscriber.secret

    assert not preferences.change(subscriber.public_id, Wish("fr"))
    assert not preferences.pause(subscriber.public_id, NOW)
    assert not preferences.resume(subscriber.public_id)
    assert not preferences.test(subscriber.public_id, NOW)
    assert not preferences.rotate_secret(subscriber.public_id, NOW)
    found = again(subscriber)
    assert (found.state, found.language, found.secret) == (state, "en", secret)
    assert not Notice.objects.exists()


def test_nothing_comes_while_it_is_paused_and_nothing_of_it_later() -> None:
    page = make_page()
    subscriber = make_subscriber(page)
    waiting = notify(page)

    assert preferences.pause(subscriber.public_id, NOW)
    missed = notify(page)
    assert states(waiting) == {subscriber.address: DeliveryState.CANCELLED}
    assert states(missed) == {}
    assert not preferences.pause(subscriber.public_id, NOW)

    assert preferences.resume(subscriber.public_id)
    assert claimed() == []
    heard = notify(page)
    assert states(heard) == {subscriber.address: DeliveryState.PENDING}


def test_erasing_leaves_nothing_behind() -> None:
    page = make_page()
    subscriber, other = make_subscriber(page), make_subscriber(page)
    notice = notify(page)
    signup.request(page, "email", subscriber.address, Wish("en", contact="me@example.com"), NOW)
    assert Notice.objects.count() == 2

    assert preferences.erase(subscriber.public_id)
    assert not preferences.erase(subscriber.public_id)

    assert list(Subscriber.objects.all()) == [other]
    assert list(Notice.objects.all()) == [notice]
    assert list(Delivery.objects.values_list("subscriber", flat=True)) == [other.pk]


def test_a_delivery_in_hand_of_somebody_who_was_erased_stops_nobody() -> None:
    page = make_page()
    gone, stays = make_subscriber(page), make_subscriber(page)
    notify(page)
    batch = claims.claim("email", NOW)
    assert batch

    preferences.erase(gone.public_id)
    assert claims.held(batch, batch.ids) < set(batch.ids)
    recorded = records.record(batch, [Outcome(id_, Result.SENT) for id_ in batch.ids], NOW)

    assert len(recorded) == 1
    assert states() == {stays.address: DeliveryState.SENT}


def test_after_a_rotation_both_secrets_sign_for_a_day() -> None:
    subscriber = make_subscriber(make_page(), channel="webhook")
    old = subscriber.secret

    new = preferences.rotate_secret(subscriber.public_id, NOW)

    found = again(subscriber)
    assert new.startswith("whsec_")
    assert (found.secret, found.previous_secret) == (new, old)
    assert found.previous_until == NOW + timedelta(hours=24)


def test_a_test_is_sent_once_at_a_time_and_confirms_nothing(receiver: Receiver) -> None:
    subscriber = receiver.to(make_subscriber(make_page(), channel="webhook", language="fr"))

    assert preferences.test(subscriber.public_id, NOW)
    assert preferences.test(subscriber.public_id, NOW)
    assert Notice.objects.filter(event=TEST).count() == 1
    preferences.change(subscriber.public_id, Wish("en", kinds="maintenance"))
    assert send("webhook", make_means(), Clock()) == 1

    [request] = receiver.requests
    assert request.json["type"] == "ping"
    assert again(subscriber).kinds == "maintenance"
    assert preferences.test(subscriber.public_id, NOW)
    assert Notice.objects.filter(event=TEST).count() == 2


def test_what_failed_is_sent_again_one_by_one_or_all() -> None:
    page = make_page()
    subscriber, other = (make_subscriber(page, channel="webhook") for _ in range(2))
    first, second, third = (fail(subscriber) for _ in range(3))

    assert preferences.replay(subscriber.public_id, NOW, second.public_id) == 1
    assert states(second)[subscriber.address] == DeliveryState.PENDING
    assert states(first)[subscriber.address] == DeliveryState.DEAD
    assert preferences.replay(subscriber.public_id, NOW) == 2
    assert preferences.replay(subscriber.public_id, NOW) == 0
    assert {states(notice)[other.address] for notice in (first, second, third)} == {DeliveryState.DEAD}


@pytest.mark.parametrize("state", [State.PAUSED, State.UNSUBSCRIBED, State.DISABLED, State.PENDING])
def test_nothing_is_sent_again_to_who_does_not_hear(state: State) -> None:
    subscriber = make_subscriber(make_page(), channel="webhook")
    fail(subscriber)
    Subscriber.objects.update(state=state)

    assert preferences.replay(subscriber.public_id, NOW) == 0
    assert set(states().values()) == {DeliveryState.DEAD}


def test_old_questions_and_tests_are_not_among_what_failed() -> None:
    subscriber = make_subscriber(make_page(), channel="webhook")
    preferences.test(subscriber.public_id, NOW)
    Delivery.objects.update(state=DeliveryState.DEAD)

    assert not preferences.failed(subscriber).exists()
    assert preferences.replay(subscriber.public_id, NOW) == 0


def follow(page: Page, *subjects: str, **values: Any) -> Subscriber:
    return make_subscriber(page, everything=False, subjects=list(subjects), **values)


def test_who_follows_only_what_is_over_is_forgotten_after_30_days() -> None:
    page = make_page()
    component = make_component(page, now=NOW)
    done, open_one = (make_incident(page, NOW) for _ in range(2))
    close(done, NOW + timedelta(hours=1))
    gone = follow(page, f"incident:{done.public_id}")
    waiting = follow(page, f"incident:{done.public_id}", f"incident:{open_one.public_id}")
    more = follow(page, f"incident:{done.public_id}")
    more.components.add(component)
    everything = make_subscriber(page, subjects=[f"incident:{done.public_id}"])
    asked = follow(page, f"incident:{done.public_id}", state=State.PENDING)

    assert preferences.forget_followers(NOW + timedelta(days=30)) == 0
    assert preferences.forget_followers(NOW + timedelta(days=30, hours=1)) == 1
    assert set(Subscriber.objects.all()) == {waiting, more, everything, asked}
    assert not Delivery.objects.filter(subscriber_id=gone.pk).exists()


def test_who_follows_what_nobody_knows_any_more_is_forgotten() -> None:
    follow(make_page(), "incident:aaaaaaaaaaaa", "nothing:bbbbbbbbbbbb", state=State.UNSUBSCRIBED)

    assert preferences.forget_followers(NOW) == 1


def test_tidying_up_forgets_them() -> None:
    follow(make_page(), "incident:aaaaaaaaaaaa")

    tasks.tidy()

    assert not Subscriber.objects.exists()


def make_incident(page: Page, now: datetime) -> Incident:
    return post.open_incident(
        page,
        title_en="Payments fail",
        title_fr="Les paiements échouent",
        impact="major",
        status="investigating",
        body_en="We look into it.",
        body_fr="",
        components={},
        now=now,
    )


def close(incident: Incident, now: datetime) -> None:
    post.update_incident(
        incident, status="resolved", body_en="It is over.", body_fr="", components={}, now=now
    )
