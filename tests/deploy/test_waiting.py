"""The recipes of deploy/waiting in the real servers: a product that fails, and a status page that says so."""

import json
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from statuspage.render import render
from statuspage.render.files import cache_control, content_type
from statuspage.snapshot import Documents
from tests.deploy import servers
from tests.deploy.servers import Answer, Running
from tests.ports import free_port
from tests.render.make import make_demo

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
FILES = render(make_demo(), Documents())
STATUS = "status.example.com"


@dataclass
class Behind:
    """A server behind the proxy: answers `status` with `files`, or nothing at all while it is dead."""

    status: int = 200
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None
    port: int = 0

    def start(self) -> None:
        handler = type("Handler", (_Handler,), {"behind": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}).start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


class _Handler(BaseHTTPRequestHandler):
    behind: Behind

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        self.behind.asked.append((self.command, self.path, dict(self.headers)))
        there = path in self.behind.files
        body = self.behind.files.get(path, b"the product itself")
        self.send_response(self.behind.status if there or not self.behind.files else 404)
        self.send_header("Content-Type", content_type(path) if there else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        if there:
            self.send_header("Cache-Control", cache_control(path))
            self.send_header("Strict-Transport-Security", "max-age=31536000")
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("ETag", '"1"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_POST = do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Tests stay quiet."""


@dataclass
class Scene:
    """A proxy with the recipe, the product and the status page behind it."""

    proxy: Running
    product: Behind
    page: Behind


@pytest.fixture(params=["nginx", "haproxy"])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    product, page, port = Behind(), Behind(files=dict(FILES)), free_port()
    product.start()
    page.start()
    starting = {"nginx": _nginx, "haproxy": _haproxy}[request.param]
    try:
        with starting(tmp_path, port, product.port, page.port) as proxy:
            yield Scene(proxy, product, page)
    finally:
        product.stop()
        page.stop()


def _nginx(folder: Path, port: int, product: int, page: int) -> AbstractContextManager[Running]:
    there = servers.shipped(
        "waiting/nginx.conf",
        cache=f"/var/cache/nginx/waiting => {folder}/cache",
        listen=f"listen 80; => listen 127.0.0.1:{port};",
        product=f"127.0.0.1:8080 => 127.0.0.1:{product}",
        page=f"set $status_page https://{STATUS}; => set $status_page http://127.0.0.1:{page};",
    )
    return servers.nginx(folder / "nginx", there, port)


def _haproxy(folder: Path, port: int, product: int, page: int) -> AbstractContextManager[Running]:
    words = folder / "words.http"
    words.write_text(servers.shipped("waiting/haproxy-words.http"), newline="")
    tls = f"{STATUS}:443 ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt sni str({STATUS})"
    there = servers.shipped(
        "waiting/haproxy.cfg",
        listen=f"bind :80 => bind 127.0.0.1:{port}",
        words=f"/etc/haproxy/haproxy-words.http => {words}",
        product=f"127.0.0.1:8080 check inter 2s => 127.0.0.1:{product} check inter 100ms",
        # A product on a busy machine is slow to answer its checks, not down.
        patience="timeout connect 3s => timeout connect 3s\n    timeout check 60s",
        page=f"{tls} => 127.0.0.1:{page}",
    )
    file = folder / "haproxy.cfg"
    file.write_text(there)
    return servers.running([servers.program("haproxy", "haproxy"), "-f", str(file)], port, folder)


def until_down(scene: Scene, **headers: str) -> Answer:
    """What is answered once the proxy has noticed: HAProxy's checks need a moment."""
    while True:
        found = scene.proxy.get("/shop?item=1", **headers)
        # HAProxy's own words for a request that it passed on before its checks noticed.
        waiting = any(path.lstrip("/") in FILES for _method, path, _headers in scene.page.asked)
        if found.status != 200 and (waiting or scene.page.server is None):
            return found


def test_a_product_that_works_is_shown_as_it_is(scene: Scene) -> None:
    found = scene.proxy.get("/")
    assert (found.status, found.body) == (200, b"the product itself")
    assert "Retry-After" not in found.headers
    assert scene.page.asked == []


@pytest.mark.parametrize("dead", [True, False], ids=["dead", "answers 500"])
@pytest.mark.parametrize(
    ("accept", "language", "path"),
    [
        (HTML, "en-GB,en;q=0.9", "outage/503.html"),
        (HTML, "fr-CA,fr;q=0.9,en;q=0.5", "fr/outage/503.html"),
        ("application/json", "en", "outage/503.json"),
        ("application/vnd.acme+json", "fr", "fr/outage/503.json"),
        ("*/*", "de", "outage/503.html"),
    ],
)
def test_a_product_that_fails_is_answered_for(
    scene: Scene, dead: bool, accept: str, language: str, path: str
) -> None:
    if dead:
        scene.product.stop()
    else:
        scene.product.status = 500
    found = until_down(scene, Accept=accept, Accept_Language=language)
    assert found.status == 503
    assert found.body == FILES[path]
    assert found.headers["Content-Type"] == content_type(path)
    assert found.headers["Retry-After"] == "60"
    assert found.headers.get_all("Cache-Control") == ["no-store"]
    for name in ("Strict-Transport-Security", "Access-Control-Allow-Origin", "ETag", "Set-Cookie"):
        assert name not in found.headers
    if path.endswith(".json"):
        assert json.loads(found.body)["status"] == 503


def test_nothing_of_the_visitors_reaches_the_status_page(scene: Scene) -> None:
    scene.product.stop()
    until_down(scene)
    scene.page.asked.clear()
    headers = {"Cookie": "session=secret", "Authorization": "Bearer secret", "If_None_Match": '"1"'}
    found = scene.proxy.get("/pay?card=secret", "POST", Accept_Language="fr", **headers)
    assert (found.status, found.body) == (503, FILES["fr/outage/503.html"])
    for method, path, sent in scene.page.asked:
        assert (method, path) == ("GET", "/fr/outage/503.html")
        assert "secret" not in json.dumps(sent)
        assert "If-None-Match" not in sent


def test_it_stays_a_503_when_the_status_page_is_dead_too(scene: Scene) -> None:
    scene.page.stop()
    scene.product.stop()
    found = until_down(scene, Accept=HTML)
    assert found.status in (502, 503)
    if "nginx" in found.headers.get("Server", ""):
        assert found.status == 503
        assert b"We are having trouble." in found.body
        assert found.headers["Retry-After"] == "60"
        assert found.headers.get_all("Cache-Control") == ["no-store"]


@pytest.mark.parametrize("scene", ["nginx"], indirect=True)
def test_what_was_shown_once_is_shown_when_the_status_page_is_gone(scene: Scene) -> None:
    scene.product.stop()
    until_down(scene)
    scene.page.stop()
    found = scene.proxy.get("/")
    assert (found.status, found.body) == (503, FILES["outage/503.html"])


@pytest.mark.parametrize("scene", ["nginx"], indirect=True)
@pytest.mark.parametrize("status", [404, 500, 302])
def test_a_status_page_without_such_a_page_leaves_plain_words(scene: Scene, status: int) -> None:
    scene.product.stop()
    scene.page.status = status
    found = until_down(scene)
    assert found.status == 503
    assert b"https://status.example.com/" in found.body


def test_a_head_request_gets_the_headers_alone(scene: Scene) -> None:
    scene.product.stop()
    until_down(scene)
    found = scene.proxy.get("/", "HEAD")
    assert (found.status, found.body) == (503, b"")
    assert found.headers["Retry-After"] == "60"


def test_the_product_is_back_as_soon_as_it_answers(scene: Scene) -> None:
    scene.product.stop()
    until_down(scene)
    scene.product.start()
    while scene.proxy.get("/").status != 200:
        pass
    assert scene.proxy.get("/").body == b"the product itself"
