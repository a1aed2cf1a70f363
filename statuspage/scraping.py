"""Who may read what is measured: whoever has the token, or comes from an address on the list.

Where a proxy wrote an address that nobody told us to expect, nobody knows where a request comes from: it is
from nowhere on the list, although the proxy itself may be.
"""

import hmac
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from subscribers.hops import hops_of

LOOPBACK = "127.0.0.0/8 ::1/128"
SHORTEST_TOKEN = 16
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def parse(text: str) -> tuple[Network, ...]:
    """Networks separated by spaces or commas. Raises ValueError naming what is none."""
    found = []
    for word in text.replace(",", " ").split():
        try:
            found.append(ip_network(word))
        except ValueError:
            raise ValueError(f"METRICS_ALLOW: “{word}” is no network such as 10.20.0.0/16.") from None
    return tuple(found)


def check_token(token: str) -> str:
    """The token, or none. Raises ValueError for one that can be guessed."""
    token = token.strip()
    if token and len(token) < SHORTEST_TOKEN:
        raise ValueError(f"METRICS_TOKEN is shorter than {SHORTEST_TOKEN} characters: openssl rand -hex 24")
    return token


def address_of(remote: str, forwarded: str, proxies: int) -> Address | None:
    """Where a request comes from; None where that is not known. `forwarded` is X-Forwarded-For."""
    hops = hops_of(forwarded)
    if hops and not 0 < proxies <= len(hops):
        return None
    try:
        address = ip_address(hops[-proxies] if hops else remote)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_listed(address: Address | None, allow: tuple[Network, ...]) -> bool:
    """Whether an address is in one of these networks."""
    return address is not None and any(address in network for network in allow)


def has_token(authorization: str, token: str) -> bool:
    """Whether a request carries the token (RFC 6750 section 2.1); no token opens nothing."""
    scheme, _, given = authorization.partition(" ")
    right = hmac.compare_digest(given.strip().encode(), token.encode())
    return bool(token) and scheme.lower() == "bearer" and right
