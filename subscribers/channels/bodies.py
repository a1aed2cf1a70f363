"""What a webhook is told: ours is `{type, timestamp, data}`, the other format Statuspage's envelope.

A notice is written once per format; of each subscriber's own there is only the address to leave by. Every
body is smaller than 20 kB.
"""

import json
import secrets
from collections.abc import Callable
from typing import Any

from subscribers.channels import statuspage
from subscribers.channels.base import Means, Message, Told
from subscribers.events import PINGS
from subscribers.fitting import encoded, fitting
from subscribers.payload import own_words

PING = "ping"
# Stands where each subscriber's own address goes; nobody can write it into a text.
_MARK = secrets.token_hex(32)

Written = tuple[bytes, bytes]


class Bodies:
    """The bodies of some messages."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._written: dict[tuple[int, str], Written] = {}

    def body(self, message: Message) -> bytes:
        """The body of a request. Raises KeyError, TypeError or ValueError where the notice is not one."""
        link = self._means.leave(message.subscriber_public_id)
        key = message.notice.id, _format(message)
        if key not in self._written:
            self._written[key] = _write(message.notice, _FORMATS[key[1]], len(link))
        before, after = self._written[key]
        return before + json.dumps(link, ensure_ascii=False)[1:-1].encode() + after


def _format(message: Message) -> str:
    """As the subscriber wants it; one who is still to confirm said so in the question."""
    wanted = message.format or message.notice.payload.get("format", "")
    return wanted if wanted in _FORMATS else ""


def _write(notice: Told, write: Callable[[Told, str], dict[str, Any]], length: int) -> Written:
    # As long as what will stand there, because the whole is to fit.
    mark = _MARK.ljust(length, "_")
    before, _mark, after = encoded(write(notice, mark)).partition(mark.encode())
    return before, after


def _ours(notice: Told, unsubscribe: str) -> dict[str, Any]:
    ping = notice.event in PINGS
    data = {} if ping else own_words(notice.payload)
    data["page"] = {"id": notice.page_public_id, "name": notice.page_name, "url": notice.page_url}
    data["unsubscribe"] = unsubscribe
    return fitting(
        {"type": PING if ping else notice.event, "timestamp": notice.created_at.isoformat(), "data": data}
    )


_FORMATS: dict[str, Callable[[Told, str], dict[str, Any]]] = {
    "": _ours,
    statuspage.FORMAT: statuspage.envelope,
}
