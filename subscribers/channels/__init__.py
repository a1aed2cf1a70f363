"""The notification channels. A new channel is one file here and one line in CHANNELS."""

from subscribers.channels.base import Channel
from subscribers.channels.email import Email
from subscribers.channels.webhook import Webhook

# Webhooks first: software is quicker than people, and there is less of it.
CHANNELS: dict[str, Channel] = {
    "webhook": Webhook(),
    "email": Email(),
}
