"""The checker doubts itself: a failure by the network counts only where our own network works.

Proof is an answer from anywhere that lies no nearer, within the last moments. Where there is none, the
witnesses are asked, and hosts that answered lately. Where nothing answers and several hosts are concerned,
the failure says something of the checker and nothing of the target. Without witnesses that is a guess, and
the outcome says so.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import TypeVar

from monitors.network import contacts
from monitors.network.addresses import check_host_port
from monitors.network.guard import Address, Allow
from monitors.outbound import knock
from monitors.probes.base import Outcome, Result
from monitors.probes.reach import Check, Host, Reach, far, linked
from monitors.reasons import OutboundError, Reason, UrlRefused

# What a target that is well looks like where the network between is gone. To refuse is an answer.
BY_NETWORK = {Reason.TIMEOUT, Reason.DNS, Reason.DNS_SERVFAIL, Reason.UNREACHABLE, Reason.RESET}
ANSWERS = {Reason.REFUSED, Reason.RESET}
# Seconds for which an answer proves anything, and for which a failure waits for one.
FRESH = 2.0
PATIENCE = 2.0
LOOK = 0.1
# So many hosts that fail together, while nothing answers, are our own network; in so many seconds.
SEVERAL = 3
TOGETHER = 60.0
# Hosts that are asked at once, that are remembered, and for how many seconds.
ASKED = 5
REMEMBERED = 64
LATELY = 3_600.0

V = TypeVar("V")
Witness = tuple[str, int]


def witnesses(text: str, allow: Allow) -> tuple[Witness, ...]:
    """The hosts and ports of PROBE_WITNESSES. Raises ValueError naming the first that is none."""
    return tuple(_witness(entry, allow) for entry in text.split())


def _witness(entry: str, allow: Allow) -> Witness:
    try:
        return check_host_port(entry, allow)
    except UrlRefused as error:
        raise ValueError(f"The witness {entry!r} is refused: {error}") from None


class Doubt:
    """What one event loop knows of its own network, by way of its checks."""

    def __init__(
        self,
        allow: Allow,
        witnesses: Sequence[Witness] = (),
        clock: Callable[[], float] = time.monotonic,
        is_linked: Callable[[], bool] = linked,
    ) -> None:
        self._allow = allow
        self._witnesses = [(host, port, Reach.of_witness(host)) for host, port in witnesses]
        self._clock = clock
        self._is_linked = is_linked
        self._proofs: dict[Reach, float] = {}
        # By place, the newest last.
        self._hosts: OrderedDict[str, Host] = OrderedDict()
        self._failed: OrderedDict[str, float] = OrderedDict()
        self._rounds: dict[Reach, asyncio.Task[set[str]]] = {}

    def check(self) -> Check:
        """One check that begins: what it learns counts for all."""
        return Check(self)

    async def settle(self, check: Check, outcome: Outcome) -> Outcome:
        """The outcome, or unknown for want of a network: at once, or PATIENCE seconds later at most."""
        if outcome.reason == Reason.REFUSED:
            check.answered()
        need = check.need
        if outcome.result != Result.DOWN or outcome.reason not in BY_NETWORK or need is None:
            return outcome
        doubt = None if self._proven(need) else await self._doubted(check.place, need)
        if doubt is None:
            return outcome
        return replace(Outcome.failed(doubt, outcome.duration_ms), phases=outcome.phases)

    def resolved(self, host: str, addresses: Sequence[Address]) -> None:
        """A name that leads to another machine was resolved: so names are."""
        outside = [address for address in addresses if not address.is_loopback]
        if outside and host not in map(str, outside):
            self._prove(Reach(True, any(map(far, outside))))

    def reached(self, host: str, port: int, address: Address) -> None:
        """Another machine answered: so the network works as far as there."""
        if address.is_loopback:
            return
        self._prove(Reach(False, far(address)))
        if port:
            reach = Reach(host != str(address), far(address))
            _remember(self._hosts, str(address), Host(host, port, reach, self._clock()))

    async def _doubted(self, place: str, need: Reach) -> Reason | None:
        """Why a failure that nothing proves yet says nothing of its target; None where it does."""
        _remember(self._failed, place, self._clock())
        if not self._is_linked():
            return Reason.OFFLINE
        trusted = any(reach.proves(need) for _host, _port, reach in self._witnesses)
        if not trusted and len(self._failing(need) | self._lately().keys()) < SEVERAL:
            return None
        silent = await self._ask(need)
        if self._proven(need):
            return None
        if trusted:
            return Reason.OFFLINE
        return Reason.UNWITNESSED if len(silent | self._failing(need)) >= SEVERAL else None

    def _prove(self, reach: Reach) -> None:
        now = self._clock()
        self._proofs[reach] = self._proofs[reach._replace(far=False)] = now

    def _proven(self, need: Reach) -> bool:
        return self._clock() - self._proofs.get(need, float("-inf")) <= FRESH

    def _failing(self, need: Reach) -> set[str]:
        """The places that failed together, and nothing answered since."""
        since = max(self._clock() - TOGETHER, self._proofs.get(need, float("-inf")))
        return {place for place, at in self._failed.items() if at > since}

    def _lately(self) -> dict[str, Host]:
        since = self._clock() - LATELY
        return {place: host for place, host in self._hosts.items() if host.at >= since}

    async def _ask(self, need: Reach) -> set[str]:
        """Asks all who may prove it, unless that is under way; the places that did not answer."""
        if need not in self._rounds:
            self._rounds[need] = asyncio.create_task(self._round(need))
            self._rounds[need].add_done_callback(lambda _task: self._rounds.pop(need))
        return await asyncio.shield(self._rounds[need])

    async def _round(self, need: Reach) -> set[str]:
        peers = [(place, host) for place, host in self._lately().items() if host.reach.proves(need)]
        asked = dict(reversed(peers[-ASKED:]))
        knocks: list[Coroutine[None, None, object]] = [
            self._knock(host.host, host.port) for host in asked.values()
        ]
        knocks += [self._call(*witness) for witness in self._witnesses if witness[2].proves(need)]
        tasks = {asyncio.create_task(knock) for knock in knocks or [asyncio.sleep(PATIENCE)]}
        pending = tasks
        while pending and not self._proven(need):
            _done, pending = await asyncio.wait(pending, timeout=LOOK, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        return set(asked)

    async def _call(self, host: str, port: int, reach: Reach) -> None:
        """Asks a witness, whose answer counts wherever it is."""
        if await self._knock(host, port):
            self._prove(reach)

    async def _knock(self, host: str, port: int) -> bool:
        """Whether anything answers there; what is learned on the way counts."""
        check = self.check()
        with contacts.told_to(check):
            try:
                await knock(host, port, deadline=PATIENCE, allow=self._allow)
            except OutboundError as error:
                if error.reason not in ANSWERS:
                    return False
                check.answered()
            return True


def _remember(kept: "OrderedDict[str, V]", place: str, value: V) -> None:
    kept[place] = value
    kept.move_to_end(place)
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)
