"""One guarded exchange: what is sent, what is kept, and what each kind of bad target costs."""

import asyncio
import socket
import threading
from collections.abc import Awaitable
from ipaddress import IPv4Address

import pytest

from monitors.network import dial
from monitors.network.dial import check_peer
from monitors.network.guard import NOTHING, Allow
from monitors.network.wire import SLICE, PlainStream
from monitors.outbound import BODY_BYTES, Exchange, exchange, knock, post
from monitors.reasons import OutboundError, Reason
from tests.black_hole import black_hole
from tests.monitors.targets import (
    HOSTILE,
    Resolver,
    Talk,
    answering,
    redirecting,
    response,
    serving,
    silence,
)

LOOPBACK = Allow.parse("127.0.0.0/8 [::1]/128")


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    return Resolver(monkeypatch)


async def get(
    url: str,
    redirects: int = 0,
    deadline: float = 20,
    allow: Allow = LOOPBACK,
    body_bytes: int = BODY_BYTES,
) -> Exchange:
    return await exchange(
        "GET", url, deadline=deadline, allow=allow, redirects=redirects, body_bytes=body_bytes
    )


async def reason_of(attempt: Awaitable[object]) -> Reason:
    with pytest.raises(OutboundError) as refusal:
        await asyncio.wait_for(attempt, 30)
    return refusal.value.reason


def test_it_returns_what_the_server_said() -> None:
    async def run() -> None:
        raw = response("201 Created", b"hello", X_One="1", x_one="2", Set_Cookie="a=b")
        async with serving(answering(raw)) as target:
            answer = await get(target.url("/path?q=1"))
        assert (answer.status, answer.body) == (201, b"hello")
        assert answer.headers["x-one"] == "1, 2"
        assert answer.final_url == target.url("/path?q=1")
        phases = answer.timings
        assert min(phases.dns, phases.connect, phases.first_byte, phases.transfer) >= 0
        assert phases.tls == 0
        parts = phases.dns + phases.connect + phases.first_byte + phases.transfer
        assert phases.total == pytest.approx(parts)
        assert phases.phases == (phases.dns, phases.connect, 0, phases.first_byte, phases.transfer)

    asyncio.run(run())


def test_a_failure_tells_how_long_each_phase_took_until_then() -> None:
    async def phases_of(talk: Talk) -> tuple[float, ...]:
        async with serving(talk) as target:
            with pytest.raises(OutboundError) as failure:
                await get(target.url(), deadline=1.5)
        return failure.value.phases

    waited = asyncio.run(phases_of(silence))
    assert waited[3] == max(waited) > 800
    assert waited[4] == 0
    read = asyncio.run(phases_of(HOSTILE["one byte of the body at a time"]))
    assert read[4] == max(read) > 800


def test_it_asks_for_plain_bytes_on_a_connection_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    async def run() -> None:
        async with serving(answering(response(Set_Cookie="a=b"))) as target:
            await get(target.url("/path?q=1#part"))
            await get(target.url())
        assert target.heads[0].startswith("GET /path?q=1 HTTP/1.1\r\n")
        assert target.header("Host") == f"127.0.0.1:{target.port}"
        assert target.header("Accept-Encoding") == "identity"
        assert target.header("Connection") == "close"
        assert target.header("Cookie") is None

    asyncio.run(run())


def test_a_post_sends_its_body_and_headers_whatever_they_try_to_override() -> None:
    async def run() -> None:
        bodies: list[bytes] = []

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            target.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            bodies.append(await reader.readexactly(int(target.header("Content-Length") or 0)))
            writer.write(response("204 No Content", b""))
            await writer.drain()

        async with serving(talk) as target:
            headers = {"webhook-id": "msg_1", "user-agent": "ours", "Host": "evil", "content-length": "1"}
            answer = await post(target.url(), b'{"a":1}', headers, 20, LOOPBACK)
        assert answer.status == 204
        assert bodies == [b'{"a":1}']
        assert target.header("webhook-id") == "msg_1"
        assert target.header("User-Agent") == "ours"
        assert target.header("Host") == f"127.0.0.1:{target.port}"

    asyncio.run(run())


@pytest.mark.parametrize(
    "headers", [{"X-A": "1\r\nX-B: 2"}, {"X-A: 1\r\nX-B": "2"}, {"": "1"}, {"X-A": "\0"}]
)
def test_a_header_cannot_smuggle_another(headers: dict[str, str]) -> None:
    async def run() -> None:
        async with serving(answering(response())) as target:
            assert await reason_of(post(target.url(), b"", headers, 20, LOOPBACK)) is Reason.REQUEST
            assert target.heads == []

    asyncio.run(run())


@pytest.mark.parametrize("name", ["ten gigabytes", "endless body", "endless tiny chunks"])
def test_it_keeps_no_more_than_the_cap_of_a_body(name: str) -> None:
    async def run() -> None:
        async with serving(HOSTILE[name]) as target:
            answer = await get(target.url())
        assert answer.status == 200
        assert 0 < len(answer.body) <= BODY_BYTES

    asyncio.run(run())


@pytest.mark.parametrize("cap", [1, 1000, BODY_BYTES + 1, 1024 * 1024])
def test_it_keeps_as_much_of_a_body_as_the_caller_says_and_cuts_the_rest(cap: int) -> None:
    body = bytes(range(256)) * 8192

    async def run() -> None:
        async with serving(answering(response(body=body))) as target:
            answer = await get(target.url(), body_bytes=cap)
        assert (answer.status, answer.body) == (200, body[:cap])

    asyncio.run(run())


def test_a_body_below_the_caller_s_cap_comes_whole() -> None:
    body = bytes(range(256)) * 1024

    async def run() -> None:
        async with serving(answering(response(body=body))) as target:
            assert (await get(target.url(), body_bytes=len(body))).body == body
            assert len((await get(target.url())).body) == BODY_BYTES

    asyncio.run(run())


@pytest.mark.parametrize("name", ["ten gigabytes", "endless body", "endless tiny chunks"])
def test_a_hostile_body_costs_no_more_than_the_caller_s_cap(name: str) -> None:
    async def run() -> None:
        async with serving(HOSTILE[name]) as target:
            answer = await get(target.url(), body_bytes=BODY_BYTES * 4)
        assert 0 < len(answer.body) <= BODY_BYTES * 4

    asyncio.run(run())


def test_it_unpacks_nothing() -> None:
    async def run() -> None:
        async with serving(HOSTILE["nested gzip"]) as target:
            answer = await get(target.url())
        assert answer.body.startswith(b"\x1f\x8b")

    asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("says nothing", Reason.TIMEOUT),
        ("one byte of the body at a time", Reason.TIMEOUT),
        ("one header at a time", Reason.TIMEOUT),
        ("closes at once", Reason.RESET),
        ("breaks off", Reason.RESET),
        ("endless headers", Reason.TOO_LARGE),
        ("one endless header", Reason.TOO_LARGE),
        ("endless interim answers", Reason.TOO_LARGE),
        ("endless chunk extensions", Reason.TOO_LARGE),
        ("garbage", Reason.PROTOCOL),
        ("two lengths", Reason.PROTOCOL),
        ("status of letters", Reason.PROTOCOL),
        ("an empty line", Reason.PROTOCOL),
        ("endless redirects", Reason.TOO_MANY_REDIRECTS),
        ("redirect to metadata", Reason.FORBIDDEN),
        ("redirect to a file", Reason.SCHEME),
        ("redirect to nonsense", Reason.PROTOCOL),
    ],
)
def test_a_hostile_target_fails_for_its_reason_within_the_deadline(name: str, reason: Reason) -> None:
    async def run() -> None:
        async with serving(HOSTILE[name]) as target:
            deadline = 0.3 if reason is Reason.TIMEOUT else 20
            assert await reason_of(get(target.url(), redirects=5, deadline=deadline)) is reason

    asyncio.run(run())


def test_the_deadline_covers_a_body_that_nobody_takes() -> None:
    async def run() -> None:
        async with serving(silence) as target:
            attempt = post(target.url(), b"x" * 50_000_000, {}, 0.3, LOOPBACK)
            assert await reason_of(attempt) is Reason.TIMEOUT

    asyncio.run(run())


def test_nobody_listening_is_refused() -> None:
    async def run() -> None:
        async with serving(silence) as target:
            url = target.url()
        assert await reason_of(get(url)) is Reason.REFUSED

    asyncio.run(run())


def test_a_knock_connects_and_closes() -> None:
    async def run() -> None:
        closed: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            closed.set_result(await reader.read())

        async with serving(talk) as target:
            timings = await knock("127.0.0.1", target.port, deadline=20, allow=LOOPBACK)
            assert await closed == b""
        assert timings.total == pytest.approx(timings.dns + timings.connect)

    asyncio.run(run())


# Redirects


def test_it_follows_as_many_redirects_as_it_is_told() -> None:
    async def run() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            target.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            left = 5 - len(target.heads)
            raw = response("307 Temporary Redirect", b"", Location=f"{left}?a b") if left >= 0 else response()
            writer.write(raw)
            await writer.drain()

        async with serving(talk) as target:
            answer = await get(target.url("/from/here"), redirects=5)
            assert answer.final_url == target.url("/from/0?a%20b")
            target.heads.clear()
            assert await reason_of(get(target.url(), redirects=4)) is Reason.TOO_MANY_REDIRECTS

    asyncio.run(run())


def test_without_redirects_a_redirect_is_the_answer() -> None:
    async def run() -> None:
        async with serving(redirecting("http://169.254.169.254/")) as target:
            assert (await get(target.url())).status == 302
            assert (await post(target.url(), b"", {}, 20, LOOPBACK)).status == 302

    asyncio.run(run())


def test_secrets_stay_with_the_origin_that_they_are_for() -> None:
    async def run() -> None:
        secrets = {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret", "Cookie": "s3cret"}
        async with (
            serving(answering(response())) as other,
            serving(redirecting(other.url("/elsewhere"))) as target,
        ):
            await exchange("GET", target.url(), deadline=20, headers=secrets, allow=LOOPBACK, redirects=5)
        assert target.header("Authorization") == "Bearer s3cret"
        assert "s3cret" not in other.heads[0]

    asyncio.run(run())


def test_secrets_are_kept_on_a_redirect_within_the_origin() -> None:
    async def run() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            target.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            first = len(target.heads) == 1
            writer.write(response("302 Found", b"", Location="/login") if first else response())
            await writer.drain()

        async with serving(talk) as target:
            headers = {"Authorization": "Bearer s3cret"}
            await exchange("GET", target.url(), deadline=20, headers=headers, allow=LOOPBACK, redirects=5)
        assert target.header("Authorization", 1) == "Bearer s3cret"

    asyncio.run(run())


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data/", Reason.FORBIDDEN),
        ("//169.254.169.254/", Reason.FORBIDDEN),
        ("http://2852039166/", Reason.FORBIDDEN),
        ("http://[::ffff:169.254.169.254]/", Reason.FORBIDDEN),
        ("http://user:password@example.com/", Reason.USERINFO),
        ("gopher://example.com/", Reason.SCHEME),
        ("javascript:alert(1)", Reason.SCHEME),
    ],
)
def test_each_hop_is_judged_afresh(location: str, reason: Reason) -> None:
    async def run() -> None:
        async with serving(redirecting(location)) as target:
            assert await reason_of(get(target.url(), redirects=5)) is reason

    asyncio.run(run())


def test_a_redirect_to_a_name_that_resolves_to_a_private_address_is_refused(resolver: Resolver) -> None:
    resolver.answers["inside.example"] = [["10.0.0.1"]]

    async def run() -> None:
        async with serving(redirecting("http://inside.example/")) as target:
            assert await reason_of(get(target.url(), redirects=5)) is Reason.FORBIDDEN

    asyncio.run(run())


@pytest.mark.parametrize("raw", ["é".encode(), b"\xe9", b"%C3%A9"], ids=["UTF-8", "Latin-1", "escaped"])
def test_a_redirect_may_be_long_and_in_any_letters(raw: bytes) -> None:
    path = b"/caf" + raw + b"?state=" + b"x" * 5_000
    head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + path + b"\r\n\r\n"

    async def run() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            target.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(head if len(target.heads) == 1 else response())
            await writer.drain()

        async with serving(talk) as target:
            assert (await get(target.url(), redirects=1)).status == 200
        assert target.heads[1].startswith("GET /caf%C3%A9?state=xxx")

    asyncio.run(run())


def test_a_redirect_beyond_all_measure_is_not_even_read() -> None:
    async def run() -> None:
        async with serving(redirecting("/" + "é" * 20_000)) as target:
            assert await reason_of(get(target.url(), redirects=5)) is Reason.TOO_LARGE

    asyncio.run(run())


# Names


def test_strangers_reach_no_private_address() -> None:
    async def run() -> None:
        async with serving(answering(response())) as target:
            assert await reason_of(post(target.url(), b"", {}, 20)) is Reason.FORBIDDEN
            assert target.heads == []

    asyncio.run(run())


def test_a_port_that_is_not_allowed_is_refused() -> None:
    async def run() -> None:
        async with serving(answering(response())) as target, serving(answering(response())) as other:
            allow = Allow.parse(f"127.0.0.1/32:{target.port}")
            assert (await get(target.url(), allow=allow)).status == 200
            assert await reason_of(get(other.url(), allow=allow)) is Reason.FORBIDDEN
            assert (
                await reason_of(knock("127.0.0.1", other.port, deadline=20, allow=allow)) is Reason.FORBIDDEN
            )

    asyncio.run(run())


def test_a_name_is_resolved_once_so_that_it_cannot_be_rebound(resolver: Resolver) -> None:
    async def run() -> None:
        async with serving(answering(response())) as good, serving(silence, "127.0.0.2", good.port):
            resolver.answers["site.example"] = [["127.0.0.1"], ["127.0.0.2"]]
            allow = Allow.parse(f"127.0.0.1/32:{good.port}")
            assert (await get(good.url(host="site.example"), allow=allow)).status == 200
            assert resolver.calls == ["site.example"]
            assert await reason_of(get(good.url(host="site.example"), allow=allow)) is Reason.FORBIDDEN

    asyncio.run(run())


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1", "10.0.0.1"],
        ["10.0.0.1", "127.0.0.1"],
        ["127.0.0.1", "::ffff:169.254.169.254"],
        ["127.0.0.1"] * 499 + ["fd00::1"],
        ["127.0.0.1", "fe80::1%lo"],
    ],
)
def test_all_answers_are_judged(resolver: Resolver, answers: list[str]) -> None:
    async def run() -> None:
        async with serving(answering(response())) as target:
            resolver.answers["site.example"] = [answers]
            assert await reason_of(get(target.url(host="site.example"))) is Reason.FORBIDDEN
            assert target.heads == []

    asyncio.run(run())


def test_the_host_stays_the_name_while_the_connection_goes_to_the_literal(resolver: Resolver) -> None:
    resolver.answers["xn--bcher-kva.example"] = [["127.0.0.1"]]

    async def run() -> None:
        async with serving(answering(response())) as target:
            await get(target.url(host="Bücher.example"))
        assert target.header("Host") == f"xn--bcher-kva.example:{target.port}"

    asyncio.run(run())


def test_a_broken_ipv6_address_does_not_hide_a_good_ipv4_one(resolver: Resolver) -> None:
    async def run() -> None:
        async with serving(answering(response())) as target:
            resolver.answers["site.example"] = [["::1", "127.0.0.1"]]
            assert (await get(target.url(host="site.example"))).status == 200

    asyncio.run(run())


def test_ipv6_alone_is_enough(resolver: Resolver) -> None:
    async def run() -> None:
        async with serving(answering(response()), "::1") as target:
            resolver.answers["site.example"] = [["::1"]]
            assert (await get(target.url(host="site.example"))).status == 200
            assert (await get(target.url(host="[::1]"))).status == 200

    asyncio.run(run())


def test_a_silent_address_does_not_hide_a_good_one(resolver: Resolver) -> None:
    async def run() -> None:
        async with serving(answering(response())) as target:
            with black_hole("127.0.0.2", target.port):
                resolver.answers["site.example"] = [["127.0.0.2", "127.0.0.1"]]
                assert (await get(target.url(host="site.example"))).status == 200

    asyncio.run(run())


def test_a_black_hole_ends_at_the_deadline() -> None:
    async def run() -> None:
        with black_hole("127.0.0.2", 0) as port:
            attempt = get(f"http://127.0.0.2:{port}/", deadline=0.3)
            assert await reason_of(attempt) is Reason.TIMEOUT

    asyncio.run(run())


def test_many_dead_addresses_are_one_refusal(resolver: Resolver) -> None:
    async def run() -> None:
        async with serving(silence) as target:
            port = target.port
        resolver.answers["site.example"] = [[f"127.0.{n}.1" for n in range(250)]]
        assert await reason_of(get(f"http://site.example:{port}/")) is Reason.REFUSED

    asyncio.run(run())


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (socket.EAI_NONAME, Reason.NAME_UNKNOWN),
        (socket.EAI_NODATA, Reason.NAME_UNKNOWN),
        (socket.EAI_AGAIN, Reason.DNS),
        (socket.EAI_FAIL, Reason.DNS),
    ],
)
def test_a_failed_lookup_says_which_way(monkeypatch: pytest.MonkeyPatch, code: int, reason: Reason) -> None:
    def fail(*_arguments: object) -> None:
        raise socket.gaierror(code, "as the library says")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert asyncio.run(reason_of(get("http://site.example/"))) is reason


def test_hanging_lookups_hold_up_neither_others_nor_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    hanging: list[bytes] = []

    def hang(host: bytes, *_rest: object) -> list[tuple[object, ...]]:
        if host.startswith(b"tarpit"):
            hanging.append(host)
            answered.wait(15)
        return [(None, None, None, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", hang)

    async def run() -> None:
        async with serving(answering(response())) as target:
            tarpits = [
                asyncio.create_task(reason_of(get(target.url(host=f"tarpit{n}.example"), deadline=0.5)))
                for n in range(40)
            ]
            while not hanging:
                await asyncio.sleep(0.01)
            assert (await get(target.url(host="site.example"), deadline=10)).status == 200
            assert set(await asyncio.gather(*tarpits)) == {Reason.TIMEOUT}

    asyncio.run(run())
    answered.set()


def test_the_family_that_answers_first_waits_for_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "BOTH_FAMILIES", 0.0)
    done = threading.Event()

    def answer(_host: bytes, _port: None, family: int, _kind: int) -> list[tuple[object, ...]]:
        if family == socket.AF_UNSPEC:
            done.wait(15)
        elif family == socket.AF_INET:
            # The other one's answer is there long before.
            done.wait(0.1)
        address = "127.0.0.1" if family == socket.AF_INET else "::1"
        return [(None, None, None, "", (address, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    found = asyncio.run(dial.resolve("site.example"))
    done.set()
    assert sorted(map(str, found)) == ["127.0.0.1", "::1"]


# The connection itself


def test_a_peer_that_is_not_the_judged_address_is_refused() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as ours,
    ):
        check_peer(ours, IPv4Address("127.0.0.1"))
        with pytest.raises(OutboundError) as refusal:
            check_peer(ours, IPv4Address("127.0.0.2"))
    assert refusal.value.reason is Reason.FORBIDDEN


def test_a_connection_to_ourselves_is_not_an_answer() -> None:
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))
        ours.connect(ours.getsockname())
        with pytest.raises(OutboundError) as refusal:
            check_peer(ours, IPv4Address("127.0.0.1"))
    assert refusal.value.reason is Reason.REFUSED


def test_a_missing_route_is_our_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_route(*_arguments: object) -> None:
        raise OSError(101, "Network is unreachable")

    async def run() -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", no_route)
        assert await reason_of(get("http://8.8.8.8/")) is Reason.LOCAL

    asyncio.run(run())


def test_reading_what_has_already_come_lets_others_run() -> None:
    async def run() -> None:
        theirs, ours = socket.socketpair()
        with theirs, ours:
            ours.setblocking(False)
            theirs.sendall(b"x" * 65_536)
            turns = 0

            async def others() -> None:
                nonlocal turns
                while True:
                    turns += 1
                    await asyncio.sleep(0)

            task = asyncio.create_task(others())
            stream = PlainStream(ours, lambda _phase: None)
            pieces = [await stream.read(65_536) for _ in range(4)]
            task.cancel()
        assert [len(piece) for piece in pieces] == [SLICE] * 4
        assert turns == 4

    asyncio.run(run())


def test_a_cancelled_exchange_leaves_nothing_open() -> None:
    async def run() -> None:
        gone = asyncio.Event()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            attempt.cancel()
            await reader.read()
            gone.set()

        async with serving(talk) as target:
            attempt = asyncio.create_task(get(target.url()))
            with pytest.raises(asyncio.CancelledError):
                await attempt
            await gone.wait()

    asyncio.run(run())


def test_a_sentence_holds_nothing_of_the_address() -> None:
    async def run() -> str:
        with pytest.raises(OutboundError) as refusal:
            await get("http://10.0.0.1/?token=s3cret", allow=NOTHING)
        return str(refusal.value)

    assert asyncio.run(run()) == "The address belongs to a private or reserved network."
