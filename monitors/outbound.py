"""The only outbound client: one guarded exchange, or one knock at a port, under one deadline.

HTTP/1.1 on a fresh connection, no cookies, no environment proxies, identity encoding, at most
64 KiB of a body kept, or what the caller says; redirects by hand, each judged afresh. Whatever the
other side does, an exchange ends at its deadline and has read no more than `wire` budgets.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

from monitors.network import addresses, http1
from monitors.network.addresses import Place
from monitors.network.dial import dial
from monitors.network.guard import NOTHING, Allow
from monitors.network.http1 import Body, BrokenOff, Incoming, Malformed
from monitors.network.wire import PlainStream, TlsStream, WriteFailed, any_certificate, trust
from monitors.reasons import OutboundError, Reason

BODY_BYTES = 64 * 1024
# A body in very small pieces costs processor time by the piece: what came until then must do.
BODY_PIECES = 2_000
REDIRECTS = {301, 302, 303, 307, 308}
USER_AGENT = "statuspage"
# Which phase begins when one is over.
NEXT = {
    "dns": "connect",
    "connect": "first_byte",
    "tls": "first_byte",
    "first_byte": "transfer",
    "transfer": "dns",
}


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds by a monotonic clock, each phase summed over all redirects."""

    dns: float
    connect: float
    tls: float
    first_byte: float
    transfer: float
    total: float

    @property
    def phases(self) -> tuple[float, ...]:
        """Each phase in the order of `probes.base.PHASES`."""
        return self.dns, self.connect, self.tls, self.first_byte, self.transfer


@dataclass(frozen=True, slots=True)
class Exchange:
    """An answer. Header names are in lower case, repeated ones joined by ", " (RFC 9110 5.3)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    final_url: str
    timings: Timings


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked, wherever redirects lead."""

    method: str
    content: bytes
    allow: Allow
    body_bytes: int
    verify: bool
    leave: bool


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
    verify: bool = True,
    leave: bool = True,
) -> Exchange:
    """Send one request and return the answer, within `deadline` seconds all in all.

    Up to `redirects` redirects of a GET or HEAD are followed, with `headers` and `content` only as long
    as the origin stays the same; with 0 a redirect is an answer, and so is one away from the origin unless
    it may `leave`. Of the body, `body_bytes` at most are kept. Without `verify`, TLS is spoken with whoever
    answers. Raises OutboundError, which knows how far it came.
    """
    asked = _Asked(method, content, allow, body_bytes, verify, leave)
    async with watched(deadline) as watch:
        return await _follow(asked, url, dict(headers or {}), redirects, watch)


async def post(
    url: str, body: bytes, headers: Mapping[str, str], deadline: float, allow: Allow = NOTHING
) -> Exchange:
    """Send a webhook: public addresses only unless allowed, a redirect is an answer like any other.

    `deadline` is in seconds. Raises OutboundError.
    """
    return await exchange("POST", url, headers=headers, content=body, deadline=deadline, allow=allow)


async def knock(host: str, port: int, *, deadline: float, allow: Allow = NOTHING) -> Timings:
    """Connect to a port within `deadline` seconds and close again. Raises OutboundError."""
    async with watched(deadline) as watch:
        (await dial(host, port, allow, watch.lap)).close()
    return watch.timings()


class Stopwatch:
    """Adds the time since the last lap to a phase. `phase` is the one that is under way."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()
        self._phases = dict.fromkeys(NEXT, 0.0)
        self.phase = "dns"

    def lap(self, phase: str) -> None:
        """The phase is over."""
        now = time.monotonic()
        self._phases[phase] += (now - self._last) * 1000
        self._last = now
        self.phase = NEXT[phase]

    def timings(self) -> Timings:
        """All phases so far."""
        return Timings(**self._phases, total=(self._last - self._start) * 1000)

    def broken_off(self) -> tuple[float, ...]:
        """All phases, with the one in which it ended before its time."""
        self.lap(self.phase)
        return self.timings().phases


@asynccontextmanager
async def watched(deadline: float) -> AsyncIterator[Stopwatch]:
    """Ends at the deadline; a failure takes along how long each phase took until then."""
    watch = Stopwatch()
    try:
        async with asyncio.timeout(deadline):
            yield watch
    except TimeoutError:
        raise OutboundError(Reason.TIMEOUT, watch.broken_off()) from None
    except OutboundError as error:
        error.phases = watch.broken_off()
        raise


async def _follow(
    asked: _Asked, address: str, headers: dict[str, str], redirects: int, watch: Stopwatch
) -> Exchange:
    follows = redirects > 0 and asked.method in {"GET", "HEAD"}
    place = addresses.place(address, asked.allow)
    for _hop in range(redirects + 1):
        answer = await _ask(asked, place, headers, watch)
        if not follows or answer.status not in REDIRECTS or "location" not in answer.headers:
            return answer
        target = addresses.redirected(place, answer.headers["location"], asked.allow)
        if target.origin != place.origin:
            if not asked.leave:
                return answer
            # Whatever is said to one origin, secrets among it, is not said to another.
            headers, asked = {}, replace(asked, content=b"")
        place = target
    raise OutboundError(Reason.TOO_MANY_REDIRECTS)


async def _ask(asked: _Asked, place: Place, headers: dict[str, str], watch: Stopwatch) -> Exchange:
    request = _request(asked, place, headers)
    plain = PlainStream(await dial(place.host, place.port, asked.allow, watch.lap), watch.lap)
    try:
        stream: PlainStream | TlsStream = plain
        if place.scheme == "https":
            watch.phase = "tls"
            stream = await plain.start_tls(trust() if asked.verify else any_certificate(), place.host)
        # Whoever takes no more may have answered already.
        with suppress(WriteFailed):
            await stream.write(request)
        incoming = Incoming(stream.read)
        head = await incoming.head()
        watch.lap("first_byte")
        plain.begin_body(asked.body_bytes)
        pieces = BODY_PIECES * max(1, asked.body_bytes // BODY_BYTES)
        body = await incoming.body(asked.method, head, Body(asked.body_bytes, pieces))
        watch.lap("transfer")
    except Malformed:
        raise OutboundError(Reason.PROTOCOL) from None
    except BrokenOff:
        raise OutboundError(Reason.RESET) from None
    finally:
        plain.close()
    return Exchange(head.status, head.headers, body, place.url, watch.timings())


def _request(asked: _Asked, place: Place, given: dict[str, str]) -> bytes:
    ours = {"Host": place.authority, "Accept-Encoding": "identity", "Connection": "close"}
    if asked.content or asked.method not in {"GET", "HEAD"}:
        ours["Content-Length"] = str(len(asked.content))
    wanted = {"User-Agent": USER_AGENT, "Accept": "*/*"} | given
    refused = {"transfer-encoding", "content-length"} | {name.lower() for name in ours}
    # By name in lower case: what is given takes the place of what we would say by ourselves.
    fields = {name.lower(): (name, value) for name, value in wanted.items() if name.lower() not in refused}
    try:
        return http1.request(asked.method, place.target, [*ours.items(), *fields.values()]) + asked.content
    except ValueError:
        raise OutboundError(Reason.REQUEST) from None
