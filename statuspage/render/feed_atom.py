"""`history.atom` (RFC 4287): the history of the page for feed readers. Pure."""

from xml.sax.saxutils import escape, quoteattr

from statuspage.render.feed_entries import Entry, channel, entries
from statuspage.render.times import machine
from statuspage.snapshot import Snapshot


def atom(snapshot: Snapshot, language: str) -> bytes:
    """The feed in one language (the active one)."""
    about = channel(snapshot, language)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<feed xml:lang="{language}" xmlns="http://www.w3.org/2005/Atom">',
        f"  <id>{escape(about.id)}</id>",
        f'  <link rel="alternate" type="text/html" href={quoteattr(about.root)}/>',
        f'  <link rel="self" type="application/atom+xml" href={quoteattr(f"{about.root}history.atom")}/>',
        f"  <title>{escape(about.title)}</title>",
        f"  <updated>{machine(about.updated)}</updated>",
        f"  <author><name>{escape(about.author)}</name></author>",
    ]
    return b"\n".join(
        (*(line.encode() for line in lines), *entries(snapshot, language, _entry), b"</feed>", b"")
    )


def _entry(entry: Entry) -> bytes:
    lines = (
        "  <entry>",
        f"    <id>{escape(entry.id)}</id>",
        f"    <published>{machine(entry.published)}</published>",
        f"    <updated>{machine(entry.updated)}</updated>",
        f'    <link rel="alternate" type="text/html" href={quoteattr(entry.address)}/>',
        f"    <title>{escape(entry.title)}</title>",
        f'    <content type="html">{escape(entry.content)}</content>',
        "  </entry>",
    )
    return "\n".join(lines).encode()
