"""Reads what a mailbox got: mail that came back, a complaint, a wish to leave, or none of these. Pure.

Reads RFC 3464 and RFC 5965, and what old servers write instead. Nobody is believed: who is meant
follows from our own marks alone, which only we and the recipient know, never from an address in a report.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from enum import StrEnum

# The id of a mail (notice, subscriber), and a token for leaving, as they stand in what we send.
_MAIL = re.compile(r"<([0-9a-z]{12})([0-9a-z]{12})@")
_TOKEN = re.compile(r"(?<![0-9a-z])([0-9a-z]{12})(?::|%3A)([\w-]{43})(?![\w-])", re.ASCII | re.IGNORECASE)
_LEAVE = re.compile(r"unsubscribe[\s:]+(?=[0-9a-z]{12}:)", re.IGNORECASE)
# Parsing takes time for each part inside another: a report has few.
_PARTS = 16
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_DAEMON = re.compile(r"mailer-daemon|postmaster|mail.?delivery|^\s*<>\s*$", re.IGNORECASE)
_FAILED = re.compile(
    r"undeliver|returned mail|failure notice|delivery (status notification \(fail|fail|has failed)|"
    r"mail delivery failed|delivery failure|non.?remis|échec",
    re.IGNORECASE,
)
_DELAYED = re.compile(r"delay|warning|not yet|retard", re.IGNORECASE)
# Where a report ends and what it returns begins.
_COPY = re.compile(
    r"^-+ ?(below this line|this is a copy|original message|the header of|returned message)",
    re.IGNORECASE | re.MULTILINE,
)
_REASON = re.compile(
    r"\b[45]\d\d[ -]|\b[45]\.\d{1,3}\.\d{1,3}\b|unknown|no such|not exist|unrout|quota", re.IGNORECASE
)


class Kind(StrEnum):
    """What a message is."""

    RETURNED = "returned"
    COMPLAINT = "complaint"
    LEAVE = "leave"
    # Of a machine, and nothing follows from it: an answer in absence, a delay.
    NOISE = "noise"
    # For somebody to read.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Report:
    """What a message says: of which mails and tokens of ours it speaks, and why mail came back.

    `about` are the report's own words in lower case, `status` is "" where none is given.
    """

    kind: Kind
    mails: tuple[tuple[str, str], ...] = ()
    tokens: tuple[str, ...] = ()
    status: str = ""
    said: str = ""
    about: str = ""


def parse(raw: bytes) -> Report:
    """What a message says, whatever is in it."""
    if raw.lower().count(b"boundary") > _PARTS:
        return Report(Kind.UNKNOWN)
    try:
        return _parse(message_from_bytes(raw), raw.decode("utf-8", "replace"))
    except Exception:  # the parser of the standard library is not made for enemies
        return Report(Kind.UNKNOWN)


def _parse(message: Message, raw: str) -> Report:
    parts = {part.get_content_type(): part for part in message.walk()}
    marks = _mails(raw), _tokens(raw)
    if "message/feedback-report" in parts:
        return _complaint(parts["message/feedback-report"], *marks)
    for name in ("message/delivery-status", "message/global-delivery-status"):
        if name in parts:
            return _returned(parts[name], _text(message), *marks)
    subject = _subject(message)
    if wish := _LEAVE.search(subject):
        return Report(Kind.LEAVE, tokens=_tokens(subject[wish.end() :]))
    if _is_plain_return(message, subject):
        return _plain_return(message, subject, *marks)
    machine = message.get("Auto-Submitted", "no").lower() != "no" or "X-Autoreply" in message
    return Report(Kind.NOISE if machine else Kind.UNKNOWN)


def _mails(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(dict.fromkeys((found[1], found[2]) for found in _MAIL.finditer(text)))


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{found[1]}:{found[2]}" for found in _TOKEN.finditer(text)))


def _subject(message: Message) -> str:
    subject = str(message.get("Subject", ""))[:1_000]
    try:
        return " ".join(str(make_header(decode_header(subject))).split())
    except (ValueError, LookupError):
        return subject


def _complaint(part: Message, mails: tuple[tuple[str, str], ...], tokens: tuple[str, ...]) -> Report:
    fields = next(_blocks(part), {})
    if fields.get("feedback-type") != "abuse":
        return Report(Kind.NOISE)
    return Report(Kind.COMPLAINT, mails, tokens, said=one_line(fields.get("user-agent", "")))


def _blocks(part: Message) -> Iterator[dict[str, str]]:
    """The groups of fields of a report, names and values in lower case."""
    inside = part.get_payload()
    text = "\n\n".join(str(block) for block in inside) if isinstance(inside, list) else str(inside)
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        unfolded = re.sub(r"\n[ \t]+", " ", block)
        lines = [line.partition(":") for line in unfolded.splitlines() if ":" in line]
        if lines:
            yield {name.strip().lower(): value.strip() for name, _colon, value in lines}


def _returned(
    part: Message, text: str, mails: tuple[tuple[str, str], ...], tokens: tuple[str, ...]
) -> Report:
    failed = [block for block in _blocks(part) if block.get("action", "").lower().startswith("fail")]
    if not failed:
        return Report(Kind.NOISE)
    block = failed[0]
    diagnostic = block.get("diagnostic-code", "").partition(";")[2] or _reason(text)
    status = _STATUS.search(block.get("status", ""))
    recipients = f"{block.get('original-recipient', '')} {block.get('final-recipient', '')}"
    return Report(
        Kind.RETURNED,
        mails,
        tokens,
        status[0] if status else "",
        one_line(diagnostic) or one_line(block.get("status", "")),
        f"{recipients} {text}".lower(),
    )


def _is_plain_return(message: Message, subject: str) -> bool:
    sender = f"{message.get('From', '')}"
    empty = _DAEMON.search(str(message.get("Return-Path", "")))
    return "X-Failed-Recipients" in message or bool(
        _FAILED.search(subject) and (empty or _DAEMON.search(sender))
    )


def _plain_return(
    message: Message, subject: str, mails: tuple[tuple[str, str], ...], tokens: tuple[str, ...]
) -> Report:
    if _DELAYED.search(subject):
        return Report(Kind.NOISE)
    text = _text(message)
    about = f"{message.get('X-Failed-Recipients', '')} {text}".lower()
    reason = _reason(text)
    return Report(Kind.RETURNED, mails, tokens, said=reason, about=about)


def _text(message: Message) -> str:
    """What a report says in words, without the mail that it returns."""
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            body = part.get_payload(decode=True)
            text = body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
            found = _COPY.search(text)
            return text[: found.start() if found else None][:8_000]
    return ""


def _reason(text: str) -> str:
    """The lines that say why."""
    lines = text.splitlines()
    first = next((number for number, line in enumerate(lines) if _REASON.search(line)), None)
    return "" if first is None else one_line(" ".join(lines[first : first + 4]))


def one_line(text: str) -> str:
    """Words of strangers as one line without anything invisible, cut to what a database holds."""
    seen = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(seen.split())[:500]
