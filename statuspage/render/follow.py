"""What programs, terminals and readers follow, per language: feeds, calendars, text, events. Pure."""

from django.utils import translation

from statuspage.render import calendar, events, text
from statuspage.render.feed_atom import atom
from statuspage.render.feed_json import json_feed
from statuspage.render.feed_rss import rss
from statuspage.render.languages import languages, prefix
from statuspage.snapshot import Snapshot


def files(snapshot: Snapshot) -> dict[str, bytes]:
    """Path to content: the default language without a prefix, each other one under its own."""
    found = {"events.json": events.events(snapshot)}
    for language in languages(snapshot.page):
        before = prefix(snapshot.page, language)
        with translation.override(language):
            found[f"{before}history.atom"] = atom(snapshot, language)
            found[f"{before}history.rss"] = rss(snapshot, language)
            found[f"{before}feed.json"] = json_feed(snapshot, language)
            found[f"{before}status.txt"] = text.text(snapshot, language)
            found.update(calendar.files(snapshot, language))
    return found
