"""The notification channels. A new channel is one file here and one line in CHANNELS."""

from subscribers.channels.base import Channel
from subscribers.channels.discord import Discord
from subscribers.channels.email import Email
from subscribers.channels.mattermost import Mattermost
from subscribers.channels.slack import Slack
from subscribers.channels.teams import Teams
from subscribers.channels.webhook import Webhook

# Webhooks and chats first: there are fewer of them, and one message there reaches many.
CHANNELS: dict[str, Channel] = {
    "webhook": Webhook(),
    "slack": Slack(),
    "teams": Teams(),
    "discord": Discord(),
    "mattermost": Mattermost(),
    "email": Email(),
}
