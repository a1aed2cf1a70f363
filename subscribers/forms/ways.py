"""Ways of hearing that need no subscription: the feeds and the calendar, where the page has them."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from monitors.models import Page


class Way(NamedTuple):
    """A feed or a calendar by its absolute address."""

    name: str
    address: str


def ways(page: Page, language: str) -> list[Way]:
    """In this language where the page has them in it, else in its default one."""
    root = page.url.rstrip("/")
    own = language != page.default_language and language in page.languages
    prefix = f"{language}/" if own else ""
    return [
        Way(_("Atom feed"), f"{root}/{prefix}history.atom"),
        Way(_("RSS feed"), f"{root}/history.rss"),
        Way(_("JSON feed"), f"{root}/feed.json"),
        Way(_("Calendar of maintenance"), f"{root}/{prefix}maintenance.ics"),
    ]
