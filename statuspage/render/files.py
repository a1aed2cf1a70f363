"""What every published file is: its type, how long it may be kept, in which order it goes out. Pure.

No path answers with a type that a browser would have to guess, and nothing is published before
what it names.
"""

from collections.abc import Iterable
from itertools import groupby
from pathlib import PurePosixPath

from statuspage.render.languages import LANGUAGES

# The only files that may carry the time of publishing.
HEARTBEAT = frozenset(
    {
        "heartbeat.json",
        "status.json",
        "status.json.sig",
        "index.html",
        *(f"{language}/index.html" for language in LANGUAGES),
    }
)

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".atom": "application/atom+xml; charset=utf-8",
    ".rss": "application/rss+xml; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".ics": "text/calendar; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".sig": "application/octet-stream",
    ".pem": "application/x-pem-file",
}
# JSON that has a type of its own: JSON Feed 1.1, RFC 9457.
_NAMED = {
    "feed.json": "application/feed+json; charset=utf-8",
    "503.json": "application/problem+json",
}
# RFC 5861: a copy in between may serve an old file while it asks again, and for a day of errors.
_FRESH = "public, max-age=10, stale-while-revalidate=10, stale-if-error=86400"
# What the page of a component leads to, and what leads to incidents and CSV.
_SUMS = ("/sum/index.html", "/months/index.html")
_FOREVER = "public, max-age=31536000, immutable"


def content_type(path: str) -> str:
    """The Content-Type of one published path; raises KeyError for a kind we do not publish."""
    pure = PurePosixPath(path)
    return _NAMED.get(pure.name) or _TYPES[pure.suffix]


def cache_control(path: str) -> str:
    """The Cache-Control of one published path: but those named by their content, any may change."""
    content_type(path)
    return _FOREVER if path.startswith("assets/") else _FRESH


def every_kind() -> list[str]:
    """A path of each kind of file there is, and of each that is called by its content."""
    names = [*_NAMED, *(f"page{suffix}" for suffix in _TYPES)]
    return [*names, *(f"assets/{name}" for name in names)]


def publish_order(paths: Iterable[str]) -> list[str]:
    """Paths in the order to write them: leaves first, the index of each language and `/` last."""
    return sorted(paths, key=lambda path: (_rank(path), path))


def publish_waves(paths: Iterable[str]) -> list[list[str]]:
    """The same order as groups: the files of one group name none of each other and may go out at once."""
    return [list(wave) for _, wave in groupby(publish_order(paths), key=_rank)]


def _rank(path: str) -> int:
    if path == "index.html":
        return 5
    if path in HEARTBEAT:
        return 4 if path.endswith(".html") else 3
    if path.endswith(".csv"):
        return 0
    if path.endswith("history/index.html") or not path.endswith(".html"):
        return 2
    if "components/" in path:
        return 1 if path.endswith(_SUMS) else 2
    return 1 if "history/" in path else 0
