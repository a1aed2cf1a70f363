"""TLS: how long a certificate is good, whether it is trusted and for the name; a flawed one is seen too."""

import asyncio
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from monitors.network import wire
from monitors.network.guard import Allow
from monitors.probes import PROBES, ConfigError, Outcome, Result
from tests.monitors.targets import HOSTILE, Resolver, serving, silence

LOOPBACK = Allow.parse("127.0.0.1/32")
DAY = timedelta(days=1)


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[trustme.CA]:
    """An authority that this process trusts, and a name that leads to this machine."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    Resolver(monkeypatch).answers["site.example"] = [["127.0.0.1"]]
    wire.trust.cache_clear()
    yield authority
    wire.trust.cache_clear()


def observe(certificate: trustme.LeafCert, **settings: str) -> Outcome:
    return asyncio.run(_observe(certificate, settings))


async def _observe(certificate: trustme.LeafCert, settings: dict[str, str]) -> Outcome:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    async with serving(silence, tls=context) as target:
        config = PROBES["tls"].parse({"address": f"site.example:{target.port}", **settings}, LOOPBACK)
        return await PROBES["tls"].run(config, 20, LOOPBACK)


def good_for(authority: trustme.CA, left: timedelta, name: str = "site.example") -> trustme.LeafCert:
    now = datetime.now(UTC)
    return authority.issue_cert(name, not_before=now - 90 * DAY, not_after=now + left)


def told(outcome: Outcome) -> tuple[Result, str | None, str | None]:
    return outcome.result, outcome.reason, outcome.facts.get("days")


@pytest.mark.parametrize(
    ("left", "result", "reason", "days"),
    [
        (timedelta(days=30), Result.UP, None, None),
        (timedelta(days=21, hours=1), Result.UP, None, None),
        (timedelta(days=20, hours=23), Result.DEGRADED, "tls_ends", "20"),
        (timedelta(days=7, hours=1), Result.DEGRADED, "tls_ends", "7"),
        (timedelta(days=6, hours=23), Result.DOWN, "tls_ends", "6"),
        (timedelta(hours=1), Result.DOWN, "tls_ends", "0"),
        (timedelta(hours=-1), Result.DOWN, "tls_expired", "-1"),
        (timedelta(days=-30, hours=1), Result.DOWN, "tls_expired", "-30"),
    ],
    ids=lambda value: str(value),
)
def test_the_days_left_decide(
    authority: trustme.CA, left: timedelta, result: Result, reason: str | None, days: str | None
) -> None:
    assert told(observe(good_for(authority, left))) == (result, reason, days)


def test_with_limits_of_its_own(authority: trustme.CA) -> None:
    certificate = good_for(authority, timedelta(days=10, hours=1))
    assert told(observe(certificate, degraded_days="10", down_days="0"))[0] == Result.UP
    assert told(observe(certificate, degraded_days="11", down_days="0"))[0] == Result.DEGRADED
    assert told(observe(certificate, degraded_days="11", down_days="11"))[0] == Result.DOWN


def test_what_is_not_to_be_trusted_is_told_with_its_days_and_its_names(authority: trustme.CA) -> None:
    stranger = good_for(trustme.CA(), timedelta(days=40, hours=1))
    outcome = observe(stranger)
    assert told(outcome) == (Result.DOWN, "tls_untrusted", "40")
    assert "Names: site.example" in outcome.excerpt
    assert "Issuer: " in outcome.excerpt
    assert outcome.facts["ends"].endswith(" UTC")


def test_a_certificate_for_another_name_is_down_and_says_for_which(authority: trustme.CA) -> None:
    outcome = observe(good_for(authority, 40 * DAY, "other.example"))
    assert told(outcome)[:2] == (Result.DOWN, "tls_name")
    assert "Names: other.example" in outcome.excerpt


def test_the_name_can_be_another_than_that_of_the_host(authority: trustme.CA) -> None:
    certificate = good_for(authority, 40 * DAY, "other.example")
    assert observe(certificate, server_name="other.example").result == Result.UP


def test_one_that_is_not_valid_yet_is_down(authority: trustme.CA) -> None:
    now = datetime.now(UTC)
    early = authority.issue_cert("site.example", not_before=now + DAY, not_after=now + 100 * DAY)
    assert told(observe(early)) == (Result.DOWN, "tls_expired", "99")


def test_unverified_only_the_days_count(authority: trustme.CA) -> None:
    stranger = trustme.CA()
    assert observe(good_for(stranger, 40 * DAY, "other.example"), verify="no").result == Result.UP
    assert told(observe(good_for(stranger, timedelta(days=5, hours=1)), verify="no")) == (
        Result.DOWN,
        "tls_ends",
        "5",
    )
    assert observe(good_for(stranger, -DAY), verify="no").reason == "tls_expired"


@pytest.mark.parametrize(
    ("what", "by", "told"),
    [
        # A version that there is not, which TLS itself does not mind, and a name of a kind that nobody reads.
        (b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x06", (Result.DOWN, "tls")),
        (b"\x82\x0csite.example", b"\xa3\x0csite.example", (Result.DOWN, "tls_ends")),
    ],
    ids=["version", "name"],
)
def test_an_odd_certificate_says_something_of_its_target_all_the_same(
    tmp_path: Path, what: bytes, by: bytes, told: tuple[Result, str]
) -> None:
    leaf = good_for(trustme.CA(), DAY)
    [chain] = leaf.cert_chain_pems
    odd = ssl.PEM_cert_to_DER_cert(chain.bytes().decode()).replace(what, by)
    (tmp_path / "odd.pem").write_bytes(leaf.private_key_pem.bytes() + ssl.DER_cert_to_PEM_cert(odd).encode())

    async def run() -> Outcome:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "odd.pem")
        async with serving(silence, tls=context) as target:
            config = PROBES["tls"].parse({"address": f"127.0.0.1:{target.port}", "verify": "no"}, LOOPBACK)
            return await PROBES["tls"].run(config, 20, LOOPBACK)

    outcome = asyncio.run(run())
    assert (outcome.result, outcome.reason) == told


def test_a_port_without_tls_is_down(authority: trustme.CA) -> None:
    async def run() -> Outcome:
        async with serving(HOSTILE["garbage"]) as target:
            config = PROBES["tls"].parse({"address": f"site.example:{target.port}"}, LOOPBACK)
            return await PROBES["tls"].run(config, 20, LOOPBACK)

    assert asyncio.run(run()).reason == "tls"


def test_the_handshake_has_a_phase_of_its_own_also_where_it_fails(authority: trustme.CA) -> None:
    for certificate in (good_for(authority, 40 * DAY), good_for(trustme.CA(), 40 * DAY)):
        assert observe(certificate).phases[2] > 0


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"degraded_days": "7", "down_days": "8"}, "down_days"),
        ({"degraded_days": "x"}, "degraded_days"),
        ({"down_days": "-1"}, "down_days"),
        ({"server_name": "a b"}, "server_name"),
        ({"server_name": "example.com:443"}, "server_name"),
        ({"address": "example.com:0"}, "address"),
    ],
)
def test_settings_that_make_no_sense_are_refused(typed: dict[str, str], field: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        PROBES["tls"].parse({"address": "example.com", **typed}, LOOPBACK)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("example.com", ("example.com", 443)),
        ("example.com:993", ("example.com", 993)),
        ("2606:4700::1", ("2606:4700::1", 443)),
        ("[2606:4700::1]", ("2606:4700::1", 443)),
        ("[2606:4700::1]:993", ("2606:4700::1", 993)),
    ],
)
def test_without_a_port_it_is_that_of_https(text: str, place: tuple[str, int]) -> None:
    config = PROBES["tls"].parse({"address": text}, LOOPBACK)
    assert (config.host, config.port) == place
