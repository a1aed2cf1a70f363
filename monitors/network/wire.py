"""The byte streams under a protocol: a judged TCP connection, and TLS on top of it.

A stream reads little at a time, lets others run before each read, and stops at a budget of
bytes, so that a flood costs the one who sent for it and nobody else.
"""

import asyncio
import functools
import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

import httpx

from monitors.reasons import OutboundError, Reason

T = TypeVar("T")

SLICE = 16 * 1024
# Handshake and headers, then the body in its framing.
HEAD_BUDGET = 80 * 1024
BODY_BUDGET = 256 * 1024

# OpenSSL's X509_V_ERR_*, as SSLCertVerificationError.verify_code gives them.
VERIFY_REASONS = {
    9: Reason.TLS_EXPIRED,
    10: Reason.TLS_EXPIRED,
    62: Reason.TLS_NAME,
    64: Reason.TLS_NAME,
}


class WriteFailed(Exception):
    """The other side takes no more of what we send; it may have answered already."""


@functools.cache
def trust() -> ssl.SSLContext:
    """The one TLS context of this process (making one takes 20 ms of processor time).

    Authorities come from certifi, or from the file or folder of SSL_CERT_FILE or SSL_CERT_DIR.
    """
    return httpx.create_ssl_context()


@functools.cache
def any_certificate() -> ssl.SSLContext:
    """TLS with whoever answers: for targets of which an operator says that their certificate is no matter."""
    return httpx.create_ssl_context(verify=False)


class PlainStream:
    """TCP."""

    def __init__(self, connection: socket.socket, lap: Callable[[str], None]) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._lap = lap
        self._budget = HEAD_BUDGET

    async def read(self, max_bytes: int = SLICE) -> bytes:
        """Some bytes, none at the end. Raises OutboundError."""
        if self._budget <= 0:
            raise OutboundError(Reason.TOO_LARGE)
        await asyncio.sleep(0)
        try:
            data = await self._loop.sock_recv(self._connection, min(max_bytes, SLICE))
        except OSError:
            raise OutboundError(Reason.RESET) from None
        self._budget -= len(data)
        return data

    async def write(self, data: bytes) -> None:
        """Send all. Raises WriteFailed."""
        try:
            await self._loop.sock_sendall(self._connection, data)
        except OSError:
            raise WriteFailed from None

    def begin_body(self, kept: int) -> None:
        """The headers have come: from here on the budget of the body counts, of which `kept` bytes matter."""
        self._budget = max(BODY_BUDGET, 4 * kept)

    def close(self) -> None:
        """Close at once, sent or not."""
        self._connection.close()

    async def start_tls(self, context: ssl.SSLContext, name: str) -> "TlsStream":
        """TLS for the host `name`, whatever address we are at. Raises OutboundError."""
        stream = TlsStream(self, context, name)
        await stream.shake_hands()
        self._lap("tls")
        return stream


class TlsStream:
    """TLS over a PlainStream, which is what to close: the other side could delay a farewell of TLS."""

    def __init__(self, plain: PlainStream, context: ssl.SSLContext, name: str) -> None:
        self._plain = plain
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name.removesuffix("."))

    async def shake_hands(self) -> None:
        """Agree on keys and verify the certificate. Raises OutboundError."""
        try:
            await self._pump(self.tls.do_handshake)
        except ssl.SSLCertVerificationError as error:
            raise OutboundError(VERIFY_REASONS.get(error.verify_code, Reason.TLS_UNTRUSTED)) from None
        except (ssl.SSLError, WriteFailed):
            raise OutboundError(Reason.TLS) from None

    async def read(self, max_bytes: int = SLICE) -> bytes:
        """Some bytes, none at the end, however abrupt. Raises OutboundError."""
        try:
            return await self._pump(lambda: self.tls.read(min(max_bytes, SLICE)))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        except ssl.SSLError:
            raise OutboundError(Reason.TLS) from None
        except WriteFailed:
            # TLS has to say something itself now and then (RFC 8446 4.6.3) before it can go on.
            raise OutboundError(Reason.RESET) from None

    async def write(self, data: bytes) -> None:
        """Send all. Raises WriteFailed."""
        try:
            if data:
                await self._pump(lambda: self.tls.write(data))
        except ssl.SSLError:
            raise WriteFailed from None

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
