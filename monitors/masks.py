"""Secrets taken out of what a check met, before anybody keeps it.

Pure. A target may repeat what it was sent, as it came or written as URLs, JSON, HTML or base64 write it,
whole or only the value behind a name: none of that stays.
"""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Collection, Iterator
from html import escape
from urllib.parse import quote, quote_plus

MASK = "•••"
# Parts of a secret that are shorter than this are words like any other, and values mere flags.
SHORTEST_PART = 6
SHORTEST_VALUE = 4
# Of base64 that stands for a part of something longer.
SHORTEST_BASE64 = 4
PART = re.compile(r"[^\s;,=:\"']+")
# Each is looked for in twenty forms.
MOST_PARTS = 50
ESCAPED = re.compile("%[0-9A-F]{2}")


def masked(text: str, secrets: Collection[str]) -> str:
    """The text with a mark wherever it repeats a secret, and where it breaks off amid one."""
    forms = sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True)
    for form in forms:
        text = text.replace(form, MASK)
    for form in forms:
        text = _without_beginning(text, form)
    return text


def _forms(secret: str) -> Iterator[str]:
    for part in _parts(secret):
        yield part
        raw = part.encode(errors="replace")
        for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
            yield from (quoted, ESCAPED.sub(lambda found: found[0].lower(), quoted))
        yield from (escape(part), escape(part, quote=False))
        yield from (json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1])
        yield part.replace("/", r"\/")
        yield raw.decode("latin-1")
        yield from (raw.hex(), raw.hex().upper())
        yield from _in_base64(raw)


def _parts(secret: str) -> set[str]:
    """A secret, its lines, the values of those that are headers, and the long words in it."""
    lines = [line.strip() for line in (secret, *secret.splitlines())]
    values = [value for line in lines if len(value := line.partition(":")[2].strip()) >= SHORTEST_VALUE]
    words = [word for word in PART.findall(secret) if len(word) >= SHORTEST_PART]
    words.sort(key=len, reverse=True)
    return {part for part in (*lines, *values, *words[:MOST_PARTS]) if part}


def _in_base64(raw: bytes) -> Iterator[str]:
    """What base64 makes of it for certain wherever in something longer it begins (RFC 4648 section 4)."""
    for before in range(3):
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            core = encode(bytes(before) + raw).decode()[first:last]
            if len(core) >= SHORTEST_BASE64:
                yield core


def _without_beginning(text: str, form: str) -> str:
    beginning = form[:SHORTEST_PART]
    at = text.find(beginning, max(len(text) - len(form), 0))
    while at >= 0:
        if form.startswith(text[at:]):
            return text[:at] + MASK
        at = text.find(beginning, at + 1)
    return text
