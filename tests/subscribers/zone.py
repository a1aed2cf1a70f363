"""A real DNS server on loopback that answers what a test puts into its zone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dnslib import AAAA, MX, PTR, QTYPE, RCODE, RR, TXT, A
from dnslib.server import BaseResolver, DNSLogger, DNSServer

_DATA = {"A": A, "AAAA": AAAA, "PTR": PTR}


class Zone(BaseResolver):
    """Records by name and type; a name in `broken` gets SERVFAIL. `asked` are the questions that came."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.broken: set[str] = set()
        self.asked: list[str] = []
        self.port = 0

    def put(self, name: str, kind: str, *values: str) -> None:
        self.records[name, kind] = list(values)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def resolve(self, request: Any, handler: Any) -> Any:
        reply = request.reply()
        name, kind = str(request.q.qname).rstrip(".").lower(), QTYPE[request.q.qtype]
        self.asked.append(f"{kind} {name}")
        if name in self.broken:
            reply.header.rcode = RCODE.SERVFAIL
        elif not any(known == name for known, _kind in self.records):
            reply.header.rcode = RCODE.NXDOMAIN
        for value in self.records.get((name, kind), ()):
            reply.add_answer(RR(request.q.qname, request.q.qtype, rdata=_data(kind, value), ttl=1))
        return reply


def _data(kind: str, value: str) -> Any:
    if kind == "TXT":
        raw = value.encode()
        return TXT([raw[start : start + 255] for start in range(0, len(raw), 255)])
    if kind == "MX":
        return MX(value, preference=10)
    return _DATA[kind](value)


def _listen(zone: Zone) -> tuple[DNSServer, DNSServer]:
    quiet = DNSLogger("-request,-reply,-truncated,-error")
    while True:
        udp = DNSServer(zone, port=0, address="127.0.0.1", logger=quiet)
        zone.port = udp.server.server_address[1]
        try:
            return DNSServer(zone, port=zone.port, address="127.0.0.1", tcp=True, logger=quiet), udp
        except OSError:  # somebody has that port over TCP
            udp.server.server_close()


@contextmanager
def serve() -> Iterator[Zone]:
    """Until the end of the block, over UDP and TCP on one port."""
    zone = Zone()
    tcp, udp = _listen(zone)
    udp.start_thread()
    tcp.start_thread()
    try:
        yield zone
    finally:
        for server in (udp, tcp):
            server.stop()
            server.server.server_close()
            server.thread.join()
