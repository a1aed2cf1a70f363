"""What comes back to the mailbox, as real servers write it, and as somebody who means harm would."""

from collections.abc import Callable
from datetime import timedelta
from email.header import Header
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers import last_word, suppression, tokens
from subscribers.models import Delivery, DeliveryState, State, Subscriber, Suppression
from subscribers.returns import bounces
from subscribers.returns.parsing import Kind, one_line, parse
from tests.make import make_page
from tests.subscribers.make import NOW, Clock, make_means, make_subscriber, notify, send

pytestmark = pytest.mark.django_db
RETURNS = Path(__file__).parent / "returns"
Sent = Callable[..., tuple[Subscriber, str]]
HARD = ["postfix", "exim", "exim_plain", "exchange", "gmail", "qmail", "sendmail", "ses"]
REFUSED = ["postfix_policy", "postfix_expired"]
COUNTED = ["postfix_full", "postfix_of_a_list", "postfix_of_a_full_list"]
IGNORED = ["away", "postfix_delayed", "not_spam"]


def report(name: str, subscriber: Subscriber, mail_id: str, **swaps: str) -> bytes:
    """A message of the corpus, about one mail to one subscriber."""
    values = {
        "MAIL_ID": mail_id,
        "ADDRESS": subscriber.address,
        "TOKEN": tokens.for_leaving(subscriber.public_id),
    }
    text = (RETURNS / f"{name}.eml").read_text()
    for mark, value in (values | swaps).items():
        text = text.replace(mark, value)
    return text.replace("\n", "\r\n").encode()


@pytest.fixture
def sent(tmp_path: Path) -> Sent:
    """Sends a mail about an incident of its own to a subscriber, by default a new one; and its id."""

    def make(subscriber: Subscriber | None = None) -> tuple[Subscriber, str]:
        subscriber = subscriber or make_subscriber(make_page())
        notice = notify(subscriber.page, subject=f"incident:{Delivery.objects.count():012}")
        assert send("email", make_means(mail_folder=tmp_path), Clock()) == 1
        return subscriber, f"{notice.public_id}{subscriber.public_id}"

    return make


def state(subscriber: Subscriber) -> str:
    return Subscriber.objects.get(pk=subscriber.pk).state


@pytest.mark.parametrize("name", HARD)
def test_an_address_that_does_not_exist_is_never_written_to_again(name: str, sent: Sent) -> None:
    subscriber, mail_id = sent()
    raw = report(name, subscriber, mail_id)

    assert bounces.act(parse(raw), NOW) == Kind.RETURNED

    suppressed = Suppression.objects.get()
    assert (suppressed.address, suppressed.reason) == (subscriber.address, Suppression.Reason.BOUNCED)
    assert suppressed.detail
    assert suppressed.detail.isprintable()
    assert state(subscriber) == State.DISABLED


@pytest.mark.parametrize("name", [*HARD[:-1], *REFUSED, *COUNTED])
def test_a_mail_that_came_back_is_a_failed_delivery_that_says_why(name: str, sent: Sent) -> None:
    subscriber, mail_id = sent()

    bounces.act(parse(report(name, subscriber, mail_id)), NOW)

    delivery = Delivery.objects.get()
    assert delivery.state == DeliveryState.DEAD
    assert delivery.error


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_of_our_mail_or_a_broken_network_is_never_held_against_the_address(
    name: str, sent: Sent
) -> None:
    subscriber = None
    for day in range(5):
        subscriber, mail_id = sent(subscriber)
        raw = report(name, subscriber, mail_id)
        assert bounces.act(parse(raw), NOW + timedelta(days=day)) == Kind.RETURNED

    assert subscriber
    assert state(subscriber) == State.ACTIVE


@pytest.mark.parametrize("name", COUNTED)
def test_a_mailbox_that_gives_mail_back_on_three_days_is_given_up(name: str, sent: Sent) -> None:
    subscriber = None
    for day, expected in ((0, State.ACTIVE), (0, State.ACTIVE), (4, State.ACTIVE), (9, State.DISABLED)):
        subscriber, mail_id = sent(subscriber)
        raw = report(name, subscriber, mail_id)
        bounces.act(parse(raw), NOW + timedelta(days=day))
        assert state(subscriber) == expected

    assert subscriber
    assert suppression.is_suppressed(subscriber.address)


def test_days_more_than_a_month_apart_do_not_count_together(sent: Sent) -> None:
    subscriber = None
    for day in (0, 20, 40, 71):
        subscriber, mail_id = sent(subscriber)
        bounces.act(parse(report("postfix_full", subscriber, mail_id)), NOW + timedelta(days=day))

    assert subscriber
    assert state(subscriber) == State.ACTIVE


@pytest.mark.parametrize("name", IGNORED)
def test_answers_in_absence_and_delays_change_nothing(name: str, sent: Sent) -> None:
    subscriber, mail_id = sent()

    assert bounces.act(parse(report(name, subscriber, mail_id)), NOW) == Kind.NOISE

    assert state(subscriber) == State.ACTIVE
    assert Delivery.objects.get().state == DeliveryState.SENT


def test_what_a_person_writes_is_left_for_people(sent: Sent) -> None:
    subscriber, mail_id = sent()

    assert bounces.act(parse(report("person", subscriber, mail_id)), NOW) == Kind.UNKNOWN

    assert state(subscriber) == State.ACTIVE


def test_who_complains_is_never_written_to_again(sent: Sent) -> None:
    subscriber, mail_id = sent()

    assert bounces.act(parse(report("complaint", subscriber, mail_id)), NOW) == Kind.COMPLAINT

    assert Suppression.objects.get().reason == Suppression.Reason.COMPLAINED
    assert state(subscriber) == State.DISABLED


def test_a_mail_with_the_token_lets_its_subscriber_go_whoever_sends_it(sent: Sent) -> None:
    subscriber, mail_id = sent()

    assert bounces.act(parse(report("leave", subscriber, mail_id)), NOW) == Kind.LEAVE

    assert state(subscriber) == State.UNSUBSCRIBED
    assert not Suppression.objects.exists()


def test_a_webhook_leaves_by_its_token_too() -> None:
    subscriber = make_subscriber(make_page(), channel="webhook")

    subject = Header(f"Unsubscribe {tokens.for_leaving(subscriber.public_id)} …", "utf-8").encode()
    raw = f"Subject: {subject}\r\n\r\n".encode()

    assert bounces.act(parse(raw), NOW) == Kind.LEAVE
    assert state(subscriber) == State.UNSUBSCRIBED


def test_a_token_that_we_did_not_sign_lets_nobody_go(sent: Sent) -> None:
    subscriber, mail_id = sent()
    forged = report("leave", subscriber, mail_id, TOKEN=f"{subscriber.public_id}:{'A' * 43}")

    assert bounces.act(parse(forged), NOW) == Kind.UNKNOWN

    assert state(subscriber) == State.ACTIVE


def test_a_forged_report_about_somebody_else_reaches_nobody_else(sent: Sent) -> None:
    """An attacker who is a subscriber knows the id of a mail of their own, and no other."""
    victim, _unknown_to_them = sent()
    attacker, mail_id = sent(make_subscriber(make_page(), address="attacker@example.org"))
    own_token = tokens.for_leaving(attacker.public_id)

    for name in HARD:
        forged = report(name, victim, mail_id, TOKEN=own_token)
        bounces.act(parse(forged), NOW)

    assert state(victim) == State.ACTIVE
    assert not suppression.is_suppressed(victim.address)


def test_a_forged_report_with_guessed_ids_reaches_nobody(sent: Sent) -> None:
    victim, mail_id = sent()
    notice_id = mail_id[:12]
    token = f"{victim.public_id}:{'x' * 43}"

    for guess in (f"{notice_id}{'a' * 12}", f"{'a' * 12}{victim.public_id}", "a" * 24):
        for name in (*HARD, "complaint"):
            assert bounces.act(parse(report(name, victim, guess, TOKEN=token)), NOW) == Kind.UNKNOWN

    assert state(victim) == State.ACTIVE


def test_a_report_about_the_mails_of_two_is_left_for_people(sent: Sent) -> None:
    first, mail_id = sent()
    second, other_id = sent()
    both = report("complaint", first, mail_id, TOKEN="")
    both = both.replace(b"MIME-Version", f"References: <{other_id}@example.com>\r\nMIME-Version".encode(), 1)

    assert bounces.act(parse(both), NOW) == Kind.UNKNOWN

    assert state(first) == state(second) == State.ACTIVE


def test_a_report_about_a_webhook_suppresses_nothing() -> None:
    """Its contact is whoever the owner names: they must not be able to bar others by it."""
    webhook = make_subscriber(make_page(), channel="webhook", contact="victim@example.com")
    notice = notify(webhook.page)
    victim = make_subscriber(webhook.page, address="victim@example.com")
    token = tokens.for_leaving(webhook.public_id)

    for about in (victim, webhook):
        for name in (*HARD, "complaint"):
            raw = report(name, about, f"{notice.public_id}{webhook.public_id}", TOKEN=token)
            assert bounces.act(parse(raw), NOW) == Kind.UNKNOWN

    assert state(victim) == state(webhook) == State.ACTIVE
    assert not Suppression.objects.exists()


def test_a_last_word_that_came_back_suppresses_no_contact(tmp_path: Path) -> None:
    """The owner of a webhook reads the id of its last word, and could name a victim afterwards."""
    webhook = make_subscriber(make_page(), channel="webhook", contact="me@example.org", confirmed_at=NOW)
    last_word.switch_off(webhook.public_id, "HTTP 500", NOW, NOW)
    assert send("email", make_means(mail_folder=tmp_path), Clock()) == 1
    victim = make_subscriber(webhook.page, address="victim@example.com")
    Subscriber.objects.filter(pk=webhook.pk).update(contact=victim.address)
    mail_id = Delivery.objects.get().notice.public_id + webhook.public_id

    for about in (webhook, victim):
        for name in (*HARD, "complaint"):
            bounces.act(parse(report(name, about, mail_id, TOKEN="")), NOW)

    assert Delivery.objects.get().state == DeliveryState.DEAD
    assert state(victim) == State.ACTIVE
    assert not Suppression.objects.exists()


def test_a_report_counts_once_however_often_it_comes(sent: Sent) -> None:
    subscriber, mail_id = sent()
    raw = report("postfix", subscriber, mail_id)
    bounces.act(parse(raw), NOW)
    suppression.lift(subscriber.address)
    Subscriber.objects.update(state=State.ACTIVE)

    assert bounces.act(parse(raw), NOW + timedelta(days=1)) == Kind.NOISE

    assert state(subscriber) == State.ACTIVE
    assert not suppression.is_suppressed(subscriber.address)


def test_a_cut_report_is_still_understood(sent: Sent) -> None:
    """Only the beginning of a large message is read."""
    subscriber, mail_id = sent()
    raw = report("postfix", subscriber, mail_id)

    assert bounces.act(parse(raw[: raw.index(b"Content-Type: multipart/alternative")]), NOW) == Kind.RETURNED

    assert suppression.is_suppressed(subscriber.address)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\xff\xfe",
        b"Content-Type: multipart/report\r\n\r\n",
        b"Subject: =?utf-8?b?unsubscribe\r\n\r\n",
        b"Subject: =?nonsense?q?unsubscribe_?=\r\n\r\n",
        b"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n\xff\xff",
        b"Content-Type: text/plain; charset=\xff\r\nFrom: postmaster\r\nSubject: failure notice\r\n\r\n\xff",
        b"A" * 64_000,
        b"Received: x\r\n" * 5_000,
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
        + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 900,
        b"Subject: unsubscribe " + b"a" * 60_000 + b"\r\n\r\n",
        b"\r\n".join([b"From: mailer-daemon", b"Subject: failure notice", b"", b"<" * 60_000]),
        b"\r\n".join([b"From: mailer-daemon", b"Subject: failure notice", b"", b"user " * 12_000]),
    ],
    ids=lambda raw: f"{raw[:24]!r}",
)
def test_nothing_that_somebody_writes_raises(raw: bytes) -> None:
    assert bounces.act(parse(raw), NOW) in (Kind.UNKNOWN, Kind.NOISE)


@given(st.binary(max_size=400), st.sampled_from(sorted(RETURNS.glob("*.eml"))), st.integers(0, 3_000))
def test_no_broken_report_raises(noise: bytes, path: Path, at: int) -> None:
    raw = path.read_bytes()

    assert parse(raw[:at] + noise + raw[at + len(noise) :]).kind in Kind


def test_what_a_stranger_says_is_kept_on_one_visible_line_of_bounded_length() -> None:
    assert one_line("550 no\r\n\x1b[31m \u202eyou\0 " + "x" * 900) == ("550 no [31m you " + "x" * 900)[:500]


def test_who_was_suppressed_may_sign_up_again_once_that_is_lifted(sent: Sent) -> None:
    subscriber, mail_id = sent()
    bounces.act(parse(report("postfix", subscriber, mail_id)), NOW)

    assert suppression.lift(subscriber.address)
    assert not suppression.lift(subscriber.address)

    assert state(subscriber) == State.DISABLED
