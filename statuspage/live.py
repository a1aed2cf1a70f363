"""The live site: WSGI in front of Django that serves what is published, by Host, from memory.

A public GET or HEAD asks no database and no cache; what is not a published file goes to Django, and so
does every request for a page that not everybody may read (`private.py`).
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from statuspage.follow import Follower
from statuspage.not_found import NOT_FOUND
from statuspage.prepared import respond
from statuspage.shelf import Shelf

# Where Django finds the files of a page that not everybody may read.
SHELF = "statuspage.shelf"
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Live:
    """Serves the shelves of `follower`, and `behind` for everything else."""

    def __init__(self, follower: Follower, behind: Application) -> None:
        self._follower = follower
        self._behind = behind

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """One request (PEP 3333)."""
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            shelf = self._shelf(environ.get("HTTP_HOST", ""))
            if shelf is not None and shelf.state.private:
                return self._behind({**environ, SHELF: shelf}, start_response)
            if shelf is not None:
                path = published_path(environ)
                prepared = shelf.get(path)
                if prepared is not None:
                    return respond(prepared, environ, start_response)
                if path and f"{path}/index.html" in shelf:
                    return _redirected(to_folder(path), start_response)
            if shelf is not None and "404.html" in shelf:
                return self._or_not_found(shelf, environ, start_response)
        return self._behind(environ, start_response)

    def _or_not_found(self, shelf: Shelf, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Django's answer, or the page's own "not found" in place of a bare 404."""
        missing: list[bool] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if status.startswith("404") and NOT_FOUND in headers:
                missing.append(True)
                return lambda _data: None
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        answer = self._behind(environ, start)
        prepared = shelf.get("404.html") if missing else None
        if prepared is None:
            return answer
        # Whoever leaves an answer unread closes it (PEP 3333): Django lets go of its connections then.
        close = getattr(answer, "close", None)
        if close is not None:
            close()
        return respond(prepared, environ, start_response, "404 Not Found")

    def _shelf(self, host: str) -> Shelf | None:
        """The page of this host; the only page serves every host."""
        shelves = self._follower.shelves
        found = shelves.get(host) or shelves.get(_without_port(host).lower())
        if found is None and len(shelves) == 1:
            return next(iter(shelves.values()))
        return found


def _without_port(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def published_path(environ: Mapping[str, Any]) -> str:
    """The published path of a request: UTF-8, as PEP 3333 hands it over in Latin-1."""
    raw: str = environ.get("PATH_INFO", "/")
    path = raw.encode("latin-1", "replace").decode("utf-8", "replace").removeprefix("/")
    return f"{path}index.html" if not path or path.endswith("/") else path


def to_folder(path: str) -> str:
    """The same address with a slash, relative so that any host keeps its own."""
    return f"{quote(path.rpartition('/')[2])}/"


def _redirected(location: str, start_response: Any) -> Iterable[bytes]:
    start_response("308 Permanent Redirect", [("Location", location), ("Content-Length", "0")])
    return []
