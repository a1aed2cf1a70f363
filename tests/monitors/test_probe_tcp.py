"""TCP: what is sent, what must come back, and how much of it is listened to."""

import asyncio

import pytest

from monitors.network.guard import NOTHING, Allow
from monitors.network.talk import HEARD
from monitors.probes import PROBES, ConfigError, Outcome, Result
from tests.monitors.targets import Talk, serving, silence

LOOPBACK = Allow.parse("127.0.0.1/32")


def observe(talk: Talk, deadline: float = 20, **settings: str) -> Outcome:
    async def run() -> Outcome:
        async with serving(talk) as target:
            config = PROBES["tcp"].parse({"address": f"127.0.0.1:{target.port}", **settings}, LOOPBACK)
            return await PROBES["tcp"].run(config, deadline, LOOPBACK)

    return asyncio.run(run())


def saying(*parts: bytes, stay: bool = False) -> Talk:
    """Says this, without being asked."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)
            await writer.drain()
        if stay:
            await asyncio.Event().wait()

    return talk


async def redis(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers PING as Redis does, and everything else with an error, and waits for more."""
    while True:
        line = await reader.readuntil(b"\r\n")
        writer.write(b"+PONG\r\n" if line == b"PING\r\n" else b"-ERR unknown command\r\n")


def test_it_sends_and_finds_what_is_expected() -> None:
    outcome = observe(redis, send=r"PING\r\n", expect="+PONG")
    assert (outcome.result, outcome.reason) == (Result.UP, None)
    connect, first_byte = outcome.phases[1], outcome.phases[3]
    assert connect > 0
    assert first_byte > 0


def test_another_answer_is_down_with_what_came_although_the_other_side_stays() -> None:
    outcome = observe(redis, deadline=1.5, send=r"HELLO\r\n", expect="+PONG")
    assert (outcome.result, outcome.reason) == (Result.DOWN, "unexpected")
    assert outcome.excerpt == "-ERR unknown command\r\n"


def test_a_banner_comes_unasked_and_in_pieces() -> None:
    assert observe(saying(b"22", b"0 mail", b".example ESMTP\r\n"), expect="220 mail").result == Result.UP


def test_without_anything_expected_to_accept_is_enough() -> None:
    assert observe(silence).result == Result.UP
    assert observe(silence, send="hello").result == Result.UP


def test_what_says_nothing_is_down_for_that() -> None:
    assert observe(silence, deadline=0.3, expect="x").reason == "timeout"
    assert observe(saying(), expect="x").reason == "reset"


def test_only_the_beginning_is_listened_to() -> None:
    outcome = observe(saying(b"y" * HEARD + b"+PONG", stay=True), expect="+PONG")
    assert (outcome.reason, len(outcome.excerpt)) == ("unexpected", HEARD)


def test_what_comes_need_not_be_text() -> None:
    assert observe(saying(b"\0\xff\x80"), expect=r"\xff\x80").result == Result.UP
    assert observe(saying(b"\0\xff"), expect="x").excerpt == "\N{REPLACEMENT CHARACTER}" * 2


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        (r"PING\r\n", b"PING\r\n"),
        (r"\x00\xFf\0\t\\r", b"\0\xff\0\t\\r"),
        ("é", "é".encode()),
        ("", b""),
    ],
)
def test_escapes_stand_for_bytes(text: str, sent: bytes) -> None:
    assert PROBES["tcp"].parse({"address": "example.com:1", "send": text}, NOTHING).send == sent


@pytest.mark.parametrize("text", ["\\", "a\\q", r"\x4", r"\xgg"])
@pytest.mark.parametrize("field", ["send", "expect"])
def test_escapes_that_make_no_sense_are_refused(field: str, text: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        PROBES["tcp"].parse({"address": "example.com:1", field: text}, NOTHING)
    assert refusal.value.field == field
