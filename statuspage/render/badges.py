"""Badges, one for the page and one for each component: SVG, and JSON for shields.io (CONTRACTS 4.8). Pure.

They carry a word, not a time: a copy of one may be old, and says nothing that would hide it.
"""

import functools
from collections.abc import Iterator

from django.utils.html import escape
from django.utils.translation import gettext as _

from monitors.markdown import clean
from monitors.status import Status
from statuspage.render import words
from statuspage.render.documents import compact
from statuspage.render.icons import COLOURS
from statuspage.render.languages import prefix
from statuspage.render.verdana import width
from statuspage.snapshot import Snapshot

_PADDING = 5
_FONTS = "Verdana,Geneva,DejaVu Sans,sans-serif"
_STATUSES = {tone: status for status, tone in words.TONES.items()}


def pages(snapshot: Snapshot, tone: str, language: str) -> Iterator[tuple[str, bytes]]:
    """The badges in one language, each at its one path; `tone` is the page's own."""
    told = [("", snapshot.page.name, _STATUSES[tone])]
    told += [
        (f"components/{component.slug}/", component.name.in_(language), component.status)
        for component in snapshot.components
    ]
    for below, label, status in told:
        svg, shields = _badge(" ".join(clean(label).split()), status, language)
        place = prefix(snapshot.page, language) + below
        yield f"{place}badge.svg", svg
        yield f"{place}badge.json", shields


# The same words come with every heartbeat; `language` is what `gettext` already speaks.
@functools.lru_cache(maxsize=4096)
def _badge(label: str, status: Status, language: str) -> tuple[bytes, bytes]:
    message, colour = words.status_word(status), COLOURS[words.TONES[status]]
    shields = {"schemaVersion": 1, "label": label, "message": message, "color": colour}
    return _svg(label, message, colour).encode(), compact(shields)


def _svg(label: str, message: str, colour: str) -> str:
    left = _text_width(label) + 2 * _PADDING if label else 0
    right = _text_width(message) + 2 * _PADDING
    whole = _("{name}: {status}").format(name=label, status=message) if label else message
    said = escape(whole)
    size = f'width="{left + right}" height="20"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{said}">'
        f'<title>{said}</title><rect {size} rx="3" fill="#{colour}"/>{_left(left)}'
        f'<g fill="#fff" text-anchor="middle" font-family="{_FONTS}" font-size="11">'
        f"{_text(label, left / 2 + 1, left)}{_text(message, left + right / 2 - 1, right)}</g></svg>"
    )


def _left(left: int) -> str:
    return f'<path d="M3 0h{left - 3}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3Z" fill="#555"/>' if left else ""


def _text(text: str, middle: float, room: int) -> str:
    if not text:
        return ""
    return f'<text x="{middle:g}" y="14" textLength="{room - 2 * _PADDING}">{escape(text)}</text>'


def _text_width(text: str) -> int:
    """Whole and odd, so that letters meet the grid of pixels."""
    return int(width(text)) | 1
