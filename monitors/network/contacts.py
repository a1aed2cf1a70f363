"""What a check learns of the network on its way, told to whoever runs it through the context of its task.

Pure. `dial` and the other guarded ways out say it; where nobody listens it costs nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from monitors.network.guard import Address


class Listener(Protocol):
    """Whoever wants to know."""

    def sought(self, host: str, port: int) -> None:
        """A host is about to be resolved and spoken to; port 0 where the protocol has none."""

    def resolved(self, host: str, addresses: Sequence[Address]) -> None:
        """A host, which is a name or an address itself, has these addresses."""

    def reached(self, host: str, port: int, address: Address) -> None:
        """Something at this address of the host answered."""


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def told_to(listener: Listener) -> Iterator[None]:
    """Tells a listener what this task and those that it starts learn meanwhile."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def sought(host: str, port: int = 0) -> None:
    """Tells whoever listens: see Listener."""
    if (listener := _listener.get()) is not None:
        listener.sought(host, port)


def resolved(host: str, addresses: Sequence[Address]) -> None:
    """Tells whoever listens: see Listener."""
    if (listener := _listener.get()) is not None:
        listener.resolved(host, addresses)


def reached(host: str, port: int, address: Address) -> None:
    """Tells whoever listens: see Listener."""
    if (listener := _listener.get()) is not None:
        listener.reached(host, port, address)
