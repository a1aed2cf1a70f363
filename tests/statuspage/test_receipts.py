"""Receipts and the dead man's switch: real HTTP on loopback, as a customer and a stranger would see it."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from monitors.models import Page
from monitors.network.guard import Allow
from statuspage import dead_man, receipts, releases, standing
from statuspage.models import Publishing, Target
from statuspage.push import push
from tests.make import make_component, make_page
from tests.statuspage.test_releases import BY

pytestmark = pytest.mark.django_db(transaction=True)
LOOPBACK = Allow.parse("127.0.0.1/32")


class Quiet(SimpleHTTPRequestHandler):
    """A web server of a folder that notes what it was asked."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


class Switch(BaseHTTPRequestHandler):
    """A dead man's switch."""

    calls: list[str]
    status: list[int]

    def do_GET(self) -> None:
        self.calls.append(self.path)
        self.send_response(self.status[0])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def serve(handler: Any) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Published:
    """A page in one folder, and what a web server in front of another shows."""

    def __init__(self, folder: Path, url: str) -> None:
        self.page = make_page()
        make_component(self.page)
        self.now = timezone.now()
        config = {"path": str(folder), "public_url": url}
        self.target = Target.objects.create(page=self.page, name="Copy", kind="directory", config=config)

    def release(self, after: float = 60) -> None:
        self.now += timedelta(seconds=after)
        self.page.refresh_from_db()
        assert releases.make(self.page, self.now, BY)
        assert push(self.target, self.now, BY)

    def look(self, after: float = 0) -> Target:
        self.now += timedelta(seconds=after)
        receipts.collect(self.now, LOOPBACK)
        self.target.refresh_from_db()
        return self.target


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def origin(tmp_path: Path, asked: list[str]) -> Iterator[str]:
    handler = type("Origin", (Quiet,), {"asked": asked})
    (tmp_path / "shown").symlink_to(tmp_path / "public")
    yield from serve(partial(handler, directory=str(tmp_path / "shown")))


@pytest.fixture
def published(tmp_path: Path, origin: str) -> Published:
    made = Published(tmp_path / "public", origin)
    made.release(0)
    return made


def freeze(tmp_path: Path) -> None:
    """From now on customers see what is there now: a cache in between that never lets go."""
    copy = tmp_path / "frozen"
    copy.mkdir()
    for name in ("index.html", "heartbeat.json"):
        (copy / name).write_bytes((tmp_path / "public" / name).read_bytes())
    (tmp_path / "shown").unlink()
    (tmp_path / "shown").symlink_to(copy)


def thaw(tmp_path: Path) -> None:
    (tmp_path / "shown").unlink()
    (tmp_path / "shown").symlink_to(tmp_path / "public")


def test_what_customers_get_is_a_receipt(published: Published, asked: list[str]) -> None:
    target = published.look()
    assert (target.receipt_sequence, target.receipt_at) == (target.sequence, published.now)
    assert sorted(asked) == ["/", "/heartbeat.json"]
    published.look(10)
    assert len(asked) == 2


def test_a_receipt_is_pending_for_40_seconds_and_then_an_alarm(published: Published, tmp_path: Path) -> None:
    seen = published.look().sequence
    freeze(tmp_path)
    published.release()
    for _ in range(7):
        assert published.look(5).receipt_error == {}
    target = published.look(5)
    assert receipts.OLD in target.receipt_error["message"]
    assert target.receipt_error["params"] == {"seen": seen}
    thaw(tmp_path)
    assert published.look(5).receipt_error == {}


def test_the_alarm_stays_over_newer_releases_that_are_not_seen_either(
    published: Published, tmp_path: Path
) -> None:
    published.look()
    freeze(tmp_path)
    for _ in range(3):
        published.release(30)
        published.look(5)
    assert published.target.receipt_error


def test_a_cache_that_is_behind_but_moves_is_no_alarm(published: Published, tmp_path: Path) -> None:
    published.look()
    for _ in range(4):
        published.release(10)
        freeze(tmp_path)
        published.release(5)
        assert published.look(6).receipt_error == {}
        assert published.target.receipt_sequence == published.target.sequence - 1
        thaw(tmp_path)
        for file in (tmp_path / "frozen").iterdir():
            file.unlink()
        (tmp_path / "frozen").rmdir()


def test_reading_back_is_bounded(published: Published, tmp_path: Path, asked: list[str]) -> None:
    published.look()
    freeze(tmp_path)
    published.release()
    asked.clear()
    for _ in range(300):
        published.look(1)
    assert len(asked) == 2 * receipts.READS


def test_something_else_at_the_public_address_is_told(published: Published, tmp_path: Path) -> None:
    (tmp_path / "public" / "index.html").write_text("somebody else's")
    for _ in range(9):
        published.look(5)
    with translation.override("fr"):
        assert "n’est pas ce qui a été publié" in standing.receipt(published.target, published.now)
    published.release()
    assert published.look().receipt_error == {}


def test_a_public_address_that_answers_nothing_is_told_in_the_readers_language(tmp_path: Path) -> None:
    made = Published(tmp_path / "public", "http://127.0.0.1:9")
    made.release(0)
    for _ in range(9):
        made.look(5)
    with translation.override("fr"):
        assert "ne peut pas être lue" in standing.receipt(made.target, made.now)
        assert standing.problems(made.target)


def test_a_private_address_is_read_only_where_it_is_allowed(published: Published, asked: list[str]) -> None:
    receipts.collect(published.now, Allow())
    published.target.refresh_from_db()
    assert asked == []
    assert published.target.reads == 1


def test_a_target_without_a_public_address_says_so(tmp_path: Path) -> None:
    made = Published(tmp_path / "public", "")
    made.release(0)
    made.look()
    assert standing.receipt(made.target, made.now) == "no receipt: no public address set"


# The dead man's switch.


@pytest.fixture
def switch() -> Iterator[tuple[str, list[str], list[int]]]:
    calls: list[str] = []
    status = [200]
    for url in serve(type("Called", (Switch,), {"calls": calls, "status": status})):
        yield f"{url}/ping/a-secret-of-ours", calls, status


@pytest.fixture
def watched(published: Published, switch: tuple[str, list[str], list[int]]) -> Published:
    Page.objects.filter(pk=published.page.pk).update(dead_man_url=switch[0])
    return published


def test_the_switch_is_called_once_for_each_release_that_is_everywhere(
    watched: Published, switch: tuple[str, list[str], list[int]]
) -> None:
    _, calls, _ = switch
    for second in range(12):
        dead_man.call(watched.now + timedelta(seconds=second), LOOPBACK)
    assert calls == ["/ping/a-secret-of-ours"]
    watched.release()
    dead_man.call(watched.now, LOOPBACK)
    assert len(calls) == 2


def test_many_releases_are_told_of_at_most_every_ten_seconds(
    watched: Published, switch: tuple[str, list[str], list[int]]
) -> None:
    for _ in range(30):
        watched.release(1)
        dead_man.call(watched.now, LOOPBACK)
    assert len(switch[1]) == 3


def test_the_switch_is_not_called_while_a_target_lacks_the_release(
    watched: Published, tmp_path: Path, switch: tuple[str, list[str], list[int]]
) -> None:
    late = Target.objects.create(
        page=watched.page, name="Late", kind="directory", config={"path": str(tmp_path / "late")}
    )
    dead_man.call(watched.now, LOOPBACK)
    assert switch[1] == []
    assert push(late, watched.now, BY)
    dead_man.call(watched.now, LOOPBACK)
    assert len(switch[1]) == 1


def test_a_switch_that_fails_is_told_to_staff_and_its_address_to_nobody(
    watched: Published, switch: tuple[str, list[str], list[int]], caplog: pytest.LogCaptureFixture
) -> None:
    switch[2][0] = 500
    dead_man.call(watched.now, LOOPBACK)
    state = Publishing.objects.get(page=watched.page)
    assert state.alive_error["params"] == {"status": 500}
    assert "answered with status 500" in " ".join(standing.problems(watched.target))
    assert "a-secret-of-ours" not in caplog.text + str(state.alive_error)
    switch[2][0] = 200
    dead_man.call(watched.now + timedelta(seconds=10), LOOPBACK)
    assert Publishing.objects.get(page=watched.page).alive_error == {}


def test_a_page_that_is_rolled_back_calls_nobody_after_its_release(
    watched: Published, switch: tuple[str, list[str], list[int]]
) -> None:
    dead_man.call(watched.now, LOOPBACK)
    releases.roll_back(watched.page, 1, watched.now)
    assert push(watched.target, watched.now, BY)
    for minute in range(1, 4):
        dead_man.call(watched.now + timedelta(minutes=minute), LOOPBACK)
        assert releases.make_due(watched.page, watched.now + timedelta(minutes=minute), BY) is None
    assert len(switch[1]) == 2


def test_looking_for_receipts_costs_the_same_number_of_queries(
    published: Published, tmp_path: Path, client: Client, django_assert_num_queries: Any
) -> None:
    published.look()
    with django_assert_num_queries(2):
        later: datetime = published.now + timedelta(seconds=1)
        receipts.collect(later, LOOPBACK)
        dead_man.call(later, LOOPBACK)
