"""Files below `/.well-known/`: the keys that sign for the page, and whom to tell of a hole. Pure."""

import re
from datetime import UTC, datetime

from statuspage import signing
from statuspage.render.languages import languages
from statuspage.snapshot import PageInfo, Snapshot

KEY = ".well-known/statuspage-key.pem"
EMERGENCY_KEY = ".well-known/statuspage-emergency-key.pem"
# RFC 9116: a web address must be https, and a line holds one.
_CONTACT = re.compile(r"(?:mailto:|https://)[!-~]+")
_MONTHS = 6


def files(snapshot: Snapshot) -> dict[str, bytes]:
    """The public keys that there are, and `security.txt` where there is a contact."""
    page = snapshot.page
    keys = {KEY: page.keys.application, EMERGENCY_KEY: page.keys.emergency}
    told = {path: pem for path, key in keys.items() if (pem := _pem(key))}
    contact = _contact(page)
    if contact:
        told[".well-known/security.txt"] = _security(page, contact, snapshot.generated_at).encode()
    return told


def _pem(key: str) -> bytes:
    """A key as a file; nothing for what is no key, which must keep nobody from publishing."""
    try:
        return signing.pem(key)
    except ValueError:
        return b""


def _contact(page: PageInfo) -> str:
    offered = (page.security_contact, page.support_url)
    return next((contact for contact in offered if _CONTACT.fullmatch(contact)), "")


def _security(page: PageInfo, contact: str, now: datetime) -> str:
    lines = [f"Contact: {contact}", f"Expires: {_expires(now):%Y-%m-%dT%H:%M:%SZ}"]
    lines.append(f"Preferred-Languages: {', '.join(languages(page))}")
    canonical = f"{page.url}/.well-known/security.txt"
    if _CONTACT.fullmatch(canonical):
        lines.append(f"Canonical: {canonical}")
    return "".join(f"{line}\n" for line in lines)


def _expires(now: datetime) -> datetime:
    """The first of a month half a year ahead: a page that nobody makes any more runs out."""
    months = now.astimezone(UTC).month - 1 + _MONTHS
    return datetime(now.astimezone(UTC).year + months // 12, months % 12 + 1, 1, tzinfo=UTC)
