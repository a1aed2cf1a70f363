"""What every page has around its content: addresses, languages, policy, names. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from statuspage.render import colour, engine, icons, words
from statuspage.render.languages import LANGUAGES, Place, languages, prefix
from statuspage.render.times import zone_words
from statuspage.snapshot import PageInfo

STYLE = "page.css"
# What only pages with calendars, tables and searches need.
DETAIL = "detail.css"
# The script that every page has where the heartbeat can be reached.
AGE = "page.js"


@dataclass(frozen=True, slots=True)
class Other:
    """The same page in one language."""

    code: str
    name: str
    link: str
    address: str


def html(
    template: str,
    page: PageInfo,
    language: str,
    place: Place,
    title: str,
    content: dict[str, Any],
    *,
    styles: Sequence[str] = (STYLE,),
    scripts: Sequence[str] = (AGE,),
) -> bytes:
    """One page in its frame; `content` may override any of the frame's own values."""
    brand, tone = page.brand, str(content.get("tone", ""))
    own = colour.style(brand)
    frame = {
        "language": language,
        "home": place.home,
        "root": place.root,
        "feeds": f"{content.get('root', place.root)}{prefix(page, language)}",
        "zone": page.time_zone,
        "zone_words": zone_words(page.time_zone),
        "policy": engine.policy(page.app_url, styles, scripts, own, bool(brand.logo or brand.favicon)),
        "styles": [*(engine.asset(name) for name in styles), *([own] if own else [])],
        "scripts": [engine.asset(name) for name in scripts],
        "title": title,
        "site": words.site_name(page),
        # The page's own icon stands for "all is well": anything else shows as the status.
        "icon": f"{content.get('root', place.root)}{brand.favicon}"
        if brand.favicon and tone in ("", "ok")
        else icons.data_icon(tone),
        "logo": brand.logo,
        "links": [(link.label.in_(language), link.url) for link in brand.links if _is_link(link.url)],
        "legal": words.body(brand.legal, language),
        "canonical": f"{page.url}/{prefix(page, language)}{place.below}",
        "others": _others(page, place),
        "demo": page.demo,
        "support": page.support_url if _is_link(page.support_url) else "",
    }
    return engine.html(template, {**frame, **content})


def subscribe(page: PageInfo) -> str:
    """Where the application takes up whoever wants to be told."""
    return f"{page.app_url}/subscribe/{page.id}/"


def report(page: PageInfo, language: str) -> str:
    """Where the application takes what somebody reports: its form, in the language of the page."""
    return f"{page.app_url}/report/{page.id}/?language={language}"


def _others(page: PageInfo, place: Place) -> Sequence[Other]:
    return [
        Other(
            code=language,
            name=LANGUAGES[language],
            link=f"{place.root}{prefix(page, language)}{place.below}" or "./",
            address=f"{page.url}/{prefix(page, language)}{place.below}",
        )
        for language in languages(page)
    ]


def _is_link(address: str) -> bool:
    return urlsplit(address).scheme in ("http", "https", "mailto")
