"""Addresses as people write them: read by one parser, and refused for one reason at a time.

What passes here is only well formed and not plainly private; the judgement that counts is on
the resolved address, when it is connected to.
"""

import functools
import re
import socket
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx

from monitors.network.guard import NOTHING, Address, Allow, permits
from monitors.reasons import OutboundError, Reason, UrlRefused

MAX_LENGTH = 2_000
# Of an address that a redirect leads to (RFC 9110 section 4.1): those of single sign-on are long.
LONGEST_REDIRECT = 8_000
DEFAULT_PORTS = {"http": 80, "https": 443}
HOST_NAME = re.compile(r"(?=.{1,254}$)[a-z0-9_][a-z0-9_-]{0,62}(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?")
START = re.compile(r"([a-zA-Z]+)://([^/?#]*)")
# Reading an address costs a good part of a whole check: those of a large installation are remembered, but
# not what strangers could fill our memory with.
REMEMBERED = 20_000
LONGEST_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A checked address in the parts that a request needs: `host` without brackets, `authority` for Host."""

    url: str
    scheme: str
    host: str
    port: int
    authority: str
    target: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Whose secrets stay with it (RFC 6454)."""
        return self.scheme, self.host, self.port


def place(text: str, allow: Allow = NOTHING) -> Place:
    """Where a web address leads. Raises UrlRefused."""
    return (_remembered if len(text) <= LONGEST_REMEMBERED else _place)(text, allow)


def _place(text: str, allow: Allow, longest: int = MAX_LENGTH) -> Place:
    url = httpx.URL(check_url(text, allow, longest))
    return Place(
        str(url),
        url.scheme,
        url.raw_host.decode(),
        port_of(url),
        url.netloc.decode(),
        url.raw_path.decode(),
    )


_remembered = functools.lru_cache(maxsize=REMEMBERED)(_place)


def redirected(before: Place, location: str, allow: Allow) -> Place:
    """Where a Location leads (RFC 9110 10.2.2); raw spaces and letters in it are taken as browsers take them.

    Raises OutboundError.
    """
    try:
        joined = str(httpx.URL(before.url).join(_as_meant(location).strip().replace(" ", "%20")))
    except (httpx.InvalidURL, ValueError):
        raise OutboundError(Reason.PROTOCOL) from None
    return _place(joined, allow, LONGEST_REDIRECT)


def _as_meant(location: str) -> str:
    """In UTF-8 where it is that: headers are read as Latin-1. Raises OutboundError."""
    if len(location) > LONGEST_REDIRECT:
        # Joining takes time by the letter.
        raise OutboundError(Reason.TOO_LARGE)
    try:
        return location.encode("latin-1").decode()
    except UnicodeError:
        return location


def check_url(text: str, allow: Allow = NOTHING, longest: int = MAX_LENGTH) -> str:
    """The address of a web resource in its canonical ASCII form (RFC 3986, IDNA 2008).

    Raises UrlRefused.
    """
    url = _parse(text, *DEFAULT_PORTS, longest=longest)
    _check_literal(url.raw_host.decode(), port_of(url), allow)
    return str(url)


def check_host_port(text: str, allow: Allow = NOTHING) -> tuple[str, int]:
    """The host (ASCII, an IPv6 address without brackets) and port of `host:port` or `[v6]:port`.

    Raises UrlRefused.
    """
    if any(character in text for character in "/?#"):
        raise UrlRefused(Reason.HOST)
    url = _parse(f"tcp://{text}", "tcp")
    if url.port is None:
        raise UrlRefused(Reason.PORT)
    host = url.raw_host.decode()
    _check_literal(host, url.port, allow)
    return host, url.port


def port_of(url: httpx.URL) -> int:
    """The port that a checked address means."""
    return url.port or DEFAULT_PORTS[url.scheme]


def literal(host: str) -> Address | None:
    """The address that a host plainly is, in any notation that the C library takes for one.

    `127.1`, `0x7f.1` and `2130706433` are all 127.0.0.1 to it, and so is localhost (RFC 6761 6.3).
    """
    name = host.removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    try:
        return ip_address(name)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(name))
    except OSError:
        return None


def _parse(text: str, *schemes: str, longest: int = MAX_LENGTH) -> httpx.URL:
    _check_characters(text, longest)
    start = START.match(text)
    if start is None or start[1].lower() not in schemes:
        raise UrlRefused(Reason.SCHEME)
    if "@" in start[2]:
        raise UrlRefused(Reason.USERINFO)
    try:
        url = httpx.URL(text)
        host = url.raw_host.decode("ascii")
        if ":" in host:
            IPv6Address(host)
    except (httpx.InvalidURL, ValueError) as error:
        raise UrlRefused(Reason.PORT if str(error).startswith("Invalid port") else Reason.HOST) from None
    if "%" in host or not (":" in host or HOST_NAME.fullmatch(host)):
        raise UrlRefused(Reason.HOST)
    if url.port is not None and not 1 <= url.port <= 65535:
        raise UrlRefused(Reason.PORT)
    return url


def _check_characters(text: str, longest: int) -> None:
    if len(text) > longest:
        raise UrlRefused(Reason.LENGTH)
    # Z: spaces of all kinds; C: control, format, surrogate and unassigned characters.
    if any(character == "\\" or unicodedata.category(character)[0] in "ZC" for character in text):
        raise UrlRefused(Reason.CHARACTERS)


def _check_literal(host: str, port: int, allow: Allow) -> None:
    address = literal(host)
    if address is not None and not permits(address, port, allow):
        raise UrlRefused(Reason.FORBIDDEN)
