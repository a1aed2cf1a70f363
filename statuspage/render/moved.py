"""Addresses that lead elsewhere: those that name the default language, and those of merged incidents. Pure.

They never change, so that an update writes each page once.
"""

from collections.abc import Iterable, Iterator

from django.utils.html import format_html

from statuspage.render.languages import Place, languages, prefix
from statuspage.render.words import site_name
from statuspage.snapshot import Lead, PageInfo

_PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{site}</title>'
    '<meta http-equiv="refresh" content="0; url={link}"><meta name="robots" content="noindex">'
    '<link rel="canonical" href="{address}"></head>'
    '<body><main><h1><a href="{link}">{site}</a></h1></main></body></html>'
)


def pages(paths: Iterable[str], page: PageInfo) -> Iterator[tuple[str, bytes]]:
    """One file for each path of a page for people that is given."""
    language = page.default_language
    for path in paths:
        below = path.removesuffix("index.html")
        place = Place(f"{language}/", below)
        link, address = f"{place.root}{below}", f"{page.url}/{below}"
        html = format_html(_PAGE, language=language, site=site_name(page), link=link, address=address)
        yield place.path, html.encode()


def leads(found: Iterable[Lead], page: PageInfo) -> Iterator[tuple[str, bytes]]:
    """The pages of incidents that turned out to be another one: each leads there, in every language."""
    for lead in found:
        for language in languages(page):
            place = Place(prefix(page, language), f"incidents/{lead.id}/")
            link = f"../{lead.to}/"
            address = f"{page.url}/{prefix(page, language)}incidents/{lead.to}/"
            html = format_html(_PAGE, language=language, site=site_name(page), link=link, address=address)
            yield place.path, html.encode()
