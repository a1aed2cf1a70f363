"""DNS: a name has records of a type, and perhaps exactly the expected ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.reversename

from monitors.network.addresses import HOST_NAME
from monitors.network.guard import Allow
from monitors.network.resolver import PORT, query
from monitors.probes.base import LONGEST_FACT, Finding, Probe
from monitors.probes.fields import ConfigError, Field
from monitors.probes.places import read_place
from monitors.reasons import N_, OutboundError, Reason

TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "TXT", "SOA", "CAA", "SRV", "PTR")
# In letters of any language, more than any name has in ASCII (RFC 1035 section 2.3.4).
LONGEST_NAME = 255
ALL, ANY, EXACTLY = "all", "any", "exactly"
CODES = {
    dns.rcode.NXDOMAIN: Reason.NAME_UNKNOWN,
    dns.rcode.SERVFAIL: Reason.DNS_SERVFAIL,
    dns.rcode.REFUSED: Reason.DNS_REFUSED,
}

# A record in a form in which two that mean the same are the same.
Record = bytes


@dataclass(frozen=True, slots=True)
class DnsConfig:
    """What to ask whom (nobody: the system's own server), and what must be among the answers."""

    name: dns.name.Name
    type: str
    server: tuple[str, int] | None
    expected: frozenset[Record]
    match: str

    def is_met(self, records: Iterable[dns.rdata.Rdata]) -> bool:
        """Whether these records are as expected."""
        if not self.expected:
            return True
        found = {_comparable(record) for record in records}
        if self.match == ANY:
            return not self.expected.isdisjoint(found)
        return self.expected == found if self.match == EXACTLY else self.expected <= found


class DnsProbe(Probe[DnsConfig]):
    """A name resolves as it should."""

    kind = "dns"
    label = N_("DNS record")
    fields = (
        Field("name", N_("Name"), N_("Such as www.example.com; for PTR, an address will do.")),
        Field("type", N_("Type"), "", default="A", choices=TYPES),
        Field(
            "server",
            N_("DNS server"),
            N_("A host or an address, such as 9.9.9.9 or ns1.example.com:53. Empty: the one of the worker."),
            required=False,
        ),
        Field(
            "expected",
            N_("Expected records"),
            N_("One on a line, as its type is written: 192.0.2.1, 10 mail.example.com. Empty: any will do."),
            required=False,
            lines=4,
        ),
        Field(
            "match",
            N_("Which of them must be there"),
            N_("With these alone, there must be no other record."),
            default=ALL,
            choices=(ALL, ANY, EXACTLY),
            labels=(N_("all of them"), N_("one of them"), N_("these alone")),
        ),
    )

    def read(self, values: Mapping[str, str], allow: Allow) -> DnsConfig:
        """See Probe.read."""
        kind = values["type"]
        return DnsConfig(
            _name(values["name"].strip(), kind),
            kind,
            read_place("server", values["server"], allow, PORT) if values["server"] else None,
            _expected(values["expected"], kind) if values["expected"] else frozenset(),
            values["match"],
        )

    async def look(self, config: DnsConfig, deadline: float, allow: Allow) -> Finding:
        """See Probe.look."""
        reply = await query(config.name, config.type, server=config.server, deadline=deadline, allow=allow)
        phases = reply.timings.phases
        code = reply.message.rcode()
        if code != dns.rcode.NOERROR:
            facts = {"answer": dns.rcode.to_text(code)}
            return Finding(
                CODES.get(code, Reason.DNS), phases=phases, facts=facts, excerpt=_told(reply.message)
            )
        records = _records(reply.message)
        if records and config.is_met(records):
            return Finding(phases=phases)
        found = ", ".join(sorted(record.to_text() for record in records))
        return Finding(
            Reason.DNS_OTHER if records else Reason.DNS_NO_RECORD,
            phases=phases,
            facts={"found": found[:LONGEST_FACT]} if found.isprintable() and found else {},
            excerpt=_told(reply.message),
        )


def _records(message: dns.message.Message) -> list[dns.rdata.Rdata]:
    """The records that answer the question, behind whatever aliases. Raises OutboundError."""
    if not isinstance(message, dns.message.QueryMessage):
        raise OutboundError(Reason.DNS)
    try:
        answer = message.resolve_chaining().answer
    except dns.exception.DNSException:
        raise OutboundError(Reason.DNS) from None
    return list(answer) if answer else []


def _comparable(record: dns.rdata.Rdata) -> Record:
    """A text in one piece, however it was cut (RFC 7208 3.3); else as DNSSEC compares (RFC 4034 6.2)."""
    strings = getattr(record, "strings", None)
    return b"".join(strings) if strings is not None else record.to_digestable(dns.name.root)


def _told(message: dns.message.Message) -> str:
    try:
        return message.to_text()
    except (dns.exception.DNSException, ValueError):
        return ""


def _name(text: str, kind: str) -> dns.name.Name:
    """The name to ask for. Raises ConfigError."""
    refused = ConfigError("name", N_("Write a name such as www.example.com."))
    if kind == "PTR":
        try:
            return dns.reversename.from_address(str(ip_address(text)))
        except ValueError:
            pass
    if len(text) > LONGEST_NAME or "\\" in text:
        raise refused
    try:
        name = dns.name.from_text(text, idna_codec=dns.name.IDNA_2008_Practical)
    except (dns.exception.DNSException, UnicodeError):
        raise refused from None
    if not HOST_NAME.fullmatch(name.to_text().lower()):
        raise refused
    return name


def _expected(text: str, kind: str) -> frozenset[Record]:
    """A record for each line. Raises ConfigError."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines or not all(line.isprintable() for line in lines):
        raise ConfigError("expected", N_("Write one record on each line."))
    try:
        return frozenset(_record(line, kind) for line in lines)
    except (dns.exception.DNSException, ValueError):
        raise ConfigError("expected", N_("Write each record as its type is written.")) from None


def _record(line: str, kind: str) -> Record:
    """A record as people write it: texts with quotes or without, names with a final dot or without."""
    if kind == "TXT" and not line.startswith('"'):
        return line.encode()
    record = dns.rdata.from_text(
        dns.rdataclass.IN, dns.rdatatype.from_text(kind), line, origin=dns.name.root, relativize=False
    )
    return _comparable(record)
