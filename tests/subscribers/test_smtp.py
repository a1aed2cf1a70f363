import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from subscribers.channels.base import ChannelDown, Result
from subscribers.channels.folder import Folder
from subscribers.channels.line import Finished, Verdict
from subscribers.channels.server import Security, Server
from subscribers.channels.smtp import Relay, Smtp
from tests.subscribers.conftest import Sink, SmtpServer, serve_smtp

MAIL = b"Subject: x\r\n\r\n.\r\nbody\r\n"
SENT = Verdict(Result.SENT)


def hand_over(relay: Relay, *recipients: str, content: bytes = MAIL) -> list[Verdict]:
    """What became of one mail for each, in their order."""
    mails = [Finished(recipient, f"id{number}", content) for number, recipient in enumerate(recipients)]
    verdicts = dict(relay.hand_over(mails))
    return [verdicts[mail] for mail in mails]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", Server("mail.example.com", 25, Security.NONE, "", "")),
        ("smtp+tls://u:p@mail.example.com", Server("mail.example.com", 587, Security.STARTTLS, "u", "p")),
        ("smtps://mail.example.com", Server("mail.example.com", 465, Security.TLS, "", "")),
        (
            "smtps://a%40b:p%3A%2F@mail.example.com:2465",
            Server("mail.example.com", 2465, Security.TLS, "a@b", "p:/"),
        ),
    ],
)
def test_an_address_says_where_how_and_as_whom(url: str, expected: Server) -> None:
    assert Server.parse(url) == expected


@pytest.mark.parametrize(
    "url", ["mail.example.com", "http://user:hush@mail.example.com", "smtp://", "smtp://user:hush@host:0x19"]
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"^EMAIL_URL is not like ") as refused:
        Server.parse(url)

    assert "hush" not in str(refused.value)


@pytest.fixture
def relay(smtp: SmtpServer) -> Iterator[Smtp]:
    relay = Smtp(Server.parse(smtp.url), "status@example.com")
    yield relay
    relay.close()


def test_mails_go_over_one_connection(smtp: SmtpServer, relay: Smtp) -> None:
    for number in range(3):
        assert hand_over(relay, f"r{number}@example.com") == [SENT]

    assert smtp.sink.connections == 1
    assert smtp.sink.recipients == ["r0@example.com", "r1@example.com", "r2@example.com"]
    assert smtp.sink.raw == [MAIL] * 3


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("450 greylisted", Result.FAILED),
        ("451 try later", Result.FAILED),
        ("452 too many", Result.FAILED),
        ("550 5.7.1 not from you", Result.REFUSED),
        ("554 refused", Result.REFUSED),
    ],
)
@pytest.mark.parametrize("step", ["answer_rcpt", "answer_data"])
def test_not_now_is_not_never(smtp: SmtpServer, relay: Smtp, step: str, answer: str, result: Result) -> None:
    setattr(smtp.sink, step, lambda address: answer if address == "bad@example.com" else "250 OK")

    bad, good = hand_over(relay, "bad@example.com", "good@example.com")

    assert (bad.result, bad.reason, good) == (result, answer, SENT)
    assert hand_over(relay, "good@example.com") == [SENT]


def test_a_connection_that_broke_while_nothing_was_said_costs_nobody_anything(
    smtp: SmtpServer, relay: Smtp
) -> None:
    hand_over(relay, "first@example.com")
    relay._lanes[0].line._socket.shutdown(socket.SHUT_RDWR)

    assert hand_over(relay, "second@example.com", "third@example.com") == [SENT, SENT]
    assert smtp.sink.connections == 2


def test_where_nobody_listens_the_whole_channel_is_down(smtp: SmtpServer) -> None:
    url = smtp.url
    smtp.stop()
    smtp.stop = lambda: None

    with pytest.raises(ChannelDown, match="No connection to the mail server"):
        hand_over(Smtp(Server.parse(url), "status@example.com"), "r@example.com")


def test_a_server_that_refuses_the_sender_is_down_for_everybody(smtp: SmtpServer, relay: Smtp) -> None:
    smtp.sink.answer_mail = lambda _from: "530 authenticate first"

    with pytest.raises(ChannelDown, match="530 authenticate first"):
        hand_over(relay, "r@example.com")


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> trustme.CA:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


def _context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def test_tls_from_the_first_byte(authority: trustme.CA) -> None:
    server = serve_smtp(Sink(), listen_with=_context(authority, "127.0.0.1"))
    relay = Smtp(Server.parse(f"smtps://127.0.0.1:{server.port}"), "status@example.com")
    try:
        assert hand_over(relay, "r@example.com") == [SENT]
    finally:
        relay.close()
        server.stop()


def test_starttls(authority: trustme.CA) -> None:
    server = serve_smtp(Sink(), tls_context=_context(authority, "127.0.0.1"), require_starttls=True)
    relay = Smtp(Server.parse(f"smtp+tls://127.0.0.1:{server.port}"), "status@example.com")
    try:
        assert hand_over(relay, "r@example.com") == [SENT]
    finally:
        relay.close()
        server.stop()


def test_where_tls_is_asked_for_nothing_goes_without_it(smtp: SmtpServer) -> None:
    relay = Smtp(Server.parse(f"smtp+tls://user:hush@127.0.0.1:{smtp.port}"), "status@example.com")

    with pytest.raises(ChannelDown):
        hand_over(relay, "r@example.com")
    assert smtp.sink.raw == []


def test_where_tls_is_left_to_chance_any_certificate_is_better_than_none() -> None:
    server = serve_smtp(
        Sink(), tls_context=_context(trustme.CA(), "other.example.com"), require_starttls=True
    )
    relay = Smtp(Server.parse(f"smtp+opportunistic://127.0.0.1:{server.port}"), "status@example.com")
    try:
        assert hand_over(relay, "r@example.com") == [SENT]
    finally:
        relay.close()
        server.stop()


def test_a_password_is_not_left_to_chance() -> None:
    with pytest.raises(ValueError, match=r"^EMAIL_URL with a password needs ") as refused:
        Server.parse("smtp+opportunistic://user:hush@mail.example.com")

    assert "hush" not in str(refused.value)


def test_a_server_that_wants_one_connection_of_us_gets_one(
    smtp: SmtpServer, relay: Smtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = Server.connect

    def only_once(server: Server, name: str) -> Any:
        if smtp.sink.connections:
            raise ChannelDown("421 too many connections")
        return connect(server, name)

    monkeypatch.setattr(Server, "connect", only_once)
    assert hand_over(relay, *(f"r{number}@example.com" for number in range(20))) == [SENT] * 20


def test_no_mail_hides_in_another(smtp: SmtpServer, relay: Smtp) -> None:
    hidden = b"Subject: x\r\n\r\na\n.\nMAIL FROM:<>\r.\rRCPT TO:<v@example.com>\r\n.\r\nb"

    assert hand_over(relay, "r@example.com", content=hidden) == [SENT]

    assert smtp.sink.recipients == ["r@example.com"]
    (raw,) = smtp.sink.raw
    assert raw.replace(b"\r\n", b"").count(b"\n") == raw.replace(b"\r\n", b"").count(b"\r") == 0


def test_a_certificate_for_another_name_is_not_taken(authority: trustme.CA) -> None:
    server = serve_smtp(Sink(), listen_with=_context(authority, "other.example.com"))
    try:
        with pytest.raises(ChannelDown, match="No connection to the mail server"):
            hand_over(
                Smtp(Server.parse(f"smtps://127.0.0.1:{server.port}"), "s@example.com"), "r@example.com"
            )
    finally:
        server.stop()


def test_without_a_server_each_mail_is_one_file(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "mail")
    for _ in range(2):
        assert hand_over(folder, "r@example.com") == [SENT]

    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["id0.eml"]
    assert (tmp_path / "mail" / "id0.eml").read_bytes() == MAIL


def test_a_folder_that_cannot_be_written_to_is_a_channel_that_is_down(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")

    with pytest.raises(ChannelDown, match="The mail folder cannot be written to"):
        hand_over(Folder(tmp_path / "mail"), "r@example.com")
