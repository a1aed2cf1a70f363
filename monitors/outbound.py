"""The only outbound client: one guarded exchange, or one knock at a port, under one deadline.

HTTP/1.1 on a fresh connection, no cookies, no environment proxies, identity encoding, at most
64 KiB of a body kept, or what the caller says; redirects by hand, each judged afresh. Whatever the
other side does, an exchange ends at its deadline and has read no more than `wire` budgets.
"""

import asyncio
import time
from collections.abc import AsyncIterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, cast

import httpcore
import httpx

from monitors.addresses import check_url, port_of
from monitors.dial import dial
from monitors.guard import NOTHING, Allow
from monitors.reasons import OutboundError, Reason
from monitors.wire import GuardedBackend, trust

BODY_BYTES = 64 * 1024
# A body in very small pieces costs processor time by the piece: what came until then must do.
BODY_PIECES = 2_000
REDIRECTS = {301, 302, 303, 307, 308}
USER_AGENT = "statuspage"


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds by a monotonic clock, each phase summed over all redirects."""

    dns: float
    connect: float
    tls: float
    first_byte: float
    transfer: float
    total: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """An answer. Header names are in lower case, repeated ones joined by ", " (RFC 9110 5.3)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    final_url: str
    timings: Timings


async def exchange(
    method: str,
    url: str,
    *,
    deadline: float,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    allow: Allow = NOTHING,
    redirects: int = 0,
    body_bytes: int = BODY_BYTES,
) -> Exchange:
    """Send one request and return the answer, within `deadline` seconds all in all.

    Up to `redirects` redirects of a GET or HEAD are followed, with `headers` only as long as the
    origin stays the same; with 0 a redirect is an answer. Of the body, `body_bytes` at most are kept.
    Raises OutboundError.
    """
    watch = _Stopwatch()
    try:
        async with asyncio.timeout(deadline):
            return await _follow(
                method, url, dict(headers or {}), content, allow, redirects, body_bytes, watch
            )
    except TimeoutError:
        raise OutboundError(Reason.TIMEOUT) from None


async def post(
    url: str, body: bytes, headers: Mapping[str, str], deadline: float, allow: Allow = NOTHING
) -> Exchange:
    """Send a webhook: public addresses only unless allowed, a redirect is an answer like any other.

    `deadline` is in seconds. Raises OutboundError.
    """
    return await exchange("POST", url, headers=headers, content=body, deadline=deadline, allow=allow)


async def knock(host: str, port: int, *, deadline: float, allow: Allow = NOTHING) -> Timings:
    """Connect to a port within `deadline` seconds and close again. Raises OutboundError."""
    watch = _Stopwatch()
    try:
        async with asyncio.timeout(deadline):
            (await dial(host, port, allow, watch.lap)).close()
    except TimeoutError:
        raise OutboundError(Reason.TIMEOUT) from None
    return watch.timings()


class _Stopwatch:
    """Adds the time since the last lap to a phase."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()
        self._phases = dict.fromkeys(("dns", "connect", "tls", "first_byte", "transfer"), 0.0)

    def lap(self, phase: str) -> None:
        now = time.monotonic()
        self._phases[phase] += (now - self._last) * 1000
        self._last = now

    def timings(self) -> Timings:
        return Timings(**self._phases, total=(self._last - self._start) * 1000)


async def _follow(
    method: str,
    address: str,
    headers: dict[str, str],
    content: bytes,
    allow: Allow,
    redirects: int,
    body_bytes: int,
    watch: _Stopwatch,
) -> Exchange:
    follows = redirects > 0 and method in {"GET", "HEAD"}
    url = httpx.URL(check_url(address, allow))
    for _hop in range(redirects + 1):
        answer = await _ask(method, url, headers, content, allow, body_bytes, watch)
        if not follows or answer.status not in REDIRECTS or "location" not in answer.headers:
            return answer
        target = _target(url, answer.headers["location"], allow)
        if _origin(target) != _origin(url):
            headers = {}
        url = target
    raise OutboundError(Reason.TOO_MANY_REDIRECTS)


def _target(url: httpx.URL, location: str, allow: Allow) -> httpx.URL:
    """Where a Location leads (RFC 9110 10.2.2); raw spaces in it are taken as browsers take them."""
    try:
        joined = str(url.join(location.strip().replace(" ", "%20")))
    except (httpx.InvalidURL, ValueError):
        raise OutboundError(Reason.PROTOCOL) from None
    return httpx.URL(check_url(joined, allow))


def _origin(url: httpx.URL) -> tuple[str, bytes, int]:
    return url.scheme, url.raw_host, port_of(url)


async def _ask(
    method: str,
    url: httpx.URL,
    headers: dict[str, str],
    content: bytes,
    allow: Allow,
    body_bytes: int,
    watch: _Stopwatch,
) -> Exchange:
    backend = GuardedBackend(allow, watch.lap)
    try:
        response = await _send(method, url, _headers(url, headers, method, content), content, backend)
        watch.lap("first_byte")
        backend.begin_body(body_bytes)
        body = await _body(cast(AsyncIterable[bytes], response.stream), body_bytes)
        watch.lap("transfer")
    except httpcore.LocalProtocolError:
        raise OutboundError(Reason.REQUEST) from None
    except httpcore.ProtocolError:
        raise OutboundError(Reason.RESET if backend.ended else Reason.PROTOCOL) from None
    finally:
        backend.close()
    return Exchange(response.status, _fields(response.headers), body, str(url), watch.timings())


async def _send(
    method: str, url: httpx.URL, headers: list[tuple[bytes, bytes]], content: bytes, backend: GuardedBackend
) -> httpcore.Response:
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=port_of(url), target=url.raw_path)
    connection = httpcore.AsyncHTTPConnection(
        origin=target.origin,
        ssl_context=trust() if url.scheme == "https" else None,
        network_backend=backend,
    )
    return await connection.handle_async_request(
        httpcore.Request(method, target, headers=headers, content=content)
    )


def _headers(url: httpx.URL, given: dict[str, str], method: str, content: bytes) -> list[tuple[bytes, bytes]]:
    ours = {"Host": url.netloc.decode(), "Accept-Encoding": "identity", "Connection": "close"}
    if content or method not in {"GET", "HEAD"}:
        ours["Content-Length"] = str(len(content))
    wanted = {"User-Agent": USER_AGENT, "Accept": "*/*"} | given
    refused = {"transfer-encoding", "content-length"} | {name.lower() for name in ours}
    # By name in lower case: what is given takes the place of what we would say by ourselves.
    fields = {name.lower(): (name, value) for name, value in wanted.items() if name.lower() not in refused}
    said = [*fields.values(), *ours.items()]
    return [(name.encode(), value.encode()) for name, value in said]


async def _body(stream: AsyncIterable[bytes], longest: int) -> bytes:
    body = bytearray()
    pieces = 0
    most = BODY_PIECES * max(1, longest // BODY_BYTES)
    async with aclosing(cast(Any, aiter(stream))) as parts:
        async for part in parts:
            body += part
            pieces += 1
            if len(body) >= longest or pieces >= most:
                break
    return bytes(body[:longest])


def _fields(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields
