"""A mailbox on a real IMAP server, and servers that mean harm."""

import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
from django.core.management import CommandError, call_command

from subscribers import tasks, tokens
from subscribers.models import State, Subscriber
from subscribers.returns import imap as reader
from subscribers.returns.imap import LARGEST, MailboxDown, Mark, visit
from subscribers.returns.mailbox import Place, Security, address
from tests.make import make_page
from tests.subscribers import imap
from tests.subscribers.make import make_subscriber

needs_dovecot = pytest.mark.skipif(imap.DOVECOT is None, reason="Dovecot is not installed.")
USER = "bounces%40example.com:p%40ss%20%22word%5C1"


@pytest.fixture(scope="module")
def authority() -> Iterator[Path]:
    """A folder with a certificate for this machine, and of who signed it."""
    folder = Path(tempfile.mkdtemp(prefix="statuspage-imap-"))
    folder.chmod(0o711)
    ours = trustme.CA()
    certificate = ours.issue_cert("127.0.0.1", "localhost")
    ours.cert_pem.write_to_path(folder / "ca.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    (folder / "server.pem").chmod(0o644)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def dovecot(authority: Path) -> Iterator[imap.ImapServer]:
    server, process = imap.start(authority / "dovecot", authority / "server.pem")
    yield server
    process.terminate()
    process.wait()


@pytest.fixture
def server(dovecot: imap.ImapServer, authority: Path, monkeypatch: pytest.MonkeyPatch) -> imap.ImapServer:
    """With an empty INBOX, and trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    dovecot.empty()
    return dovecot


def place(server: imap.ImapServer, scheme: str = "imap", **values: Any) -> Place:
    port = server.tls_port if scheme == "imaps" else server.port
    return Place.parse(f"{scheme}://{USER}@127.0.0.1:{port}{values.get('path', '/INBOX')}")


def wish(subscriber: Subscriber) -> bytes:
    return f"Subject: unsubscribe {tokens.for_leaving(subscriber.public_id)}\r\n\r\n".encode()


def test_an_address_of_a_mailbox_is_read() -> None:
    assert Place.parse("imaps://me%40example.com:p%3A%2F@mail.example.com/Return%20mail?delete=yes") == Place(
        "mail.example.com", 993, Security.TLS, "me@example.com", "p:/", "Return mail", delete=True
    )
    assert Place.parse("imap+tls://me:secret@mail.example.com").port == 143
    assert Place.parse("imap://me:secret@[::1]:1143").folder == "INBOX"


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "pop3://me:secret@mail.example.com",
        "imaps://mail.example.com",
        "imaps://me@mail.example.com",
        "imaps://me:secret@/INBOX",
        "imaps://me:secret@mail.example.com:port/",
        "imaps://me:secret%0D%0AA1%20LOGOUT@mail.example.com/",
        "imaps://me:secret@mail.example.com/IN%0D%0ABOX",
        "imaps://me:secret@mail.example.com/Entw%C3%BCrfe",
        "imap://me:secret@mail.example.com/",
        "imap://me:secret@127.0.0.1.example.com/",
    ],
)
def test_what_is_no_address_of_a_mailbox_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"^BOUNCE_URL") as refused:
        Place.parse(url)

    assert "secret" not in str(refused.value)


def test_the_mailbox_has_the_address_that_was_said_or_that_signs_in() -> None:
    url = "imaps://me%40example.com:secret@mail.example.com/"

    assert address("", "") == address("", "nonsense") == ""
    assert address("", url) == "me@example.com"
    assert address("", url.replace("%40example.com", "")) == ""
    assert address("other@example.com", url) == "other@example.com"


@needs_dovecot
@pytest.mark.parametrize("scheme", ["imap", "imap+tls", "imaps"])
def test_unread_messages_are_read_once_oldest_first(server: imap.ImapServer, scheme: str) -> None:
    server.put(b"Subject: one\r\n\r\n", b"Subject: two\r\n\r\n", b"Subject: three\r\n\r\n")

    with visit(place(server, scheme)) as box:
        read = []
        for name, raw in box.unread(2):
            box.mark(name, Mark.DONE)
            read.append(raw)

    assert read == [b"Subject: one\r\n\r\n", b"Subject: two\r\n\r\n"]
    assert server.flags() == [{"\\Seen"}, {"\\Seen"}, set()]


@needs_dovecot
def test_reading_alone_marks_nothing(server: imap.ImapServer) -> None:
    server.put(b"Subject: one\r\n\r\n")

    with visit(place(server)) as box:
        assert len(list(box.unread(5))) == 1

    assert server.flags() == [set()]


@needs_dovecot
def test_what_is_deleted_is_gone_and_what_others_deleted_is_left(server: imap.ImapServer) -> None:
    server.put(b"Subject: one\r\n\r\n", b"Subject: two\r\n\r\n")
    other = server.connect()
    other.store("2", "+FLAGS", r"(\Deleted)")
    other.logout()

    with visit(place(server)) as box:
        for name, _raw in box.unread(5):
            box.mark(name, Mark.DELETED)

    assert server.flags() == [{"\\Deleted"}]


@needs_dovecot
def test_of_a_huge_message_the_beginning_is_read(server: imap.ImapServer) -> None:
    server.put(b"Subject: big\r\n\r\n" + b"x" * 3_000_000)

    with visit(place(server)) as box:
        (_name, raw), *rest = box.unread(5)

    assert len(raw) == LARGEST
    assert not rest


@needs_dovecot
def test_a_wrong_password_a_missing_folder_and_an_unknown_certificate_are_said(
    server: imap.ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Place.parse(f"imap://{USER}x@127.0.0.1:{server.port}/")
    for where, says in ((wrong, "refused us"), (place(server, path="/Nowhere"), "folder")):
        with pytest.raises(MailboxDown, match=says), visit(where):
            pass
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(MailboxDown, match="SSLCertVerificationError"), visit(place(server, "imaps")):
        pass


@needs_dovecot
@pytest.mark.django_db
def test_the_command_does_what_the_messages_ask_and_says_what_they_were(
    server: imap.ImapServer, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    leaving = make_subscriber(make_page())
    settings.BOUNCE_URL = f"imap://{USER}@127.0.0.1:{server.port}/INBOX?delete=yes"
    server.put(wish(leaving), b"Subject: hello\r\n\r\nIs anybody there?\r\n")

    call_command("read_bounces")

    assert Subscriber.objects.get(pk=leaving.pk).state == State.UNSUBSCRIBED
    assert server.flags() == [{"\\Seen", "\\Flagged"}]
    said = capsys.readouterr().out
    assert "People who left: 1" in said
    assert "For somebody to read, flagged in the mailbox: 1" in said


@needs_dovecot
@pytest.mark.django_db(transaction=True)
def test_the_tick_reads_the_mailbox(server: imap.ImapServer, settings: Any) -> None:
    leaving = make_subscriber(make_page())
    settings.BOUNCE_URL = f"imap://{USER}@127.0.0.1:{server.port}/INBOX"
    server.put(wish(leaving))

    tasks.read_bounces()

    assert Subscriber.objects.get(pk=leaving.pk).state == State.UNSUBSCRIBED
    assert server.flags() == [{"\\Seen"}]


@pytest.mark.parametrize("url", ["", "nonsense", "imap://me:secret@127.0.0.1:1/"])
def test_the_command_says_why_there_is_nothing_to_read(settings: Any, url: str) -> None:
    settings.BOUNCE_URL = url

    with pytest.raises(CommandError) as said:
        call_command("read_bounces")

    assert "secret" not in str(said.value)


@pytest.mark.django_db(transaction=True)
def test_a_mailbox_that_is_away_does_not_stop_the_tick(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.BOUNCE_URL = "imap://me:secret@127.0.0.1:1/"

    tasks.read_bounces()

    assert "ConnectionRefusedError" in caplog.text


@pytest.fixture
def hostile() -> Iterator[Callable[..., Place]]:
    """An IMAP server that says one thing at first and one more for each line that it hears, then nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve(answers: tuple[bytes, ...]) -> None:
        connection, _from = listener.accept()
        with connection, connection.makefile("rb") as lines, suppress(OSError):
            tag = b""
            for answer in answers:
                connection.sendall(answer.replace(b"TAG", tag))
                tag = lines.readline().split(b" ")[0]
            ended.wait(60)

    def start(*answers: bytes) -> Place:
        threading.Thread(target=serve, args=(answers,), daemon=True).start()
        return Place.parse(f"imap://me:secret@127.0.0.1:{listener.getsockname()[1]}/")

    yield start
    ended.set()
    listener.close()


GREETING = b"* OK hello\r\n"
CAPABLE = b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"
OPEN = (GREETING, CAPABLE, b"TAG OK in\r\n", b"* 1 EXISTS\r\nTAG OK [READ-WRITE] open\r\n")


@pytest.mark.parametrize(
    "answers",
    [
        (b"",),
        (b"* OK hel",),
        (b"\0\0\0\r\n",),
        (b"x" * 1_100_000 + b"\r\n",),
        (GREETING, b"* CAPABILITY \xff\xfe\r\nTAG OK done\r\n"),
        (GREETING, CAPABLE, b"TAG NO [ALERT] \x1b[31mno\r\n"),
        (GREETING, CAPABLE, b"TAG OK in\r\n", b"* many EXISTS\r\nTAG OK open\r\n"),
        (*OPEN, CAPABLE, b"* SEARCH 1\r\nTAG OK done\r\n", b"* 1 FETCH (UID 1 BODY[]<0> {9999999999}\r\n"),
        (*OPEN, CAPABLE, b"* SEARCH " + b"1 " * 600_000 + b"\r\nTAG OK done\r\n"),
        (*OPEN, CAPABLE, b"* SEARCH 1\r\nTAG OK done\r\n", b"* BYE\r\n"),
    ],
    ids=[
        "silent",
        "dripping",
        "binary",
        "endless line",
        "strange",
        "no",
        "no number",
        "10 GB",
        "endless list",
        "bye",
    ],
)
def test_a_server_that_means_harm_costs_one_visit(
    hostile: Callable[..., Place], monkeypatch: pytest.MonkeyPatch, answers: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(reader, "VISIT", 0.5)

    with pytest.raises(MailboxDown) as said, visit(hostile(*answers)) as box:
        list(box.unread(5))

    assert "secret" not in str(said.value)
    assert str(said.value).isprintable()


def test_a_message_that_a_server_does_not_give_is_empty(hostile: Callable[..., Place]) -> None:
    where = hostile(
        *OPEN, CAPABLE, b"* SEARCH 7\r\nTAG OK done\r\n", b"TAG OK nothing\r\n", b"* BYE\r\nTAG OK done\r\n"
    )

    with visit(where) as box:
        assert list(box.unread(5)) == [("7", b"")]


def test_nobody_waits_for_what_is_larger_than_what_was_asked_for(hostile: Callable[..., Place]) -> None:
    huge = b"* 1 FETCH (UID 1 BODY[]<0> {9999999999}\r\n"
    where = hostile(*OPEN, CAPABLE, b"* SEARCH 1\r\nTAG OK done\r\n", huge)

    with pytest.raises(MailboxDown, match="too much"), visit(where) as box:
        list(box.unread(5))
