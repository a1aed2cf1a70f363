"""What the broker says of itself: whether it answers, and how much waits in each queue."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from kombu import Connection

# Seconds: whoever asks wants to know, not to wait.
TIMEOUT = 1.0


class BrokerGone(Exception):
    """The broker does not answer."""


def depths(queues: Iterable[str] = ()) -> dict[str, int]:
    """How many messages wait in each of these queues. Raises BrokerGone."""
    names = list(queues)
    options = {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT}
    try:
        with Connection(settings.REDIS_URL, transport_options=options) as connection:
            channel: Any = connection.channel()
            client = channel.client
            client.ping()
            with client.pipeline(transaction=False) as asked:
                for name in names:
                    asked.llen(name)
                return dict(zip(names, map(int, asked.execute()), strict=True))
    except Exception as error:  # whatever the transport raises
        raise BrokerGone(type(error).__name__) from error
