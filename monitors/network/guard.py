"""Which addresses may be connected to: our own table, and what an operator explicitly allows.

What is judged is where packets end up: an address and every IPv4 address that it embeds must
each be public or allowed. `ipaddress.is_global` is no guard: on Python 3.11 it passes
multicast, NAT64, 6to4 and site-local addresses.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Self

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA IPv4 special-purpose and multicast registries. The few blocks there that are globally
# reachable (AS112, AMT, anycast relays) serve nobody's site and are refused as well.
FORBIDDEN_V4 = tuple(
    IPv4Network(cidr)
    for cidr in (
        "0.0.0.0/8",  # this network, RFC 791
        "10.0.0.0/8",  # private use, RFC 1918
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598; Alibaba's metadata
        "127.0.0.0/8",  # loopback, RFC 1122
        "168.63.129.16/32",  # Azure's host agent: a public number that never leaves the machine
        "169.254.0.0/16",  # link-local, RFC 3927; the metadata of most clouds
        "172.16.0.0/12",  # private use, RFC 1918
        "192.0.0.0/24",  # IETF protocol assignments, RFC 6890; Oracle's metadata
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.31.196.0/24",  # AS112, RFC 7535
        "192.52.193.0/24",  # AMT, RFC 7450
        "192.88.99.0/24",  # 6to4 relays, deprecated, RFC 7526
        "192.168.0.0/16",  # private use, RFC 1918
        "192.175.48.0/24",  # AS112, RFC 7534
        "198.18.0.0/15",  # benchmarking, RFC 2544
        "198.51.100.0/24",  # documentation, RFC 5737
        "203.0.113.0/24",  # documentation, RFC 5737
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved and broadcast, RFC 1112
    )
)
# Of IPv6 only what IANA hands out as global unicast (RFC 4291 2.4) and the well-known NAT64
# prefix may be used. That leaves out, among others, loopback, IPv4-compatible ::/96, local NAT64
# 64:ff9b:1::/48, discard 100::/64, SRv6 5f00::/16, unique local fc00::/7, link-local fe80::/10,
# site-local fec0::/10 and multicast ff00::/8.
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
USABLE_V6 = (IPv6Network("2000::/3"), NAT64)
FORBIDDEN_V6 = tuple(
    IPv6Network(cidr)
    for cidr in (
        "2001::/23",  # IETF protocol assignments, RFC 2928: Teredo, benchmarking, ORCHID, AMT, AS112
        "2001:db8::/32",  # documentation, RFC 3849
        "2620:4f:8000::/48",  # AS112, RFC 7534
        "3ffe::/16",  # 6bone, returned, RFC 3701
        "3fff::/20",  # documentation, RFC 9637
    )
)
SIX_TO_FOUR = IPv6Network("2002::/16")  # RFC 3056
TEREDO = IPv6Network("2001::/32")  # RFC 4380
LAST_32_BITS = (
    NAT64,
    IPv6Network("64:ff9b:1::/48"),  # local NAT64, RFC 8215
    IPv6Network("::/96"),  # IPv4-compatible, RFC 4291 2.5.5.1
    IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated, RFC 2765
)
ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214: the interface part of any prefix

ENTRY = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([0-9a-fA-F:.]+))/([0-9]{1,3})(?::([0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class Allow:
    """Networks that an operator lets monitors reach although they are private; none by default."""

    entries: tuple[tuple[Network, int | None], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read exact CIDRs, each with an optional port: `10.0.0.0/8 127.0.0.1/32:80 [::1]/128:80`.

        Raises ValueError naming the first entry that is not one.
        """
        return cls(tuple(_entry(entry) for entry in text.split()))

    def covers(self, address: Address, port: int) -> bool:
        """Whether an entry names this address and this port (or no port)."""
        return any(
            network.version == address.version and address in network and allowed in (None, port)
            for network, allowed in self.entries
        )


NOTHING = Allow()


def _entry(entry: str) -> tuple[Network, int | None]:
    match = ENTRY.fullmatch(entry)
    try:
        if match is None:
            raise ValueError("it is not a network such as 10.0.0.0/8 or [fd00::]/8:443")
        bracketed, plain, prefix, port = match.groups()
        if port is not None and not 1 <= int(port) <= 65535:
            raise ValueError("its port is not from 1 to 65535")
        return ip_network(f"{bracketed or plain}/{prefix}"), int(port) if port else None
    except ValueError as error:
        raise ValueError(f"Allowed network {entry!r} is refused: {error}.") from None


def permits(address: Address, port: int, allow: Allow) -> bool:
    """Whether a connection to this address and port may be made."""
    return all(allow.covers(form, port) or not is_forbidden(form) for form in forms(address))


def is_forbidden(address: Address) -> bool:
    """Whether the table refuses this one address, whatever it embeds."""
    if isinstance(address, IPv4Address):
        return any(address in network for network in FORBIDDEN_V4)
    return not any(address in network for network in USABLE_V6) or any(
        address in network for network in FORBIDDEN_V6
    )


def forms(address: Address) -> list[Address]:
    """The address and every IPv4 address that it embeds; a mapped one is nothing but its IPv4."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    return [address, *(IPv4Address(bits & 0xFFFFFFFF) for bits in _embedded(address))]


def _embedded(address: IPv6Address) -> list[int]:
    bits = int(address)
    if bits <= 1:  # unspecified and loopback are in ::/96 and embed nothing
        return []
    if any(address in network for network in LAST_32_BITS) or (bits >> 32) & 0xFFFFFFFF in ISATAP:
        return [bits]
    if address in SIX_TO_FOUR:
        return [bits >> 80]
    if address in TEREDO:  # the server, and the client with every bit inverted (RFC 4380 section 4)
        return [bits >> 64, ~bits]
    return []
