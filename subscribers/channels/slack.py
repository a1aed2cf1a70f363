"""Slack: Block Kit through an incoming webhook."""

import re
from typing import ClassVar
from urllib.parse import SplitResult

from django.utils.translation import gettext_noop

from subscribers.channels.chat import Body, Chat
from subscribers.channels.chat_card import MARKS, Card
from subscribers.channels.chat_text import Line, Run, address, around, code, cut, fenced, harmless, written

HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
_PATH = re.compile(r"/services/[A-Za-z0-9]{1,40}/[A-Za-z0-9]{1,40}/[A-Za-z0-9]{1,80}")
# Characters of a header, of any other text, of the text that a notification shows.
HEADER, TEXT, FALLBACK = 150, 3_000, 1_000


class Slack(Chat):
    """One channel of a Slack workspace."""

    label: ClassVar[str] = gettext_noop("Slack")
    wrong: ClassVar[str] = gettext_noop(
        "This is not an incoming webhook of Slack: it begins with https://hooks.slack.com/services/."
    )
    # 403: the workspace forbids it or is gone; 410: the channel is archived.
    gone: ClassVar[frozenset[int]] = frozenset({403, 404, 410})

    def proper(self, parts: SplitResult) -> str:
        """Without whatever follows the path."""
        good = parts.scheme == "https" and parts.netloc in HOSTS and _PATH.fullmatch(parts.path)
        return f"https://{parts.netloc}{parts.path}" if good else ""

    def compose(self, card: Card, room: int) -> Body:
        """Blocks; `text` is what notifications and screen readers get."""
        heading = f"{MARKS[card.tone]} {card.heading}"
        texts = [
            written(card.first, line, min(room, TEXT)),
            written(card.body, line, min(room, TEXT)),
            written(card.component_lines(), line, TEXT),
        ]
        return {
            "text": escaped(cut(card.summary, FALLBACK)),
            "unfurl_links": False,
            "unfurl_media": False,
            "blocks": [
                {
                    "type": "header",
                    "text": {"type": "plain_text", "text": cut(_bare(heading), HEADER), "emoji": False},
                },
                *({"type": "section", "text": _text(text)} for text in texts if text.strip()),
                {"type": "context", "elements": [_text(_foot(card))]},
            ],
        }


def line(line: Line) -> str:
    """One line of Slack's mrkdwn."""
    if line.preformatted:
        return f"```\n{fenced(escaped(line.text))}\n```"
    return line.prefix.replace("- ", "• ") + "".join(_run(run) for run in line.runs)


def escaped(text: str) -> str:
    """A text of which nothing is a link or a mention (Slack's three control characters)."""
    return harmless(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _run(run: Run) -> str:
    said = f"`{code(escaped(run.text))}`" if run.code else escaped(run.text)
    if run.href:
        said = f"<{address(run.href).replace('&', '&amp;')}|{said.replace('|', '¦')}>"
    for mark in "*" * run.bold + "_" * run.italic:
        said = around(said, mark)
    return said


def _foot(card: Card) -> str:
    said = [f"<{address(each.href).replace('&', '&amp;')}|{escaped(each.text)}>" for each in card.links]
    return " · ".join([*said, escaped(cut(card.foot, 300))])


def _bare(text: str) -> str:
    """A text for where Slack reads no markup: what could be taken for it is written otherwise."""
    return harmless(text).replace("<", "‹").replace(">", "›")


def _text(text: str) -> Body:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
