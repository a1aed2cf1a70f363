"""A regional worker keeps what it is just taking from the broker in lists of its own.

By default all workers share them, and whoever may write there reads what is on its way to others.
"""

from typing import Any

from celery import Celery, bootsteps

PROBE = "probe."
KEYS = ("unacked_key", "unacked_index_key", "unacked_mutex_key")


def own_lists(queues: set[str]) -> dict[str, str]:
    """Options of kombu's Redis transport for a worker of these queues; none for one that is no region's."""
    if not queues or not all(queue.startswith(PROBE) for queue in queues):
        return {}
    name = ".".join(sorted(queues))
    return {key: f"{key.removesuffix('_key')}.{name}" for key in KEYS}


class OwnLists(bootsteps.StartStopStep):
    """Part of a worker, before it first asks for its broker."""

    def start(self, parent: Any) -> None:
        """Connections are made with these options from now on."""
        app: Celery = parent.app
        own = own_lists(set(app.amqp.queues.consume_from))
        app.conf.broker_transport_options = {**app.conf.broker_transport_options, **own}
