"""Pictures made beforehand (`script/pictures`): one per state and language for links, icons per state. Pure.

A picture's address says its state, so that nobody who keeps a copy shows another one.
"""

import functools

from statuspage.render import words
from statuspage.render.engine import PICTURES
from statuspage.render.languages import languages
from statuspage.snapshot import PageInfo

_STATUSES = {tone: status for status, tone in words.TONES.items()}


def address(page: PageInfo, tone: str, language: str) -> str:
    """Where the picture of a tone is."""
    return f"{page.url}/og/{language}-{_STATUSES[tone].value}.png"


def files(page: PageInfo, tone: str) -> dict[str, bytes]:
    """The picture of every state in the page's languages, and the icon that old programs ask for."""
    pictures = _pictures()
    return {
        "favicon.ico": pictures[f"{_STATUSES[tone].value}.ico"],
        **{
            f"og/{language}-{status.value}.png": pictures[f"{language}-{status.value}.png"]
            for language in languages(page)
            for status in words.TONES
        },
    }


@functools.cache
def _pictures() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in PICTURES.iterdir()}
