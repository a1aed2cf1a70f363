"""A web server on loopback in a thread, which keeps what it was sent: for what runs a loop of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """Where it is, what it answers, and the headers that it got."""

    url: str = ""
    status: int = 200
    body: bytes = b"hello"
    heads: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def small_site() -> Iterator[Site]:
    """It answers until the test is done."""
    told = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.heads.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(told.status)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
