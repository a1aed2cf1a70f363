"""The edges of monitoring, through a real broker and a real worker."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

import statuspage.celery  # noqa: F401 (the application that tasks are sent by)
from monitors import tasks
from monitors.models import Monitor, Observation, RegionVerdict
from monitors.network.guard import Allow
from monitors.probing import Prober
from monitors.sealing import Keys, seal
from monitors.seen import Seen
from tests.make import make_monitor
from tests.monitors.broker import Queues, queues
from tests.monitors.scenes import UP
from tests.probers import prober


def make_item(url: str, monitor: int = 1, timeout: float = 20, **values: Any) -> dict[str, Any]:
    item = {"monitor": monitor, "slot": "2026-11-22T12:00:00+00:00", "kind": "http", "config": {"url": url}}
    return {**item, "timeout": timeout, "after": 0.0, **values}


class Inbox:
    """What a prober sends, to be waited for."""

    def __init__(self) -> None:
        self.results: dict[int, str] = {}
        self.event = Event()

    def __call__(self, region: str, results: list[dict[str, Any]]) -> None:
        for result in results:
            self.results[result["monitor"]] = result["outcome"]["result"]
        self.event.set()


def allowed(server: HTTPServer) -> str:
    return f"127.0.0.1/32:{server.port} [::1]/128:{server.port}"


def make_prober(server: HTTPServer, inbox: Inbox) -> Prober:
    return Prober(Allow.parse(allowed(server)), inbox)


@pytest.fixture
def broker() -> Iterator[Queues]:
    with queues("core", "probe.mars") as found:
        yield found


def test_a_slow_target_delays_nobody(httpserver: HTTPServer) -> None:
    release = Event()

    def hang(_request: Request) -> Response:
        release.wait()
        return Response("late")

    httpserver.expect_request("/slow").respond_with_handler(hang)
    httpserver.expect_request("/quick").respond_with_data("ok")
    inbox = Inbox()
    prober = make_prober(httpserver, inbox)
    prober.submit("default", [make_item(httpserver.url_for("/slow"), 1, 60), make_item("https://[bad", 2)])
    assert inbox.event.wait(30)
    assert inbox.results == {2: "unknown"}
    inbox.event.clear()
    release.set()
    # The server notes what it was asked, for whichever test is its next.
    assert inbox.event.wait(30)
    assert inbox.results == {1: "up", 2: "unknown"}


def test_what_cannot_be_read_is_left_out_and_the_rest_is_checked(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data("ok")
    inbox = Inbox()
    good = make_item(httpserver.url_for("/"), 7)
    bad = [{}, 7, None, "x", {**good, "slot": "never"}, {**good, "monitor": "x"}, {**good, "config": "x"}]
    make_prober(httpserver, inbox).submit("default", [*bad, good])
    assert inbox.event.wait(30)
    assert inbox.results == {7: "up"}


def test_a_check_is_made_with_its_secrets_or_not_at_all(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/", headers={"X-Key": "correct horse"}).respond_with_data("ok")
    key = Fernet.generate_key()
    token = Fernet(key).encrypt(b'{"secret_headers": "X-Key: correct horse"}').decode()
    keys, bare = Keys((key.decode(),)), make_item(httpserver.url_for("/"), 1)
    item = {**bare, "secrets": seal("", token, "http", bare["config"], keys)}
    inbox, without = Inbox(), Inbox()
    Prober(Allow.parse(allowed(httpserver)), inbox, keys).submit("default", [item])
    assert inbox.event.wait(30)
    assert inbox.results == {1: "up"}
    make_prober(httpserver, without).submit("default", [item])
    assert without.event.wait(30)
    assert without.results == {1: "unknown"}
    assert len(httpserver.log) == 1


def test_a_broker_that_is_gone_costs_results_not_the_prober(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data("ok")
    inbox, failed = Inbox(), Event()

    def send(region: str, results: list[dict[str, Any]]) -> None:
        if not failed.is_set():
            failed.set()
            raise ConnectionError
        inbox(region, results)

    prober = Prober(Allow.parse(allowed(httpserver)), send)
    prober.submit("default", [make_item(httpserver.url_for("/"), 1)])
    assert failed.wait(30)
    prober.submit("default", [make_item(httpserver.url_for("/"), 2)])
    assert inbox.event.wait(30)
    assert inbox.results == {2: "up"}


@pytest.mark.django_db
def test_a_tick_sends_what_is_due_to_its_region(broker: Queues) -> None:
    # Once a day: the next slot is seldom within the second that a tick looks ahead.
    monitor = make_monitor(regions=["mars"], interval=86_400, now=datetime.now(UTC) - timedelta(minutes=1))
    tasks.tick()
    task, [region, [item]] = broker.next("probe.mars")
    assert (task, region, item["monitor"]) == ("monitors.tasks.probe_batch", "mars", monitor.pk)
    tasks.tick()
    assert broker.empty()


@pytest.mark.django_db
def test_recording_leaves_out_what_it_cannot_read() -> None:
    now = datetime.now(UTC)
    monitor = make_monitor(now=now - timedelta(minutes=1))
    good = Seen(monitor.pk, now, UP).to_json()
    tasks.record("default", [None, {}, {**good, "slot": "x"}, good])
    assert Observation.objects.get().monitor_id == monitor.pk
    tasks.record("default", [good])
    assert Observation.objects.count() == 1


@pytest.mark.django_db
def test_sweeping_and_maintaining_read_the_clock() -> None:
    now = datetime.now(UTC)
    monitor = make_monitor(now=now - timedelta(hours=1))
    tasks.sweep()
    assert RegionVerdict.objects.get(monitor=monitor).verdict == "silent"
    tasks.maintain()
    tasks.record("default", [Seen(monitor.pk, now, UP).to_json()])
    assert Observation.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_regional_worker_needs_the_broker_alone(
    broker: Queues, httpserver: HTTPServer, tmp_path: Path
) -> None:
    httpserver.expect_request("/").respond_with_data("ok")
    monitor = make_monitor(
        regions=["mars"],
        config={"url": httpserver.url_for("/")},
        now=datetime.now(UTC) - timedelta(minutes=1),
    )
    with prober(allowed(httpserver), tmp_path / "log"):
        tasks.tick()
        region, results = broker.arguments_of("monitors.tasks.record")
    tasks.record(region, results)
    row = RegionVerdict.objects.get(monitor=monitor)
    assert (row.region, row.verdict, row.status_code) == ("mars", "up", 200)
    assert Monitor.objects.get().verdict.verdict == "up"
