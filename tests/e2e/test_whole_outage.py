"""The whole main job in one outage, with real processes: from the first failed check to the mail, and
on to the page that is still there when everything else has been killed.
"""

import contextlib
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import redis
from playwright.sync_api import Page as Tab
from playwright.sync_api import Route, expect
from standardwebhooks import Webhook

from tests.e2e.product import ROOT, Product, fetch, free_port, until
from tests.e2e.staff import declare, declared, go_on, send_now, sign_in
from tests.e2e.world import Mailbox, Receiver, Target
from tests.publish import s3server

pytestmark = pytest.mark.slow

INTERVAL, FAILURES = 10, 2
# Interval, confirmations, and two seconds for everything after the last failed check.
SAID_WITHIN = INTERVAL * FAILURES + 2
# Milliseconds for which people press a button at least; a form that is sent faster is taken for a program's.
PERSON = 1100
LATE = 15  # the machine may be busy: the figure itself is printed
PATIENCE = 60  # seconds for one answer

SET_UP = """
from django.utils import timezone
from monitors import record
from monitors.models import Component, Feed, Monitor, Page
from statuspage.models import Target
page, now = Page.objects.get(), timezone.now()
shop = Component.objects.create(page=page, slug="checkout", name_en="Checkout", name_fr="Paiement")
record.watch_component(shop, now)
monitor = Monitor.objects.create(
    page=page, name="Checkout", kind="http", config={"url": url}, interval=interval, timeout=2,
    confirm_down=failures, confirm_up=failures)
Feed.objects.create(monitor=monitor, component=shop, impact="major_outage")
record.sync_monitor(monitor, now)
Target.objects.create(page=page, name="bucket", kind="s3", config=bucket)
record.touch([page.pk], now)
print(page.public_id)
"""
SPANS = """
from monitors.models import Span
spans = Span.objects.filter(component__slug="checkout").order_by("during")
print(json.dumps([
    [s.source, s.status, s.during.lower.isoformat(), s.during.upper and s.during.upper.isoformat()]
    for s in spans]))
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[dict[str, Any]]:
    (tmp_path / "s3").mkdir()
    bucket = s3server.start(tmp_path / "s3")
    around: dict[str, Any] = {
        "target": Target(free_port()),
        "mailbox": Mailbox(free_port()),
        "receiver": Receiver(free_port()),
    }
    for each in around.values():
        each.start()
    around["bucket"] = bucket
    yield around
    for each in around.values():
        each.stop()


@pytest.fixture
def product(tmp_path: Path, world: dict[str, Any]) -> Iterator[Product]:
    running = Product(
        tmp_path,
        {
            "EMAIL_URL": world["mailbox"].url,
            "EMAIL_FROM": "status@example.com",
            "PROBE_ALLOW": f"127.0.0.1/32:{world['target'].port}",
            "WEBHOOK_ALLOW": "127.0.0.1/32",
            "PAGES_ACCESS_KEY_ID": world["bucket"].access_key,
            "PAGES_SECRET_ACCESS_KEY": world["bucket"].secret_key,
        },
    )
    running.start()
    yield running
    running.stop()


def summary(base: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(fetch(f"{base}/api/v2/summary.json", seconds=PATIENCE))
    return answer


def status_of(document: dict[str, Any], name: str = "Checkout") -> str:
    return next((each["status"] for each in document["components"] if each["name"] == name), "")


def spans(product: Product) -> list[tuple[str, str, datetime, datetime | None]]:
    rows = json.loads(product.shell(SPANS))
    return [
        (source, status, datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None)
        for source, status, start, end in rows
    ]


def subscribe_by_mail(tab: Tab, product: Product, mailbox: Mailbox, address: str) -> None:
    """From the static page on the separate origin to the confirmed subscription."""
    tab.goto(f"{product.origin}/fr/")
    tab.locator("form input[type=email]").fill(address)
    tab.locator("form button").click()
    expect(tab).to_have_url(re.compile(re.escape(product.url)))
    tab.locator("main form button").click(delay=PERSON)
    question = until(lambda: mailbox.to(address), "the mail to confirm arrives")[0]
    link = re.search(r"http://\S+/subscription/confirm/\S+", question.get_body(("plain",)).get_content())
    assert link
    tab.goto(link[0])
    # Both pages have a headline: whoever leaves the first too early takes the answer away.
    with tab.expect_navigation():
        tab.locator("main form button").click()
    expect(tab.locator("h1")).to_be_visible()


def subscribe_a_webhook(tab: Tab, product: Product, receiver: Receiver, page_id: str) -> str:
    """The secret, shown once; the signed ping has been answered."""
    tab.goto(f"{product.url}/subscribe/{page_id}/?channel=webhook")
    tab.locator("input[name=address]").fill(receiver.url)
    with tab.expect_navigation():
        tab.locator("main form button").click(delay=PERSON)
    secret = tab.locator("code").first.inner_text()
    until(lambda: receiver.requests, "the ping arrives")
    assert verified(receiver, secret)[0]["type"] == "ping"
    return secret


def verified(receiver: Receiver, secret: str) -> list[dict[str, Any]]:
    """Everything received, each checked by the reference implementation."""
    return [Webhook(secret).verify(body, headers) for headers, body in receiver.requests]


def everywhere(product: Product, world: dict[str, Any]) -> dict[str, str]:
    """The places where the page can be read."""
    return {"live": product.url, "origin": product.origin, "s3": f"{world['bucket'].url}/pages"}


def seconds_until(bases: dict[str, str], wanted: str, since: float, limit: float) -> dict[str, float]:
    """After how many seconds each place says `wanted` of the checkout."""
    seen: dict[str, float] = {}

    def look() -> bool:
        for name, base in bases.items():
            if name not in seen and status_of(summary(base)) == wanted:
                seen[name] = time.monotonic() - since
        return len(seen) == len(bases)

    until(look, f"{wanted} in {sorted(bases)}, seen {seen}", limit)
    return seen


def by_hand(rows: list[Any], told_until: datetime) -> int:
    """Thousandths of a percent, floored: a second of the monitor's outage costs a second, one of the
    incident's partial outage beside it three tenths, and nothing was unknown since the first span.
    """
    lengths = {"major_outage": timedelta(0), "partial_outage": timedelta(0)}
    outages = [row for row in rows if row[1] == "major_outage"]
    for _source, status, start, end in rows:
        if status in lengths:
            lengths[status] += (end or told_until) - start
    for _source, status, start, end in rows:
        for _, _, outage_start, outage_end in outages if status == "partial_outage" else []:
            both = min(end or told_until, outage_end or told_until) - max(start, outage_start)
            lengths[status] -= max(both, timedelta(0))
    second = timedelta(microseconds=1)
    watched = (told_until - min(row[2] for row in rows)) // second
    cost = 10 * (lengths["major_outage"] // second) + 3 * (lengths["partial_outage"] // second)
    return 100_000 * (10 * watched - cost) // (10 * watched)


def reads(base: str, wanted: str) -> bool:
    """Whether the copy at `base` is there and says `wanted` of the checkout."""
    try:
        return status_of(summary(base)) == wanted
    except OSError:
        return False


def broker(product: Product) -> str:
    """Where its Valkey listens, as redis-py names it."""
    return product.environment()["REDIS_URL"].replace("redis+socket://", "unix://")


def leave_by_one_click(product: Product, message: EmailMessage) -> None:
    """RFC 8058: the POST of mail software, without cookies; the subscriber has left."""
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = re.search(r"<(http[^>]+)>", message["List-Unsubscribe"])
    assert link
    request = urllib.request.Request(link[1], data=b"List-Unsubscribe=One-Click")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert (answer.status, answer.url) == (200, link[1])
    state = "from subscribers.models import Subscriber; print(Subscriber.objects.get(channel='email').state)"
    assert product.shell(state) == "unsubscribed"


@contextlib.contextmanager
def separate_origin(product: Product) -> Iterator[str]:
    """A server of the published folder that shares nothing with the product but the files."""
    port = free_port()
    argv = [sys.executable, "-m", "statuspage.embedded.origin", str(product.state / "public"), str(port)]
    process = subprocess.Popen(argv, cwd=ROOT)
    base = f"http://localhost:{port}"
    try:
        until(lambda: reads(base, "operational"), "the separate origin answers")
        yield base
    finally:
        process.kill()
        process.wait()


def stale(tab: Tab, origin: str) -> None:
    """Past good_until the page says of itself that it is out of date: a cache in between has aged the
    heartbeat by five minutes, so that nobody has to wait for them."""

    def aged(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "age": "300"})

    tab.route("**/heartbeat.json*", aged)
    tab.goto(f"{origin}/")
    expect(tab.get_by_text("Not updated since")).to_be_visible(timeout=60_000)
    tab.goto(f"{origin}/fr/")
    expect(tab.get_by_text("Pas de mise à jour depuis")).to_be_visible(timeout=60_000)


def say_it_works(tab: Tab) -> None:
    """One more update, with the checkout working again."""
    go_on(
        tab,
        "Monitoring",
        "Payments work again. We keep watching.",
        "Les paiements fonctionnent à nouveau. Nous surveillons.",
    )
    tab.get_by_label("Checkout").select_option("operational")
    tab.get_by_label("Send at once").check()
    tab.get_by_role("button", name="Post the update").click()
    expect(tab.locator("body")).to_contain_text("Payments work again")


def test_the_page_tells_the_truth_from_the_first_failure_to_the_end_of_everything_else(
    product: Product, world: dict[str, Any], browser_tab: Tab
) -> None:
    tab, target, mailbox, receiver = browser_tab, world["target"], world["mailbox"], world["receiver"]
    page_id = product.shell(
        SET_UP,
        url=target.url,
        interval=INTERVAL,
        failures=FAILURES,
        bucket={
            "bucket": "pages",
            "endpoint_url": world["bucket"].url,
            "region": "us-east-1",
            "addressing_style": "path",
            "access_key_env": "PAGES_ACCESS_KEY_ID",
            "secret_key_env": "PAGES_SECRET_ACCESS_KEY",
        },
    )
    places = everywhere(product, world)
    until(lambda: all(reads(base, "operational") for base in places.values()), "operational everywhere")

    subscribe_by_mail(tab, product, mailbox, "lea@example.com")
    secret = subscribe_a_webhook(tab, product, receiver, page_id)

    # The target stops: within interval + confirmations + 2 s every place says so.
    stopped = time.monotonic()
    target.stop()
    took = seconds_until(places, "major_outage", stopped, SAID_WITHIN + LATE)
    print(f"down and said so (goal {SAID_WITHIN} s):", {name: round(s, 1) for name, s in took.items()})
    assert [status for source, status, _, end in spans(product) if end is None] == ["major_outage"]

    # Losing all of Redis loses nothing.
    redis.Redis.from_url(broker(product)).flushall()

    sign_in(tab, product)
    declare(tab, "Checkout", title_en="Payments fail", title_fr="Les paiements échouent")
    declared(tab, "Payments fail")
    # As long as it can be undone nobody is told.
    assert len(mailbox.to("lea@example.com")) == 1
    send_now(tab)
    notices = until(lambda: mailbox.to("lea@example.com")[1:], "the notice arrives")
    assert "Les paiements échouent" in notices[0]["Subject"]
    told = until(lambda: verified(receiver, secret)[2:], "the webhook arrives")
    # Software heard of the component before staff said anything.
    assert [event["type"] for event in told] == ["incident.created"]
    assert verified(receiver, secret)[1]["type"] == "component.updated"
    until(
        lambda: all(
            "Payments fail" in fetch(f"{base}/index.html", seconds=PATIENCE).decode()
            for base in places.values()
        ),
        "the incident everywhere",
    )

    # The target comes back; staff say that the checkout works again.
    target.start()
    until(
        lambda: any(s == "operational" and e is None for _, s, _, e in spans(product)),
        "the monitor sees it up",
        60,
    )
    say_it_works(tab)
    until(
        lambda: all(reads(base, "operational") for base in places.values()),
        "operational again everywhere",
        60,
    )
    document = json.loads(fetch(f"{product.url}/status.json", seconds=PATIENCE))
    checkout = next(each for each in document["components"] if each["slug"] == "checkout")
    told_until = datetime.fromisoformat(checkout["history"]["until"].replace("Z", "+00:00"))
    assert checkout["history"]["uptime_millis"] == by_hand(spans(product), told_until)
    until(lambda: len(mailbox.to("lea@example.com")) > 2, "the last notice arrives")
    assert len(mailbox.to("lea@example.com")) == 3

    leave_by_one_click(product, mailbox.to("lea@example.com")[-1])

    # Everything dies at once; another process serves the published folder, as a separate origin does.
    with separate_origin(product) as origin:
        product.kill()
        for base in (origin, f"{world['bucket'].url}/pages"):
            assert "Payments fail" in fetch(f"{base}/index.html", seconds=PATIENCE).decode()
        tab.goto(f"{origin}/")
        expect(tab.locator("body")).to_contain_text("Payments fail")
        expect(tab.locator("#old")).to_be_hidden()
        stale(tab, origin)
