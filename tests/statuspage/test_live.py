"""The live site answers from its shelf: negotiated, conditional, and without asking anyone."""

import gzip
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import brotli
import pytest

from statuspage.follow import Follower
from statuspage.live import Live
from statuspage.not_found import NOT_FOUND
from statuspage.prepared import prepare
from statuspage.shelf import Shelf, State

PAGE = b"<!doctype html><title>Acme</title>" + b"<p>All is well.</p>" * 40
FILES = {
    "index.html": PAGE,
    "fr/index.html": PAGE.replace(b"well", b"bien"),
    "api/v2/status.json": b'{"page": {}}',
    "404.html": b"<title>Not found on this page</title>",
}


def behind(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Stands for Django: 404 in its bare form, or a page of its own."""
    if environ["PATH_INFO"].startswith("/admin"):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"admin"]
    start_response("404 Not Found", [("Content-Type", "text/plain"), NOT_FOUND])
    return [b"bare"]


def make_shelf(root: Path, domain: str, files: dict[str, bytes] = FILES) -> None:
    state = State(hashlib.md5(domain.encode()).hexdigest()[:12], domain, 7)
    Shelf(root / state.page_id, State(state.page_id, domain, 0), []).update(state, files, [])


def ask(live: Live, path: str, host: str = "status.example.com", method: str = "GET", **headers: str) -> Any:
    answer: dict[str, Any] = {}

    def start(status: str, fields: list[tuple[str, str]], exc_info: Any = None) -> Any:
        answer.update(status=status, headers=dict(fields))
        return lambda _data: None

    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_HOST": host, **headers}
    answer["body"] = b"".join(live(environ, start))
    return answer


@pytest.fixture
def live(tmp_path: Path) -> Live:
    make_shelf(tmp_path, "status.example.com")
    make_shelf(tmp_path, "other.example.com", {"index.html": b"other"})
    return Live(Follower(tmp_path), behind)


def test_it_serves_the_page_of_the_host(live: Live) -> None:
    assert ask(live, "/")["body"] == PAGE
    assert ask(live, "/", host="STATUS.example.com:8443")["body"] == PAGE
    assert ask(live, "/", host="other.example.com")["body"] == b"other"


def test_an_unknown_host_gets_no_page_where_there_are_several(live: Live) -> None:
    assert ask(live, "/", host="elsewhere.example.com")["status"] == "404 Not Found"


def test_the_only_page_serves_every_host(tmp_path: Path) -> None:
    make_shelf(tmp_path, "status.example.com")
    assert ask(Live(Follower(tmp_path), behind), "/", host="127.0.0.1:8000")["body"] == PAGE


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("*", "br"),
        ("", None),
        ("identity", None),
        ("br;q=0,gzip;q=0.0", None),
    ],
)
def test_it_negotiates_the_encoding(live: Live, accepts: str, encoding: str | None) -> None:
    answer = ask(live, "/", HTTP_ACCEPT_ENCODING=accepts)
    assert answer["headers"].get("Content-Encoding") == encoding
    assert answer["headers"]["Vary"] == "Accept-Encoding"
    undo = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert undo(answer["body"]) == PAGE


def test_head_has_the_headers_of_get_and_no_body(live: Live) -> None:
    get, head = ask(live, "/fr/"), ask(live, "/fr/", method="HEAD")
    assert head["headers"] == get["headers"]
    assert head["body"] == b""
    assert int(get["headers"]["Content-Length"]) == len(get["body"])


def test_a_known_etag_gets_304_in_its_own_encoding_only(live: Live) -> None:
    etag = ask(live, "/", HTTP_ACCEPT_ENCODING="br")["headers"]["ETag"]
    again = ask(live, "/", HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=f'"x", W/{etag}')
    assert (again["status"], again["body"]) == ("304 Not Modified", b"")
    assert again["headers"]["ETag"] == etag
    assert ask(live, "/", HTTP_IF_NONE_MATCH=etag)["status"] == "200 OK"


def test_a_folder_without_its_slash_is_sent_to_it(live: Live) -> None:
    answer = ask(live, "/fr")
    assert (answer["status"][:3], answer["headers"]["Location"]) == ("308", "fr/")


def test_json_may_be_read_from_any_origin(live: Live) -> None:
    headers = ask(live, "/api/v2/status.json")["headers"]
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert "Access-Control-Allow-Origin" not in ask(live, "/")["headers"]


def test_another_site_may_read_how_old_a_copy_is(live: Live) -> None:
    headers = ask(live, "/api/v2/status.json")["headers"]
    assert headers["Access-Control-Expose-Headers"] == "Age, Date"
    assert "Access-Control-Expose-Headers" not in ask(live, "/")["headers"]


@pytest.mark.parametrize(
    ("path", "framed"),
    [
        ("index.html", False),
        ("fr/index.html", False),
        ("embed/index.html", True),
        ("fr/embed/index.html", True),
        ("components/embed/index.html", False),
        ("fra/embed/index.html", False),
        ("embed.js", False),
    ],
)
def test_only_what_is_made_for_it_may_stand_in_a_frame(path: str, framed: bool) -> None:
    headers = dict(prepare(path, b"content").variants[""].headers)
    assert headers.get("Content-Security-Policy") == (None if framed else "frame-ancestors 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_what_is_not_published_goes_to_django(live: Live) -> None:
    assert ask(live, "/admin/")["body"] == b"admin"
    assert ask(live, "/", method="POST")["body"] == b"bare"


@pytest.mark.parametrize(
    "path", ["/nothing", "/../state.json", "/%2e%2e/state.json", "/.state", "//index.html", "/\xff"]
)
def test_an_unknown_path_gets_the_pages_own_not_found(live: Live, path: str) -> None:
    answer = ask(live, path)
    assert answer["status"] == "404 Not Found"
    assert answer["body"] == FILES["404.html"]


def test_a_shelf_forgets_what_a_newer_release_changed_and_removed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, State("p", "d", 0), [])
    shelf.update(State("p", "d", 1), {"index.html": b"one", "old.html": b"old"}, [])
    assert shelf.get("index.html")
    assert shelf.get("old.html")
    shelf.update(State("p", "d", 2), {"index.html": b"two"}, ["old.html"])
    newest = shelf.get("index.html")
    assert newest
    assert newest.variants[""].body == b"two"
    assert shelf.get("old.html") is None
    again = Shelf.load(tmp_path)
    assert again
    assert (again.state.sequence, again.paths) == (2, {"index.html"})


def test_what_django_answered_is_closed_where_the_page_answers_instead(tmp_path: Path) -> None:
    closed = []

    class Answer(list[bytes]):
        def close(self) -> None:
            closed.append(True)

    make_shelf(tmp_path, "status.example.com")
    live = Live(Follower(tmp_path), lambda environ, start: Answer(behind(environ, start)))
    assert ask(live, "/nothing")["body"] == FILES["404.html"]
    assert closed == [True]
