import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from subscribers import claims, rates, throttles
from subscribers.models import Delivery, DeliveryState, Throttle
from tests.make import make_page
from tests.subscribers.conftest import SmtpServer
from tests.subscribers.make import NOW, Clock, make_means, make_subscriber, notify, send

pytestmark = pytest.mark.django_db


def test_a_rate_is_so_many_per_second_minute_or_hour() -> None:
    assert rates.parse(" *=50/s, GMAIL.com=0.5/s example.org=120/m b-c.example=1/h ") == {
        "*": timedelta(milliseconds=20),
        "gmail.com": timedelta(seconds=2),
        "example.org": timedelta(milliseconds=500),
        "b-c.example": timedelta(hours=1),
    }
    assert rates.parse("") == {}


@pytest.mark.parametrize(
    "text",
    [
        "gmail.com",
        "gmail.com=",
        "gmail.com=0/s",
        "gmail.com=-1/s",
        "gmail=5/s",
        "a@b.com=1/s",
        "*=5/d",
        "=1/s",
    ],
)
def test_what_is_no_rate_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"^MAIL_RATES: “"):
        rates.parse(f"*=5/s {text}" if not text.startswith("*") else text)


def test_a_domain_has_one_rate() -> None:
    with pytest.raises(ValueError, match=r"^MAIL_RATES names gmail\.com twice\.$"):
        rates.parse("gmail.com=1/s Gmail.com=2/s")


def test_nothing_starts_with_a_rate_that_is_none() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"MAIL_RATES": "gmail.com=fast"},
        capture_output=True,
        text=True,
    )

    assert done.returncode != 0
    assert "MAIL_RATES: “gmail.com=fast” is not like gmail.com=20/s" in done.stderr


def _readers(domain: str, number: int, page: Any) -> None:
    for each in range(number):
        make_subscriber(page, address=f"r{each}@{domain}")


def _sent(smtp: SmtpServer) -> Counter[str]:
    return Counter(address.rpartition("@")[2] for address in smtp.sink.recipients)


def test_a_domain_gets_what_its_rate_allows_and_the_others_do_not_wait(smtp: SmtpServer) -> None:
    page = make_page()
    _readers("slow.example", 12, page)
    _readers("fast.example", 12, page)
    notify(page)
    clock = Clock()
    means = make_means(mail_url=smtp.url, mail_rates=rates.parse("slow.example=4/s"))

    send("email", means, clock)

    assert _sent(smtp) == {"slow.example": 4, "fast.example": 12}
    waiting = Delivery.objects.filter(state=DeliveryState.PENDING)
    assert set(waiting.values_list("lease", "taken", "attempts", "error")) == {("", 0, 0, "")}
    assert all(NOW < due <= NOW + timedelta(seconds=3) for due in waiting.values_list("due_at", flat=True))

    for _ in range(8):
        clock.forward(seconds=0.25)
        send("email", means, clock)
    assert _sent(smtp)["slow.example"] == 12


def test_all_senders_together_keep_to_the_rate_of_everything(smtp: SmtpServer) -> None:
    page = make_page()
    for number in range(6):
        _readers(f"domain{number}.example", 10, page)
    notify(page)
    clock = Clock()
    means = make_means(mail_url=smtp.url, mail_rates=rates.parse("*=10/s"))

    counts = []
    for _ in range(7):
        before = len(smtp.sink.recipients)
        send("email", means, clock)
        send("email", means, clock)
        counts.append(len(smtp.sink.recipients) - before)
        clock.forward(seconds=1)

    assert counts[0] == 10
    assert max(counts) <= 10
    assert len(smtp.sink.recipients) == 60


def test_many_that_wait_are_not_looked_at_again_and_again() -> None:
    page = make_page()
    _readers("slow.example", 60, page)
    notify(page)
    slow = rates.parse("slow.example=1/s")
    looks = 0
    for second in range(80):
        now = NOW + timedelta(seconds=second)
        while batch := claims.claim("email", now, 20):
            looks += len(batch.ids)
            admitted = throttles.admit(batch, slow, now)
            Delivery.objects.filter(pk__in=admitted.ids).update(state=DeliveryState.SENT)

    assert set(Delivery.objects.values_list("state", flat=True)) == {DeliveryState.SENT}
    assert looks <= 60 * 3


def test_newer_news_does_not_wait_behind_what_it_replaced() -> None:
    page = make_page()
    _readers("slow.example", 50, page)
    notify(page)
    slow = rates.parse("slow.example=1/s")
    old = claims.claim("email", NOW)
    assert old
    throttles.admit(old, slow, NOW)
    notify(page, "incident.updated", now=NOW)
    new = claims.claim("email", NOW)
    assert new

    throttles.admit(new, slow, NOW)

    dues = Delivery.objects.filter(state=DeliveryState.PENDING, lease="").order_by("due_at")
    assert dues[0].due_at - NOW <= timedelta(seconds=3)


def test_nothing_waits_for_hours_without_being_looked_at() -> None:
    page = make_page()
    _readers("slow.example", 30, page)
    notify(page)
    batch = claims.claim("email", NOW)
    assert batch

    throttles.admit(batch, rates.parse("slow.example=2/h"), NOW)

    assert max(Delivery.objects.values_list("due_at", flat=True)) <= NOW + throttles.LONGEST


def test_a_domain_that_is_busy_is_left_alone_for_a_while_and_the_others_go_on(smtp: SmtpServer) -> None:
    page = make_page()
    _readers("busy.example", 30, page)
    _readers("fast.example", 30, page)
    notify(page)
    clock = Clock()
    asked: list[str] = []

    def answer(address: str) -> str:
        asked.append(address)
        return "451 4.7.1 too many from you" if "busy" in address else "250 OK"

    smtp.sink.answer_rcpt = answer
    means = make_means(mail_url=smtp.url)
    send("email", means, clock)
    assert _sent(smtp) == {"fast.example": 30}
    tried = sum("busy" in address for address in asked)
    assert tried <= 10
    assert Delivery.objects.filter(state=DeliveryState.PENDING, attempts=0).count() == 30 - tried

    clock.forward(seconds=40)
    send("email", means, clock)
    assert sum("busy" in address for address in asked) == tried

    smtp.sink.answer_rcpt = lambda _address: "250 OK"
    for _ in range(4):
        clock.forward(minutes=1)
        send("email", means, clock)
    assert _sent(smtp)["busy.example"] == 30


def test_greylisting_is_nothing_against_a_domain(smtp: SmtpServer) -> None:
    page = make_page()
    _readers("grey.example", 3, page)
    notify(page)
    smtp.sink.answer_rcpt = lambda _address: "450 4.2.0 greylisted"

    send("email", make_means(mail_url=smtp.url), Clock())

    assert not Throttle.objects.exists()


def test_what_nobody_waits_for_is_forgotten() -> None:
    Throttle.objects.create(domain="old.example", free_at=NOW - timedelta(days=2))
    Throttle.objects.create(domain="new.example", free_at=NOW)

    assert throttles.forget(NOW) == 1
