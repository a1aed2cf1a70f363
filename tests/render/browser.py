"""A web server for rendered files whose clock the test sets, and pages of a real browser."""

import contextlib
import posixpath
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from statuspage.prepared import SHARED
from statuspage.render.files import content_type
from tests.render.make import NOW


@dataclass
class Site:
    """What is served, at what time by the server's clock; tests change both while it runs."""

    url: str
    files: dict[str, bytes]
    date: datetime = NOW + timedelta(seconds=20)
    age: int = 0
    requests: list[str] = field(default_factory=list)
    shared: Mapping[str, str] = field(default_factory=lambda: dict(SHARED))


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        path = self.path.lstrip("/").partition("?")[0]
        self.site.requests.append(path)
        if path == "" or path.endswith("/"):
            path = posixpath.join(path, "index.html")
        content = self.site.files.get(path, self.site.files.get("404.html", b""))
        self.send_response_only(200 if path in self.site.files else 404)
        self.send_header("Date", format_datetime(self.site.date, usegmt=True))
        self.send_header("Age", str(self.site.age))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Type", content_type(path if path in self.site.files else "404.html"))
        self.send_header("Content-Length", str(len(content)))
        for name, value in self.site.shared.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Tests stay quiet."""


@contextlib.contextmanager
def serving(files: Mapping[str, bytes], below: str = "") -> Iterator[Site]:
    """Serves files on loopback, perhaps below a sub-path such as "status/"."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    site = Site(
        f"http://127.0.0.1:{server.server_port}/{below}",
        {f"{below}{path}": content for path, content in files.items()},
    )
    handler.site = site
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
