"""Asks the DNS, a few seconds for each question at most."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import dns.exception
import dns.name
import dns.resolver
import dns.reversename

# Seconds for one question, all servers and repetitions together.
PATIENCE = 5.0

Address = IPv4Address | IPv6Address


class NamesDown(Exception):
    """The DNS does not answer a question; says which."""


class Names:
    """The DNS of this machine, or another resolver."""

    def __init__(self, resolver: str = "") -> None:
        """Of `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`; "" for this machine's. Raises ValueError."""
        self._resolver = dns.resolver.Resolver(configure=not resolver)
        if resolver:
            host, port = _split(resolver)
            self._resolver.nameservers = [host]
            self._resolver.port = port

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name; none where there is no such name."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")]

    def addresses(self, name: str) -> list[Address]:
        """Of a host, or an address itself."""
        try:
            return [ip_address(name)]
        except ValueError:
            return [ip_address(record.address) for kind in ("A", "AAAA") for record in self._ask(name, kind)]

    def mail_servers(self, name: str) -> list[str]:
        """The hosts that take mail for a domain."""
        hosts = (record.exchange.to_text(omit_final_dot=True) for record in self._ask(name, "MX"))
        return [host for host in hosts if host not in ("", ".")]

    def hosts(self, address: Address) -> list[str]:
        """What an address is called in reverse."""
        name = dns.reversename.from_address(str(address)).to_text()
        return [record.target.to_text(omit_final_dot=True) for record in self._ask(name, "PTR")]

    def _ask(self, name: str, kind: str) -> list[Any]:
        try:
            answer = self._resolver.resolve(
                name, kind, search=False, raise_on_no_answer=False, lifetime=PATIENCE
            )
        except (dns.resolver.NXDOMAIN, dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel):
            return []
        except (dns.exception.DNSException, OSError, UnicodeError) as error:
            raise NamesDown(f"{kind} {name}: {type(error).__name__}") from None
        return list(answer) if answer.rrset else []


def _split(resolver: str) -> tuple[str, int]:
    host, port = resolver, "53"
    if resolver.startswith("["):
        host, bracket, rest = resolver[1:].partition("]")
        port = rest.removeprefix(":") or port if bracket else ""
    elif resolver.count(":") == 1:
        host, _colon, port = resolver.partition(":")
    return str(ip_address(host)), int(port)
