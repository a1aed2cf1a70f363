"""The checker doubts its own network. A test says who answers: nothing leaves the machine."""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from ipaddress import ip_address

import pytest

from monitors.network.guard import Allow
from monitors.probes import Outcome, Result
from monitors.probes import doubt as module
from monitors.probes.batch import Checker, Item
from monitors.probes.doubt import FRESH, TOGETHER, Doubt, witnesses
from monitors.probes.reach import Check, Reach
from monitors.reasons import Reason
from tests.monitors.targets import serving, silence

ALLOW = Allow.parse("127.0.0.0/8 10.0.0.0/8")
NETWORK = Outcome.failed(Reason.UNREACHABLE, 3.0)
TIMEOUT = Outcome.failed(Reason.TIMEOUT, 10_000.0)
FAR = [f"8.8.{number}.8" for number in range(8)]
NEAR = [f"10.0.0.{number}" for number in range(1, 8)]


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests in which nobody answers: whoever answers has the time that it takes."""
    monkeypatch.setattr(module, "PATIENCE", 0.2)


class Network:
    """Who answers: to connect there is to be refused; all others are out of reach. Who was asked is noted."""

    def __init__(self, loop: asyncio.AbstractEventLoop, patch: pytest.MonkeyPatch) -> None:
        self.answering: set[str] = set()
        self.asked: list[str] = []
        self.hangs = False
        self._really = loop.sock_connect
        patch.setattr(loop, "sock_connect", self._connect)

    async def _connect(self, connection: socket.socket, address: tuple[str, int]) -> None:
        if address[0].startswith("127."):
            await self._really(connection, address)
            return
        self.asked.append(address[0])
        if address[0] in self.answering:
            raise OSError(errno.ECONNREFUSED, "refused")
        if self.hangs:
            await asyncio.Event().wait()
        raise OSError(errno.EHOSTUNREACH, "no route")


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def on_a_network(work: Callable[[Network], Awaitable[None]], patch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        await work(Network(asyncio.get_running_loop(), patch))

    asyncio.run(run())


def make_doubt(clock: Clock, *, witness: Sequence[str] = (), linked: bool = True) -> Doubt:
    found = witnesses(" ".join(witness), ALLOW)
    return Doubt(ALLOW, found, clock, lambda: linked)


def check_of(doubt: Doubt, host: str, address: str = "") -> Check:
    """A check that sought a host; of a name without an address, it could not be resolved."""
    check = doubt.check()
    check.sought(host, 443)
    if address or host[0].isdigit():
        check.resolved(host, [ip_address(address or host)])
    return check


async def reasons(doubt: Doubt, hosts: Sequence[str]) -> list[str | None]:
    """What is said of the failures of these hosts, all at once."""
    settled = (doubt.settle(check_of(doubt, host), TIMEOUT) for host in hosts)
    return [each.reason for each in await asyncio.gather(*settled)]


async def outcomes(doubt: Doubt, hosts: Sequence[str], outcome: Outcome = TIMEOUT) -> list[Result]:
    """What becomes of failures of these hosts, all at once."""
    settled = (doubt.settle(check_of(doubt, host), outcome) for host in hosts)
    return [each.result for each in await asyncio.gather(*settled)]


def reach(doubt: Doubt, *hosts: str) -> None:
    """These answer a check."""
    for host in hosts:
        check_of(doubt, host).reached(host, 443, ip_address(host))


def test_a_failure_counts_where_others_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        doubt = make_doubt(Clock())
        reach(doubt, *FAR[1:])
        assert await outcomes(doubt, FAR[:1]) == [Result.DOWN]
        assert network.asked == []

    on_a_network(run, monkeypatch)


def test_an_answer_from_before_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        clock = Clock()
        doubt = make_doubt(clock)
        reach(doubt, *FAR[1:4])
        clock.now += FRESH + 1
        network.answering = {FAR[2]}
        assert await outcomes(doubt, FAR[:1]) == [Result.DOWN]
        assert set(network.asked) <= set(FAR[1:4])

    on_a_network(run, monkeypatch)


@pytest.mark.parametrize(
    "outcome", [TIMEOUT, NETWORK, replace(TIMEOUT, reason="reset")], ids=lambda o: o.reason
)
def test_where_nothing_answers_any_more_it_is_our_own_network(
    outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(network: Network) -> None:
        clock = Clock()
        doubt = make_doubt(clock)
        reach(doubt, *FAR)
        clock.now += FRESH + 1
        assert set(await outcomes(doubt, FAR, outcome)) == {Result.UNKNOWN}
        # All at once ask the same few.
        assert len(network.asked) == 5

    on_a_network(run, monkeypatch)


@pytest.mark.usefixtures("no_patience")
def test_where_nothing_ever_answered_several_failures_together_are_our_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run(network: Network) -> None:
        doubt = make_doubt(Clock())
        results = await outcomes(doubt, FAR)
        assert results == [Result.DOWN] * 2 + [Result.UNKNOWN] * 6
        assert network.asked == []

    on_a_network(run, monkeypatch)


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_hosts_are_not_enough_to_tell(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        clock = Clock()
        doubt = make_doubt(clock)
        reach(doubt, *FAR[:count])
        clock.now += FRESH + 1
        assert set(await outcomes(doubt, FAR[:count])) == {Result.DOWN}

    on_a_network(run, monkeypatch)


def test_without_any_link_one_host_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        assert await outcomes(make_doubt(Clock(), linked=False), FAR[:1]) == [Result.UNKNOWN]

    on_a_network(run, monkeypatch)


def test_failures_that_are_far_apart_do_not_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        clock = Clock()
        doubt = make_doubt(clock)
        for host in FAR:
            clock.now += TOGETHER
            assert await outcomes(doubt, [host]) == [Result.DOWN]

    on_a_network(run, monkeypatch)


def test_failures_before_an_answer_do_not_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        clock = Clock()
        doubt = make_doubt(clock)
        for host in FAR[1:]:
            assert await outcomes(doubt, [host]) == [Result.DOWN]
            clock.now += 1
            reach(doubt, FAR[0])
            clock.now += FRESH + 1
            network.answering = {FAR[0]}

    on_a_network(run, monkeypatch)


@pytest.mark.parametrize("answers", [True, False])
def test_a_witness_decides_for_one_host(answers: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        network.answering = {FAR[5]} if answers else set()
        doubt = make_doubt(Clock(), witness=[f"{FAR[5]}:443", f"{FAR[6]}:443"])
        expected = Result.DOWN if answers else Result.UNKNOWN
        assert await outcomes(doubt, FAR[:1]) == [expected]
        assert FAR[5] in network.asked

    on_a_network(run, monkeypatch)


@pytest.mark.usefixtures("no_patience")
@pytest.mark.parametrize(
    ("witness", "linked", "reason"),
    [([f"{FAR[5]}:443"], True, "offline"), ([], False, "offline"), ([], True, "unwitnessed")],
    ids=["a witness says so", "the kernel says so", "nobody says so"],
)
def test_it_says_whether_that_is_known_or_guessed(
    witness: list[str], linked: bool, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(network: Network) -> None:
        doubt = make_doubt(Clock(), witness=witness, linked=linked)
        assert (await reasons(doubt, FAR[:4]))[-1] == reason

    on_a_network(run, monkeypatch)


def test_a_witness_may_be_anywhere_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        async with serving(silence) as witness:
            doubt = make_doubt(Clock(), witness=[f"127.0.0.1:{witness.port}"])
            assert await outcomes(doubt, FAR[:1]) == [Result.DOWN]

    on_a_network(run, monkeypatch)


@pytest.mark.usefixtures("no_patience")
def test_nobody_waits_longer_than_a_witness_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        network.hangs = True
        doubt = make_doubt(Clock(), witness=[f"{FAR[5]}:443"])
        assert set(await outcomes(doubt, FAR[:3])) == {Result.UNKNOWN}
        assert network.asked == [FAR[5]]

    on_a_network(run, monkeypatch)


def test_an_answer_that_comes_meanwhile_is_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        network.hangs = True
        monkeypatch.setattr(module, "PATIENCE", 60)
        doubt = make_doubt(Clock(), witness=[f"{FAR[5]}:443"])
        waiting = asyncio.create_task(outcomes(doubt, FAR[:1]))
        while not network.asked:
            await asyncio.sleep(0)
        reach(doubt, FAR[4])
        assert await waiting == [Result.DOWN]

    on_a_network(run, monkeypatch)


def test_our_own_machine_proves_nothing_and_needs_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        doubt = make_doubt(Clock(), witness=[f"{FAR[5]}:443"])
        reach(doubt, "127.0.0.1")
        assert await outcomes(doubt, [FAR[0], "127.0.0.1"]) == [Result.UNKNOWN, Result.DOWN]

    on_a_network(run, monkeypatch)


def test_our_own_network_proves_nothing_of_what_lies_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        doubt = make_doubt(Clock(), witness=[f"{FAR[5]}:443"])
        reach(doubt, NEAR[0])
        assert await outcomes(doubt, [NEAR[1], FAR[0]]) == [Result.DOWN, Result.UNKNOWN]
        reach(doubt, FAR[1])
        assert await outcomes(doubt, [NEAR[1], FAR[0]]) == [Result.DOWN, Result.DOWN]

    on_a_network(run, monkeypatch)


@pytest.mark.usefixtures("no_patience")
def test_addresses_that_answer_prove_nothing_of_names(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        doubt = make_doubt(Clock())
        reach(doubt, *FAR)
        failed = Outcome.failed(Reason.DNS, 5.0)
        names = ["www.example.com", "www.example.net", "www.example.org"]
        assert (await outcomes(doubt, names, failed))[-1] == Result.UNKNOWN
        check_of(doubt, "status.example.edu", FAR[0])
        assert await outcomes(doubt, names, failed) == [Result.DOWN] * 3

    on_a_network(run, monkeypatch)


def test_names_of_one_domain_are_one_host(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        names = [f"{name}.example.com" for name in ("www", "api", "mail", "db")]
        assert set(await outcomes(make_doubt(Clock()), names, Outcome.failed(Reason.DNS, 5.0))) == {
            Result.DOWN
        }

    on_a_network(run, monkeypatch)


@pytest.mark.parametrize("reason", [Reason.REFUSED, Reason.STATUS, Reason.TLS_EXPIRED, Reason.NAME_UNKNOWN])
def test_an_answer_is_never_doubted(reason: Reason, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        doubt = make_doubt(Clock(), witness=[f"{FAR[5]}:443"], linked=False)
        assert await outcomes(doubt, FAR[:3], Outcome.failed(reason, 5.0)) == [Result.DOWN] * 3

    on_a_network(run, monkeypatch)


def test_a_name_proves_what_an_address_does_and_more() -> None:
    assert Reach(True, True).proves(Reach(False, False))
    assert not Reach(False, True).proves(Reach(True, False))
    assert not Reach(True, False).proves(Reach(False, True))


def test_a_witness_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match=r"'example\.com'"):
        witnesses("192.0.2.1:443 example.com", Allow.parse("192.0.2.0/24"))
    with pytest.raises(ValueError, match=r"'10\.0\.0\.1:80'"):
        witnesses("10.0.0.1:80", Allow.parse(""))


def test_a_worker_whose_network_goes_calls_nothing_down(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(network: Network) -> None:
        checker = Checker(ALLOW)
        items = [Item(number, "tcp", {"address": f"{host}:443"}, 5) for number, host in enumerate(FAR)]
        network.answering = set(FAR)
        first = await asyncio.gather(*map(checker.run, items))
        assert {outcome.reason for outcome in first} == {"refused"}
        network.answering = set(FAR[1:])
        assert (await checker.run(items[0])).result == Result.DOWN
        network.answering = set()
        # Whatever answered until now was long ago.
        monkeypatch.setattr(module, "FRESH", 0.0)
        gone = await asyncio.gather(*map(checker.run, items))
        assert {(outcome.result, outcome.reason) for outcome in gone} == {(Result.UNKNOWN, "unwitnessed")}

    on_a_network(run, monkeypatch)
