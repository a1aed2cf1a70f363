"""Discord: an embed through a webhook of a channel."""

import re
from typing import Any, ClassVar
from urllib.parse import SplitResult, parse_qs

from django.utils.translation import gettext_noop

from subscribers.channels import chat_markdown
from subscribers.channels.chat import Body, Chat
from subscribers.channels.chat_card import COLOURS, Card
from subscribers.channels.chat_text import address, cut, harmless, size, written

HOSTS = frozenset({"discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com"})
_PATH = re.compile(r"/api(?:/v\d{1,2})?/webhooks/(\d{5,25})/([A-Za-z0-9_-]{20,120})/?")
# Characters of a title; there are at most 25 fields, and a description has at most 4,096.
TITLE = 256


class Discord(Chat):
    """One channel of a Discord server, or one thread of it."""

    label: ClassVar[str] = gettext_noop("Discord")
    wrong: ClassVar[str] = gettext_noop(
        "This is not a webhook of Discord: it begins with https://discord.com/api/webhooks/."
    )
    # 404 is "Unknown Webhook" (10015), 401 "Invalid Webhook Token" (50027).
    gone: ClassVar[frozenset[int]] = frozenset({401, 404, 410})

    # Characters of all texts of an embed together.
    longest: ClassVar[int] = 6_000

    def proper(self, parts: SplitResult) -> str:
        """On discord.com, without a version; of a query only the thread stays."""
        match = _PATH.fullmatch(parts.path)
        if parts.scheme != "https" or parts.netloc not in HOSTS or match is None:
            return ""
        thread = parse_qs(parts.query).get("thread_id", [""])[0]
        query = f"?thread_id={thread}" if thread.isascii() and thread.isdigit() else ""
        return f"https://discord.com/api/webhooks/{match[1]}/{match[2]}{query}"

    def compose(self, card: Card, room: int) -> Body:
        """One embed, which mentions nobody whatever stands in it."""
        texts = [
            written(card.first, chat_markdown.line, min(room, 1_500)),
            written(card.body, chat_markdown.line, min(room, 2_000)),
            chat_markdown.links(card.links, 550),
        ]
        embed: dict[str, Any] = {
            "title": chat_markdown.fitting(card.heading, TITLE),
            "url": address(card.link),
            "description": "\n\n".join(text for text in texts if text.strip()),
            "color": COLOURS[card.tone],
            "fields": _fields(card),
            "footer": {"text": cut(harmless(card.foot), 250)},
        }
        return {"embeds": [embed], "allowed_mentions": {"parse": []}}

    def weight(self, body: Body) -> int:
        """As Discord counts: the texts of the embed."""
        embed = body["embeds"][0]
        texts = [embed["title"], embed["description"], embed["footer"]["text"]]
        texts += [text for field in embed["fields"] for text in (field["name"], field["value"])]
        return sum(map(size, texts))


def _fields(card: Card) -> list[Body]:
    return [
        {
            "name": chat_markdown.fitting(name, TITLE) or "–",
            "value": chat_markdown.fitting(said, TITLE) or "–",
            "inline": True,
        }
        for name, said in card.components
    ]
