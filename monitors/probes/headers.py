"""Headers as people write them, a line each, and the one that signs in.

What would change how a request is framed, to whom it goes or what comes back is the client's own to say.
"""

import re
from base64 import b64encode
from collections.abc import Mapping

from monitors.probes.base import ConfigError
from monitors.reasons import N_

# A token (RFC 9110 section 5.6.2).
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
MOST = 50
# Hop-by-hop (RFC 9110 section 7.6.1), framing, and what `outbound` says by itself.
OURS = {
    *("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    *("proxy-authenticate", "proxy-authorization", "host", "content-length", "expect", "accept-encoding"),
}
SECRET = {"authorization", "cookie"}


def parse_headers(text: str, field: str, *, secret: bool = False) -> dict[str, str]:
    """Lines `Name: value`, each name once. Raises ConfigError naming `field`."""
    headers: dict[str, str] = {}
    known: set[str] = set()
    for line in text.split("\n"):
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        name, value = name.strip(" \t\r"), value.strip(" \t\r")
        _check(name, value if colon else None, field, secret=secret)
        if name.lower() in known or len(headers) == MOST:
            raise ConfigError(field, N_("Write each header once, not more than 50 of them."))
        known.add(name.lower())
        headers[name] = value
    return headers


def _check(name: str, value: str | None, field: str, *, secret: bool) -> None:
    if value is None or not NAME.fullmatch(name) or not value.isprintable():
        raise ConfigError(field, N_("Write a header on each line, such as Accept: text/html."))
    if name.lower() in OURS:
        raise ConfigError(field, N_("One of these headers is the checker’s own to say."))
    if name.lower() in SECRET and not secret:
        raise ConfigError(field, N_("Write Authorization and Cookie among the secret headers."))


def together(headers: Mapping[str, str], more: Mapping[str, str], field: str) -> dict[str, str]:
    """Both; `field` is the one of `more`. Raises ConfigError where they name one header."""
    if {name.lower() for name in headers} & {name.lower() for name in more}:
        raise ConfigError(field, N_("This says a header that another setting says already."))
    return {**headers, **more}


def basic(username: str, password: str) -> str:
    """The value of Authorization for a name and a password (RFC 7617, UTF-8)."""
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()
