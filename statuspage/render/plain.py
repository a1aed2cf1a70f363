"""Staff's words as plain text for terminals, voices and calendars. Pure.

No control character, no mark that turns the direction of text, and no line wider than asked for,
save an address alone.
"""

import re
import unicodedata
from collections.abc import Iterator

from monitors.markdown import clean, to_text

COLUMNS = 72
# Control and formatting characters, half characters, line breaks of other kinds; not the two
# joiners, which emoji and some languages need.
_REFUSED = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_JOINERS = "\u200c\u200d"
# Not the no-break space: French stands before its colons.
_BREAK = re.compile("[ \t\n\u2028\u2029]+")
_ADDRESS = re.compile(r"\(?(https?://|mailto:)\S+")


def line(text: str) -> str:
    """The text on one line."""
    words = (_visible(word) for word in _BREAK.split(clean(text)))
    return " ".join(word for word in words if word.strip()).strip()


def lines(markdown: str) -> list[str]:
    """A Markdown text as lines, each as written."""
    return [_visible(part.expandtabs(4)).rstrip() for part in to_text(markdown).split("\n")]


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return "".join(sign for sign in text if sign in _JOINERS or unicodedata.category(sign) not in _REFUSED)


def width(text: str) -> int:
    """How many columns of a terminal it takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(sign: str) -> int:
    if unicodedata.combining(sign) or sign in _JOINERS:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def wrapped(text: str, indent: str = "", hanging: str | None = None) -> Iterator[str]:
    """A line as lines of at most 72 columns; `hanging` stands before all but the first."""
    before, row = indent, ""
    for word in _words(text, COLUMNS - max(width(indent), width(hanging or indent))):
        longer = f"{row} {word}" if row else word
        if row and width(before) + width(longer) > COLUMNS:
            yield (before + row).rstrip()
            before, row = indent if hanging is None else hanging, word
        else:
            row = longer
    if row:
        yield (before + row).rstrip()


def _words(text: str, room: int) -> Iterator[str]:
    for word in text.split(" "):
        if _ADDRESS.match(word):
            yield word
        elif word:
            yield from _pieces(word, room)


def _pieces(word: str, room: int) -> Iterator[str]:
    piece, taken = "", 0
    for sign in word:
        columns = _columns(sign)
        if taken + columns > room:
            yield piece
            piece, taken = "", 0
        piece, taken = piece + sign, taken + columns
    yield piece
