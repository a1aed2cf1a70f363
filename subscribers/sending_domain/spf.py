"""Reads who may send mail for a domain (RFC 7208), whole: also what no mail would ever make anybody read.

Ten lookups are allowed; nothing is looked up far beyond them, whatever a record refers to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network

from django.utils.translation import gettext as _

from subscribers.sending_domain import visible
from subscribers.sending_domain.names import Address, Names

LOOKUPS = 10
_RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
_TERM = re.compile(r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)([:/].*)?", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9._-]*)=(.*)", re.IGNORECASE)


@dataclass(slots=True)
class Spf:
    """What the record of a domain says; `result` is about the address that was asked for ("" for none)."""

    records: list[str] = field(default_factory=list)
    lookups: int = 0
    problems: list[str] = field(default_factory=list)
    includes: set[str] = field(default_factory=set)
    result: str = ""
    everybody: bool = False

    @property
    def record(self) -> str:
        """The one that counts."""
        return self.records[0] if self.records else ""


def records_of(domain: str, names: Names) -> list[str]:
    """The records of a domain that begin as one of SPF. Raises NamesDown."""
    return [
        text for text in names.texts(domain) if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")
    ]


def read(domain: str, addresses: Sequence[Address], names: Names) -> Spf:
    """What the record of a domain says of mail from any of these addresses. Raises NamesDown."""
    spf = Spf(records=records_of(domain, names))
    if len(spf.records) == 1:
        spf.result = _Walk(spf, addresses, names).judge(domain, spf.record)
    return spf


class _Walk:
    """One reading of a record and all that it refers to."""

    def __init__(self, spf: Spf, addresses: Sequence[Address], names: Names) -> None:
        self._spf = spf
        self._addresses = addresses
        self._names = names

    def judge(self, domain: str, record: str) -> str:
        result, redirect = "", ""
        for term in record.split()[1:]:
            found = _TERM.fullmatch(term)
            if found:
                sign, name, rest = found[1] or "+", found[2].lower(), found[3] or ""
                matches = self._matches(name, rest, domain)
                result = result or (_RESULTS[sign] if matches else "")
                self._spf.everybody |= name == "all" and sign == "+"
            elif modifier := _MODIFIER.fullmatch(term):
                redirect = modifier[2] if modifier[1].lower() == "redirect" else redirect
            else:
                self._problem(_("“%(term)s” is no term of SPF"), term)
        if redirect and not re.search(r"(^|\s)[+?~-]?all(\s|$)", record, re.IGNORECASE):
            followed = self._other(redirect)
            result = result or followed
        return result or "neutral"

    def _matches(self, name: str, rest: str, domain: str) -> bool:
        if name == "all":
            return True
        if name in ("ip4", "ip6"):
            return self._in_network(rest.removeprefix(":"))
        target, prefixes = _target(rest, domain)
        if name == "include":
            return self._other(target) == "pass"
        if not self._may_look_up() or "%" in target:
            return False
        if name in ("a", "mx"):
            hosts = self._names.mail_servers(target)[:LOOKUPS] if name == "mx" else [target]
            found = [address for host in hosts for address in self._names.addresses(host)]
            return any(self._near(mine, address, prefixes) for mine in self._addresses for address in found)
        if name == "ptr":
            self._problem(_("“%(term)s” is not to be used any more (RFC 7208, 5.5)"), "ptr")
        return name == "exists" and bool(self._names.addresses(target))

    def _other(self, domain: str) -> str:
        """What the record of another domain says."""
        if not self._may_look_up() or "%" in domain:
            return ""
        self._spf.includes.add(domain.lower().rstrip("."))
        records = records_of(domain, self._names)
        if len(records) != 1:
            self._problem(_("“%(term)s” has no single SPF record of its own"), domain)
            return ""
        return self.judge(domain, records[0])

    def _may_look_up(self) -> bool:
        self._spf.lookups += 1
        return self._spf.lookups <= 2 * LOOKUPS

    def _in_network(self, text: str) -> bool:
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            self._problem(_("“%(term)s” is no network"), text)
            return False
        return any(address in network for address in self._addresses if address.version == network.version)

    def _near(self, mine: Address, other: Address, prefixes: tuple[str, str]) -> bool:
        if mine.version != other.version:
            return False
        length = prefixes[0 if mine.version == 4 else 1] or str(mine.max_prefixlen)
        try:
            return mine in ip_network(f"{other}/{length}", strict=False)
        except ValueError:
            self._problem(_("“%(term)s” is no network"), f"/{length}")
            return False

    def _problem(self, sentence: str, term: str) -> None:
        said = sentence % {"term": visible(term, 80)}
        if said not in self._spf.problems:
            self._spf.problems.append(said)


def _target(rest: str, domain: str) -> tuple[str, tuple[str, str]]:
    """The domain of a term, else its record's own, and the lengths of its networks (IPv4, IPv6)."""
    name, _slash, lengths = rest.partition("/")
    four, _slashes, six = lengths.partition("//")
    if lengths.startswith("/"):
        four, six = "", lengths[1:]
    return name.removeprefix(":") or domain, (four, six)
