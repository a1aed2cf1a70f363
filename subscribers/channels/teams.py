"""Microsoft Teams: an Adaptive Card through a workflow (“When a Teams webhook request is received”).

Every text stands in a TextRun, which knows no Markdown: nothing in it can be a link or a mention.
"""

import re
from dataclasses import replace
from typing import ClassVar
from urllib.parse import SplitResult, parse_qs

from django.utils.translation import gettext_noop

from subscribers.channels.chat import Body, Chat
from subscribers.channels.chat_card import Card, Tone
from subscribers.channels.chat_text import Line, Run, address, cut, harmless, shortened

# Where Microsoft runs workflows: for everybody, for governments, in China; each today and before.
HOSTS = (
    ".api.powerplatform.com",
    ".logic.azure.com",
    ".api.gov.powerplatform.microsoft.us",
    ".api.high.powerplatform.microsoft.us",
    ".api.appsplatform.us",
    ".logic.azure.us",
    ".api.powerplatform.partner.microsoftonline.cn",
    ".logic.azure.cn",
)
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/workflows/[A-Za-z0-9-]+/triggers/[A-Za-z0-9._~-]+/paths/invoke/?")
_STYLES = {
    Tone.OVER: "good",
    Tone.PLANNED: "accent",
    Tone.NONE: "emphasis",
    Tone.MINOR: "warning",
    Tone.MAJOR: "attention",
    Tone.CRITICAL: "attention",
}


class Teams(Chat):
    """One channel or chat of Microsoft Teams."""

    label: ClassVar[str] = gettext_noop("Microsoft Teams")
    wrong: ClassVar[str] = gettext_noop(
        "This is not the address of a workflow of Microsoft Teams. Copy it whole, with all that follows the "
        "question mark; addresses of the old connectors (webhook.office.com) no longer work."
    )
    address_label: ClassVar[str] = gettext_noop("Address of the workflow")

    def proper(self, parts: SplitResult) -> str:
        """As it is: what follows the question mark is its key."""
        good = parts.scheme == "https" and parts.netloc.endswith(HOSTS) and _PATH.fullmatch(parts.path)
        return parts.geturl() if good and parse_qs(parts.query).get("sig") else ""

    def compose(self, card: Card, room: int) -> Body:
        """A message with one card."""
        content = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            # What Teams shows on telephones as well.
            "version": "1.4",
            "lang": card.language,
            "fallbackText": cut(harmless(card.summary), 500),
            "msteams": {"width": "Full"},
            "body": [
                {
                    "type": "Container",
                    "style": _STYLES[card.tone],
                    "bleed": True,
                    "items": [_block(Line((Run(cut(card.heading, 500), bold=True),)), size="Large")],
                },
                *_blocks(shortened(card.first, room)),
                *_blocks(shortened(card.body, room)),
                *_blocks(card.component_lines()),
                _block(Line((Run(card.foot),)), size="Small"),
            ],
            "actions": [
                {"type": "Action.OpenUrl", "title": harmless(each.text), "url": each.href}
                for each in card.links
            ],
        }
        attachment = {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": None,
            "content": content,
        }
        return {"type": "message", "attachments": [attachment]}


def _blocks(lines: list[Line]) -> list[Body]:
    """A block per line; an empty line is the space between two of them."""
    made: list[Body] = []
    apart = True
    for line in (part for each in lines for part in _parts(each)):
        if line.text.strip():
            made.append(_block(line, spacing="Medium" if apart else "None"))
        apart = not line.text.strip()
    return made


def _parts(line: Line) -> list[Line]:
    """A block of code line by line: a TextRun has no line breaks."""
    if not line.preformatted:
        return [line]
    return [replace(line, runs=(Run(text or " "),)) for text in line.text.split("\n")]


def _block(line: Line, *, size: str = "Default", spacing: str = "Medium") -> Body:
    prefix = [Run(line.prefix.replace("- ", "• "))] if line.prefix else []
    return {
        "type": "RichTextBlock",
        "spacing": spacing,
        "inlines": [_run(run, size, line) for run in (*prefix, *line.runs) if run.text],
    }


def _run(run: Run, size: str, line: Line) -> Body:
    made: Body = {"type": "TextRun", "text": harmless(run.text), "size": size}
    if run.bold:
        made["weight"] = "Bolder"
    if run.italic:
        made["italic"] = True
    if run.code or line.preformatted:
        made["fontType"] = "Monospace"
    if run.href.startswith(("http://", "https://")):
        made["selectAction"] = {"type": "Action.OpenUrl", "url": address(run.href)}
    return made
