"""How far our network reaches: what a check needs of it, and what an answer proves of it.

Pure but for the kernel's word on its interfaces. An answer from our own network says nothing of what lies
beyond, an address that answers nothing of the resolver, and this machine nothing of any network.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple, Protocol, Self

from monitors.network.guard import Address, is_forbidden

INTERFACES = Path("/sys/class/net")


class Reach(NamedTuple):
    """Whether names are resolved or addresses answer; and beyond our own network, or in it."""

    named: bool
    far: bool

    @classmethod
    def of_witness(cls, host: str) -> Self:
        """What the answer of a witness proves: all that may be asked of it, wherever it is."""
        return cls(not _is_address(host), True)

    def proves(self, need: "Reach") -> bool:
        """Whether an answer from such a host proves what is needed: one by name proves both."""
        return self.named >= need.named and self.far >= need.far


@dataclass(frozen=True, slots=True)
class Host:
    """Where something answered, and when (seconds of the clock of whoever asks)."""

    host: str
    port: int
    reach: Reach
    at: float


class Learner(Protocol):
    """Whoever learns from all checks; see `contacts.Listener`."""

    def resolved(self, host: str, addresses: Sequence[Address]) -> None:
        """A host has these addresses."""

    def reached(self, host: str, port: int, address: Address) -> None:
        """Something answered there."""


class Check:
    """One check as its network sees it: a `contacts.Listener` that passes on what it hears."""

    def __init__(self, learner: Learner) -> None:
        self._learner = learner
        self._host, self._port = "", 0
        self._addresses: Sequence[Address] = ()

    def sought(self, host: str, port: int) -> None:
        """See Listener."""
        self._host, self._port, self._addresses = host, port, ()

    def resolved(self, host: str, addresses: Sequence[Address]) -> None:
        """See Listener."""
        self._addresses = addresses
        self._learner.resolved(host, addresses)

    def reached(self, host: str, port: int, address: Address) -> None:
        """See Listener."""
        self._learner.reached(host, port, address)

    def answered(self) -> None:
        """The host that was sought last refused, which is an answer."""
        for address in self._addresses[:1]:
            self._learner.reached(self._host, self._port, address)

    @property
    def need(self) -> Reach | None:
        """What our network must do for the check; None for one of this machine, which needs no network."""
        if not self._addresses:
            return Reach(named=True, far=True)
        outside = [address for address in self._addresses if not address.is_loopback]
        return Reach(named=False, far=any(map(far, outside))) if outside else None

    @property
    def place(self) -> str:
        """What tells its host from others: an address, or the domain of a name without one."""
        return str(self._addresses[0]) if self._addresses else ".".join(self._host.split(".")[-2:])


def far(address: Address) -> bool:
    """Whether an address lies beyond our own network, as far as one can tell by it."""
    return not is_forbidden(address)


def linked() -> bool:
    """Whether any interface but loopback is connected to anything; true where the kernel does not say."""
    try:
        names = os.listdir(INTERFACES)
    except OSError:
        return True
    return "lo" not in names or any(name != "lo" and _carries(name) for name in names)


def _carries(interface: str) -> bool:
    try:
        return (INTERFACES / interface / "carrier").read_text().strip() == "1"
    except OSError:  # it is switched off
        return False


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False
