"""/healthz, /readyz and /metrics: what works, what does not, and what is measured."""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from monitors import metrics as counted
from monitors import regions
from monitors.models import Monitor, Page, Region
from monitors.seen import Seen
from statuspage import broker, health, metrics
from statuspage.models import Release, Target
from statuspage.take import GOOD_FOR
from statuspage.version import VERSION
from subscribers.models import Delivery, Notice
from tests.incidents.make import make_subscriber
from tests.make import make_monitor, make_page
from tests.monitors.broker import queues
from tests.monitors.scenes import UP

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a token of some length"


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept later on is kept for as long as a test takes; a busy broker is not one that is gone."""
    monkeypatch.setattr(broker, "TIMEOUT", 60.0)
    for latest in (health._latest, metrics._latest):
        monkeypatch.setattr(latest, "_seconds", 60.0)
        latest.forget()


@pytest.fixture
def _the_clock_stands() -> Iterator[None]:
    """What was so many seconds ago still is when it is looked at."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture
def no_broker(settings: LazySettings, tmp_path: Any) -> None:
    settings.REDIS_URL = f"redis+socket://{tmp_path}/nobody.sock"


@contextmanager
def no_database() -> Iterator[None]:
    """Every query fails, as it does where the server is gone."""

    def refuse(*_: Any) -> None:
        raise OperationalError("connection to server at secret-host failed: password=hunter2")

    with connection.execute_wrapper(refuse):
        yield


def published(page: Page, at: datetime, sequence: int = 1) -> Release:
    return Release.objects.create(page=page, sequence=sequence, generated_at=at)


def ready() -> tuple[int, dict[str, str]]:
    health._latest.forget()
    answer = Client().get("/readyz")
    assert answer["Cache-Control"] == "no-store"
    said = answer.json()
    assert said["ready"] is (answer.status_code == 200)
    return answer.status_code, said["checks"]


def failing() -> set[str]:
    """The names of what does not work."""
    code, checks = ready()
    names = {name for name, said in checks.items() if said != "ok"}
    assert code == (503 if names else 200)
    return names


def measured(client: Client | None = None, **headers: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Every sample by its name and the values of its labels, in the order of their names."""
    metrics._latest.forget()
    answer = (client or Client()).get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


@pytest.mark.usefixtures("no_broker")
def test_a_process_that_answers_is_healthy_whatever_is_gone() -> None:
    with no_database():
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_an_installation_without_a_page_is_ready() -> None:
    assert ready() == (200, dict.fromkeys(("database", "broker", "probing", "publishing"), "ok"))


def test_without_a_database_it_says_so_and_nothing_of_it() -> None:
    with no_database():
        code, checks = ready()
    assert code == 503
    assert checks == {"database": "It does not answer.", "broker": "ok"}


@pytest.mark.usefixtures("no_broker")
def test_without_a_broker_it_says_so() -> None:
    code, checks = ready()
    assert code == 503
    assert checks["broker"] == "It does not answer."
    assert checks["database"] == "ok"


@pytest.mark.usefixtures("_the_clock_stands")
def test_monitors_that_nobody_checks_are_told() -> None:
    now = timezone.now()
    published(make_monitor(interval=10, timeout=5).page, now)
    assert failing() == {"probing"}
    region = Region.objects.create(name="default", heard_at=now - timedelta(seconds=65))
    assert failing() == set()
    Region.objects.filter(pk=region.pk).update(heard_at=now - timedelta(seconds=75))
    assert failing() == {"probing"}
    Monitor.objects.update(enabled=False)
    assert failing() == set()


@pytest.mark.usefixtures("_the_clock_stands")
def test_monitors_that_are_checked_seldom_may_be_quiet_for_longer() -> None:
    now = timezone.now()
    monitor = make_monitor(interval=600, timeout=10)
    published(monitor.page, now)
    Region.objects.create(name="default", heard_at=now - timedelta(seconds=610))
    assert failing() == set()


def test_nothing_is_probed_while_the_rest_rests(settings: LazySettings) -> None:
    published(make_monitor().page, timezone.now())
    settings.DEGRADED_MODE = True
    assert failing() == set()


def test_a_page_that_is_out_of_date_is_told_by_its_domain() -> None:
    now = timezone.now()
    page = make_page(domain="status.example.org")
    assert failing() == {"publishing"}
    release = published(page, now)
    assert failing() == set()
    Release.objects.filter(pk=release.pk).update(generated_at=now - GOOD_FOR - timedelta(seconds=1))
    _code, checks = ready()
    assert checks["publishing"] == "What is published is out of date: status.example.org."


def test_a_target_that_does_not_get_what_is_published_is_told() -> None:
    now = timezone.now()
    page = make_page()
    published(page, now - GOOD_FOR * 2, 1)
    published(page, now, 2)
    target = Target.objects.create(page=page, name="origin", kind="directory", sequence=1)
    assert failing() == {"publishing"}
    Target.objects.filter(pk=target.pk).update(sequence=2)
    assert failing() == set()
    Target.objects.filter(pk=target.pk).update(sequence=1, enabled=False)
    assert failing() == set()


def test_pages_that_not_everybody_reads_are_not_told_of() -> None:
    make_page(access="staff", domain="secret.example.org")
    make_page(hidden=True)
    assert failing() == set()
    assert "secret" not in str(measured())


def test_being_asked_often_costs_one_look() -> None:
    Client().get("/readyz")
    with CaptureQueriesContext(connection) as queries:
        Client().get("/readyz")
    assert not queries.captured_queries


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_asking_is_all_that_can_be_done(path: str) -> None:
    assert Client().post(path).status_code == 405
    assert Client().head(path).status_code in (200, 503)


@pytest.mark.usefixtures("_the_clock_stands")
def test_what_is_measured() -> None:
    now = timezone.now()
    monitor = make_monitor(regions=["paris"], page=make_page(domain="status.example.org"))
    published(monitor.page, now - timedelta(seconds=30))
    Target.objects.create(page=monitor.page, name="origin", kind="directory", sequence=1)
    regions.number("paris")
    Region.objects.update(heard_at=now - timedelta(seconds=20), silent_since=now)
    counted.count("paris", [Seen(monitor.pk, now - timedelta(seconds=3), UP)], now)
    found = measured()
    assert found["statuspage_build_info"] == {(VERSION,): 1}
    assert found["statuspage_up"] == {("database",): 1, ("broker",): 1}
    assert found["statuspage_checks_total"]["paris", "up"] == 1
    assert found["statuspage_check_lag_seconds_bucket"]["2.5", "paris"] == 0
    assert found["statuspage_check_lag_seconds_bucket"]["5.0", "paris"] == 1
    assert found["statuspage_check_lag_seconds_bucket"]["+Inf", "paris"] == 1
    assert found["statuspage_check_lag_seconds_count"]["paris",] == 1
    assert found["statuspage_region_silent"] == {("paris",): 1}
    assert found["statuspage_region_in_doubt"] == {("paris",): 0}
    assert found["statuspage_region_heard_seconds"]["paris",] == pytest.approx(20, abs=5)
    assert found["statuspage_monitors"] == {("new",): 1}
    ages = found["statuspage_published_age_seconds"]
    assert set(ages) == {("status.example.org", ""), ("status.example.org", "origin")}
    assert ages["status.example.org", "origin"] == pytest.approx(30, abs=5)
    assert found["statuspage_schedule_overdue_seconds"][()] == pytest.approx(0, abs=5)
    assert found["statuspage_resting"] == {(): 0}


def test_messages_that_wait_are_counted_by_queue() -> None:
    regions.number("paris")
    with queues("probe.paris", "send") as waiting:
        for _ in range(3):
            waiting.put("probe.paris", {"a": "message"})
        depths = measured()["statuspage_queue_messages"]
    assert {name for (name,) in depths} == {"core", "send", "publish", "probe.default", "probe.paris"}
    assert (depths["probe.paris",], depths["send",]) == (3, 0)


def test_deliveries_that_wait_or_failed_are_counted() -> None:
    page = make_page()
    subscribers = [make_subscriber(page) for _ in range(4)]
    notice = Notice.objects.create(page=page, payload={}, created_at=timezone.now())
    for subscriber, state in zip(subscribers, ("pending", "pending", "dead", "sent"), strict=True):
        Delivery.objects.create(
            notice=notice,
            subscriber=subscriber,
            channel="email",
            subject="incident:1",
            state=state,
            due_at=timezone.now(),
        )
    assert measured()["statuspage_outbox_deliveries"] == {("email", "waiting"): 2, ("email", "failed"): 1}


@pytest.mark.usefixtures("no_broker")
def test_a_part_that_is_gone_is_what_is_measured_then() -> None:
    with no_database():
        found = measured()
    assert found["statuspage_up"] == {("database",): 0, ("broker",): 0}
    assert set(found) == {"statuspage_build_info", "statuspage_up"}


def test_scraping_often_costs_one_look_of_few_queries() -> None:
    make_monitor()
    with CaptureQueriesContext(connection) as queries:
        measured()
    assert len(queries) <= 12
    with CaptureQueriesContext(connection) as queries:
        Client().get("/metrics")
    assert not queries.captured_queries


@pytest.mark.parametrize(
    ("meta", "code"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "203.0.113.5"}, 403),
        ({"REMOTE_ADDR": "203.0.113.5", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, 200),
        ({"REMOTE_ADDR": "203.0.113.5", "HTTP_AUTHORIZATION": "Bearer nothing like it"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.5"}, 403),
    ],
    ids=["own machine", "stranger", "with the token", "with another token", "behind a proxy"],
)
def test_only_who_is_listed_or_has_the_token_reads_it(
    settings: LazySettings, meta: dict[str, str], code: int
) -> None:
    settings.METRICS_TOKEN = TOKEN
    answer = Client().get("/metrics", **meta)  # type: ignore[arg-type]
    assert answer.status_code == code
    assert (b"statuspage_" in answer.content) is (code == 200)


def test_everything_that_is_measured_is_documented() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text()
    documented = set(re.findall(r"^\| `(statuspage_\w+)` \|", text, re.M))
    registry = [family.name for family in metrics.Measured(timezone.now()).collect()]
    assert documented == {f"{name}_total" if name == "statuspage_checks" else name for name in registry}


def test_the_version_is_that_of_the_package() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
    assert f"image: statuspage:{VERSION}" in (ROOT / "docker-compose.yml").read_text()
