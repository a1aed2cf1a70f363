"""nginx-origin.conf and Caddyfile in the real servers, held against the embedded origin: the same answers."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from statuspage.embedded.origin import answer
from statuspage.render.files import cache_control, content_type, every_kind
from tests.deploy import servers
from tests.deploy.servers import Running
from tests.ports import free_port

SAME = ("Content-Type", "Cache-Control", "Access-Control-Allow-Origin", "Content-Encoding")
FILES = {
    **{path: path.encode() for path in every_kind()},
    "index.html": b"<p>page</p>" * 50,
    "404.html": b"<p>nothing here</p>",
    "fr/404.html": b"<p>rien ici</p>",
    "fr/index.html": b"<p>page</p>",
    "fr/feed.json": b"{}",
    "incidents/abc/index.html": b"<p>incident</p>",
    "history.atom": b"<feed/>",
    "api/v2/summary.json": b"{}",
    "assets/0123456789abcdef0123.png": b"png",
    "embed/index.html": b"<p>frame</p>",
    "fr/embed/index.html": b"<p>cadre</p>",
    ".well-known/security.txt": b"Contact: mailto:a@example.com\n",
    ".well-known/.hidden": b"private",
    ".statuspage/sequence": b"7",
    "releases/000000000001.zip": b"private",
    "emergency/subscribers.age": b"private",
}
PRIVATE = (
    "/.statuspage/sequence",
    "/.well-known/.hidden",
    "/releases/000000000001.zip",
    "/emergency/subscribers.age",
    "/.git/config",
)


def publish(folder: Path) -> None:
    for path, content in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (folder / "index.html.gz").write_bytes(gzip.compress(FILES["index.html"]))


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def origin(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder, port = tmp_path_factory.mktemp("origin"), free_port()
    publish(folder / "published")
    root = f"/srv/published => {folder}/published"
    if request.param == "nginx":
        there = servers.shipped(
            "nginx-origin.conf", root=root, port=f"listen 8080 => listen 127.0.0.1:{port}"
        )
        with servers.nginx(folder, there, port) as server:
            yield server
    else:
        there = servers.shipped("Caddyfile", root=root, port=f"\n:8080 {{ => \nhttp://127.0.0.1:{port} {{")
        with servers.caddy(folder, there, port) as server:
            yield server


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/index.html",
        "/fr/",
        "/fr",
        "/incidents/abc/",
        "/incidents/abc",
        "/incidents/",
        "/incidents/none/",
        "/fr/incidents/none/",
        "/de/none/",
        "/history.atom",
        "/api/v2/summary.json",
        "/heartbeat.json",
        "/status.json",
        "/assets/0123456789abcdef0123.png",
        "/page.svg",
        "/feed.json",
        "/fr/feed.json",
        "/503.json",
        "/embed/",
        "/.well-known/security.txt",
        "/.well-known/none.txt",
        *PRIVATE,
        "/incidents/../.statuspage/sequence",
        "/none?query",
    ],
)
@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_it_answers_what_the_embedded_origin_answers(origin: Running, path: str, accepted: str) -> None:
    found = origin.get(path, Accept_Encoding=accepted)
    expected = answer(origin.folder, path, accepted)
    # Caddy says 308 where the others say 301.
    assert (301 if found.status == 308 else found.status) == expected.status
    if found.status in (301, 308):
        assert found.headers["Location"] == expected.headers["Location"]
        return
    assert found.body == expected.body
    for name in SAME:
        assert found.headers.get(name) == expected.headers.get(name), name


@pytest.mark.parametrize("path", [path for path in FILES if f"/{path}" not in PRIVATE])
def test_it_answers_what_the_application_and_the_bucket_answer(origin: Running, path: str) -> None:
    found = origin.get(f"/{path}")
    assert (found.status, found.body) == (200, FILES[path])
    headers = found.headers
    assert headers["Content-Type"] == content_type(path)
    assert headers["Cache-Control"] == cache_control(path)


@pytest.mark.parametrize(
    "path", ["/../nginx.conf", "/%2e%2e/nginx.conf", "/..%2fnginx.conf", "/fr/../../nginx.conf"]
)
def test_nothing_outside_the_folder_is_served(origin: Running, path: str) -> None:
    assert origin.get(path).status in (400, 404)


def test_a_page_in_no_language_is_missing_in_words(origin: Running) -> None:
    assert origin.get("/none").body == FILES["404.html"]
    assert origin.get("/fr/none").body == FILES["fr/404.html"]


@pytest.mark.parametrize("path", ["/", "/none", "/api/v2/summary.json", "/.statuspage/sequence"])
def test_every_answer_carries_the_headers_of_security(origin: Running, path: str) -> None:
    headers = origin.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Server"] in ("nginx", "Caddy")
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", PRIVATE)
def test_nothing_private_is_served(origin: Running, path: str) -> None:
    found = origin.get(path)
    assert found.status in (403, 404)
    assert found.body == FILES["404.html"]


@pytest.mark.parametrize("path", ["/embed/", "/fr/embed/"])
def test_other_sites_may_frame_what_is_made_for_it(origin: Running, path: str) -> None:
    assert "Content-Security-Policy" not in origin.get(path).headers
    for closed in ("/", "/incidents/abc/", "/embed", "/xembed/", "/a/b/embed/"):
        assert origin.get(closed).headers["Content-Security-Policy"] == "frame-ancestors 'none'"


def test_it_promises_https_where_the_reader_came_by_https(origin: Running) -> None:
    headers = origin.get("/", X_Forwarded_Proto="https").headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_known_version_costs_no_body(origin: Running) -> None:
    etag = origin.get("/").headers["ETag"]
    again = origin.get("/", If_None_Match=etag)
    assert (again.status, again.body) == (304, b"")


def test_head_has_the_headers_of_get(origin: Running) -> None:
    head, get = origin.get("/", "HEAD"), origin.get("/")
    assert head.body == b""
    assert {**dict(head.headers), "Date": ""} == {**dict(get.headers), "Date": ""}


def test_it_takes_no_form(origin: Running) -> None:
    assert origin.get("/", "POST").status == 405


def test_it_tells_its_health_before_anything_is_published(origin: Running) -> None:
    assert origin.get("/-/healthy").body == b"ok\n"
