"""One message on its way to one channel of the team: in the words of its service, through the guard.

The address is a secret: it stands in no error and no log. What comes back is read for whether it arrived,
and is never kept or shown.
"""

import asyncio
import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from incidents.team.said import Said, Texts
from monitors import outbound
from monitors.network.guard import Allow
from monitors.reasons import OutboundError
from subscribers.channels import CHANNELS
from subscribers.channels.base import Clock, Outcome, Result
from subscribers.channels.chat import DEADLINE, FIRST_DEADLINE, HEADERS, Chat, encoded
from subscribers.channels.chat_card import Card, Link, Tone
from subscribers.channels.chat_text import Line, Run, plain
from subscribers.channels.webhook import judge, sign
from subscribers.moments import moment


@dataclass(frozen=True, slots=True)
class Letter:
    """A message for one channel; `page` is the name of the page, "" for the whole installation."""

    key: str
    event: str
    values: Said
    page: str
    time_zone: str
    created_at: datetime
    attempt: int
    service: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    language: str


@dataclass(frozen=True, slots=True)
class Way:
    """What sending needs of the installation: its address, and the networks that staff may reach."""

    app_url: str
    allow: Allow


def send(letter: Letter, way: Way, clock: Clock) -> Outcome:
    """What became of it. Raises whatever the values give cause for."""
    return asyncio.run(_send(letter, way, clock))


async def _send(letter: Letter, way: Way, clock: Clock) -> Outcome:
    chat = CHANNELS[letter.service]
    to_chat = isinstance(chat, Chat)
    body = encoded(chat.fitted(_card(letter, way))) if isinstance(chat, Chat) else _body(letter, way)
    headers = HEADERS if to_chat else _signed(letter, body, clock())
    deadline = FIRST_DEADLINE if letter.attempt == 1 else DEADLINE
    try:
        answer = await outbound.post(letter.url, body, headers, deadline, way.allow)
    except OutboundError as error:
        return Outcome(0, Result.FAILED, error.sentence)
    return chat.judge(0, answer, clock) if isinstance(chat, Chat) else judge(0, answer, clock())


def _card(letter: Letter, way: Way) -> Card:
    values, language = letter.values, letter.language
    with translation.override(language):
        heading = plain(_in(language, values["title"]))
        return Card(
            tone=Tone(values["tone"]),
            language=language,
            page=plain(letter.page) or way.app_url.partition("://")[2],
            heading=heading,
            links=(Link(_("Open it"), _absolute(values["url"], way)),),
            body=tuple(_lines(_in(language, values["text"]))),
            at=moment(letter.created_at.isoformat(), ZoneInfo(letter.time_zone)),
        )


def _lines(text: str) -> list[Line]:
    """Plain text: nothing that staff or visitors wrote is markup here."""
    return [Line((Run(plain(line)),)) for line in text.splitlines() if line.strip()]


def _in(language: str, texts: Texts) -> str:
    return texts.get(language) or next(filter(None, texts.values()), "")


def _absolute(url: str, way: Way) -> str:
    return url if url.startswith(("https://", "http://")) else f"{way.app_url}{url or '/admin/'}"


def _body(letter: Letter, way: Way) -> bytes:
    """What software gets: `{type, timestamp, data}`, as subscribers' webhooks do."""
    values = letter.values
    said: dict[str, Any] = {
        "type": f"team.{letter.event}",
        "timestamp": letter.created_at.isoformat(),
        "data": {
            "title": values["title"],
            "text": values["text"],
            "url": _absolute(values["url"], way),
            "tone": values["tone"],
            "page": letter.page,
            "key": letter.key,
        },
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _signed(letter: Letter, body: bytes, at: datetime) -> dict[str, str]:
    """Standard Webhooks 1.0: the id is the same at every attempt."""
    seconds = str(int(at.timestamp()))
    known = f"{letter.url}\n{letter.key}\n{letter.created_at.isoformat()}"
    id_ = f"team_{hashlib.sha256(known.encode()).hexdigest()[:24]}"
    content = b".".join((id_.encode(), seconds.encode(), body))
    return {
        "Content-Type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": seconds,
        "webhook-signature": sign(letter.secret, content),
    }
