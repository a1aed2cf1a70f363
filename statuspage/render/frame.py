"""What every page has around its content: addresses, languages, policy, names. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from statuspage.render import engine, words
from statuspage.render.languages import LANGUAGES, Place, languages
from statuspage.render.times import zone_words
from statuspage.snapshot import PageInfo

# The colour of a tone in the window's icon.
_ICONS = {
    "": "6b6760",
    "ok": "1a7f4b",
    "deg": "c08a00",
    "part": "d2560f",
    "major": "b3261e",
    "maint": "1f5fbf",
    "unk": "6b6760",
}


@dataclass(frozen=True, slots=True)
class Other:
    """The same page in one language."""

    code: str
    name: str
    link: str
    address: str


def icon(tone: str) -> str:
    """The colour of a tone in the window's icon."""
    return _ICONS[tone]


def html(
    template: str, page: PageInfo, language: str, place: Place, title: str, content: dict[str, Any]
) -> bytes:
    """One page in its frame; `content` may override any of the frame's own values."""
    frame = {
        "language": language,
        "home": place.home,
        "root": place.root,
        "zone": page.time_zone,
        "zone_words": zone_words(page.time_zone),
        "policy": engine.policy(page.app_url),
        "title": title,
        "site": words.site_name(page),
        "icon": _ICONS[str(content.get("tone", ""))],
        "canonical": f"{page.url}/{language}/{place.below}",
        "others": _others(page, place),
        "demo": page.demo,
        "support": page.support_url if _is_link(page.support_url) else "",
    }
    return engine.html(template, {**frame, **content})


def _others(page: PageInfo, place: Place) -> Sequence[Other]:
    return [
        Other(
            code=language,
            name=LANGUAGES[language],
            link=f"{place.root}{language}/{place.below}",
            address=f"{page.url}/{language}/{place.below}",
        )
        for language in languages(page)
    ]


def _is_link(address: str) -> bool:
    return urlsplit(address).scheme in ("http", "https", "mailto")
