"""What programs read, from the live site over HTTP: types, CORS, HEAD, 404 for anything else."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest

from statuspage.follow import Follower
from statuspage.live import Live
from statuspage.render import render
from tests.render.make import make_demo, make_documents
from tests.statuspage.test_live import behind, make_shelf

JSON = "application/json; charset=utf-8"
TYPES = {
    "api/v2/summary.json": JSON,
    "api/v2/status.json": JSON,
    "api/v2/components.json": JSON,
    "api/v2/incidents.json": JSON,
    "api/v2/incidents/unresolved.json": JSON,
    "api/v2/incidents/resolved.json": JSON,
    "api/v2/scheduled-maintenances.json": JSON,
    "api/v2/scheduled-maintenances/upcoming.json": JSON,
    "api/v2/scheduled-maintenances/active.json": JSON,
    "events.json": JSON,
    "status.json": JSON,
    "heartbeat.json": JSON,
    "feed.json": "application/feed+json; charset=utf-8",
    "history.atom": "application/atom+xml; charset=utf-8",
    "history.rss": "application/rss+xml; charset=utf-8",
    "maintenance.ics": "text/calendar; charset=utf-8",
    "components/checkoutxxxx/maintenance.ics": "text/calendar; charset=utf-8",
    "status.txt": "text/plain; charset=utf-8",
    "fr/history.atom": "application/atom+xml; charset=utf-8",
    "fr/maintenance.ics": "text/calendar; charset=utf-8",
}


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Tests stay quiet."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    root: Path = tmp_path_factory.mktemp("live")
    demo = make_demo()
    make_shelf(root, "status.acme.example", render(demo, make_documents(demo)))
    server = make_server("127.0.0.1", 0, Live(Follower(root), behind), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}", trust_env=False) as client:
        yield client
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", TYPES)
def test_each_file_is_read_from_any_origin_with_its_type(site: httpx.Client, path: str) -> None:
    get = site.get(f"/{path}", headers={"Origin": "https://elsewhere.example"})
    assert get.status_code == 200
    assert get.headers["Content-Type"] == TYPES[path]
    assert get.headers["Access-Control-Allow-Origin"] == "*"
    assert get.headers["X-Content-Type-Options"] == "nosniff"
    assert get.headers.get("Content-Encoding") in ("br", "gzip") or len(get.content) < 300


@pytest.mark.parametrize("path", TYPES)
def test_head_is_answered_like_get_without_a_body(site: httpx.Client, path: str) -> None:
    get, head = site.get(f"/{path}"), site.head(f"/{path}")
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "date": ""} == {**get.headers, "date": ""}


@pytest.mark.parametrize("path", TYPES)
def test_what_is_known_is_not_sent_again(site: httpx.Client, path: str) -> None:
    etag = site.get(f"/{path}").headers["ETag"]
    again = site.get(f"/{path}", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["api/v2/nonsense.json", "api/v2/incidents/nonsense.json", "api/v2", "nothing.ics"]
)
def test_anything_else_is_a_404_so_that_nobody_takes_us_for_a_catch_all(
    site: httpx.Client, path: str
) -> None:
    assert site.get(f"/{path}").status_code == 404
    assert site.head(f"/{path}").status_code == 404
