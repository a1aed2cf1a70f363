"""Public GETs ask no database and no cache; a web process without any database still serves."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.cache.backends.base import BaseCache
from django.db import connection
from django.utils import timezone

from monitors.models import Page
from statuspage import releases
from statuspage.follow import Follower
from statuspage.installation import installation
from statuspage.live import Live
from statuspage.models import File
from tests.e2e.product import ROOT, fetch, free_port, until
from tests.make import make_component, make_page
from tests.statuspage.test_live import ask, make_shelf


class NoCache(BaseCache):
    """A cache that nobody may ask anything."""

    def __init__(self, *_: Any) -> None:
        super().__init__({})

    def get(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("a public GET asked the cache")

    add = set = touch = delete = has_key = clear = get


def no_query(*_: Any) -> Any:
    raise AssertionError("a public GET asked the database, or Django")


@pytest.fixture
def page(transactional_db: None) -> Page:
    made = make_page()
    make_component(made)
    return made


@pytest.fixture
def live(page: Page, tmp_path: Path, settings: Any) -> Live:
    releases.make(page, timezone.now(), installation())
    follower = Follower(tmp_path)
    follower.look()
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.NoCache"}}
    return Live(follower, no_query)


def test_no_published_path_asks_a_database_or_a_cache(live: Live, page: Page) -> None:
    paths = [f"/{path}" for path in File.objects.filter(until=None).values_list("path", flat=True)]
    assert len(paths) > 10
    with connection.execute_wrapper(no_query):
        for path in [*paths, "/", "/fr/", "/history/"]:
            for method in ("GET", "HEAD"):
                answer = ask(live, path, host=page.domain, method=method, HTTP_ACCEPT_ENCODING="br, gzip")
                assert answer["status"] == "200 OK", path


def test_a_web_process_serves_the_last_release_while_postgres_is_dead(tmp_path: Path) -> None:
    make_shelf(tmp_path / "live", "status.example.com")
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--port",
            str(port),
            "statuspage.wsgi:application",
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "STATE_DIR": str(tmp_path),
            "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing",
        },
    )
    try:
        page = until(lambda: answered(f"http://127.0.0.1:{port}/"), "the page, without a database")
        assert b"All is well." in page
        assert b"bien" in fetch(f"http://127.0.0.1:{port}/fr/")
    finally:
        process.terminate()
        process.wait(20)


def answered(url: str) -> bytes:
    try:
        return fetch(url)
    except OSError:
        return b""
