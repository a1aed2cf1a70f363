"""Ping a host: ICMP echo (RFC 792, RFC 4443) on a socket that needs no privilege, where the kernel gives one.

Linux gives it to the groups of net.ipv4.ping_group_range (icmp(7)), for both families. An answer counts only
if it repeats what was sent.
"""

import asyncio
import errno
import itertools
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address

from monitors.network import contacts
from monitors.network.dial import CONNECT_REASONS, resolve
from monitors.network.guard import NOTHING, Address, Allow, permits
from monitors.outbound import Timings, watched
from monitors.reasons import OutboundError, Reason

# ICMP has no ports: an entry of the guard that names one allows no ping.
NO_PORT = 0
# Between two pings of the same address, in seconds.
APART = 1.0
TOKEN_BYTES = 16
# Packets that answer something else, until an address is not listened to any more.
MOST_STRAYS = 50
# Errors that routers report come to the socket (ip(7), ipv6(7)); Python has no names for these.
IP_RECVERR, IPV6_RECVERR = 11, 25
HEADER = 8


@dataclass(frozen=True, slots=True)
class _Family:
    """How one version of IP pings: what is asked and what is answered."""

    family: int
    protocol: int
    request: int
    reply: int
    level: int
    errors: int


V4 = _Family(socket.AF_INET, socket.IPPROTO_ICMP, 8, 0, socket.IPPROTO_IP, IP_RECVERR)
V6 = _Family(socket.AF_INET6, socket.IPPROTO_ICMPV6, 128, 129, socket.IPPROTO_IPV6, IPV6_RECVERR)


async def ping(host: str, *, deadline: float, allow: Allow = NOTHING) -> Timings:
    """Ping the first address of each family of a host until one answers, within `deadline` seconds.

    Raises OutboundError: PING_FORBIDDEN where the kernel gives no such socket to whoever runs this.
    """
    async with watched(deadline) as watch:
        contacts.sought(host)
        addresses = await resolve(host)
        contacts.resolved(host, addresses)
        watch.lap("dns")
        if not all(permits(address, NO_PORT, allow) for address in addresses):
            raise OutboundError(Reason.FORBIDDEN)
        watch.phase = "first_byte"
        firsts = {address.version: address for address in reversed(addresses)}
        contacts.reached(host, NO_PORT, await _first([firsts[version] for version in sorted(firsts)]))
        watch.lap("first_byte")
    return watch.timings()


async def _first(addresses: list[Address]) -> Address:
    """The one that answers first; raises what the target did, rather than what we could not do."""
    pinged = {asyncio.create_task(_ping(address)): address for address in addresses}
    tries = set(pinged)
    errors: list[OutboundError] = []
    try:
        while tries:
            done, tries = await asyncio.wait(tries, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                error = task.exception()
                if error is None:
                    return pinged[task]
                if not isinstance(error, OutboundError):
                    raise error
                errors.append(error)
    finally:
        for task in tries:
            task.cancel()
    raise next((error for error in errors if error.reason is not Reason.LOCAL), errors[0])


async def _ping(address: Address) -> None:
    family = V4 if isinstance(address, IPv4Address) else V6
    try:
        with _open(family) as asking:
            # Waits for nothing: it only says whose packets are for us.
            asking.connect((str(address), NO_PORT))
            await _ask(asking, family, os.urandom(TOKEN_BYTES))
    except OSError as error:
        raise OutboundError(CONNECT_REASONS.get(error.errno or 0, Reason.UNREACHABLE)) from None


def _open(family: _Family) -> socket.socket:
    """Raises OutboundError where the kernel says no, and OSError."""
    try:
        asking = socket.socket(family.family, socket.SOCK_DGRAM, family.protocol)
    except PermissionError:
        raise OutboundError(Reason.PING_FORBIDDEN) from None
    except OSError as error:
        if error.errno in (errno.EPROTONOSUPPORT, errno.EAFNOSUPPORT):
            raise OutboundError(Reason.LOCAL) from None
        raise
    asking.setblocking(False)
    with suppress(OSError):
        asking.setsockopt(family.level, family.errors, 1)
    return asking


async def _ask(asking: socket.socket, family: _Family, token: bytes) -> None:
    """Ping again and again, until there is an answer. The kernel writes identifier and checksum."""
    for number in itertools.count(1):
        head = bytes((family.request, 0, 0, 0, 0, 0)) + (number % 65_536).to_bytes(2, "big")
        await asyncio.get_running_loop().sock_sendall(asking, head + token)
        with suppress(TimeoutError):
            async with asyncio.timeout(APART):
                await _listen(asking, family, token)
                return


async def _listen(asking: socket.socket, family: _Family, token: bytes) -> None:
    """Until the answer has come. Raises OSError."""
    for _stray in range(MOST_STRAYS):
        packet = await asyncio.get_running_loop().sock_recv(asking, 2_048)
        if packet[:1] == bytes((family.reply,)) and packet[HEADER:] == token:
            return
        await asyncio.sleep(0)
    raise OutboundError(Reason.PROTOCOL)
