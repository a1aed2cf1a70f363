"""`feed.json` (JSON Feed 1.1): the history of the page for programs. Pure."""

from statuspage.render.documents import compact
from statuspage.render.feed_entries import Entry, channel, entries
from statuspage.render.times import machine
from statuspage.snapshot import Snapshot


def json_feed(snapshot: Snapshot, language: str) -> bytes:
    """The feed in one language (the active one)."""
    about = channel(snapshot, language)
    head = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": about.title,
        "home_page_url": about.root,
        "feed_url": f"{about.root}feed.json",
        "language": language,
        "authors": [{"name": about.author, "url": about.root}],
    }
    items = b",".join(entries(snapshot, language, _item))
    return compact(head)[:-1] + b',"items":[' + items + b"]}"


def _item(entry: Entry) -> bytes:
    return compact(
        {
            "id": entry.id,
            "url": entry.address,
            "title": entry.title,
            "content_html": entry.content,
            "date_published": machine(entry.published),
            "date_modified": machine(entry.updated),
        }
    )
