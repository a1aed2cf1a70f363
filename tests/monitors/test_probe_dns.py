"""DNS: whom it asks, what it makes of the answers, and that nothing else counts as one."""

import asyncio
import socket

import dns.flags
import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.network import resolver
from monitors.network.guard import NOTHING, Allow
from monitors.probes import PROBES, ConfigError, Outcome, Result
from monitors.reasons import OutboundError
from tests.monitors.dns_server import Answer, Zone, naming

LOOPBACK = Allow.parse("127.0.0.1/32 [::1]/128")
MANY = [f"192.0.2.{number % 250}" for number in range(250)] + [f"198.51.100.{n}" for n in range(250)]
ZONE = Zone(
    records={
        ("www.example", "A"): ["192.0.2.1", "192.0.2.2"],
        ("www.example", "AAAA"): ["2001:db8::1"],
        ("alias.example", "CNAME"): ["www.example"],
        ("example", "MX"): ["10 mail.example", "20 Mail2.Example"],
        ("example", "NS"): ["ns1.example"],
        ("example", "TXT"): ["v=spf1 include:_spf.example -all", "long " + "x" * 600],
        ("example", "SOA"): ["ns1.example admin.example 2026112201 7200 3600 1209600 300"],
        ("example", "CAA"): ["0 issue letsencrypt.org"],
        ("_sip._tcp.example", "SRV"): ["10 5 5060 sip.example"],
        ("1.2.0.192.in-addr.arpa", "PTR"): ["www.example"],
        ("many.example", "A"): MANY,
    },
    codes={"broken.example": "SERVFAIL", "forbidden.example": "REFUSED", "odd.example": "NOTIMP"},
    silent={"silent.example"},
)


def observe(answer: Answer = ZONE, deadline: float = 20, **settings: str) -> Outcome:
    async def run() -> Outcome:
        async with naming(answer) as port:
            config = PROBES["dns"].parse({"server": f"127.0.0.1:{port}", **settings}, LOOPBACK)
            return await PROBES["dns"].run(config, deadline, LOOPBACK)

    return asyncio.run(run())


def told(outcome: Outcome) -> tuple[Result, str | None]:
    return outcome.result, outcome.reason


@pytest.mark.parametrize(
    ("name", "type_", "expected"),
    [
        ("www.example", "A", "192.0.2.2\n192.0.2.1"),
        ("WWW.Example.", "A", "192.0.2.1"),
        ("www.example", "AAAA", "2001:0DB8:0::1"),
        ("alias.example", "A", "192.0.2.1"),
        ("alias.example", "CNAME", "WWW.example"),
        ("example", "MX", "10 mail.example.\n20 mail2.example"),
        ("example", "NS", "ns1.example"),
        ("example", "TXT", "v=spf1 include:_spf.example -all"),
        ("example", "TXT", '"v=spf1 include:_spf.example" " -all"'),
        ("example", "TXT", "long " + "x" * 600),
        ("example", "SOA", "ns1.example. admin.example. 2026112201 7200 3600 1209600 300"),
        ("example", "CAA", '0 issue "letsencrypt.org"'),
        ("_sip._tcp.example", "SRV", "10 5 5060 sip.example"),
        ("192.0.2.1", "PTR", "www.example"),
        ("1.2.0.192.in-addr.arpa", "PTR", "www.example"),
    ],
)
def test_records_are_compared_by_what_they_mean(name: str, type_: str, expected: str) -> None:
    settings = {"name": name, "type": type_, "expected": expected}
    assert told(observe(**settings)) == (Result.UP, None)
    assert told(observe(name=name, type=type_)) == (Result.UP, None)


@pytest.mark.parametrize(
    ("match", "expected", "up"),
    [
        ("all", "192.0.2.1", True),
        ("all", "192.0.2.1\n192.0.2.9", False),
        ("any", "192.0.2.1\n192.0.2.9", True),
        ("any", "192.0.2.8\n192.0.2.9", False),
        ("exactly", "192.0.2.1", False),
        ("exactly", "192.0.2.1\n192.0.2.2", True),
        ("exactly", "192.0.2.1\n192.0.2.2\n192.0.2.3", False),
    ],
)
def test_which_of_the_expected_records_must_be_there(match: str, expected: str, up: bool) -> None:
    outcome = observe(name="www.example", expected=expected, match=match)
    assert told(outcome) == ((Result.UP, None) if up else (Result.DOWN, "dns_other"))
    if not up:
        assert outcome.facts == {"found": "192.0.2.1, 192.0.2.2"}
        assert "www.example. 0 IN A 192.0.2.1" in outcome.excerpt


@pytest.mark.parametrize(
    ("name", "type_", "reason"),
    [
        ("missing.example", "A", "name_unknown"),
        ("broken.example", "A", "dns_servfail"),
        ("forbidden.example", "A", "dns_refused"),
        ("odd.example", "A", "dns"),
        ("www.example", "MX", "dns_no_record"),
    ],
)
def test_what_is_not_there_is_down_for_its_reason(name: str, type_: str, reason: str) -> None:
    outcome = observe(name=name, type=type_)
    assert told(outcome) == (Result.DOWN, reason)
    assert "rcode" in outcome.excerpt


def test_an_answer_too_long_for_udp_comes_over_tcp() -> None:
    outcome = observe(name="many.example", expected="\n".join(MANY), match="exactly")
    assert told(outcome) == (Result.UP, None)
    short = observe(name="many.example", expected="192.0.2.1", match="exactly")
    assert told(short) == (Result.DOWN, "dns_other")
    assert len(short.facts["found"]) == 200


def test_a_server_that_is_silent_is_down_when_the_time_is_over() -> None:
    assert told(observe(deadline=0.3, name="silent.example")) == (Result.DOWN, "timeout")


def test_a_server_that_was_silent_once_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "PATIENCE", 0.3)
    asked = []

    def answer(question: bytes, tcp: bool) -> list[bytes]:
        asked.append(question)
        return ZONE(question, tcp) if len(asked) > 2 else []

    assert told(observe(answer, name="www.example")) == (Result.UP, None)
    assert len(asked) == 3


def test_no_server_is_down_as_no_other_port() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"

    async def run() -> Outcome:
        config = PROBES["dns"].parse({"name": "www.example", "server": address}, LOOPBACK)
        return await PROBES["dns"].run(config, 20, LOOPBACK)

    assert told(asyncio.run(run())) == (Result.DOWN, "refused")


def test_what_answers_another_question_is_no_answer() -> None:
    def forged(question: bytes, tcp: bool) -> list[bytes]:
        [good] = ZONE(question, tcp)
        other = ZONE(dns.message.make_query("missing.example", "A").to_wire(), tcp)[0]
        numbered = bytes((question[0] ^ 1, question[1])) + good[2:]
        return [b"", b"\xff" * 40, question, numbered, question[:2] + other[2:], good]

    assert told(observe(forged, name="www.example")) == (Result.UP, None)


def test_a_flood_of_nonsense_ends() -> None:
    outcome = observe(lambda question, tcp: [b"x" * 500] * 30, name="www.example")
    assert told(outcome) == (Result.DOWN, "dns")


def test_a_promise_to_say_more_over_tcp_must_be_kept() -> None:
    def cut(question: bytes, tcp: bool) -> list[bytes]:
        reply = dns.message.make_response(dns.message.from_wire(question))
        reply.flags |= dns.flags.TC
        return [] if tcp else [reply.to_wire()]

    assert told(observe(cut, deadline=0.5, name="www.example")) == (Result.DOWN, "timeout")


def test_an_answer_that_costs_a_thousand_times_its_bytes_is_not_read_to_its_end() -> None:
    """Two thousand names of a hundred labels each, all but one of them by reference."""

    def heavy(question: bytes, tcp: bool) -> list[bytes]:
        if not tcp:
            return [question[:2] + b"\x87\x80\0\x01" + bytes(6) + question[12:29]]
        name = b"\x01a" * 100 + b"\0"
        about = b"\xc0\x0c\0\x02\0\x01\0\0\0\0"
        first = about + len(name).to_bytes(2, "big") + name
        place = (0xC000 + 12 + 17 + 12).to_bytes(2, "big")
        others = b"".join(about + b"\0\x05\x02%02x" % (n % 256) + place for n in range(2_000))
        return [
            question[:2]
            + b"\x85\x80\0\x01"
            + (2_001).to_bytes(2, "big")
            + bytes(4)
            + question[12:29]
            + first
            + others
        ]

    asked = resolver.Question(dns.message.make_query("www.example", "NS"))
    [answer] = heavy(asked.message.to_wire(), True)
    with pytest.raises(OutboundError):
        resolver._read(answer, asked)
    assert asked.looks < 0
    assert told(observe(heavy, name="www.example", type="NS")) == (Result.DOWN, "dns")


@given(st.binary(max_size=100), st.booleans())
def test_no_bytes_break_the_reader(data: bytes, answering: bool) -> None:
    question = resolver.Question(dns.message.make_query("www.example", "A"))
    begins = question.message.to_wire()[:2] + b"\x81\x80" if answering else b""
    reply = resolver._read(begins + data, question)
    assert reply is None or isinstance(reply, dns.message.Message)


def test_a_named_server_is_judged_when_it_is_asked() -> None:
    async def run() -> Outcome:
        config = PROBES["dns"].parse({"name": "www.example", "server": "127.0.0.1"}, LOOPBACK)
        return await PROBES["dns"].run(config, 20, NOTHING)

    assert told(asyncio.run(run())) == (Result.UNKNOWN, "forbidden")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "a..b"}, "name"),
        ({"name": "a b.example"}, "name"),
        ({"name": "a\\b.example"}, "name"),
        ({"name": "x" * 64 + ".example"}, "name"),
        ({"name": ".".join(["abc"] * 70)}, "name"),
        ({"name": "http://example.com"}, "name"),
        ({"server": "169.254.169.254"}, "server"),
        ({"server": "[fe80::1%eth0]:53"}, "server"),
        ({"server": "http://dns.example"}, "server"),
        ({"expected": "example.com"}, "expected"),
        ({"expected": "\n"}, "expected"),
        ({"type": "MX", "expected": "mail.example"}, "expected"),
        ({"type": "SRV", "expected": "1 2 99999 x."}, "expected"),
        ({"type": "TXT", "expected": '"never ends'}, "expected"),
        ({"type": "ANY"}, "type"),
    ],
)
def test_settings_that_make_no_sense_are_refused(typed: dict[str, str], field: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        PROBES["dns"].parse({"name": "www.example", **typed}, NOTHING)
    assert refusal.value.field == field


def test_names_may_have_letters_of_any_language_and_underscores() -> None:
    for name, asked in (
        ("bücher.example", "xn--bcher-kva.example."),
        ("_dmarc.example", "_dmarc.example."),
    ):
        assert PROBES["dns"].parse({"name": name}, NOTHING).name.to_text() == asked
