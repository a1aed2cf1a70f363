"""Every way out refuses a name that leads into a private network, whoever wrote the name down.

The server that such a name leads to listens all the while, and hears nothing.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from monitors.network.guard import NOTHING, Allow
from monitors.probes import PROBES, Outcome
from monitors.reasons import SENTENCES, Reason
from statuspage import dead_man, receipts, releases, verification
from statuspage.models import Publishing, Target
from statuspage.push import push
from subscribers import deliver, signup
from subscribers.channels import CHANNELS
from subscribers.channels.base import Result
from subscribers.means import means as means_of
from subscribers.models import Delivery, State, Subscriber
from subscribers.signup import Wish
from tests.make import make_component, make_page
from tests.monitors.targets import Resolver
from tests.statuspage.test_releases import BY
from tests.subscribers.make import NOW, Clock, make_means, make_message
from tests.subscribers.wires import SECRET, TOKEN

NAME = "looks-public.example"
FORBIDDEN = SENTENCES[Reason.FORBIDDEN]
HTTP = sorted(name for name, channel in CHANNELS.items() if channel.answers_ping)
# Monitors that go there by a name, each in its own way.
WATCHED: dict[str, Callable[[int], dict[str, str]]] = {
    "http": lambda port: {"url": f"http://{NAME}:{port}/"},
    "tcp": lambda port: {"address": f"{NAME}:{port}"},
    "tls": lambda port: {"address": f"{NAME}:{port}"},
    "dns": lambda port: {"name": "www.example", "server": f"{NAME}:{port}"},
    "icmp": lambda port: {"host": NAME},
    "upstream": lambda port: {"page": f"http://{NAME}:{port}/"},
}
ANSWERS = [
    ["127.0.0.1"],
    ["169.254.169.254"],
    ["10.0.0.1"],
    ["100.64.0.1"],
    ["93.184.216.34", "127.0.0.1"],
    ["::1"],
    ["::ffff:127.0.0.1"],
    ["64:ff9b::7f00:1"],
    ["fd00::1"],
]


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def port(heard: list[str]) -> Iterator[int]:
    """A server on loopback that takes whatever comes."""

    class Open(BaseHTTPRequestHandler):
        def setup(self) -> None:
            heard.append("connected")
            super().setup()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Open)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture(params=range(len(ANSWERS)), ids=[answer[-1] for answer in ANSWERS])
def url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, port: int) -> str:
    """An address whose name leads astray."""
    Resolver(monkeypatch).answers[NAME] = [ANSWERS[request.param]]
    return f"http://{NAME}:{port}/hooks/{TOKEN}"


@pytest.mark.parametrize("channel", HTTP)
def test_no_message_goes_there(channel: str, url: str, heard: list[str]) -> None:
    message = make_message(address=url, secret=SECRET)
    sent = CHANNELS[channel].send([message], make_means(webhook_allow=NOTHING), Clock(NOW))

    (outcome,) = [outcome for outcomes in sent for outcome in outcomes]

    assert (outcome.result, outcome.error) == (Result.FAILED, FORBIDDEN)
    assert heard == []


@pytest.mark.django_db
@pytest.mark.parametrize("channel", HTTP)
def test_no_verification_goes_there(channel: str, url: str, heard: list[str]) -> None:
    page = make_page()
    signup.request(page, channel, url, Wish(language="en"), NOW)

    # As the settings have it where nobody allowed anything.
    deliver.run(channel, means_of(settings), Clock(NOW), NOW + timedelta(seconds=20))

    assert Subscriber.objects.get().state == State.PENDING
    assert Delivery.objects.get().error == FORBIDDEN
    assert heard == []


def published(folder: Path, url: str) -> Target:
    page = make_page(dead_man_url=url)
    make_component(page)
    config = {"path": str(folder / "public"), "public_url": url.rpartition("/hooks")[0]}
    target = Target.objects.create(page=page, name="Copy", kind="directory", config=config)
    assert releases.make(page, timezone.now(), BY)
    assert push(target, timezone.now(), BY)
    return target


@pytest.mark.django_db(transaction=True)
def test_no_receipt_is_fetched_there(url: str, heard: list[str], tmp_path: Path) -> None:
    target = published(tmp_path, url)
    now = timezone.now()

    for after in (0, 60):
        receipts.collect(now + timedelta(seconds=after), NOTHING)

    target.refresh_from_db()
    assert FORBIDDEN in str(target.receipt_error)
    assert heard == []


@pytest.mark.django_db(transaction=True)
def test_no_dead_man_s_switch_is_called_there(url: str, heard: list[str], tmp_path: Path) -> None:
    target = published(tmp_path, url)

    dead_man.call(timezone.now(), NOTHING)

    assert FORBIDDEN in str(Publishing.objects.get(page=target.page).alive_error)
    assert heard == []


def test_no_page_is_verified_there(url: str, heard: list[str]) -> None:
    place = verification.Place.of(url, NOTHING)
    with pytest.raises(verification.Unreachable, match="private or reserved"):
        asyncio.run(place.get("status.json"))
    assert heard == []


@pytest.mark.parametrize("kind", WATCHED)
def test_no_monitor_looks_there(kind: str, url: str, port: int, heard: list[str]) -> None:
    outcome = look(kind, port, NOTHING)
    assert (outcome.result, outcome.reason) == ("unknown", "forbidden")
    assert heard == []


def look(kind: str, port: int, allow: Allow) -> Outcome:
    """One check of what the name leads to."""
    probe = PROBES[kind]
    return asyncio.run(probe.run(probe.parse(WATCHED[kind](port), allow), 10, allow))


def test_the_server_would_have_heard(port: int, monkeypatch: pytest.MonkeyPatch, heard: list[str]) -> None:
    """Allowed by the operator, the same name is reached: it was the guard that held."""
    Resolver(monkeypatch).answers[NAME] = [["127.0.0.1"]]
    message = make_message(address=f"http://{NAME}:{port}/hooks/{TOKEN}", secret=SECRET)
    allowed = make_means(webhook_allow=Allow.parse("127.0.0.1/32"))

    for channel in HTTP:
        (outcomes,) = CHANNELS[channel].send([message], allowed, Clock(NOW))
        assert [outcome.result for outcome in outcomes] == [Result.SENT]

    for kind in ("http", "tcp", "upstream"):
        look(kind, port, Allow.parse("127.0.0.1/32"))

    assert len(heard) == len(HTTP) + 3
