"""What a webhook is told: `{type, timestamp, data}`, always smaller than 20 kB. Pure but for links."""

from typing import Any

from subscribers.channels.base import Means, Message
from subscribers.events import HANDSHAKE, TEST
from subscribers.fitting import encoded, fitting

PING = "ping"
# What says nothing but that it arrives.
_PINGS = (HANDSHAKE, TEST)


def body(message: Message, means: Means) -> bytes:
    """The body of a request. Raises KeyError where the notice is not one."""
    notice = message.notice
    data: dict[str, Any] = {} if notice.event in _PINGS else dict(notice.payload)
    data["page"] = {"id": notice.page_public_id, "name": notice.page_name, "url": notice.page_url}
    data["unsubscribe"] = means.leave(message.subscriber_public_id)
    envelope = {
        "type": PING if notice.event in _PINGS else notice.event,
        "timestamp": notice.created_at.isoformat(),
        "data": data,
    }
    return encoded(fitting(envelope))
