"""What a page may look like and say of its own: pictures, colour, links, sender. Judged before it is kept.

No HTML and no CSS: nothing that is taken here can run or load anything in a reader's browser.
"""

import re
import struct
from email.utils import getaddresses
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from monitors.network.addresses import check_url
from monitors.network.guard import Allow
from monitors.reasons import UrlRefused
from monitors.text import check_line

# Readers open these addresses, not we: an intranet's are as good as any.
ANYWHERE = Allow.parse("0.0.0.0/0 ::/0")
LOGO_BYTES = 100_000
FAVICON_BYTES = 30_000
SIDE = 2_000
LINKS = 8
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_PNG = b"\x89PNG\r\n\x1a\n"
_ADDRESS = re.compile(r"[!-~]+@[!-~]+")


def clean_colour(value: str) -> str:
    """A colour such as "#1f5fbf", or nothing. Raises ValidationError."""
    colour = value.strip().lower()
    if colour and not _COLOUR.fullmatch(colour):
        raise ValidationError(_("Write a colour as # and six digits, such as #1f5fbf."), code="colour")
    return colour


def clean_picture(content: bytes, limit: int) -> bytes:
    """A PNG or WebP picture of at most `limit` bytes and 2,000 pixels a side. Raises ValidationError."""
    if len(content) > limit:
        raise ValidationError(
            _("This picture has more than %(limit)d kB.") % {"limit": limit // 1000}, code="big"
        )
    width, height = _size(content)
    if not (0 < width <= SIDE and 0 < height <= SIDE):
        raise ValidationError(
            _("Choose a PNG or WebP picture of at most %(side)d pixels a side.") % {"side": SIDE},
            code="picture",
        )
    return content


def _size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG (its IHDR) or WebP (RFC 9649), (0, 0) of anything else."""
    if content.startswith(_PNG) and content[12:16] == b"IHDR" and len(content) > 45:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return 0, 0
    if content[12:16] == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if content[12:16] == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if content[12:16] == b"VP8 ":
        return (
            int.from_bytes(content[26:28], "little") & 0x3FFF,
            int.from_bytes(content[28:30], "little") & 0x3FFF,
        )
    return 0, 0


def clean_links(text: str) -> list[dict[str, str]]:
    """Links, one a line: English | French | address (one name serves both). Raises ValidationError."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > LINKS:
        raise ValidationError(_("At most %(limit)d links.") % {"limit": LINKS}, code="links")
    return [_link(line) for line in lines]


def _link(line: str) -> dict[str, str]:
    *names, address = (part.strip() for part in line.split("|"))
    if len(names) not in (1, 2) or not names[0] or any(len(name) > 60 for name in names):
        raise ValidationError(
            _("Write each link as “English | French | address”: %(line)s") % {"line": line}, code="link"
        )
    for name in names:
        check_line(name)
    if address.startswith("mailto:"):
        return {"en": names[0], "fr": names[-1], "url": clean_mailto(address)}
    return {"en": names[0], "fr": names[-1], "url": clean_web_address(address)}


def written_links(links: list[dict[str, str]]) -> str:
    """The links as staff write them."""
    return "\n".join(f"{link['en']} | {link['fr']} | {link['url']}" for link in links)


def clean_web_address(value: str) -> str:
    """An http(s) address without a slash at the end, or nothing. Raises ValidationError."""
    try:
        return check_url(value, ANYWHERE).rstrip("/") if value else value
    except UrlRefused as error:
        raise ValidationError(_(error.sentence), code="address") from None


def clean_mailto(value: str) -> str:
    """A mailto: address and nothing more. Raises ValidationError."""
    address = value.removeprefix("mailto:")
    EmailValidator()(address)
    if not _ADDRESS.fullmatch(address) or "?" in address:
        raise ValidationError(_("This is no e-mail address."), code="mailto")
    return f"mailto:{address}"


def clean_contact(value: str) -> str:
    """Where to report a vulnerability (RFC 9116 section 2.5.3), or nothing. Raises ValidationError."""
    value = value.strip()
    if value.startswith("mailto:"):
        return clean_mailto(value)
    if value and urlsplit(value).scheme != "https":
        raise ValidationError(_("Write an address that begins with mailto: or https://."), code="contact")
    return clean_web_address(value)


def clean_sender(value: str) -> str:
    """An address or `Name <address>` that mail can come from, or nothing. Raises ValidationError."""
    value = value.strip()
    if not value:
        return value
    check_line(value)
    (name, address), *others = getaddresses([value])
    EmailValidator()(address)
    if others or not _ADDRESS.fullmatch(address) or "." not in address.rpartition("@")[2]:
        raise ValidationError(_("This is no e-mail address."), code="sender")
    return f"{name} <{address}>" if name else address


def clean_tags(values: list[Any]) -> list[str]:
    """Tags without repetition, each one visible line. Raises ValidationError."""
    tags = list(dict.fromkeys(str(value).strip() for value in values if str(value).strip()))
    for tag in tags:
        check_line(tag)
    if len(tags) > 20:
        raise ValidationError(_("At most %(limit)d tags.") % {"limit": 20}, code="tags")
    return tags
