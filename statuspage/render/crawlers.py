"""What search engines read: `/robots.txt` and `/sitemap.xml`. Pure.

The map changes only when a page comes or goes; a private page is in no index.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from statuspage.render.languages import languages, prefix
from statuspage.snapshot import PageInfo, Snapshot

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)


def files(snapshot: Snapshot) -> dict[str, bytes]:
    """Both; no map of a private page."""
    page = snapshot.page
    if page.private:
        return {"robots.txt": b"User-agent: *\nDisallow: /\n"}
    robots = f"User-agent: *\nAllow: /\n\nSitemap: {page.url}/sitemap.xml\n"
    return {"robots.txt": robots.encode(), "sitemap.xml": _sitemap(snapshot).encode()}


def _sitemap(snapshot: Snapshot) -> str:
    pages = "".join(line for below in _below(snapshot) for line in _entries(snapshot.page, below))
    return f"{_HEAD}{pages}</urlset>\n"


def _below(snapshot: Snapshot) -> Iterator[str]:
    """Every page that has an address for good, below the home of its language."""
    yield ""
    yield from (f"components/{component.slug}/" for component in snapshot.components)
    yield "history/"
    yield from (f"history/{month}/" for month in snapshot.months)


def _entries(page: PageInfo, below: str) -> Iterator[str]:
    addresses = {language: f"{page.url}/{prefix(page, language)}{below}" for language in languages(page)}
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{language}" href={quoteattr(address)}/>'
        for language, address in addresses.items()
    )
    shown = others if len(addresses) > 1 else ""
    for address in addresses.values():
        yield f"<url><loc>{escape(address)}</loc>{shown}</url>\n"
