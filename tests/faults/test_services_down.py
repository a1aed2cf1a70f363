"""The database or the broker is gone in the middle of the work: real servers, stopped as they die."""

import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from statuspage.embedded.postgres import Postgres
from statuspage.embedded.valkey import Valkey
from tests.e2e.product import Product, fetch, free_port, until
from tests.e2e.staff import declare, declared, go_on, sign_in
from tests.e2e.world import Mailbox, Target
from tests.faults.wire import State, Wire

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("waiting")]

INTERVAL = 30  # seconds between two checks
READERS = 300

SET_UP = """
from django.utils import timezone
from monitors import record
from monitors.models import Component, Feed, Monitor, Page
from subscribers.models import Subscriber
page, now = Page.objects.get(), timezone.now()
shop = Component.objects.create(page=page, slug="checkout", name_en="Checkout", name_fr="Paiement")
record.watch_component(shop, now)
monitor = Monitor.objects.create(
    page=page, name="Checkout", kind="http", config={"url": url}, interval=interval)
Feed.objects.create(monitor=monitor, component=shop, impact="major_outage")
record.sync_monitor(monitor, now)
Subscriber.objects.bulk_create(
    Subscriber(page=page, channel="email", address=f"reader{n}@example.com", state="active", created_at=now)
    for n in range(readers))
record.touch([page.pk], now)
"""
SLOTS = """
from monitors.models import Observation
print(json.dumps(sorted(slot.isoformat() for slot in Observation.objects.values_list("slot", flat=True))))
"""
WAITING = """
from subscribers.models import Delivery
print(Delivery.objects.exclude(state="sent").count())
"""

BLOCKED = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'subscribers_notice'::regclass"
WAITING_MAIL = """
from subscribers.models import Delivery
print(Delivery.objects.filter(state="pending").count())
"""
UPDATES = """
from incidents.models import Update
print(Update.objects.filter(body_en="A certificate expired.").count())
"""


class Readers(Mailbox):
    """Takes a little time for each mail, so that sending can be interrupted; notes when they come."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.times: list[float] = []
        # Subject and recipient of each mail, read once: to read all of them at each look slows down mail.
        self.headings: list[tuple[str, str]] = []
        self.some = threading.Event()
        self.pace = 0.0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keeps one message."""
        time.sleep(self.pace)
        answer = await super().handle_DATA(server, session, envelope)
        message = self.messages[-1]
        self.headings.append((str(message["Subject"]), str(message["To"])))
        self.times.append(time.monotonic())
        if len(self.times) >= READERS // 6:
            self.some.set()
        return answer

    def told_of(self, title: str) -> list[str]:
        """Whose mail says it in its subject, once for each mail."""
        return [to for subject, to in list(self.headings) if title in subject]


class Watcher:
    """Reads the page at several places, over and over, until it is stopped; keeps what went wrong."""

    def __init__(self, *bases: str) -> None:
        self.read = 0
        self.wrong: list[str] = []
        self._bases = bases
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            for base in self._bases:
                try:
                    fetch(f"{base}/status.json")
                    self.read += 1
                except OSError as error:
                    self.wrong.append(f"{base}: {error}")


@pytest.fixture
def target() -> Iterator[Target]:
    target = Target(free_port())
    target.start()
    yield target
    target.stop()


@pytest.fixture
def mailbox() -> Iterator[Readers]:
    mailbox = Readers(free_port())
    mailbox.start()
    yield mailbox
    mailbox.stop()


@pytest.fixture
def wire(valkey: Valkey) -> Iterator[Wire]:
    with Wire(Path(valkey.url.removeprefix("redis+socket://")), free_port()) as wire:
        yield wire


@pytest.fixture
def product(
    tmp_path: Path, target: Target, mailbox: Readers, postgres: Postgres, wire: Wire
) -> Iterator[Product]:
    running = Product(
        tmp_path,
        {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": f"redis://127.0.0.1:{wire.port}/0",
            "EMAIL_URL": mailbox.url,
            "EMAIL_FROM": "status@example.com",
            "PROBE_ALLOW": f"127.0.0.1/32:{target.port}",
        },
    )
    running.start()
    running.shell(SET_UP, url=target.url, interval=INTERVAL, readers=READERS)
    until(lambda: b"Checkout" in fetch(f"{running.origin}/status.json"), "the page is published")
    yield running
    running.stop()


def shows(base: str, text: str) -> bool:
    return text in fetch(f"{base}/index.html").decode()


def test_the_broker_is_down_then_deaf_and_nobody_notices(
    product: Product, wire: Wire, mailbox: Readers, browser_tab: Tab
) -> None:
    away = [60.0]
    for number, (state, seconds) in enumerate(((State.CUT, 60.0), (State.DEAF, 45.0))):
        title = f"Payments fail {number}"
        began = time.monotonic()
        wire.turn(state)

        # Staff sign in without it and stay signed in; they post, customers see it, and readers are told.
        if state is State.CUT:
            sign_in(browser_tab, product)
        browser_tab.goto(f"{product.url}/admin/incidents/incident/add/")
        declare(browser_tab, "Checkout", title_en=title, title_fr=title)
        declared(browser_tab, title)
        posted = time.monotonic()
        for base in (product.url, product.origin):
            until(
                lambda base=base, title=title: shows(base, title),
                f"{base} says so, the broker {state.value}",
                30,
            )
        until(lambda title=title: len(set(mailbox.told_of(title))) == READERS, "all are told", 60)
        print(f"broker {state.value}: told and published {time.monotonic() - posted:.1f} s after the post")

        threading.Event().wait(max(0.0, began + seconds - time.monotonic()))
        wire.turn(State.WHOLE)
        back = time.monotonic()
        away.append(back - began)
        until(lambda: product.shell(WAITING) == "0", "nothing waits", 30)
        slots = len(json_slots(product))
        until(lambda slots=slots: len(json_slots(product)) > slots, "checks go on", 2 * INTERVAL + 15)
        print(f"broker {state.value}: checks went on {time.monotonic() - back:.1f} s after it was back")
        assert len(mailbox.told_of(title)) == READERS
    missed = [
        (after - before).total_seconds() / INTERVAL - 1 for before, after in pairwise(json_slots(product))
    ]
    print("slots missed at most:", max(missed))
    # Those of the time without a broker (a minute, on a busy machine more), and two until the checks go on.
    assert max(missed) <= max(away) / INTERVAL + 2


def json_slots(product: Product) -> list[datetime]:
    """The slots of all results, in order."""
    return [datetime.fromisoformat(each) for each in re.findall(r'"([^"]+)"', product.shell(SLOTS))]


def test_the_database_dies_in_the_middle_of_a_fan_out_and_of_a_post(
    product: Product, postgres: Postgres, mailbox: Readers, browser_tab: Tab
) -> None:
    mailbox.pace = 0.02
    sign_in(browser_tab, product)
    declare(browser_tab, "Checkout", title_en="Payments fail", title_fr="Les paiements échouent")
    declared(browser_tab, "Payments fail")
    until(lambda: shows(product.origin, "Payments fail"), "it is published")
    assert mailbox.some.wait(60)

    go_on(browser_tab, "Identified", "A certificate expired.", "Un certificat a expiré.")
    with Watcher(product.url, product.origin) as watcher:
        # The post gets as far as its notice, and there it waits.
        other = psycopg.connect(postgres.url)
        other.execute("LOCK TABLE subscribers_notice IN EXCLUSIVE MODE")
        browser_tab.get_by_role("button", name="Post the update").click(no_wait_after=True)
        until(lambda: other.execute(BLOCKED).fetchone()[0], "the post is under way")
        die(postgres)
        died = time.monotonic()
        other.close()

        # A clear answer, and not a word is lost.
        expect(browser_tab.locator("h1")).to_have_text("The database does not answer")
        expect(browser_tab.locator("[name=body_en]")).to_have_value("A certificate expired.")
        expect(browser_tab.locator("[name=body_fr]")).to_have_value("Un certificat a expiré.")

        threading.Event().wait(max(0.0, died + 30 - time.monotonic()))
        told = len(mailbox.times)
        postgres.start()
        back = time.monotonic()
        browser_tab.get_by_role("button", name="Try again").click()
        expect(browser_tab.locator("body")).to_contain_text("A certificate expired.")
        until(lambda: shows(product.origin, "A certificate expired."), "the update is published", 30)
        print(f"the update was public {time.monotonic() - back:.1f} s after the database was back")
        until(lambda: len(mailbox.times) > told, "sending goes on", 30)
        print(f"sending went on {mailbox.times[told] - back:.1f} s after the database was back")
    assert watcher.wrong == []
    assert watcher.read > 100
    until(lambda: product.shell(WAITING_MAIL) == "0", "nothing waits", 120)

    everybody = {f"reader{number}@example.com" for number in range(READERS)}
    first = [m for m in mailbox.messages if "certificate" not in str(m.get_body(("plain",)))]
    second = [m for m in mailbox.messages if m not in first]
    # Whoever was not yet told of the first step by then hears of the second alone.
    assert {str(message["To"]) for message in second} == everybody
    assert len(second) == READERS
    assert len(first) - len({str(message["To"]) for message in first}) <= 50
    assert product.shell(UPDATES) == "1"


def die(postgres: Postgres) -> None:
    """As `pg_ctl stop -m immediate`: no goodbye to anybody, recovery at the next start."""
    pid = postgres.process.pid
    assert pid is not None
    os.kill(pid, signal.SIGQUIT)
    until(lambda: not postgres.process.running(), "Postgres is gone")
