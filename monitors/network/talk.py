"""Talk with a port over TCP, and see the certificate that one shows: guarded, under one deadline.

Of what the other side says, HEARD bytes at most are read, and nothing of it is followed.
"""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass

from monitors.network.dial import dial
from monitors.network.guard import NOTHING, Allow
from monitors.network.wire import PlainStream, WriteFailed, any_certificate, trust
from monitors.outbound import Stopwatch, Timings, watched
from monitors.reasons import OutboundError, Reason

HEARD = 4 * 1024
# The part of the deadline that may be spent on listening: the rest is for telling what came until then.
PATIENCE = 0.9
# What can be wrong with a certificate that was shown.
FLAWS = {Reason.TLS_EXPIRED, Reason.TLS_NAME, Reason.TLS_UNTRUSTED}


@dataclass(frozen=True, slots=True)
class Said:
    """What a port said, as far as it was listened to."""

    data: bytes
    timings: Timings


@dataclass(frozen=True, slots=True)
class Shown:
    """The certificate that a port showed, in DER, and the first thing that verifying it found wrong."""

    certificate: bytes
    flaw: Reason | None
    timings: Timings


async def talk(
    host: str, port: int, *, send: bytes, expect: bytes, deadline: float, allow: Allow = NOTHING
) -> Said:
    """Connect, send, and listen until `expect` has come or no more is to be expected.

    Without `expect` nothing is listened to. Ends within `deadline` seconds. Raises OutboundError, for a
    port that says nothing at all as well.
    """
    until = asyncio.get_running_loop().time() + PATIENCE * deadline
    async with watched(deadline) as watch:
        stream = PlainStream(await dial(host, port, allow, watch.lap), watch.lap)
        try:
            # Whoever takes no more may have answered already.
            with suppress(WriteFailed):
                await stream.write(send)
            data = await _listen(stream, expect, until, watch) if expect else b""
        finally:
            stream.close()
    return Said(data, watch.timings())


async def _listen(stream: PlainStream, expect: bytes, until: float, watch: Stopwatch) -> bytes:
    data = bytearray()
    ending = Reason.RESET
    try:
        async with asyncio.timeout_at(until):
            while expect not in data and len(data) < HEARD and (part := await stream.read(HEARD - len(data))):
                watch.lap("transfer" if data else "first_byte")
                data += part
    except TimeoutError:
        ending = Reason.TIMEOUT
    except OutboundError as error:
        ending = error.reason
    if not data:
        raise OutboundError(ending)
    return bytes(data)


async def see_certificate(
    host: str, port: int, name: str, *, deadline: float, allow: Allow = NOTHING
) -> Shown:
    """The certificate that a port shows to whoever asks for `name`, also where it is not to be trusted.

    One that is flawed is asked for a second time without verifying it, because only that shows it. Ends
    within `deadline` seconds. Raises OutboundError where no certificate is shown.
    """
    async with watched(deadline) as watch:
        flaw = None
        try:
            certificate = await _shake_hands(host, port, name, trust(), allow, watch)
        except OutboundError as error:
            if error.reason not in FLAWS:
                raise
            flaw = error.reason
            watch.lap("tls")
            certificate = await _shake_hands(host, port, name, any_certificate(), allow, watch)
    return Shown(certificate, flaw, watch.timings())


async def _shake_hands(
    host: str, port: int, name: str, context: ssl.SSLContext, allow: Allow, watch: Stopwatch
) -> bytes:
    plain = PlainStream(await dial(host, port, allow, watch.lap), watch.lap)
    try:
        watch.phase = "tls"
        stream = await plain.start_tls(context, name)
        certificate = stream.tls.getpeercert(binary_form=True)
    finally:
        plain.close()
    if not certificate:
        raise OutboundError(Reason.TLS)
    return certificate
