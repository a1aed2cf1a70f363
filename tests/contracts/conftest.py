"""An exported page in an outage: in a folder, and on loopback with the application's own headers."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from statuspage.prepared import prepare
from statuspage.render import render
from tests.render.conftest import compile_catalogs as compile_catalogs
from tests.render.make import make_demo, make_documents


class _Origin(BaseHTTPRequestHandler):
    """Serves files with the headers that the application serves them with."""

    files: dict[str, bytes]

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0].lstrip("/")
        path += "index.html" if not path or path.endswith("/") else ""
        content = self.files.get(path)
        variant = prepare(path if content else "404.html", content or self.files["404.html"]).variants[""]
        self.send_response(200 if content else 404)
        for name, value in variant.headers:
            self.send_header(name, value)
        self.end_headers()
        if body:
            self.wfile.write(variant.body)

    def log_message(self, format: str, *args: object) -> None:
        """Tests stay quiet."""


@pytest.fixture(scope="session")
def files() -> dict[str, bytes]:
    snapshot = make_demo(months=("2026-11",))
    return render(snapshot, make_documents(snapshot))


@pytest.fixture(scope="session")
def exported(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture(scope="session")
def origin(files: dict[str, bytes]) -> Iterator[str]:
    handler = type("Origin", (_Origin,), {"files": files})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
