"""The static origin over real HTTP: what it serves, and what it never does."""

import gzip
import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest

from statuspage.embedded.origin import Origin

PAGE = b"<!doctype html><title>All is well</title>" * 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "public"
    for path, content in {
        "index.html": PAGE,
        "fr/index.html": b"Bonjour",
        "api/v2/status.json": b"{}",
        "history.atom": b"<feed/>",
        "assets/0123456789abcdef0123.png": b"png",
        "404.html": b"gone",
        "fr/404.html": "égaré".encode(),
        ".private": b"secret",
        ".git/config": b"secret",
        "..hidden": b"secret",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    (root / "index.html.gz").write_bytes(gzip.compress(PAGE))
    (root / "index.html.br").write_bytes(brotli.compress(PAGE))
    (tmp_path / "outside.txt").write_bytes(b"secret")
    (root / "way-out.txt").symlink_to(tmp_path / "outside.txt")
    return root


@pytest.fixture
def client(folder: Path) -> Iterator[http.client.HTTPConnection]:
    with Origin(folder, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
        yield connection
        connection.close()
        server.shutdown()


Reply = tuple[http.client.HTTPResponse, bytes]


def get(client: http.client.HTTPConnection, path: str, method: str = "GET", **headers: str) -> Reply:
    client.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    client.putheader("Host", "localhost")
    for name, value in headers.items():
        client.putheader(name.replace("_", "-"), value)
    client.endheaders()
    response = client.getresponse()
    return response, response.read()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/?from=mail", "text/html; charset=utf-8"),
        ("/fr/", "text/html; charset=utf-8"),
        ("/api/v2/status.json", "application/json; charset=utf-8"),
        ("/history.atom", "application/atom+xml; charset=utf-8"),
    ],
)
def test_it_serves_a_file_with_its_type(client: http.client.HTTPConnection, path: str, kind: str) -> None:
    response, body = get(client, path)
    assert (response.status, response.headers["Content-Type"]) == (200, kind)
    assert len(body) == int(response.headers["Content-Length"])
    assert response.headers["Date"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_hashed_assets_are_kept_for_a_year_and_pages_for_seconds(client: http.client.HTTPConnection) -> None:
    assert "immutable" in get(client, "/assets/0123456789abcdef0123.png")[0].headers["Cache-Control"]
    assert (
        get(client, "/")[0]
        .headers["Cache-Control"]
        .startswith("public, max-age=10, stale-while-revalidate=10")
    )


def test_head_answers_the_headers_of_get(client: http.client.HTTPConnection) -> None:
    whole, _ = get(client, "/")
    head, body = get(client, "/", "HEAD")
    assert body == b""
    assert dict(head.headers) | {"Date": ""} == dict(whole.headers) | {"Date": ""}


def test_it_prefers_brotli_to_gzip_to_nothing(client: http.client.HTTPConnection) -> None:
    for accepted, coding in [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("", None),
        ("identity", None),
    ]:
        response, body = get(client, "/", Accept_Encoding=accepted)
        assert response.headers["Content-Encoding"] == coding
        assert response.headers["Vary"] == "Accept-Encoding"
        decode = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
        assert decode(body) == PAGE


def test_a_known_tag_answers_304_for_the_form_it_names(client: http.client.HTTPConnection) -> None:
    tag = get(client, "/", Accept_Encoding="br")[0].headers["ETag"]
    response, body = get(client, "/", Accept_Encoding="br", If_None_Match=f'"other", W/{tag}')
    assert (response.status, body, response.headers["ETag"]) == (304, b"", tag)
    assert get(client, "/", If_None_Match=tag)[0].status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.txt",
        "/..%2foutside.txt",
        "/%2e%2e/outside.txt",
        "/fr/../../outside.txt",
        "/..%5coutside.txt",
        "//etc/passwd",
        "/way-out.txt",
        "/.private",
        "/.git/config",
        "/..hidden",
        "/index.html%00.txt",
        "/" + "x" * 300,
        "/fr//index.html",
        "/api/v2/",
        "outside.txt",
    ],
)
def test_nothing_outside_the_folder_and_nothing_hidden_is_served(
    client: http.client.HTTPConnection, path: str
) -> None:
    response, body = get(client, path)
    assert response.status == 404
    assert b"secret" not in body


def test_not_found_is_said_in_the_language_of_the_path(client: http.client.HTTPConnection) -> None:
    assert get(client, "/nowhere")[1] == b"gone"
    assert get(client, "/fr/nowhere")[1].decode() == "égaré"
    assert "ETag" not in get(client, "/nowhere")[0].headers


def test_a_folder_without_its_slash_moves_on_the_same_host(client: http.client.HTTPConnection) -> None:
    response, _ = get(client, "/fr")
    assert (response.status, response.headers["Location"]) == (301, "/fr/")


def test_other_methods_are_refused(client: http.client.HTTPConnection) -> None:
    assert get(client, "/", "POST")[0].status == 501
