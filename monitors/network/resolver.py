"""Ask a DNS server one question, over UDP and where the answer is too long over TCP (RFC 1035, RFC 7766).

A server that is named is judged like every other address; the system's own is the operator's word. Every
datagram that is no answer to this question is passed over.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.resolver

from monitors.network import contacts
from monitors.network.dial import CONNECT_REASONS, dial, resolve
from monitors.network.guard import NOTHING, Address, Allow, permits
from monitors.network.wire import PlainStream, WriteFailed
from monitors.outbound import Timings, watched
from monitors.reasons import OutboundError, Reason

PORT = 53
# What passes every path without being cut into pieces (DNS flag day 2020).
PAYLOAD = 1232
# How long a server may be silent before the next is asked, or the same again; doubled each round.
PATIENCE = 1.5
MOST_SERVERS = 3
# Datagrams that answer something else, from one server, until it is not listened to any more.
MOST_STRAYS = 20
# Places looked at in all that comes back to one question, labels of names among them; an ordinary answer has
# ten for each record. A name of many labels that thousands of records repeat by reference (RFC 1035 section
# 4.1.4) would cost minutes.
MOST_LOOKS = 10_000
# Answers that another server may know better than.
WEAK = {dns.rcode.SERVFAIL, dns.rcode.REFUSED}


@dataclass(frozen=True, slots=True)
class Server:
    """Where to ask, and what the guard allows there; `host` is empty for the system's own."""

    host: str
    address: Address
    port: int
    allow: Allow


@dataclass(slots=True)
class Question:
    """What is asked, and how often what comes back may still be looked at."""

    message: dns.message.Message
    looks: int = MOST_LOOKS


class _Answer(bytes):
    """Bytes from a server, each look at which counts. Raises FormError."""

    question: Question

    def __getitem__(self, place: Any) -> Any:
        self.question.looks -= 1
        if self.question.looks < 0:
            raise dns.exception.FormError
        return super().__getitem__(place)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered, whatever its code."""

    message: dns.message.Message
    timings: Timings


async def query(
    name: dns.name.Name,
    kind: str,
    *,
    server: tuple[str, int] | None,
    deadline: float,
    allow: Allow = NOTHING,
) -> Reply:
    """Ask for the records of a kind, within `deadline` seconds.

    `server` is a host and a port; without one, the system's own (resolv.conf(5)). Raises OutboundError.
    """
    async with watched(deadline) as watch:
        contacts.sought(server[0] if server else name.to_text(omit_final_dot=True))
        servers = await _named(*server, allow) if server else _own()
        watch.lap("dns")
        watch.phase = "first_byte"
        asked = Question(dns.message.make_query(name, kind, use_edns=0, payload=PAYLOAD))
        message = await _ask(asked, servers)
        watch.lap("first_byte")
    return Reply(message, watch.timings())


async def _named(host: str, port: int, allow: Allow) -> list[Server]:
    addresses = await resolve(host)
    if not all(permits(address, port, allow) for address in addresses):
        raise OutboundError(Reason.FORBIDDEN)
    contacts.resolved(host, addresses)
    return [Server(host, address, port, allow) for address in addresses[:MOST_SERVERS]]


def _own() -> list[Server]:
    found = dns.resolver.Resolver(configure=False)
    try:
        found.read_resolv_conf("/etc/resolv.conf")
        addresses = [ip_address(str(each)) for each in found.nameservers]
    except (dns.exception.DNSException, OSError, ValueError):
        raise OutboundError(Reason.LOCAL) from None
    # Whoever configures the machine says where it asks: mostly an address that nobody else may reach.
    return [
        Server("", address, PORT, Allow(((ip_network(address), PORT),)))
        for address in addresses[:MOST_SERVERS]
    ]


async def _ask(question: Question, servers: Sequence[Server]) -> dns.message.Message:
    """The first answer that says something; else a weak one. Those that are silent are asked again."""
    patience = PATIENCE
    while True:
        weak: dns.message.Message | None = None
        failure: OutboundError | None = None
        for server in servers:
            try:
                reply = await _ask_one(question, server, patience)
            except OutboundError as error:
                failure = failure or error
                continue
            if reply is not None and reply.rcode() not in WEAK:
                return reply
            weak = weak or reply
        if weak is not None:
            return weak
        if failure is not None:
            raise failure
        patience *= 2


async def _ask_one(question: Question, server: Server, patience: float) -> dns.message.Message | None:
    """What a server answers; None if it is silent. Raises OutboundError."""
    try:
        async with asyncio.timeout(patience):
            reply = await _over_udp(question, server)
    except TimeoutError:
        return None
    if server.host:
        # By no port at which anybody could knock.
        contacts.reached(server.host, 0, server.address)
    return await _over_tcp(question, server) if reply.flags & dns.flags.TC else reply


async def _over_udp(question: Question, server: Server) -> dns.message.Message:
    family = socket.AF_INET if isinstance(server.address, IPv4Address) else socket.AF_INET6
    loop = asyncio.get_running_loop()
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.setblocking(False)
            await loop.sock_connect(asking, (str(server.address), server.port))
            await loop.sock_sendall(asking, question.message.to_wire())
            for _stray in range(MOST_STRAYS):
                reply = _read(await loop.sock_recv(asking, 65_535), question)
                if reply is not None:
                    return reply
                await asyncio.sleep(0)
    except OSError as error:
        raise OutboundError(CONNECT_REASONS.get(error.errno or 0, Reason.UNREACHABLE)) from None
    raise OutboundError(Reason.DNS)


async def _over_tcp(question: Question, server: Server) -> dns.message.Message:
    """The length goes before a message, in two bytes (RFC 1035 section 4.2.2)."""
    stream = PlainStream(await dial(str(server.address), server.port, server.allow, _no_lap), _no_lap)
    try:
        asked = question.message.to_wire()
        await stream.write(len(asked).to_bytes(2, "big") + asked)
        length = int.from_bytes(await _exactly(stream, 2), "big")
        reply = _read(await _exactly(stream, length), question)
    except WriteFailed:
        raise OutboundError(Reason.RESET) from None
    finally:
        stream.close()
    if reply is None:
        raise OutboundError(Reason.DNS)
    return reply


def _no_lap(_phase: str) -> None:
    """Asking is one phase."""


async def _exactly(stream: PlainStream, length: int) -> bytes:
    data = b""
    while len(data) < length:
        part = await stream.read(length - len(data))
        if not part:
            raise OutboundError(Reason.RESET)
        data += part
    return data


def _read(data: bytes, question: Question) -> dns.message.Message | None:
    """The answer in some bytes; None for what is no answer to this question. Raises OutboundError."""
    answer = _Answer(data)
    answer.question = question
    try:
        reply = dns.message.from_wire(answer, ignore_trailing=True)
        return reply if question.message.is_response(reply) else None
    except (dns.exception.DNSException, ValueError):
        if question.looks < 0:
            raise OutboundError(Reason.DNS) from None
        return None
