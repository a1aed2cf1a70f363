"""Composes mails: one letter per notice and language, copied for each recipient by substitution.

What differs between two recipients of a letter is exactly: To, Message-ID, their own links for leaving
and changing, and a signature. Everything is ASCII on the wire, and no text can end a header (RFC 5322,
2045, 2047).
"""

import quopri
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from subscribers import links, words
from subscribers.channels.base import Means, Message, Told
from subscribers.events import HANDSHAKE, LAST_WORD

# Stand for the personal links until a copy is made.
_LEAVE, _MANAGE = secrets.token_hex(16), secrets.token_hex(16)
_PLACE = re.compile(f"({_LEAVE}|{_MANAGE})")
_SOFT_BREAK = b"=\r\n"
_ADDRESS = re.compile(r"[!-~]+@[!-~]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail but for its recipient: some `parts` of the body stand for a personal link."""

    domain: str
    head: bytes
    parts: tuple[bytes, ...]


def compose(notice: Told, language: str, means: Means, now: datetime, time_zone: str = "") -> Letter:
    """The letter of a notice, its times in a zone ("" for the page's).

    Raises whatever its templates or its payload give cause for.
    """
    text = _worded(notice, language, means, time_zone)
    boundary = secrets.token_hex(16)
    body = b"".join(
        (
            _part(boundary, "text/plain", text.plain),
            _part(boundary, "text/html", text.html),
            f"--{boundary}--\r\n".encode(),
        )
    )
    head = _head(notice, language, text.subject, means, now) + (
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n'.encode()
    )
    return Letter(_domain(means), head, tuple(re.split(_PLACE.pattern.encode(), body)))


def _worded(notice: Told, language: str, means: Means, time_zone: str) -> words.Text:
    personal = words.Personal(_LEAVE, _MANAGE if means.manages else "")
    if notice.event == HANDSHAKE:
        return words.question(notice, language, links.confirm(means.app_url, notice), personal)
    if notice.event == LAST_WORD:
        return words.last_word(notice, language, personal, time_zone)
    return words.step(notice, language, personal, time_zone)


def copy(letter: Letter, message: Message, means: Means) -> bytes:
    """The mail for one recipient. Raises ValueError where the address could break a header."""
    if not _ADDRESS.fullmatch(message.address):
        raise ValueError("The address has characters in it that no address can have.")
    reader = message.subscriber_public_id
    leave = means.leave(reader)
    leaving = f"<{leave}>"
    if means.mailbox:
        leaving += f",\r\n <{links.leave_by_mail(means.mailbox, reader)}>"
    personal = (
        f"To: {message.address}\r\n"
        f"Message-ID: <{message.id}@{letter.domain}>\r\n"
        f"List-Unsubscribe: {leaving}\r\n\r\n"
    )
    own = {_LEAVE.encode(): _quoted(leave)}
    if means.manages:
        own[_MANAGE.encode()] = _quoted(means.manage(reader))
    body = b"".join(own.get(part, part) for part in letter.parts)
    mail = letter.head + personal.encode("ascii") + body
    signs = means.dkim is not None and means.dkim.covers(letter.domain)
    return means.dkim.signed(mail) if means.dkim is not None and signs else mail


def sender(means: Means) -> str:
    """The bare address that mail comes from, and bounces go to."""
    return _bare(means.mail_from)


@lru_cache(maxsize=64)
def _bare(mail_from: str) -> str:
    return parseaddr(mail_from)[1]


def _domain(means: Means) -> str:
    return sender(means).rpartition("@")[2]


def _head(notice: Told, language: str, subject: str, means: Means, now: datetime) -> bytes:
    """The headers that all copies share, except Content-Type."""
    headers = EmailMessage(policy=SMTP)
    headers["Subject"] = one_line(subject)
    headers["Date"] = format_datetime(now)
    headers["MIME-Version"] = "1.0"
    headers["Content-Language"] = language
    headers["List-Id"] = f"<{notice.page_public_id}.{_domain(means)}>"
    headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    headers["Auto-Submitted"] = "auto-generated"
    headers["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    headers["Precedence"] = "bulk"
    if notice.event not in (HANDSHAKE, LAST_WORD):
        # Nobody ever sent this root: all the steps of one incident hang from it.
        root = f"<{notice.subject.replace(':', '.')}@{_domain(means)}>"
        headers["In-Reply-To"] = root
        headers["References"] = root
    return _from(notice, means) + headers.as_bytes().removesuffix(b"\r\n")


def _from(notice: Told, means: Means) -> bytes:
    """Who sends. The name is always encoded: folding a quoted one, the standard library drops the quotes."""
    name = one_line(parseaddr(means.mail_from)[0] or notice.page_name)
    phrase = Header(name, "utf-8", header_name="From").encode(linesep="\r\n")
    return f"From: {phrase}\r\n <{sender(means)}>\r\n".encode("ascii")


def one_line(text: str) -> str:
    """A text that fits into a header: one line, nothing invisible, nothing encoded, not endless.

    The standard library decodes what looks like an encoded word, line breaks and all, into the header.
    """
    return words.one_line(text.replace("=?", "= ?"), 250)


def _part(boundary: str, kind: str, text: str) -> bytes:
    head = (
        f'--{boundary}\r\nContent-Type: {kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    pieces = (
        piece if piece in (_LEAVE, _MANAGE) else _quoted(piece).decode() for piece in _PLACE.split(text)
    )
    return f"{head}{''.join(pieces)}\r\n".encode()


def _quoted(text: str) -> bytes:
    """Quoted-printable (RFC 2045 6.7), closed by soft breaks, so that such pieces can be joined."""
    # The guard at the end keeps room for the soft break on the last line.
    encoded = quopri.encodestring(f"{text}~".encode()).replace(b"\n", b"\r\n").removesuffix(b"~")
    return encoded if not encoded or encoded.endswith(b"\r\n") else encoded + _SOFT_BREAK
