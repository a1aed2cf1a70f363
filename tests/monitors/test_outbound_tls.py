"""TLS: the name is verified, whatever address it resolves to, and bad TLS costs only itself."""

import asyncio
import datetime
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from monitors.network import wire
from monitors.outbound import exchange
from monitors.reasons import Reason
from tests.monitors.targets import (
    HOSTILE,
    Resolver,
    Talk,
    answering,
    garbage,
    redirecting,
    response,
    serving,
    silence,
    slam,
)
from tests.monitors.test_outbound import LOOPBACK, get, reason_of


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    resolver = Resolver(monkeypatch)
    resolver.answers["site.example"] = [["127.0.0.1"]]
    return resolver


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[trustme.CA]:
    """An authority that this process trusts, as an operator makes it trust one."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    wire.trust.cache_clear()
    yield authority
    wire.trust.cache_clear()


async def plain_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(response("400 Bad Request"))
    await writer.drain()
    await reader.read()


def certified(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def test_the_certificate_is_for_the_name_while_the_connection_goes_to_the_literal(
    authority: trustme.CA, resolver: Resolver
) -> None:
    async def run() -> None:
        names = []
        tls = certified(authority.issue_cert("site.example"))
        tls.sni_callback = lambda _socket, name, _context: names.append(name)
        async with serving(answering(response(body=b"private")), tls=tls) as target:
            answer = await get(target.url(host="site.example", scheme="https"))
            assert (answer.status, answer.body) == (200, b"private")
            assert answer.timings.tls > 0
            assert names == ["site.example"]
            assert target.header("Host") == f"site.example:{target.port}"

    asyncio.run(run())


def test_a_certificate_can_be_for_an_address(authority: trustme.CA) -> None:
    async def run() -> None:
        async with serving(answering(response()), tls=certified(authority.issue_cert("127.0.0.1"))) as target:
            assert (await get(target.url(scheme="https"))).status == 200

    asyncio.run(run())


def test_any_certificate_will_do_where_an_operator_says_so(authority: trustme.CA, resolver: Resolver) -> None:
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    strange = trustme.CA().issue_cert("other.example", not_before=past, not_after=past)

    async def run() -> None:
        async with serving(answering(response()), tls=certified(strange)) as target:
            url = target.url(host="site.example", scheme="https")
            answer = await exchange("GET", url, deadline=20, allow=LOOPBACK, verify=False)
            assert answer.status == 200
            # The next one is not taken for verified.
            assert await reason_of(get(url)) is not None

    asyncio.run(run())


def test_a_name_with_a_final_dot_is_verified_without_it(authority: trustme.CA, resolver: Resolver) -> None:
    resolver.answers["site.example."] = [["127.0.0.1"]]

    async def run() -> None:
        tls = certified(authority.issue_cert("site.example"))
        async with serving(answering(response()), tls=tls) as target:
            assert (await get(target.url(host="site.example.", scheme="https"))).status == 200

    asyncio.run(run())


def test_a_bad_certificate_fails_for_its_reason(authority: trustme.CA, resolver: Resolver) -> None:
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificates = {
        Reason.TLS_NAME: authority.issue_cert("other.example", "127.0.0.1"),
        Reason.TLS_EXPIRED: authority.issue_cert("site.example", not_before=past, not_after=past),
        Reason.TLS_UNTRUSTED: trustme.CA().issue_cert("site.example"),
    }

    async def run(certificate: trustme.LeafCert) -> Reason:
        async with serving(answering(response()), tls=certified(certificate)) as target:
            reason = await reason_of(get(target.url(host="site.example", scheme="https")))
            assert target.heads == []
            return reason

    assert {reason: asyncio.run(run(certificate)) for reason, certificate in certificates.items()} == {
        reason: reason for reason in certificates
    }


@pytest.mark.parametrize(
    ("talk", "reason", "deadline"),
    [
        (garbage, Reason.TLS, 20),
        (slam, Reason.TLS, 20),
        (plain_http, Reason.TLS, 20),
        (silence, Reason.TIMEOUT, 0.3),
    ],
    ids=["garbage", "closes", "plain HTTP", "says nothing"],
)
def test_a_port_that_does_not_speak_tls_fails(talk: Talk, reason: Reason, deadline: float) -> None:
    async def run() -> None:
        async with serving(talk) as target:
            assert await reason_of(get(target.url(scheme="https"), deadline=deadline)) is reason

    asyncio.run(run())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("one byte of the body at a time", Reason.TIMEOUT),
        ("closes at once", Reason.RESET),
        ("endless headers", Reason.TOO_LARGE),
        ("endless interim answers", Reason.TOO_LARGE),
        ("endless chunk extensions", Reason.TOO_LARGE),
        ("garbage", Reason.PROTOCOL),
    ],
)
def test_a_hostile_target_fails_under_tls_as_it_does_without(
    authority: trustme.CA, name: str, reason: Reason
) -> None:
    async def run() -> None:
        async with serving(HOSTILE[name], tls=certified(authority.issue_cert("127.0.0.1"))) as target:
            deadline = 0.5 if reason is Reason.TIMEOUT else 20
            assert await reason_of(get(target.url(scheme="https"), deadline=deadline)) is reason

    asyncio.run(run())


def test_an_endless_body_is_capped_under_tls(authority: trustme.CA) -> None:
    async def run() -> None:
        tls = certified(authority.issue_cert("127.0.0.1"))
        async with serving(HOSTILE["ten gigabytes"], tls=tls) as target:
            assert len((await get(target.url(scheme="https"))).body) == 64 * 1024

    asyncio.run(run())


def test_where_tls_cannot_answer_for_itself_any_more_the_connection_is_lost(authority: trustme.CA) -> None:
    async def run() -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)

        def shake_hands_and_go() -> None:
            with certified(authority.issue_cert("site.example")).wrap_socket(theirs, server_side=True):
                pass

        plain = wire.PlainStream(ours, lambda _phase: None)
        going = asyncio.create_task(asyncio.to_thread(shake_hands_and_go))
        stream = await plain.start_tls(wire.trust(), "site.example")
        await going
        # As where the other side wanted new keys: what is to be read waits for what is to be said.
        stream.tls.write(b"new keys")
        assert await reason_of(stream.read()) is Reason.RESET
        plain.close()

    asyncio.run(run())


def test_a_redirect_from_https_to_http_is_another_origin(authority: trustme.CA) -> None:
    async def run() -> None:
        tls = certified(authority.issue_cert("127.0.0.1"))
        async with (
            serving(answering(response())) as plain,
            serving(redirecting(plain.url()), tls=tls) as target,
        ):
            assert (await get(target.url(scheme="https"), redirects=1)).final_url == plain.url()

    asyncio.run(run())
