"""Mattermost: an attachment through an incoming webhook of any server."""

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import SplitResult

from django.utils.translation import gettext_noop

from subscribers.channels import chat_markdown
from subscribers.channels.chat import Body, Chat
from subscribers.channels.chat_card import COLOURS, Card
from subscribers.channels.chat_text import address, cut, harmless, written

_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/hooks/[A-Za-z0-9_-]{8,64}/?")
# Of the hook itself, and of the channel that it posts to.
_UNKNOWN = ("web.incoming_webhook.invalid", "app.channel.get.existing")


class Mattermost(Chat):
    """One channel of a Mattermost server."""

    label: ClassVar[str] = gettext_noop("Mattermost")
    wrong: ClassVar[str] = gettext_noop(
        "This is not an incoming webhook of Mattermost: it is like https://chat.example.com/hooks/…"
    )
    # Older servers take 7,600 characters of attachments.
    longest: ClassVar[int] = 7_000

    def proper(self, parts: SplitResult) -> str:
        """On any server, without what follows the path."""
        good = _PATH.fullmatch(parts.path)
        return parts._replace(query="", path=parts.path.rstrip("/")).geturl() if good else ""

    def compose(self, card: Card, room: int) -> Body:
        """One attachment; `fallback` is what notifications show."""
        texts = [
            written(card.first, chat_markdown.line, room),
            written(card.body, chat_markdown.line, room),
            chat_markdown.links(card.links, 1_500),
        ]
        attachment = {
            "fallback": cut(harmless(card.summary), 500),
            "color": f"#{COLOURS[card.tone]:06X}",
            "title": cut(harmless(card.heading), 300),
            "title_link": address(card.link),
            "text": "\n\n".join(text for text in texts if text.strip()),
            "fields": [
                {
                    "short": True,
                    "title": cut(harmless(name), 200),
                    "value": chat_markdown.fitting(said, 200),
                }
                for name, said in card.components
            ],
            "footer": cut(harmless(card.foot), 250),
        }
        return {"attachments": [attachment]}

    def weight(self, body: Body) -> int:
        """As Mattermost counts: characters of JSON in which `<`, `>` and `&` take six each."""
        said = json.dumps(body, ensure_ascii=False)
        return len(said) + 5 * sum(said.count(each) for each in "<>&")

    def is_gone(self, status: int, answer: Mapping[str, Any]) -> bool:
        """Only what Mattermost says itself: a proxy before a server that restarts answers 404 as well."""
        return status == 410 or (status in (400, 404) and str(answer.get("id", "")).startswith(_UNKNOWN))
