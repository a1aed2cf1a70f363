"""What a webhook is told: `{type, timestamp, data}`, always smaller than 20 kB. Pure but for links.

Where an update is too long its texts are cut, then the list of components, and `truncated` says so.
"""

import json
from typing import Any

from subscribers import links
from subscribers.channels.base import Means, Message
from subscribers.events import HANDSHAKE

# Standard Webhooks 1.0, "Payload size": under 20 kB.
LIMIT = 20_000
PING = "ping"


def body(message: Message, means: Means) -> bytes:
    """The body of a request. Raises KeyError where the notice is not one."""
    notice = message.notice
    data: dict[str, Any] = {} if notice.event == HANDSHAKE else dict(notice.payload)
    data["page"] = {"id": notice.page_public_id, "name": notice.page_name, "url": notice.page_url}
    data["unsubscribe"] = links.leave(means.app_url, message.subscriber_public_id)
    envelope = {
        "type": PING if notice.event == HANDSHAKE else notice.event,
        "timestamp": notice.created_at.isoformat(),
        "data": data,
    }
    return _fitting(envelope)


def _fitting(envelope: dict[str, Any]) -> bytes:
    whole = _encoded(envelope)
    if len(whole) < LIMIT:
        return whole
    data = envelope["data"] | {"truncated": True}
    for characters, components in ((2_000, 100), (500, 50), (100, 20), (0, 0)):
        data |= {
            "title": _cut(data["title"], 200),
            "body": _cut(data["body"], characters),
            "components": data["components"][:components],
        }
        whole = _encoded(envelope | {"data": data})
        if len(whole) < LIMIT:
            break
    return whole


def _cut(texts: dict[str, str], characters: int) -> dict[str, str]:
    return {
        language: text if len(text) <= characters else text[:characters] + "…"
        for language, text in texts.items()
    }


def _encoded(envelope: dict[str, Any]) -> bytes:
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
