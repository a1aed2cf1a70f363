"""`manage.py check_mail` against a real resolver, relay and mailbox."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.management import CommandError, call_command

from subscribers.dkim import Signer
from subscribers.sending_domain import Verdict
from subscribers.sending_domain.names import Names
from subscribers.sending_domain.relay import mailbox, relay
from tests.make import make_page
from tests.subscribers.conftest import Sink, SmtpServer, serve_smtp
from tests.subscribers.zone import Zone, serve

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture
def zone() -> Iterator[Zone]:
    """In which all that the sender of `world` needs is in order."""
    with serve() as zone:
        zone.put("example.com", "TXT", "v=spf1 ip4:192.0.2.25 -all")
        zone.put("_dmarc.example.com", "TXT", "v=DMARC1; p=reject; rua=mailto:dmarc@example.com")
        zone.put("25.2.0.192.in-addr.arpa", "PTR", "mail.example.com")
        zone.put("mail.example.com", "A", "192.0.2.25")
        yield zone


@pytest.fixture
def world(settings: Any, zone: Zone, smtp: SmtpServer) -> Any:
    key = Ed25519PrivateKey.generate()
    settings.DKIM_KEY = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    settings.DKIM_SELECTOR, settings.DKIM_DOMAIN = "news", ""
    settings.EMAIL_FROM = "Acme <status@example.com>"
    settings.EMAIL_URL = smtp.url
    settings.BOUNCE_URL = settings.BOUNCE_ADDRESS = ""
    name, value = Signer.parse(settings.DKIM_KEY, "news", "example.com").record
    zone.put(name, "TXT", value)
    return settings


def check(zone: Zone, *options: str) -> None:
    call_command("check_mail", "--resolver", zone.address, "--from-address", "192.0.2.25", *options)


def test_it_says_that_all_is_in_order(world: Any, zone: Zone, capsys: pytest.CaptureFixture[str]) -> None:
    make_page()

    check(zone)

    lines = capsys.readouterr().out.splitlines()
    found = {line.split()[1]: line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "}
    assert found == {
        "SMTP": "ok",
        "TLS": "ok",
        "PTR": "ok",
        "SPF": "ok",
        "DKIM": "ok",
        "DMARC": "ok",
        "IMAP": "unknown",
    }
    assert "example.com" in lines


def test_it_says_what_to_put_into_the_dns_and_fails(
    world: Any, zone: Zone, capsys: pytest.CaptureFixture[str]
) -> None:
    zone.records.clear()

    with pytest.raises(CommandError, match=r"^Wrong: 4$"):
        check(zone)

    said = capsys.readouterr().out
    value = Signer.parse(world.DKIM_KEY, "news", "example.com").record[1]
    for line in (
        'example.com. TXT "v=spf1 ip4:192.0.2.25 ~all"',
        f'news._domainkey.example.com. TXT "{value}"',
        '_dmarc.example.com. TXT "v=DMARC1; p=none; rua=mailto:postmaster@example.com"',
        "25.2.0.192.in-addr.arpa. PTR mail.example.com.",
    ):
        assert f"                  {line}\n" in said


def test_it_speaks_french_to_who_reads_french(
    world: Any, zone: Zone, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")

    check(zone)

    said = capsys.readouterr().out
    assert "Envoi\n" in said
    assert "inconnu" in said
    assert "Nobody" not in said


def test_each_page_that_writes_in_its_own_name_is_looked_at(
    world: Any, zone: Zone, capsys: pytest.CaptureFixture[str]
) -> None:
    make_page()
    page = make_page(sender="Beta <status@beta.example>")

    with pytest.raises(CommandError):
        check(zone)
    assert {"example.com", "beta.example"} <= set(capsys.readouterr().out.splitlines())
    with pytest.raises(CommandError):
        check(zone, "--page", page.domain)
    assert "example.com" not in capsys.readouterr().out.splitlines()
    with pytest.raises(CommandError, match="Name one page"):
        check(zone, "--page", "nowhere.example")


def test_where_the_dns_does_not_answer_nothing_is_wrong_or_in_order(
    world: Any, zone: Zone, capsys: pytest.CaptureFixture[str]
) -> None:
    zone.broken |= {name for name, _kind in zone.records}

    check(zone)

    said = capsys.readouterr().out
    assert said.count("The DNS does not answer") == 4


def test_with_a_mailbox_the_envelope_is_what_spf_is_asked_of(
    world: Any, zone: Zone, capsys: pytest.CaptureFixture[str]
) -> None:
    world.BOUNCE_URL = "imap://bounces%40back.example:secret@127.0.0.1:1/"
    zone.put("back.example", "MX", "mail.example.com")

    with pytest.raises(CommandError, match=r"^Wrong: 2$"):
        check(zone)

    said = capsys.readouterr().out
    assert "ConnectionRefusedError" in said
    assert 'back.example. TXT "v=spf1 ip4:192.0.2.25 ~all"' in said
    assert "secret" not in said


def test_a_test_is_sent_to_who_asks(
    world: Any, zone: Zone, smtp: SmtpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    make_page()

    check(zone, "--to", "Me@Example.org")

    (mail,) = smtp.sink.mails
    assert mail["To"] == "me@example.org"
    assert mail["DKIM-Signature"]
    smtp.sink.answer_rcpt = lambda _address: "550 5.1.1 User unknown"
    with pytest.raises(CommandError, match="not sent"):
        check(zone, "--to", "me@example.org")
    assert "User unknown" in capsys.readouterr().out
    with pytest.raises(CommandError, match="not an e-mail address"):
        check(zone, "--to", "nobody")


@pytest.mark.parametrize("setting", ["EMAIL_URL", "BOUNCE_URL", "DKIM_KEY"])
def test_a_setting_that_cannot_be_read_is_said_and_never_shown(
    world: Any, zone: Zone, setting: str, capsys: pytest.CaptureFixture[str]
) -> None:
    setattr(world, setting, "nonsense://me:secret@host")

    with pytest.raises(CommandError) as said:
        check(zone)

    shown = capsys.readouterr().out + str(said.value)
    assert setting in shown
    assert "secret" not in shown


def test_without_a_relay_mail_reaches_nobody(
    world: Any, zone: Zone, capsys: pytest.CaptureFixture[str]
) -> None:
    world.EMAIL_URL = ""

    with pytest.raises(CommandError):
        check(zone)

    assert "reaches nobody" in capsys.readouterr().out


@pytest.mark.parametrize("option", [["--resolver", "dns.example"], ["--from-address", "mail.example.com"]])
def test_options_that_are_no_addresses_are_refused(world: Any, option: list[str]) -> None:
    with pytest.raises(CommandError, match="is no"):
        call_command("check_mail", *option)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """Trusted for the time of a test."""
    ours = trustme.CA()
    ours.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return ours


@pytest.mark.parametrize(("days", "verdict"), [(200, Verdict.OK), (3, Verdict.WRONG)])
def test_a_certificate_that_soon_ends_is_said_before_mail_stops(
    authority: trustme.CA, days: int, verdict: Verdict
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ends = NOW + timedelta(days=days, hours=1)
    authority.issue_cert("127.0.0.1", not_after=ends).configure_cert(context)
    server = serve_smtp(Sink(), tls_context=context)
    try:
        found = relay(f"smtp+tls://127.0.0.1:{server.port}", "example.com", NOW)
        plain = relay(f"smtp+opportunistic://127.0.0.1:{server.port}", "example.com", NOW)
    finally:
        server.stop()

    assert [finding.verdict for finding in found] == [Verdict.OK, verdict]
    assert f"{days} more days" in found[1].says
    assert [finding.verdict for finding in plain] == [Verdict.OK, Verdict.UNKNOWN]


def test_a_certificate_of_nobody_we_know_is_wrong() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    server = serve_smtp(Sink(), tls_context=context)
    try:
        (found,) = relay(f"smtp+tls://127.0.0.1:{server.port}", "example.com", NOW)
    finally:
        server.stop()

    assert (found.verdict, found.topic) == (Verdict.WRONG, "SMTP")


def test_a_mailbox_that_no_mail_can_reach_is_wrong(zone: Zone) -> None:
    found = mailbox("imap://me:secret@127.0.0.1:1/", "me@gone.example", Names(zone.address))

    assert [(one.topic, one.verdict) for one in found] == [("IMAP", Verdict.WRONG), ("MX", Verdict.WRONG)]
