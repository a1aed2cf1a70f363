"""A DNS server on loopback, over UDP and TCP, that answers what a zone says or a test makes of a question."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dnslib import AAAA, CAA, CNAME, MX, NS, PTR, QTYPE, RCODE, RR, SOA, SRV, TXT, A, DNSRecord

from tests.monitors.targets import serving

# The bytes of a question, and whether it came over TCP; what is sent back, one datagram each.
Answer = Callable[[bytes, bool], list[bytes]]
# What UDP carries to whoever does not say more.
DATAGRAM = 512


@dataclass
class Zone:
    """Records by name and type. `codes` by name or by name and type; `silent` likewise: no answer at all."""

    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    codes: dict[str | tuple[str, str], str] = field(default_factory=dict)
    silent: set[str | tuple[str, str]] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)
    # Whole answers that UDP does not carry: those with hundreds of records take long to write.
    _written: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def __call__(self, question: bytes, tcp: bool) -> list[bytes]:
        """One answer, or none."""
        asked = DNSRecord.parse(question)
        key = str(asked.q.qname).rstrip(".").lower(), QTYPE[asked.q.qtype]
        self.asked.append(key)
        if {key[0], key} & self.silent:
            return []
        whole = self._written.get(key) or self._whole(asked, *key)
        if len(whole) > DATAGRAM:
            self._written[key] = whole
            if not tcp:
                cut = asked.reply()
                cut.header.tc = 1
                return [cut.pack()]
        # Only its number is another one.
        return [question[:2] + whole[2:]]

    def _whole(self, asked: DNSRecord, name: str, kind: str) -> bytes:
        reply = asked.reply()
        code = self.codes.get((name, kind)) or self.codes.get(name)
        if code or not any(known == name for known, _kind in self.records):
            reply.header.rcode = getattr(RCODE, code or "NXDOMAIN")
        for rr in self._records(name, kind):
            reply.add_answer(rr)
        packed: bytes = reply.pack()
        return packed

    def _records(self, name: str, kind: str) -> list[RR]:
        values = self.records.get((name, kind), [])
        found = [RR(name, getattr(QTYPE, kind), ttl=0, rdata=_data(kind, value)) for value in values]
        for alias in self.records.get((name, "CNAME"), []) if kind != "CNAME" else []:
            found += [RR(name, QTYPE.CNAME, ttl=0, rdata=CNAME(alias)), *self._records(alias, kind)]
        return found


def _data(kind: str, value: str) -> Any:
    words = value.split()
    plain = {"A": A, "AAAA": AAAA, "CNAME": CNAME, "NS": NS, "PTR": PTR}
    if kind in plain:
        return plain[kind](value)
    if kind == "TXT":
        raw = value.encode()
        return TXT([raw[start : start + 255] for start in range(0, len(raw), 255)])
    if kind == "MX":
        return MX(words[1], preference=int(words[0]))
    if kind == "SRV":
        return SRV(*map(int, words[:3]), target=words[3])
    if kind == "CAA":
        return CAA(int(words[0]), words[1], words[2])
    return SOA(words[0], words[1], tuple(map(int, words[2:])))


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        for reply in self._answer(data, False):
            self._transport.sendto(reply, address)


@contextlib.asynccontextmanager
async def naming(answer: Answer, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """The port of a DNS server, over both transports."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            length = int.from_bytes(await reader.readexactly(2), "big")
            for reply in answer(await reader.readexactly(length), True):
                writer.write(len(reply).to_bytes(2, "big") + reply)
            await writer.drain()

    transport = None
    while transport is None:
        async with serving(converse, host, port) as target:
            place = (host, target.port)
            with contextlib.suppress(OSError) if not port else contextlib.nullcontext():
                make = asyncio.get_running_loop().create_datagram_endpoint
                transport, _ = await make(lambda: _Datagrams(answer), local_addr=place)
            # Else somebody has that port over UDP.
            if transport is not None:
                try:
                    yield target.port
                finally:
                    transport.close()


def zone(records: Mapping[tuple[str, str], list[str]]) -> Zone:
    """A zone of these records."""
    return Zone(dict(records))
