"""The mail server says no, not now, nothing, or goes away: a real one, in a process of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from subscribers.channels import email
from subscribers.models import Delivery, DeliveryState, State, Subscriber, Suppression
from tests.mailsink import MailSink, mail_sink
from tests.make import make_page
from tests.subscribers.make import Clock, make_means, make_subscriber, notify, send

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Start = Callable[[str], MailSink]
LATER = ["rcpt-421", "rcpt-450", "rcpt-451", "rcpt-452", "rcpt-450.4.7.1", "data-421", "data-451", "data-452"]
GONE = ["rcpt-550.5.1.1", "rcpt-550", "rcpt-551", "rcpt-552", "rcpt-553", "rcpt-554.5.1.2"]
REFUSED = ["rcpt-550.5.7.1", "rcpt-554", "data-550", "data-552", "data-554", "data-550.5.7.1"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started = []

    def start(manner: str) -> MailSink:
        sink = mail_sink(tmp_path / (manner or "good"), manner)
        started.append(sink)
        return sink.__enter__()

    yield start
    for sink in started:
        sink.__exit__(None, None, None)


@pytest.mark.parametrize("manner", ["", "lock-step"])
def test_each_answer_decides_about_its_own_mail_alone(start: Start, manner: str) -> None:
    sink = start(manner)
    page = make_page()
    for number in range(25):
        make_subscriber(page, address=f"fine{number}@good.example")
        for kind in (LATER, GONE, REFUSED):
            if number < len(kind):
                make_subscriber(page, address=f"{kind[number]}-x@{number}.example")
    notify(page)

    send("email", make_means(mail_url=sink.url), Clock())

    assert sorted(address for _at, address in sink.taken()) == sorted(
        f"fine{n}@good.example" for n in range(25)
    )
    states = dict(Delivery.objects.values_list("subscriber__address", "state"))
    of = {address.partition("-x@")[0]: state for address, state in states.items()}
    assert {of[code] for code in LATER} == {DeliveryState.PENDING}
    assert {of[code] for code in GONE + REFUSED} == {DeliveryState.DEAD}
    attempts = Delivery.objects.filter(state=DeliveryState.PENDING).values_list("attempts", flat=True)
    assert set(attempts) == {1}
    gone = {f"{code}-x@{number}.example" for number, code in enumerate(GONE)}
    assert set(Suppression.objects.values_list("address", flat=True)) == gone
    disabled = Subscriber.objects.filter(state=State.DISABLED)
    assert set(disabled.values_list("address", flat=True)) == gone


@pytest.mark.parametrize("manner", ["", "lock-step"])
def test_a_connection_that_drops_after_the_final_dot_leaves_that_mail_alone_in_doubt(
    start: Start, manner: str
) -> None:
    sink = start(manner)
    page = make_page()
    for number in range(20):
        make_subscriber(page, address=f"fine{number}@good.example")
    make_subscriber(page, address="drop-x@good.example")
    for number in range(20, 40):
        make_subscriber(page, address=f"fine{number}@good.example")
    notify(page)
    clock = Clock()

    send("email", make_means(mail_url=sink.url), clock)

    (doubtful,) = Delivery.objects.filter(state=DeliveryState.PENDING)
    assert (doubtful.subscriber.address, doubtful.attempts) == ("drop-x@good.example", 1)
    assert len(sink.taken()) == len(set(sink.taken())) == 41
    clock.forward(minutes=1)
    send("email", make_means(mail_url=sink.url), clock)
    assert [address for _at, address in sink.taken()].count("drop-x@good.example") == 2


def test_a_tarpit_holds_two_connections_at_most_and_no_mail_for_long(start: Start, tmp_path: Path) -> None:
    page = make_page()
    for _ in range(50):
        make_subscriber(page)
    notify(page)
    clock = Clock()
    with mail_sink(tmp_path / "pit", "tarpit") as pit:
        send("email", make_means(mail_url=pit.url), clock)

    assert pit.most() <= 2
    assert pit.taken() == []
    assert set(Delivery.objects.values_list("state", "attempts", "lease")) == {(DeliveryState.PENDING, 0, "")}
    clock.forward(seconds=10)
    assert send("email", make_means(mail_url=start("").url), clock) == 50


@pytest.mark.parametrize("manner", ["", "tls"])
def test_where_tls_is_demanded_nothing_goes_without_it(start: Start, manner: str) -> None:
    sink = start(manner)
    page = make_page()
    make_subscriber(page)
    notify(page)
    demanding = sink.url.replace("smtp://", "smtp+tls://user:hush@")

    assert send("email", make_means(mail_url=demanding), Clock()) == 0

    assert sink.taken() == []
    assert set((sink.folder / "heard").read_text().split()) <= {"EHLO", "HELO", "STARTTLS", "QUIT"}
    assert Delivery.objects.get().attempts == 0


@pytest.mark.parametrize("manner", ["", "tls"])
def test_where_tls_is_left_to_chance_mail_goes_all_the_same(start: Start, manner: str) -> None:
    page = make_page()
    make_subscriber(page)
    notify(page)
    sink = start(manner)

    by_chance = sink.url.replace("smtp://", "smtp+opportunistic://")
    assert send("email", make_means(mail_url=by_chance), Clock()) == 1


@pytest.mark.parametrize("few", [1, 2, 3, 10, 37])
def test_however_many_are_handed_over_together_each_arrives_once(
    start: Start, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email, "FEW", few)
    sink = start("")
    page = make_page()
    for _ in range(60):
        make_subscriber(page)
    notify(page)

    assert send("email", make_means(mail_url=sink.url), Clock()) == 60
    assert len({address for _at, address in sink.taken()}) == len(sink.taken()) == 60
