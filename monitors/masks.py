"""Secrets taken out of what a check met, before anybody keeps it.

Pure. A target may repeat what it was sent, as it came or as URLs, JSON, JavaScript, HTML, base64 or
hexadecimal write it, whole or only the value behind a name: none of that stays.
"""

import html
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

MASK = "•••"
# Parts of a secret that are shorter than this are words like any other, and values mere flags.
SHORTEST_PART = 6
SHORTEST_VALUE = 4
# Of base64 that stands for a part of something longer.
SHORTEST_BASE64 = 4
PART = re.compile(r"[^\s;,=:\"']+")
# Each is looked for in twelve forms.
MOST_PARTS = 50
# How often a text is written inside another: JSON in JSON, an address in an address.
NESTED = 2
ESCAPES = re.compile(
    r"(?P<url>%[0-7][0-9a-f]|(?:%[89a-f][0-9a-f])+)"
    r"|(?P<html>&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});)"
    r"|(?P<units>\\u00[0-7][0-9a-f]|(?:\\u[0-9a-f]{4})+)"
    r"|\\x(?P<byte>[0-9a-f]{2})"
    r"|\\(?P<letter>.)",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text, or what its escapes stand for; and where each letter stands in it as it came."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def of(cls, text: str) -> Self:
        """As it came."""
        return cls(text, range(len(text)), range(1, len(text) + 1))

    def deeper(self) -> "Reading":
        """What its escapes stand for."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for match in ESCAPES.finditer(self.text):
            begin, end = match.span()
            meant = _meant(match)
            pieces += (self.text[at:begin], meant)
            starts += [*self.starts[at:begin], *[self.starts[begin]] * len(meant)]
            ends += [*self.ends[at:begin], *[self.ends[end - 1]] * len(meant)]
            at = end
        return Reading(
            "".join([*pieces, self.text[at:]]), [*starts, *self.starts[at:]], [*ends, *self.ends[at:]]
        )

    def find(self, form: str) -> Iterator[Range]:
        """Where it stands, also where the text breaks off amid it."""
        at = self.text.find(form)
        while at >= 0:
            yield self.starts[at], self.ends[at + len(form) - 1]
            at = self.text.find(form, at + len(form))
        if begun := _beginning(self.text, form):
            yield self.starts[-begun], self.ends[-1]


def masked(text: str, secrets: Collection[str]) -> str:
    """The text with a mark wherever it repeats a secret, and where it breaks off amid one."""
    forms = {form for secret in secrets for form in _forms(secret)}
    if not forms:
        return text
    reading = Reading.of(text)
    hidden = [found for form in forms for found in reading.find(form)]
    for _deeper in range(NESTED):
        if not ESCAPES.search(reading.text):
            break
        reading = reading.deeper()
        hidden += [found for form in forms for found in reading.find(form)]
    return _without(text, hidden)


def _without(text: str, hidden: Collection[Range]) -> str:
    kept: list[str] = []
    at = 0
    for begin, end in sorted(hidden):
        if begin > at or not kept:
            kept += (text[at:begin], MASK)
        at = max(at, end)
    return "".join([*kept, text[at:]])


def _forms(secret: str) -> Iterator[str]:
    for part in _parts(secret):
        raw = part.encode(errors="replace")
        # A space, as forms write it; bytes, as those read them who know nothing of UTF-8.
        yield from (part, part.replace(" ", "+"), raw.decode("latin-1"))
        yield from (raw.hex(), raw.hex().upper())
        # As they come most often: what stands before may make another escape of how they begin.
        yield from (quote(part, safe=""), json.dumps(part)[1:-1])
        yield from _in_base64(raw)
        # Where it looks like escapes itself, reading those of a text reads its own, too.
        if len(meant := Reading.of(part).deeper().text) >= SHORTEST_PART:
            yield meant


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


def _beginning(text: str, form: str) -> int:
    """With how many letters of it a text breaks off."""
    beginning = form[:SHORTEST_PART]
    at = text.find(beginning, max(len(text) - len(form), 0)) if len(form) > SHORTEST_PART else -1
    while at >= 0:
        if form.startswith(text[at:]):
            return len(text) - at
        at = text.find(beginning, at + 1)
    return 0


def _meant(match: re.Match[str]) -> str:
    """What an escape stands for."""
    said = match[0]
    if match["url"]:
        return bytes.fromhex(said.replace("%", "")).decode(errors="replace")
    if match["html"]:
        return html.unescape(said)
    if match["units"]:
        return bytes.fromhex(re.sub(r"\\[uU]", "", said)).decode("utf-16-be", errors="replace")
    if match["byte"]:
        return chr(int(match["byte"], 16))
    return LETTERS.get(match["letter"], match["letter"])
