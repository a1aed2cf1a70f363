"""Texts for social networks, ready to copy: short and long, cut between words, the link always whole. Pure.

Counted as X counts, which counts the most: a letter beyond the usual alphabets is two, a link at least 23.
"""

from dataclasses import dataclass

SHORT, LONG = 280, 500
LINK = 23
# https://docs.x.com/resources/fundamentals/counting-characters
_SINGLE = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
# Of a body less than this says nothing.
_LEAST = 24
_GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a text is made of, in one language: `head` says what it is about, `more` when one hears again."""

    head: str
    body: str
    more: str
    link: str


def ready(parts: Parts, limit: int) -> str:
    """The parts as one text of at most `limit` characters."""
    tail = _GAP + parts.link
    room = limit - len(_GAP) - link_weight(parts.link)
    if parts.more and weight(parts.more) + len(_GAP) <= room // 2:
        tail = _GAP + parts.more + tail
        room -= weight(parts.more) + len(_GAP)
    head = cut(parts.head, room)
    room -= weight(head) + len(_GAP)
    body = cut(parts.body, room) if room >= _LEAST else ""
    return head + (_GAP + body if body else "") + tail


def weight(text: str) -> int:
    """How many characters a text counts for."""
    return sum(1 if any(low <= ord(each) <= high for low, high in _SINGLE) else 2 for each in text)


def link_weight(link: str) -> int:
    """How many an address counts for: some networks shorten it, none counts less."""
    return max(LINK, len(link))


def counted(text: str, link: str) -> int:
    """How many characters a whole text counts for."""
    return weight(text.removesuffix(link)) + link_weight(link)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of a text, without a broken word; one that is longer than all is broken."""
    text = text.strip()
    if weight(text) <= limit:
        return text
    kept = ""
    for each in text:
        if weight(kept + each) > limit - 1:
            break
        kept += each
    if not text[len(kept)].isspace():
        whole = kept.rsplit(None, 1)
        kept = whole[0] if len(whole) > 1 else kept
    return kept.rstrip(" \n,;:.–-") + "…" if kept else ""
