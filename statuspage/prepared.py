"""One published file, compressed once and ready to be sent: ETag, 304, HEAD and encodings. Pure."""

import functools
import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import brotli

from statuspage.render.files import cache_control, content_type

COMPRESSED = (
    "text/",
    "application/json",
    "application/feed+json",
    "application/atom+xml",
    "application/rss+xml",
    "image/svg+xml",
    "application/xml",
)
# frame-ancestors cannot stand in the page's own <meta> policy (CSP level 3, section 3.3).
_UNFRAMED = ("Content-Security-Policy", "frame-ancestors 'none'")
SECURITY = (
    ("X-Content-Type-Options", "nosniff"),
    _UNFRAMED,
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
)
# Programs on other sites may read everything but pages, and how old their copy is.
SHARED = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "Age, Date"))
# Only what is made for it may stand in a frame of another site.
_EMBEDDED = re.compile(r"(?:[a-z]{2}/)?embed/")
_QUALITY = re.compile(r";\s*q\s*=\s*0(\.0*)?\s*$")

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Variant:
    """The file in one encoding with its headers."""

    body: bytes
    etag: str
    headers: Headers
    unchanged: Headers


@dataclass(frozen=True, slots=True)
class Prepared:
    """The file in every encoding worth having; "" is identity."""

    variants: Mapping[str, Variant]

    @property
    def size(self) -> int:
        """Bytes in memory, all encodings together."""
        return sum(len(variant.body) for variant in self.variants.values())

    def choose(self, accept_encoding: str) -> Variant:
        """The smallest variant that the client takes (RFC 9110 section 12.5.3)."""
        for encoding in accepted(accept_encoding):
            if encoding in self.variants:
                return self.variants[encoding]
        return self.variants[""]


def prepare(path: str, content: bytes) -> Prepared:
    """Compresses a file once and writes its headers."""
    kind = _kind(path)
    digest = hashlib.sha256(content).hexdigest()[:20]
    bodies = {"": content}
    if kind.startswith(COMPRESSED) and len(content) > 200:
        bodies["br"] = brotli.compress(content, quality=5)
        bodies["gzip"] = gzip.compress(content, 6, mtime=0)
    return Prepared({name: _variant(path, kind, digest, name, body) for name, body in bodies.items()})


def _kind(path: str) -> str:
    """Its type; a newer version, already at work beside this one, may publish what we do not know yet."""
    try:
        return content_type(path)
    except KeyError:
        return "application/octet-stream"


def _cache(path: str) -> str:
    try:
        return cache_control(path)
    except KeyError:
        return "public, max-age=10"


def _variant(path: str, kind: str, digest: str, encoding: str, body: bytes) -> Variant:
    etag = f'"{digest}{"-" + encoding if encoding else ""}"'
    unchanged = [
        ("ETag", etag),
        ("Cache-Control", _cache(path)),
        ("Vary", "Accept-Encoding"),
        *(header for header in SECURITY if header != _UNFRAMED or not _EMBEDDED.match(path)),
    ]
    if not kind.startswith("text/html"):
        unchanged.extend(SHARED)
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), *unchanged]
    if encoding:
        headers.append(("Content-Encoding", encoding))
    return Variant(body, etag, headers, unchanged)


@functools.lru_cache(maxsize=512)
def accepted(header: str) -> tuple[str, ...]:
    """Our encodings that an Accept-Encoding header takes, the best first; q=0 refuses one."""
    offered = {
        part.split(";")[0].strip().lower(): not _QUALITY.search(part)
        for part in header[:500].split(",")
        if part.strip()
    }
    return tuple(name for name in ("br", "gzip") if offered.get(name, offered.get("*", False)))


def respond(
    prepared: Prepared, environ: Mapping[str, Any], start_response: Any, status: str = "200 OK"
) -> Iterable[bytes]:
    """Answers a GET or HEAD over WSGI, 304 where the client has this very variant."""
    variant = prepared.choose(environ.get("HTTP_ACCEPT_ENCODING", ""))
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known and status == "200 OK" and matches(variant.etag, known):
        start_response("304 Not Modified", variant.unchanged)
        return []
    start_response(status, variant.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [variant.body]


def matches(etag: str, if_none_match: str) -> bool:
    """Whether an If-None-Match header names the ETag (weak comparison, RFC 9110 section 13.1.2)."""
    names = [name.strip().removeprefix("W/") for name in if_none_match.split(",")]
    return etag in names or "*" in names
