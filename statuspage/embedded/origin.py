"""The separate static origin: a process of its own that only serves the published folder.

It shares nothing with the application: no Django, no database, no broker. It answers files and
their precompressed neighbours, never a listing, a dot file or anything outside the folder.

    python -m statuspage.embedded.origin FOLDER PORT
"""

import hashlib
import re
import sys
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote

TYPES = {
    ".atom": "application/atom+xml; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".ics": "text/calendar; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".pem": "application/x-pem-file",
    ".png": "image/png",
    ".rss": "application/rss+xml; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webp": "image/webp",
    ".xml": "application/xml; charset=utf-8",
}
NAMED = {"feed.json": "application/feed+json; charset=utf-8", "503.json": "application/problem+json"}
FRESH = "public, max-age=10, stale-while-revalidate=10, stale-if-error=86400"
FOREVER = "public, max-age=31536000, immutable"
FRAMED = re.compile(r"/(?:[a-z]{2}/)?embed/")
WELL_KNOWN = ".well-known"
PRIVATE = (".age", ".zip")  # belongs elsewhere, and is not served should it ever stand here
ENCODINGS = {"br": ".br", "gzip": ".gz"}  # best first


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, whole."""

    status: HTTPStatus
    headers: dict[str, str]
    body: bytes = b""


def answer(folder: Path, target: str, accepted: str = "", known: str = "") -> Answer:
    """What GET `target` answers; `accepted` is Accept-Encoding, `known` If-None-Match (RFC 9110)."""
    path = unquote(target.split("?", 1)[0].split("#", 1)[0])
    file = _find(folder, path)
    if file is None:
        return _not_found(folder, path, accepted)
    if file.is_dir():
        return Answer(HTTPStatus.MOVED_PERMANENTLY, {"Location": quote(path) + "/"})
    found = _serve(folder, file, accepted)
    if _matches(known, found.headers["ETag"]):
        kept = {name: value for name, value in found.headers.items() if name != "Content-Type"}
        return Answer(HTTPStatus.NOT_MODIFIED, kept)
    return found


def _find(folder: Path, path: str) -> Path | None:
    """The file (or folder, where the slash is missing) of a path, None for what may not be served."""
    parts = path.split("/")[1:]
    if not path.startswith("/") or "\0" in path or "\\" in path or path.endswith(PRIVATE):
        return None
    if _hidden(parts):
        return None
    if "" in parts[:-1]:
        return None
    root = folder.resolve()
    file = root.joinpath(*parts[:-1], parts[-1] or "index.html").resolve()
    try:
        return file if file.is_relative_to(root) and (file.is_file() or file.is_dir()) else None
    except OSError:  # a name longer than the file system takes
        return None


def _hidden(parts: list[str]) -> bool:
    """Whether a name begins with a dot; the folder of RFC 8615 alone may."""
    below = parts[1:] if parts[0] == WELL_KNOWN and len(parts) > 1 else parts
    return any(part.startswith(".") for part in below)


def _serve(folder: Path, file: Path, accepted: str, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    coding, body = _best(file, accepted)
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {
        "Content-Type": NAMED.get(file.name) or TYPES.get(file.suffix, "application/octet-stream"),
        "Cache-Control": FOREVER if file.is_relative_to(folder.resolve() / "assets") else FRESH,
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Age, Date",
    }
    if coding:
        headers["Content-Encoding"] = coding
    return Answer(status, headers, body)


def _best(file: Path, accepted: str) -> tuple[str, bytes]:
    """The smallest form that the client takes, and the coding's name ("" for the file itself)."""
    codings = _accepted(accepted)
    for coding, suffix in ENCODINGS.items():
        compressed = file.with_name(file.name + suffix)
        if coding in codings and compressed.is_file():
            return coding, compressed.read_bytes()
    return "", file.read_bytes()


def _accepted(header: str) -> set[str]:
    """The codings of Accept-Encoding whose weight is not zero."""
    parts = [part.replace(" ", "").lower().split(";q=") for part in header.split(",")]
    return {part[0] for part in parts if part[1:] not in (["0"], ["0.0"], ["0.00"], ["0.000"])}


def _matches(known: str, etag: str) -> bool:
    return known.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in known.split(",")]


def _not_found(folder: Path, path: str, accepted: str) -> Answer:
    """The folder's own page for it, the one of the path's language first."""
    language = path.split("/")[1] if path.count("/") > 1 else ""
    for wanted in (f"/{language}/404.html", "/404.html"):
        file = _find(folder, wanted)
        if file is not None and file.is_file():
            found = _serve(folder, file, accepted, HTTPStatus.NOT_FOUND)
            del found.headers["ETag"]
            return found
    return Answer(HTTPStatus.NOT_FOUND, {"Content-Type": TYPES[".txt"]}, b"Not found.\n")


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 around `answer`."""

    protocol_version = "HTTP/1.1"
    server_version = "origin"
    sys_version = ""
    timeout = 30
    folder: Path

    def do_GET(self) -> None:
        """Headers and body."""
        self._send(body=True)

    def do_HEAD(self) -> None:
        """The headers of GET."""
        self._send(body=False)

    def _send(self, *, body: bool) -> None:
        accepted = self.headers.get("Accept-Encoding", "")
        try:
            found = answer(self.folder, self.path, accepted, self.headers.get("If-None-Match", ""))
        except OSError:  # replaced or removed between two looks: the next request finds the new one
            found = Answer(HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "1"})
        self.send_response(found.status)
        for name, value in found.headers.items():
            self.send_header(name, value)
        if found.status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(found.body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if not FRAMED.match(self.path):
            self.send_header("Content-Security-Policy", "frame-ancestors 'none'")
        self.send_header("Referrer-Policy", "strict-origin-when-cross-origin")
        self.end_headers()
        if body and found.status is not HTTPStatus.NOT_MODIFIED:
            self.wfile.write(found.body)

    def log_message(self, format: str, *args: object) -> None:
        """Visitors are not logged."""


class Origin(ThreadingHTTPServer):
    """One thread per connection; a visitor who goes away is no error."""

    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        handler = type("FolderHandler", (Handler,), {"folder": folder})
        super().__init__(("127.0.0.1", port), handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Only what went wrong here is worth a line."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def main() -> None:
    """Serves until it is ended."""
    with Origin(Path(sys.argv[1]), int(sys.argv[2])) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
