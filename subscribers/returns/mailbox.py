"""Where mail that comes back arrives: reads what is unread in an IMAP mailbox.

Nothing it holds is trusted: every step has a deadline, every message a size, and what somebody
wrote is handed on as bytes.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

_LIKE = "BOUNCE_URL is not like imaps://user:password@mail.example.com/INBOX"
_PLAIN = "BOUNCE_URL: imap:// sends the password in the clear; only this machine is reached that way"


class Security(StrEnum):
    """How the connection is protected."""

    NONE = "imap"
    STARTTLS = "imap+tls"
    TLS = "imaps"


PORTS = {Security.NONE: 143, Security.STARTTLS: 143, Security.TLS: 993}


@dataclass(frozen=True, slots=True)
class Place:
    """A mailbox and how to sign in; `delete` says whether what was understood is deleted."""

    host: str
    port: int
    security: Security
    user: str
    password: str
    folder: str
    delete: bool

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `imaps://` or `imap+tls://` (STARTTLS, required) `user:password@host:port/folder?delete=yes`.

        Raises ValueError, which never repeats the address: there is a password in it.
        """
        try:
            parts = urlsplit(url)
            security = Security(parts.scheme)
            host, user, password = (
                parts.hostname,
                unquote(parts.username or ""),
                unquote(parts.password or ""),
            )
            if not (host and user and password):
                raise ValueError
            port = parts.port or PORTS[security]
        except ValueError:
            raise ValueError(_LIKE) from None
        folder = unquote(parts.path.removeprefix("/")) or "INBOX"
        if not (user + password).isprintable() or not (folder.isascii() and folder.isprintable()):
            raise ValueError(_LIKE)
        if security == Security.NONE and not _is_here(host):
            raise ValueError(_PLAIN)
        delete = parse_qs(parts.query).get("delete") == ["yes"]
        return cls(host, port, security, user, password, folder, delete)


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address(bounce_address: str, bounce_url: str) -> str:
    """The address of the mailbox: as it was said, else the user that signs in where that is one; else ""."""
    if bounce_address or not bounce_url:
        return bounce_address
    try:
        user = Place.parse(bounce_url).user
    except ValueError:
        return ""
    return user if "@" in user else ""
