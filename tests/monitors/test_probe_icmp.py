"""Ping: up, silent and unreachable hosts, and a kernel that lets nobody ping, in a network of our own."""

import asyncio
import json
import socket
import subprocess
import sys
from typing import Any

import pytest

from monitors.network.echo import V4, V6, _listen
from monitors.network.guard import NOTHING, Allow
from monitors.probes import PROBES, ConfigError, Result
from monitors.reasons import OutboundError, Reason
from tests.monitors.pings import DEADLINE, SILENT
from tests.monitors.targets import Resolver

APART = ("unshare", "--map-root-user", "--net")


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    """What became of every ping: all in one go, in one network."""
    if subprocess.run([*APART, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine gives nobody a network of their own (unshare)")
    command = [*APART, sys.executable, "-m", "tests.monitors.pings"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)  # type: ignore[no-any-return]


@pytest.mark.slow
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_a_host_that_answers_is_up(told: dict[str, Any], host: str) -> None:
    assert told[host]["result"] == "up"
    assert told[host]["phases"][3] > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("host", "result", "reason"),
    [
        (SILENT, "down", "timeout"),
        ("198.51.100.2", "down", "unreachable"),
        # The kernel's own default lets nobody ping without privilege.
        ("by default", "unknown", "ping_forbidden"),
    ],
)
def test_what_does_not_answer_says_why(told: dict[str, Any], host: str, result: str, reason: str) -> None:
    assert (told[host]["result"], told[host]["reason"]) == (result, reason)
    assert told[host]["duration_ms"] < DEADLINE * 1000 + 500


def test_an_address_is_judged_before_it_is_pinged(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = PROBES["icmp"]
    Resolver(monkeypatch).answers["looks-public.example"] = [["93.184.216.34", "10.0.0.1"]]
    config = probe.parse({"host": "looks-public.example"}, NOTHING)
    # An entry with a port is for that port: no ping has one.
    for allow in (NOTHING, Allow.parse("10.0.0.1/32:443")):
        outcome = asyncio.run(probe.run(config, 5, allow))
        assert (outcome.result, outcome.reason) == (Result.UNKNOWN, "forbidden")


@pytest.mark.parametrize(
    "host", ["", "a b", "example.com:80", "169.254.169.254", "localhost", "http://x", "[::1]"]
)
def test_hosts_that_make_no_sense_are_refused(host: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        PROBES["icmp"].parse({"host": host}, NOTHING)
    assert refusal.value.field == "host"


@pytest.mark.parametrize("family", [V4, V6], ids=["IPv4", "IPv6"])
def test_only_the_answer_to_our_own_ping_counts(family: Any) -> None:
    """What came is read from a pair of sockets here: nothing on a loopback lies."""

    async def run(packets: list[bytes]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with ours, theirs:
            ours.setblocking(False)
            for packet in packets:
                theirs.send(packet)
            await asyncio.wait_for(_listen(ours, family, b"token"), 20)

    answer = bytes((family.reply, 0, 0, 0, 0, 0, 0, 1)) + b"token"
    forged = [
        b"",
        bytes((family.request,)) + answer[1:],
        answer[:-1],
        answer + b"x",
        bytes((3,)) + answer[1:],
    ]
    asyncio.run(run([*forged, answer]))
    with pytest.raises(OutboundError) as refusal:
        asyncio.run(run(forged * 11))
    assert refusal.value.reason is Reason.PROTOCOL
