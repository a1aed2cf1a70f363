"""deploy/nginx-origin.conf in a real nginx, held against the embedded origin: the same answers."""

import gzip
import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from statuspage.embedded.origin import answer
from statuspage.render.files import cache_control, content_type
from tests.deploy.compose import ROOT

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
SAME = ("Content-Type", "Cache-Control", "Access-Control-Allow-Origin", "Content-Encoding")
FILES = {
    "index.html": b"<p>page</p>" * 50,
    "404.html": b"<p>nothing here</p>",
    "fr/404.html": b"<p>rien ici</p>",
    "fr/index.html": b"<p>page</p>",
    "incidents/abc/index.html": b"<p>incident</p>",
    "history.atom": b"<feed/>",
    "api/v2/summary.json": b"{}",
    "heartbeat.json": b"{}",
    "status.json": b"{}",
    "assets/page.0123456789abcdef.css": b"p{}",
    "icon.svg": b"<svg/>",
    ".statuspage/sequence": b"7",
}
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
{user}
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/temp/body;
    proxy_temp_path {folder}/temp/proxy;
    fastcgi_temp_path {folder}/temp/fastcgi;
    uwsgi_temp_path {folder}/temp/uwsgi;
    scgi_temp_path {folder}/temp/scgi;
    include {folder}/origin.conf;
}}
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Origin:
    """A running nginx and the folder that it serves."""

    folder: Path
    port: int

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, headers={n.replace("_", "-"): v for n, v in headers.items()})
        response = connection.getresponse()
        found = Answer(response.status, dict(response.getheaders()), response.read())
        connection.close()
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def publish(folder: Path) -> None:
    for path, content in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    (folder / "index.html.gz").write_bytes(gzip.compress(FILES["index.html"]))


def configure(folder: Path, port: int) -> Path:
    """The shipped file as it is but for the two lines that name the container's port and folder."""
    shipped = (ROOT / "deploy" / "nginx-origin.conf").read_text()
    for line, here in (
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
        ("root /srv/published;", f"root {folder}/published;"),
    ):
        assert shipped.count(line) == 1
        shipped = shipped.replace(line, here)
    (folder / "origin.conf").write_text(shipped)
    (folder / "temp").mkdir()
    main = folder / "nginx.conf"
    main.write_text(MAIN.format(folder=folder, user="user root;" if os.geteuid() == 0 else ""))
    return main


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail(f"nginx ended with {process.returncode}")


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    if NGINX is None:
        if os.environ.get("CI"):
            pytest.fail("nginx is not installed: its configuration cannot be tested")
        pytest.skip("NOT TESTED: nginx is not installed (apt-get install nginx-light)")
    folder, port = tmp_path_factory.mktemp("origin"), free_port()
    publish(folder / "published")
    process = subprocess.Popen([NGINX, "-e", "stderr", "-p", str(folder), "-c", str(configure(folder, port))])
    wait_for(port, process)
    yield Origin(folder / "published", port)
    process.terminate()
    process.wait()


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
        "/assets/page.0123456789abcdef.css",
        "/icon.svg",
        "/.statuspage/sequence",
        "/incidents/../.statuspage/sequence",
        "/none?query",
    ],
)
@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_it_answers_what_the_embedded_origin_answers(origin: Origin, path: str, accepted: str) -> None:
    found = origin.get(path, Accept_Encoding=accepted)
    expected = answer(origin.folder, path, accepted)
    assert found.status == expected.status
    if found.status == 301:
        assert found.headers["Location"] == expected.headers["Location"]
        return
    assert found.body == expected.body
    for name in SAME:
        assert found.headers.get(name) == expected.headers.get(name), name


@pytest.mark.parametrize("path", [path for path in FILES if path.endswith((".html", ".json", ".atom"))])
def test_it_answers_what_the_application_and_the_bucket_answer(origin: Origin, path: str) -> None:
    headers = origin.get(f"/{path}").headers
    assert headers["Content-Type"] == content_type(path)
    assert headers["Cache-Control"] == cache_control(path)


@pytest.mark.parametrize(
    "path", ["/../nginx.conf", "/%2e%2e/nginx.conf", "/..%2fnginx.conf", "/fr/../../nginx.conf"]
)
def test_nothing_outside_the_folder_is_served(origin: Origin, path: str) -> None:
    assert origin.get(path).status in (400, 404)


def test_a_page_in_no_language_is_missing_in_words(origin: Origin) -> None:
    assert origin.get("/none").body == FILES["404.html"]
    assert origin.get("/fr/none").body == FILES["fr/404.html"]


@pytest.mark.parametrize("path", ["/", "/none", "/api/v2/summary.json", "/.statuspage/sequence"])
def test_every_answer_carries_the_headers_of_security(origin: Origin, path: str) -> None:
    headers = origin.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Server"] == "nginx"
    assert "Strict-Transport-Security" not in headers


def test_it_promises_https_where_the_reader_came_by_https(origin: Origin) -> None:
    headers = origin.get("/", X_Forwarded_Proto="https").headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_known_version_costs_no_body(origin: Origin) -> None:
    etag = origin.get("/").headers["ETag"]
    again = origin.get("/", If_None_Match=etag)
    assert (again.status, again.body) == (304, b"")


def test_head_has_the_headers_of_get(origin: Origin) -> None:
    head, get = origin.get("/", "HEAD"), origin.get("/")
    assert head.body == b""
    assert {**head.headers, "Date": ""} == {**get.headers, "Date": ""}


def test_it_takes_no_form(origin: Origin) -> None:
    assert origin.get("/", "POST").status == 405


def test_it_tells_its_health_before_anything_is_published(origin: Origin) -> None:
    assert origin.get("/-/healthy").body == b"ok\n"
