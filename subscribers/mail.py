"""Composes mails: one letter per notice and language, copied for each recipient by substitution.

What differs between two recipients of a letter is exactly: To, Message-ID and their own link for
leaving. Everything is ASCII on the wire, and no text can end a header (RFC 5322, 2045, 2047).
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

from subscribers import links, words
from subscribers.channels.base import Means, Message, Told
from subscribers.events import HANDSHAKE

# Stands for the personal link until a copy is made.
_PLACE = secrets.token_hex(16)
_SOFT_BREAK = b"=\r\n"
_ADDRESS = re.compile(r"[!-~]+@[!-~]+")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail but for its recipient: `parts` of the body are to be joined by the personal link."""

    domain: str
    head: bytes
    parts: tuple[bytes, ...]


def compose(notice: Told, language: str, means: Means, now: datetime) -> Letter:
    """The letter of a notice. Raises whatever its templates or its payload give cause for."""
    if notice.event == HANDSHAKE:
        text = words.question(notice, language, links.confirm(means.app_url, notice), _PLACE)
    else:
        text = words.step(notice, language, _PLACE)
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
    return Letter(_domain(means), head, tuple(body.split(_PLACE.encode())))


def copy(letter: Letter, message: Message, means: Means) -> bytes:
    """The mail for one recipient. Raises ValueError where the address could break a header."""
    if not _ADDRESS.fullmatch(message.address):
        raise ValueError("The address has characters in it that no address can have.")
    leave = means.leave(message.subscriber_public_id)
    personal = (
        f"To: {message.address}\r\n"
        f"Message-ID: <{message.id}@{letter.domain}>\r\n"
        f"List-Unsubscribe: <{leave}>\r\n\r\n"
    )
    return letter.head + personal.encode("ascii") + _quoted(leave).join(letter.parts)


def sender(means: Means) -> str:
    """The bare address that mail comes from, and bounces go to."""
    return parseaddr(means.mail_from)[1]


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
    headers["Precedence"] = "bulk"
    if notice.event != HANDSHAKE:
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
    line = re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]+", " ", text)
    return line.strip().replace("=?", "= ?")[:250]


def _part(boundary: str, kind: str, text: str) -> bytes:
    head = (
        f'--{boundary}\r\nContent-Type: {kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + _PLACE.encode().join(_quoted(piece) for piece in text.split(_PLACE)) + b"\r\n"


def _quoted(text: str) -> bytes:
    """Quoted-printable (RFC 2045 6.7), closed by soft breaks, so that such pieces can be joined."""
    # The guard at the end keeps room for the soft break on the last line.
    encoded = quopri.encodestring(f"{text}~".encode()).replace(b"\n", b"\r\n").removesuffix(b"~")
    return encoded if not encoded or encoded.endswith(b"\r\n") else encoded + _SOFT_BREAK
