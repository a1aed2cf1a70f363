"""Telling people without the application: the right ones, in its words, once."""

import base64
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from statuspage.emergency import account, sending, telling
from statuspage.emergency.account import Fate
from statuspage.emergency.journal import Step
from statuspage.signing import Role, Signer
from tests.emergency.kit import APPLICATION, STRANGER, Kit
from tests.emergency.told import POST, Teller, leave_list, list_of, private, reader, vault_of
from tests.subscribers.conftest import Receiver, SmtpServer, receiver, smtp

__all__ = ["receiver", "smtp"]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def teller(
    kit: Kit, smtp: SmtpServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Teller:
    monkeypatch.setenv("WEBHOOK_ALLOW", "127.0.0.0/8")
    return Teller(kit, smtp.port, capsys)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "Not now" is tried again at once."""
    monkeypatch.setattr(sending, "WAITS", (0.0, 0.0))
    monkeypatch.setattr(sending.Run.__init__, "__defaults__", ((0.0, 0.0),))


def post(kit: Kit, *more: str) -> str:
    """The id of the update."""
    ran = kit.run(*POST, *more, "--yes")
    assert ran.status == 0, ran.err
    return kit.shown().incidents[0].updates[0].id


def accounted(kit: Kit, name: str = "main") -> dict[str, Fate]:
    content = private(kit, name).get(account.ACCOUNT)
    assert content is not None
    told = account.decoded(content, vault_of(kit).page_id)
    return {entry.subscriber: entry.fate for entry in told.entries}


def test_a_mail_is_the_application_s_own(kit: Kit, teller: Teller, smtp: SmtpServer) -> None:
    update = post(kit, "--component", "Cards=major")
    leave_list(kit, reader(1, language="fr"))

    ran = teller()

    assert ran.status == 0, ran.err
    (mail,) = smtp.sink.mails
    assert mail["To"] == "reader1@example.com"
    assert "status@acme.example" in mail["From"]
    assert mail["List-Unsubscribe"] == "<https://app.example.com/leave/1:signed/>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Message-ID"] == f"<{update}reader000001@acme.example>"
    assert "Enquête en cours" in mail["Subject"]
    plain = mail.get_body(("plain",))
    assert plain is not None
    text = plain.get_content()
    assert "Nous savons." in text
    assert "panne majeure" in text
    assert "https://app.example.com/leave/1:signed/" in text
    assert f"/fr/incidents/{kit.shown().incidents[0].id}/" in text


def test_only_those_who_follow_its_components_hear_of_it(kit: Kit, teller: Teller, smtp: SmtpServer) -> None:
    post(kit, "--component", "Cards=major")
    (cards,) = kit.shown().incidents[0].component_ids
    leave_list(
        kit,
        reader(1),
        reader(2, everything=False, components=[cards]),
        reader(3, everything=False, components=["another00001"]),
        reader(4, everything=False, components=[]),
    )

    teller()

    assert sorted(smtp.sink.recipients) == ["reader1@example.com", "reader2@example.com"]


def test_programs_get_every_step_signed_people_the_latest(
    kit: Kit, teller: Teller, smtp: SmtpServer, receiver: Receiver
) -> None:
    post(kit, "--component", "Cards=major")
    assert kit.run("update", "--status", "identified", "--en", "A disk.", "--yes").status == 0
    leave_list(kit, reader(1), reader(2, channel="webhook", address=f"{receiver.url}/hook", secret=SECRET))

    ran = teller()

    assert ran.status == 0, ran.err
    assert [mail["Subject"] for mail in smtp.sink.mails] == ["[Acme] Identified: Everything is down"]
    assert [request.json["type"] for request in receiver.requests] == ["incident.created", "incident.updated"]
    for request in receiver.requests:
        Webhook(SECRET).verify(request.body, request.headers)
    first = receiver.requests[0].json["data"]
    assert first["unsubscribe"] == "https://app.example.com/leave/2:signed/"
    assert first["components"][0]["status"] == "major_outage"
    assert first["page"] == {
        "id": vault_of(kit).page_id,
        "name": kit.shown().page.name,
        "url": kit.shown().page.url,
    }


def test_what_was_posted_quietly_is_told_to_nobody(kit: Kit, teller: Teller, smtp: SmtpServer) -> None:
    post(kit, "--quiet")
    leave_list(kit, reader(1))

    ran = teller()

    assert (ran.status, smtp.sink.recipients) == (1, [])
    assert "Nothing was posted" in ran.err


def test_nobody_is_told_twice(kit: Kit, teller: Teller, smtp: SmtpServer) -> None:
    post(kit)
    leave_list(kit, *map(reader, range(30)))
    teller()

    ran = teller()

    assert ran.status == 0
    assert "told before: 30" in ran.out
    assert set(Counter(smtp.sink.recipients).values()) == {1}


def test_it_says_how_many_and_asks_first(kit: Kit, teller: Teller, smtp: SmtpServer) -> None:
    post(kit)
    leave_list(kit, reader(1), reader(2), reader(3, channel="webhook", address="https://example.com/"))

    ran = teller(yes=False)

    assert ran.status == 1
    assert "2 people by mail" in ran.out
    assert "1 webhook" in ran.out
    assert "nobody to say yes" in ran.err
    assert smtp.sink.recipients == []

    assert teller("--dry-run").status == 0
    assert smtp.sink.recipients == []


def test_what_was_in_flight_is_named_and_left_alone(kit: Kit, teller: Teller, smtp: SmtpServer) -> None:
    update = post(kit)
    leave_list(kit, reader(1), reader(2))
    work = kit.path / "work"
    line = {
        "at": "2026-11-22T14:00:00+00:00",
        "update": update,
        "subscriber": "reader000001",
        "step": "sending",
    }
    (work / "journal.jsonl").write_text(json.dumps(line) + "\n" + '{"at": "2026-11-22T14:0')

    ran = teller()

    assert smtp.sink.recipients == ["reader2@example.com"]
    assert "reader1@example.com: Everything is down" in ran.out
    assert accounted(kit) == {"reader000001": Fate.UNKNOWN, "reader000002": Fate.SENT}

    again = teller("--resend-unknown")

    assert smtp.sink.recipients == ["reader2@example.com", "reader1@example.com"]
    assert again.status == 0
    assert accounted(kit) == {"reader000001": Fate.SENT, "reader000002": Fate.SENT}


def test_not_now_is_tried_again_never_is_not(kit: Kit, teller: Teller, smtp: SmtpServer, quick: None) -> None:
    post(kit)
    leave_list(kit, reader(1), reader(2), reader(3))
    asked: Counter[str] = Counter()

    def answer(address: str) -> str:
        asked[address] += 1
        if address.startswith("reader1"):
            return "450 4.2.0 greylisted" if asked[address] == 1 else "250 OK"
        return "550 5.1.1 no such user" if address.startswith("reader2") else "250 OK"

    smtp.sink.answer_rcpt = answer

    ran = teller()

    assert ran.status == 0
    assert sorted(smtp.sink.recipients) == ["reader1@example.com", "reader3@example.com"]
    assert asked["reader2@example.com"] == 1
    assert "1 was refused for good" in ran.err
    assert "550 5.1.1 no such user" in ran.err
    assert accounted(kit)["reader000002"] == Fate.FAILED
    assert "refused before: 1" in teller().out


def test_who_never_answers_in_time_is_left_for_the_next_run(
    kit: Kit, teller: Teller, smtp: SmtpServer, quick: None
) -> None:
    post(kit)
    leave_list(kit, reader(1), reader(2))
    smtp.sink.answer_rcpt = lambda address: "451 later" if "reader1" in address else "250 OK"

    ran = teller()

    assert ran.status == telling.PARTLY
    assert "1 was not sent" in ran.err
    assert "451 later" in ran.err
    # The application may tell them.
    assert accounted(kit) == {"reader000002": Fate.SENT}

    smtp.sink.answer_rcpt = lambda _address: "250 OK"
    assert teller().status == 0
    assert sorted(smtp.sink.recipients) == ["reader1@example.com", "reader2@example.com"]


def test_a_dead_mail_server_is_explained_before_anything_is_asked(
    kit: Kit, teller: Teller, smtp: SmtpServer
) -> None:
    post(kit)
    leave_list(kit, reader(1))
    teller.port = 9

    ran = teller(yes=False)

    assert ran.status == 1
    assert "The mail server takes no mail" in ran.err
    assert "--config" in ran.err


def test_without_a_mail_account_programs_are_told(
    kit: Kit, teller: Teller, receiver: Receiver, smtp: SmtpServer
) -> None:
    post(kit)
    leave_list(kit, reader(1), reader(2, channel="webhook", address=f"{receiver.url}/hook", secret=SECRET))
    teller.port = 0

    ran = teller()

    assert ran.status == 0
    assert "no mail account" in ran.err
    assert len(receiver.requests) == 1


def test_a_private_address_gets_no_webhook(
    kit: Kit, teller: Teller, receiver: Receiver, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_ALLOW", "")
    post(kit)
    leave_list(kit, reader(1, channel="webhook", address=f"{receiver.url}/hook", secret=SECRET))

    ran = teller()

    assert receiver.requests == []
    assert ran.status == 1


def test_once_the_application_is_back_it_tells_nobody_else(
    kit: Kit, teller: Teller, smtp: SmtpServer
) -> None:
    post(kit)
    leave_list(kit, reader(1))
    mark = account.marked(vault_of(kit).page_id, kit.shown().sequence, APPLICATION)
    private(kit, "second").put(account.TAKEN, mark)

    ran = teller()

    assert ran.status == 1
    assert smtp.sink.recipients == []
    assert "The application has returned" in ran.err
    # It was about to be told, and was not.
    assert accounted(kit) == {}


@pytest.mark.parametrize("signer", [STRANGER, Signer.of(Role.EMERGENCY, "A" * 43 + "=")])
def test_a_forged_mark_stops_nobody(kit: Kit, teller: Teller, smtp: SmtpServer, signer: Signer) -> None:
    post(kit)
    leave_list(kit, reader(1))
    private(kit).put(account.TAKEN, account.marked(vault_of(kit).page_id, 10**9, signer))

    assert teller().status == 0

    assert smtp.sink.recipients == ["reader1@example.com"]


def test_a_mark_of_the_last_emergency_stops_nobody(kit: Kit, teller: Teller, smtp: SmtpServer) -> None:
    post(kit)
    leave_list(kit, reader(1))
    mark = account.marked(vault_of(kit).page_id, kit.shown().sequence - 1, APPLICATION)
    private(kit).put(account.TAKEN, mark)

    assert teller().status == 0


def test_a_copy_of_the_folder_knows_whom_the_first_told(
    kit: Kit, teller: Teller, smtp: SmtpServer, tmp_path: Path
) -> None:
    post(kit)
    leave_list(kit, reader(1), reader(2))
    smtp.sink.answer_rcpt = lambda address: "550 no" if "reader2" in address else "250 OK"
    teller()
    (kit.path / "work" / "journal.jsonl").unlink()

    ran = teller()

    assert "told before: 1" in ran.out
    assert smtp.sink.recipients == ["reader1@example.com"]


def test_the_newest_list_of_all_targets_counts(kit: Kit, teller: Teller, smtp: SmtpServer) -> None:
    post(kit)
    leave_list(kit, reader(1), exported_at="2026-11-22T10:00:00+00:00")
    leave_list(kit, reader(2), at="second", exported_at="2026-11-22T11:00:00+00:00")

    teller()

    assert smtp.sink.recipients == ["reader2@example.com"]


def test_the_list_is_kept_for_a_day_without_targets(kit: Kit, teller: Teller, smtp: SmtpServer) -> None:
    post(kit)
    leave_list(kit, reader(1))
    teller("--dry-run")
    private(kit).delete(account.SUBSCRIBERS)

    ran = teller()

    assert smtp.sink.recipients == ["reader1@example.com"]
    assert "subscribers.age" in ran.out


def forged(kit: Kit, how: str) -> bytes:
    vault = vault_of(kit)
    made = {
        "stranger": list_of(vault, [reader(1)], STRANGER),
        "another page": list_of(vault, [reader(1)], page="otherpage001"),
        "not encrypted": json.dumps({"page": vault.page_id, "subscribers": []}).encode(),
        "a link that ends a header": list_of(vault, [reader(1, unsubscribe="https://a>\r\nBcc: b@c.d")]),
        "no link": list_of(vault, [reader(1, unsubscribe="javascript:alert(1)")]),
    }
    return made[how]


@pytest.mark.parametrize(
    "how", ["stranger", "another page", "not encrypted", "a link that ends a header", "no link"]
)
def test_a_list_that_is_not_ours_is_not_used(kit: Kit, teller: Teller, smtp: SmtpServer, how: str) -> None:
    post(kit)
    private(kit).put(account.SUBSCRIBERS, forged(kit, how))

    ran = teller()

    assert (ran.status, smtp.sink.recipients) == (1, [])
    assert "There is no list of subscribers" in ran.err
    assert "main: the list" in ran.err


def test_an_address_that_ends_a_header_harms_nobody(kit: Kit, teller: Teller, smtp: SmtpServer) -> None:
    post(kit)
    leave_list(kit, reader(1, address="a@example.com\r\nBcc: b@example.com"), reader(2))

    ran = teller()

    assert smtp.sink.recipients == ["reader2@example.com"]
    assert "characters in it that no address can have" in ran.err


def test_without_private_places_it_says_how_the_application_learns_of_it(
    kit: Kit, teller: Teller, smtp: SmtpServer, tmp_path: Path
) -> None:
    post(kit)
    copy = tmp_path / "subscribers.age"
    copy.write_bytes(list_of(vault_of(kit), [reader(1)]))
    for name in ("main", "second"):
        folder = kit.places[name].with_name(f"{name}-private")
        for file in sorted(folder.rglob("*"), reverse=True):
            file.unlink() if file.is_file() else file.rmdir()
        folder.rmdir()
        folder.write_text("in the way")

    ran = teller("--list", str(copy))

    for name in ("main", "second"):
        kit.places[name].with_name(f"{name}-private").unlink()
    assert smtp.sink.recipients == ["reader1@example.com"]
    assert "import_emergency TARGET --journal" in ran.err


def test_the_journal_names_nobody_but_by_id(kit: Kit, teller: Teller, smtp: SmtpServer) -> None:
    post(kit)
    leave_list(kit, reader(1))
    teller()

    assert [line.step for line in teller.journal()] == [Step.SENDING, Step.SENT]
    work = b"".join(path.read_bytes() for path in (kit.path / "work").iterdir() if path.is_file())
    assert b"reader1@example.com" not in work
    assert b"leave/1" not in work


CHATS = ("slack", "teams", "discord", "mattermost")


def test_every_channel_is_told_by_the_application_s_own_code(
    kit: Kit, teller: Teller, smtp: SmtpServer, receiver: Receiver
) -> None:
    post(kit)
    assert kit.run("update", "--status", "identified", "--en", "A disk.", "--yes").status == 0
    chats = [
        reader(
            number,
            channel=name,
            address=f"{receiver.url}/{name}",
            manage=f"https://app.example.com/m/{number}/",
        )
        for number, name in enumerate(CHATS, 2)
    ]
    mail = reader(1, manage="https://app.example.com/m/1/")
    leave_list(kit, mail, *chats, reader(7, channel="pigeon", manage="https://app.example.com/m/7/"))

    ran = teller()

    assert ran.status == 0, ran.err
    assert "1 channel of Slack" in ran.out
    assert "does not know: 1" in ran.out
    assert "Discord: 1 of 1" in ran.out
    # People get the latest alone.
    assert sorted(request.path for request in receiver.requests) == sorted(f"/{name}" for name in CHATS)
    for request in receiver.requests:
        said = request.body.decode()
        assert "A disk." in said
        assert "Everything is down" in said
        assert "https://app.example.com/m/" in said
    assert len(smtp.sink.mails) == 1
    assert receiver.url not in ran.out + ran.err
    assert set(accounted(kit).values()) == {Fate.SENT}

    assert "told before: 5" in teller().out
    assert len(receiver.requests) == len(CHATS)


def test_a_list_from_before_says_how_to_leave(kit: Kit, teller: Teller, receiver: Receiver) -> None:
    post(kit)
    leave_list(kit, reader(1, channel="slack", address=f"{receiver.url}/slack"))

    assert teller("--only", "slack").status == 0

    (request,) = receiver.requests
    assert "https://app.example.com/leave/1:signed/" in request.body.decode()


def test_what_they_chose_is_honoured(kit: Kit, teller: Teller, smtp: SmtpServer) -> None:
    post(kit, "--component", "Cards=major")
    subject = f"incident:{kit.shown().incidents[0].id}"
    leave_list(
        kit,
        reader(1, kinds="maintenance"),
        reader(2, kinds="incident", time_zone="America/New_York"),
        reader(3, everything=False, subjects=[subject], kinds="maintenance"),
        reader(4, everything=False, subjects=["incident:another00001"]),
    )

    teller()

    assert sorted(smtp.sink.recipients) == ["reader2@example.com", "reader3@example.com"]
    zones = {mail["To"]: mail.get_body(("plain",)) for mail in smtp.sink.mails}
    in_new_york = zones["reader2@example.com"]
    assert in_new_york is not None
    assert any(f" {zone}" in in_new_york.get_content() for zone in ("EST", "EDT"))


def test_a_secret_that_is_being_replaced_signs_along(kit: Kit, teller: Teller, receiver: Receiver) -> None:
    post(kit)
    old = "whsec_" + base64.b64encode(b"o" * 24).decode()
    later, over = (datetime.now(UTC) + timedelta(hours=hours) for hours in (1, -1))
    hook = {"channel": "webhook", "secret": SECRET, "previous_secret": old}
    leave_list(
        kit,
        reader(1, address=f"{receiver.url}/both", previous_until=later.isoformat(), **hook),
        reader(2, address=f"{receiver.url}/new", previous_until=over.isoformat(), **hook),
    )

    assert teller().status == 0

    by_path = {request.path: request for request in receiver.requests}
    for request in by_path.values():
        Webhook(SECRET).verify(request.body, request.headers)
    Webhook(old).verify(by_path["/both"].body, by_path["/both"].headers)
    assert " " not in by_path["/new"].headers["webhook-signature"]
