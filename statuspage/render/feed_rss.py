"""`history.rss` (RSS 2.0), with the element that tells planned work apart (CONTRACTS 1.8). Pure.

Work that is planned or goes on dates from its planned start, perhaps in the future, and says when
it ends; everything else dates from its last update.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from statuspage.render.feed_entries import Entry, channel, entries
from statuspage.snapshot import Snapshot


def rss(snapshot: Snapshot, language: str) -> bytes:
    """The feed in one language (the active one)."""
    about = channel(snapshot, language)
    address = quoteattr(f"{about.root}history.rss")
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">',
        "  <channel>",
        f"    <title>{escape(about.title)}</title>",
        f"    <link>{escape(about.root)}</link>",
        f"    <description>{escape(about.title)}</description>",
        f"    <language>{language}</language>",
        f"    <pubDate>{_date(about.updated)}</pubDate>",
        f'    <atom:link rel="self" type="application/rss+xml" href={address}/>',
    ]
    end = (b"  </channel>", b"</rss>", b"")
    return b"\n".join((*(line.encode() for line in lines), *entries(snapshot, language, _item), *end))


def _item(entry: Entry) -> bytes:
    lines = [
        "    <item>",
        f"      <title>{escape(entry.title)}</title>",
        f"      <description>{escape(entry.content)}</description>",
        f"      <pubDate>{_date(entry.begins or entry.updated)}</pubDate>",
        f"      <link>{escape(entry.address)}</link>",
        f"      <guid>{escape(entry.address)}</guid>",
    ]
    if entry.ends is not None:
        lines.append(f"      <maintenanceEndDate>{_date(entry.ends)}</maintenanceEndDate>")
    return "\n".join((*lines, "    </item>")).encode()


def _date(at: datetime) -> str:
    """RFC 822 with a year of four digits, as RSS asks."""
    return format_datetime(at.astimezone(UTC))
