"""The byte streams under HTTP: a judged TCP connection, and TLS on top of it.

A stream reads little at a time, lets others run before each read, and stops at a budget of
bytes, so that a flood costs the one who sent for it and nobody else.
"""

import asyncio
import functools
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import TypeVar

import httpcore
import httpx

from monitors.dial import dial
from monitors.guard import Allow
from monitors.reasons import OutboundError, Reason

T = TypeVar("T")

SLICE = 16 * 1024
# Handshake and headers (with a slice more, still below where h11 stops), then the body in its framing.
HEAD_BUDGET = 80 * 1024
BODY_BUDGET = 256 * 1024

# OpenSSL's X509_V_ERR_*, as SSLCertVerificationError.verify_code gives them.
VERIFY_REASONS = {
    9: Reason.TLS_EXPIRED,
    10: Reason.TLS_EXPIRED,
    62: Reason.TLS_NAME,
    64: Reason.TLS_NAME,
}


@functools.cache
def trust() -> ssl.SSLContext:
    """The one TLS context of this process (making one takes 20 ms of processor time).

    Authorities come from certifi, or from the file or folder of SSL_CERT_FILE or SSL_CERT_DIR.
    """
    return httpx.create_ssl_context()


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """How httpcore reaches the network for one exchange: through `dial`, and no other way."""

    def __init__(self, allow: Allow, lap: Callable[[str], None]) -> None:
        self._allow = allow
        self._lap = lap
        self._plain: PlainStream | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A stream to the judged address of `host`. Raises OutboundError."""
        self._plain = PlainStream(await dial(host, port, self._allow, self._lap), self._lap)
        return self._plain

    def begin_body(self, kept: int = 0) -> None:
        """The headers have come: from here on the budget of the body counts, of which `kept` bytes matter."""
        if self._plain is not None:
            self._plain.budget = max(BODY_BUDGET, 4 * kept)

    @property
    def ended(self) -> bool:
        """Whether the other side has closed the connection."""
        return self._plain is not None and self._plain.ended

    def close(self) -> None:
        """Close whatever is open, at once."""
        if self._plain is not None:
            self._plain.close()


class PlainStream(httpcore.AsyncNetworkStream):
    """TCP."""

    def __init__(self, connection: socket.socket, lap: Callable[[str], None]) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._lap = lap
        self.budget = HEAD_BUDGET
        self.ended = False

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, none at the end. Raises OutboundError."""
        if self.budget <= 0:
            raise OutboundError(Reason.TOO_LARGE)
        await asyncio.sleep(0)
        try:
            data = await self._loop.sock_recv(self._connection, min(max_bytes, SLICE))
        except OSError:
            raise OutboundError(Reason.RESET) from None
        self.budget -= len(data)
        self.ended = not data
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all. Raises httpcore.WriteError, upon which httpcore still reads an early answer."""
        try:
            await self._loop.sock_sendall(self._connection, buffer)
        except OSError:
            raise httpcore.WriteError from None

    async def aclose(self) -> None:
        """Close at once, sent or not."""
        self.close()

    def close(self) -> None:
        """Close at once, sent or not."""
        self._connection.close()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """TLS for the name `server_hostname`, whatever address we are at. Raises OutboundError."""
        stream = TlsStream(self, ssl_context, server_hostname or "")
        await stream.shake_hands()
        self._lap("tls")
        return stream


class TlsStream(httpcore.AsyncNetworkStream):
    """TLS over a PlainStream."""

    def __init__(self, plain: PlainStream, context: ssl.SSLContext, name: str) -> None:
        self._plain = plain
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name.removesuffix("."))

    async def shake_hands(self) -> None:
        """Agree on keys and verify the certificate. Raises OutboundError."""
        try:
            await self._pump(self._tls.do_handshake)
        except ssl.SSLCertVerificationError as error:
            raise OutboundError(VERIFY_REASONS.get(error.verify_code, Reason.TLS_UNTRUSTED)) from None
        except (ssl.SSLError, httpcore.WriteError):
            raise OutboundError(Reason.TLS) from None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, none at the end, however abrupt. Raises OutboundError."""
        try:
            return await self._pump(lambda: self._tls.read(min(max_bytes, SLICE)))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            self._plain.ended = True
            return b""
        except ssl.SSLError:
            raise OutboundError(Reason.TLS) from None

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all. Raises httpcore.WriteError."""
        try:
            if buffer:
                await self._pump(lambda: self._tls.write(buffer))
        except ssl.SSLError:
            raise httpcore.WriteError from None

    async def aclose(self) -> None:
        """Close at once, without a TLS farewell that the other side could delay."""
        self._plain.close()

    async def _pump(self, step: Callable[[], T]) -> T:
        """Repeat a step of the protocol until it needs no more from the other side."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                await self._flush()
                self._feed(await self._plain.read(SLICE))
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._plain.write(self._outgoing.read())

    def _feed(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
