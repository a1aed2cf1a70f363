"""What programs, terminals and readers follow: feeds, calendars, text, events. Pure.

The Atom feed and the calendars exist in each language; the rest in the default one, so that an update
stays cheap.
"""

from django.utils import translation

from statuspage.render import calendar, events, text
from statuspage.render.feed_atom import atom
from statuspage.render.feed_json import json_feed
from statuspage.render.feed_rss import rss
from statuspage.render.languages import languages, prefix
from statuspage.snapshot import Snapshot


def files(snapshot: Snapshot) -> dict[str, bytes]:
    """Path to content: the default language without a prefix, each other one under its own."""
    default = snapshot.page.default_language
    found = {"events.json": events.events(snapshot)}
    with translation.override(default):
        found["history.rss"] = rss(snapshot, default)
        found["feed.json"] = json_feed(snapshot, default)
        found["status.txt"] = text.text(snapshot, default)
    for language in languages(snapshot.page):
        with translation.override(language):
            found[f"{prefix(snapshot.page, language)}history.atom"] = atom(snapshot, language)
            found.update(calendar.files(snapshot, language))
    return found
