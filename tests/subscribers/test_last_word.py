from datetime import timedelta
from pathlib import Path

import pytest

from monitors.models import Page
from subscribers import last_word, signup, suppression
from subscribers.channels import CHANNELS
from subscribers.events import LAST_WORD
from subscribers.models import Delivery, DeliveryState, Notice, State, Subscriber, Suppression
from tests.make import make_page
from tests.subscribers.conftest import Receiver, SmtpServer
from tests.subscribers.make import NOW, Clock, make_means, make_subscriber, notify, send

pytestmark = pytest.mark.django_db
CONTACT = "owner@example.com"
HOOK = "https://hooks.example.com/secret/path/that/is/long"


def make_hook(page: Page | None = None, **values: object) -> Subscriber:
    wanted = {"channel": "webhook", "contact": CONTACT, "confirmed_at": NOW} | values
    return make_subscriber(page or make_page(), **wanted)


def found(subscriber: Subscriber) -> Subscriber:
    return Subscriber.objects.defer("secret").get(pk=subscriber.pk)


def last_words() -> list[str]:
    return [
        delivery.subscriber.contact
        for delivery in Delivery.objects.filter(notice__event=LAST_WORD)
        .select_related("subscriber")
        .order_by("id")
    ]


def exhaust(clock: Clock) -> None:
    """Every attempt of the schedule of webhooks, and the time between them."""
    for _attempt in CHANNELS["webhook"].schedule:
        send("webhook", make_means(), clock)
        clock.forward(hours=27)


def test_a_webhook_that_fails_for_its_whole_schedule_is_switched_off(receiver: Receiver) -> None:
    subscriber = receiver.to(make_hook())
    receiver.answer = lambda _request: (500, {})
    notify(subscriber.page)
    second = notify(subscriber.page, now=NOW + timedelta(seconds=1))
    clock = Clock(NOW + timedelta(seconds=2))

    exhaust(clock)

    ended = found(subscriber)
    assert (ended.state, ended.ended_why) == (State.DISABLED, "HTTP 500")
    assert Delivery.objects.get(notice=second).state == DeliveryState.CANCELLED
    assert last_words() == [CONTACT]


def test_a_webhook_that_something_reached_since_goes_on(receiver: Receiver) -> None:
    subscriber = receiver.to(make_hook())
    receiver.answer = lambda request: (500 if request.json["type"] == "incident.created" else 204, {})
    notify(subscriber.page)
    clock = Clock(NOW + timedelta(seconds=2))
    send("webhook", make_means(), clock)
    notify(subscriber.page, "incident.updated", subject="incident:another", now=clock.forward(hours=1))

    exhaust(clock)

    assert DeliveryState.DEAD in Delivery.objects.values_list("state", flat=True)
    assert found(subscriber).state == State.ACTIVE
    assert last_words() == []


def test_a_webhook_that_says_it_is_gone_is_switched_off_at_once(receiver: Receiver) -> None:
    subscriber = receiver.to(make_hook())
    receiver.answer = lambda _request: (410, {})
    notify(subscriber.page)

    send("webhook", make_means(), Clock())

    assert (found(subscriber).state, found(subscriber).ended_why) == (State.DISABLED, "HTTP 410")
    assert last_words() == [CONTACT]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_last_word_reaches_the_contact_in_the_subscribers_language(
    smtp: SmtpServer, language: str
) -> None:
    subscriber = make_hook(address=HOOK, language=language)
    last_word.switch_off(subscriber.public_id, "HTTP 500", NOW, NOW)

    assert send("email", make_means(mail_url=smtp.url), Clock()) == 1

    (mail,) = smtp.sink.mails
    assert mail["To"] == CONTACT
    assert mail["Content-Language"] == language
    for part in ("plain", "html"):
        text = mail.get_body((part,)).get_content()
        assert "hooks.example.com" in text
        assert "HTTP 500" in text
        assert make_means().manage(subscriber.public_id) in text
        # Who is named as a contact need not be the owner.
        assert "secret/path" not in text


def test_one_person_gets_one_a_day_however_many_of_theirs_fail() -> None:
    page = make_page()
    hooks = [make_hook(page) for _number in range(3)]
    for hours, hook in zip((0, 23, 25), hooks, strict=True):
        at = NOW + timedelta(hours=hours)
        last_word.switch_off(hook.public_id, "HTTP 500", at, at)

    assert last_words() == [CONTACT, CONTACT]
    told = Notice.objects.filter(event=LAST_WORD).order_by("id").values_list("created_at", flat=True)
    assert list(told) == [NOW, NOW + timedelta(hours=25)]


def test_nobody_is_written_to_who_is_suppressed_unknown_or_never_confirmed() -> None:
    page = make_page()
    suppression.suppress("barred@example.com", Suppression.Reason.COMPLAINED, "", NOW)
    for hook in (
        make_hook(page, contact="barred@example.com"),
        make_hook(page, contact=""),
        make_hook(page, confirmed_at=None),
    ):
        last_word.switch_off(hook.public_id, "HTTP 410", NOW, NOW)
        assert found(hook).state == State.DISABLED

    assert last_words() == []


def test_who_has_left_gets_no_last_word() -> None:
    hook = make_hook()
    signup.leave(hook.public_id, NOW)

    last_word.switch_off(hook.public_id, "HTTP 410", NOW, NOW + timedelta(seconds=1))

    assert found(hook).state == State.UNSUBSCRIBED
    assert last_words() == []


def test_who_is_back_before_it_was_sent_is_not_told_that_they_are_off(tmp_path: Path) -> None:
    hook = make_hook()
    last_word.switch_off(hook.public_id, "HTTP 500", NOW, NOW)
    Subscriber.objects.filter(pk=hook.pk).update(state=State.ACTIVE)

    assert send("email", make_means(mail_folder=tmp_path), Clock()) == 0

    assert Delivery.objects.get().state == DeliveryState.CANCELLED


def test_a_contact_that_does_not_exist_is_never_written_to_again(smtp: SmtpServer) -> None:
    hook = make_hook()
    last_word.switch_off(hook.public_id, "HTTP 500", NOW, NOW)
    smtp.sink.answer_rcpt = lambda _address: "550 5.1.1 User unknown"

    send("email", make_means(mail_url=smtp.url), Clock())

    assert suppression.is_suppressed(CONTACT)


def test_signing_up_again_does_not_wait_behind_a_last_word(receiver: Receiver) -> None:
    hook = receiver.to(make_hook())
    last_word.switch_off(hook.public_id, "HTTP 500", NOW, NOW)
    later = NOW + timedelta(days=2)

    signup.request(hook.page, "webhook", hook.address, signup.Wish("en"), later)
    send("webhook", make_means(), Clock(later))

    assert found(hook).state == State.ACTIVE
