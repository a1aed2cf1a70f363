import re
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import translation

from subscribers import mail
from subscribers.channels.base import Message, Told
from tests.subscribers.make import NOW, make_means, make_message, make_told

KINDS: dict[str, Callable[[], Told]] = {
    "incident": make_told,
    "last word": lambda: make_told("incident.resolved", status="resolved"),
    "bare": lambda: make_told(components=(), next_update_at=None, body={"en": "", "fr": ""}),
    "maintenance": lambda: make_told(
        "maintenance.scheduled",
        kind="maintenance",
        status="scheduled",
        impact="maintenance",
        scheduled_for="2026-11-25T22:00:00+00:00",
        scheduled_until="2026-11-26T00:30:00+00:00",
    ),
    "question": lambda: replace(
        make_told("subscription.confirm"),
        payload={"language": "en", "everything": True, "components": []},
        subject="subscriber:x",
    ),
}


def written(message: Message, **means: Any) -> bytes:
    letter = mail.compose(message.notice, message.language, make_means(**means), NOW)
    return mail.copy(letter, message, make_means(**means))


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=default)  # type: ignore[return-value]


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_is_whole_and_legal(kind: str, language: str) -> None:
    message = make_message(KINDS[kind](), language=language)

    raw = written(message)
    parsed = read(raw)

    assert parsed.defects == []
    for part in parsed.walk():
        assert part.defects == []
        assert all(header.defects == () for header in part.values())
    assert parsed["From"] == "Acme <status@example.com>"
    assert parsed["To"] == "reader@example.com"
    assert parsed["Subject"].startswith("[Acme] ")
    assert parsed["Date"].datetime == NOW
    assert parsed["Message-ID"] == "<notice000001subscriber01@example.com>"
    assert parsed["Content-Language"] == language
    assert parsed["List-Id"] == "<page00000001.example.com>"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["Precedence"] == "bulk"
    for once in ("From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "MIME-Version"):
        assert len(parsed.get_all(once)) == 1
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_has_one_https_link_to_leave_in_its_header_and_both_texts(
    kind: str, language: str
) -> None:
    parsed = read(written(make_message(KINDS[kind](), language=language)))

    link = re.fullmatch(r"<([^<>]+)>", parsed["List-Unsubscribe"])
    assert link
    assert urlsplit(link[1]).scheme == "https"
    assert urlsplit(link[1]).path.startswith("/unsubscribe/")
    assert link[1] in text_of(parsed, "plain").splitlines()
    assert f'href="{link[1]}"' in text_of(parsed, "html")


@pytest.mark.parametrize("kind", KINDS)
def test_lines_are_crlf_ascii_and_short_but_for_links(kind: str) -> None:
    raw = written(make_message(KINDS[kind](), language="fr"))

    head, _separator, body = raw.partition(b"\r\n\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()
    assert all(len(line) <= 78 for line in head.split(b"\r\n") if b"List-Unsubscribe:" not in line)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert max(map(len, body.split(b"\r\n"))) <= 76


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_mail_loads_anything_from_elsewhere(kind: str, language: str) -> None:
    html = text_of(read(written(make_message(KINDS[kind](), language=language))), "html")

    assert not re.search(r"<(img|link|script|iframe|object|video|audio|form)|url\(|@import|src=", html)
    assert "prefers-color-scheme: dark" in html


def test_all_steps_of_one_incident_hang_from_one_root() -> None:
    first = read(written(make_message()))
    other = read(written(make_message(make_told("incident.resolved", status="resolved"), id="other")))

    assert first["References"] == first["In-Reply-To"] == "<incident.incident0001@example.com>"
    assert other["References"] == first["References"]
    assert other["Message-ID"] != first["Message-ID"]
    assert read(written(make_message(KINDS["question"]())))["References"] is None


def test_a_mail_says_the_same_in_english() -> None:
    parsed = read(written(make_message(make_told(title={"en": "Checkout fails", "fr": ""}))))
    text = text_of(parsed, "plain")

    assert parsed["Subject"] == "[Acme] Investigating: Checkout fails"
    assert text.startswith("Checkout fails\nInvestigating - 22 November 2026, 15:00 CET\n")
    assert "We are looking into it." in text
    assert "Next update before 22 November 2026, 15:30 CET." in text
    assert "- Checkout: Major outage" in text
    assert "https://status.example.com/en/incidents/incident0001/" in text
    assert "<strong>looking</strong>" in text_of(parsed, "html")


def test_a_mail_says_the_same_in_french() -> None:
    told = make_told(title={"en": "Checkout fails", "fr": "Le paiement échoue"})
    parsed = read(written(make_message(told, language="fr")))
    text = text_of(parsed, "plain")

    assert parsed["Subject"] == "[Acme] Enquête en cours\u00a0: Le paiement échoue"
    assert text.startswith(
        "Le paiement échoue\nEnquête en cours – 22 novembre 2026 à 15\u00a0h\u00a000 CET\n"
    )
    assert "Prochaine mise à jour avant le 22 novembre 2026 à 15\u00a0h\u00a030 CET." in text
    assert "- Paiement\u00a0: Panne majeure" in text
    assert "https://status.example.com/fr/incidents/incident0001/" in text


def test_whoever_sends_does_not_lend_it_their_language() -> None:
    with translation.override("fr"):
        assert read(written(make_message()))["Subject"].startswith("[Acme] Investigating")


def test_a_text_that_misses_in_one_language_is_told_in_the_other() -> None:
    told = make_told(title={"en": "Checkout fails", "fr": ""}, body={"en": "Only English.", "fr": ""})

    assert "Only English." in text_of(read(written(make_message(told, language="fr"))), "plain")


def test_a_page_that_no_longer_speaks_a_language_is_linked_in_its_own() -> None:
    told = replace(make_told(), languages=("en",))

    text = text_of(read(written(make_message(told, language="fr"))), "plain")
    assert "https://status.example.com/incidents/incident0001/" in text


def test_the_default_language_is_linked_where_its_pages_are() -> None:
    told = replace(make_told(), default_language="en")

    texts = {
        lang: text_of(read(written(make_message(told, language=lang))), "plain") for lang in ("en", "fr")
    }
    assert "https://status.example.com/incidents/incident0001/" in texts["en"]
    assert "https://status.example.com/fr/incidents/incident0001/" in texts["fr"]


def test_a_letter_is_copied_for_each_recipient() -> None:
    message = make_message()
    letter = mail.compose(message.notice, "en", make_means(), NOW)
    one = read(
        mail.copy(letter, make_message(address="a@example.com", subscriber_public_id="one"), make_means())
    )
    two = read(
        mail.copy(letter, make_message(address="b@example.com", subscriber_public_id="two"), make_means())
    )

    assert (one["To"], two["To"]) == ("a@example.com", "b@example.com")
    assert "/unsubscribe/one:" in text_of(one, "plain")
    assert "/unsubscribe/two:" in text_of(two, "plain")


HOSTILE = "x\r\nBcc: everyone@example.com\r\n\r\nbody \x00\u2028 <script>alert(1)</script> =?utf-8?q?=0D=0A?="


def test_no_field_gets_out_of_its_place() -> None:
    texts = {"en": HOSTILE, "fr": HOSTILE}
    affected = {"id": "c", "name": texts, "status": "operational"}
    told = make_told(title=texts, body=texts, components=(affected,), status=HOSTILE)
    told = replace(told, page_name=HOSTILE)

    parsed = read(written(make_message(told)))

    assert parsed["Bcc"] is None
    assert parsed.defects == []
    assert [str(address.addr_spec) for address in parsed["To"].addresses] == ["reader@example.com"]
    assert [str(address.addr_spec) for address in parsed["From"].addresses] == ["status@example.com"]
    assert set(parsed.keys()) == set(read(written(make_message())).keys())
    assert "<script" not in text_of(parsed, "html")


@pytest.mark.parametrize(
    "address",
    ["a@example.com\r\nBcc: b@example.com", "a@example.com\n", "a b@example.com", "é@example.com", ""],
)
def test_an_address_that_could_break_a_header_is_refused_even_from_the_database(address: str) -> None:
    with pytest.raises(ValueError, match="characters"):
        written(make_message(address=address))


def test_a_title_of_a_megabyte_makes_a_subject_of_one_line() -> None:
    parsed = read(written(make_message(make_told(title={"en": "é" * 1_000_000, "fr": ""}))))

    assert len(parsed["Subject"]) <= 250


def test_a_sender_may_have_a_name_of_its_own() -> None:
    parsed = read(written(make_message(), mail_from='"Status, Acme" <status@mail.example.org>'))

    assert parsed["From"] == '"Status, Acme" <status@mail.example.org>'
    assert parsed["Message-ID"].endswith("@mail.example.org>")


def test_where_the_application_has_no_tls_the_link_says_so() -> None:
    parsed = read(written(make_message(), app_url="http://localhost:8000"))

    assert parsed["List-Unsubscribe"].startswith("<http://localhost:8000/unsubscribe/")


@pytest.mark.parametrize("text", ["a" * 500, "é" * 500, "a =\nb \n\n.\n..\nFrom me", " ", "=" * 100, "\t\n"])
def test_any_text_arrives_as_it_was_written(text: str) -> None:
    told = make_told(body={"en": "".join(f"    {line}\n" for line in text.splitlines()), "fr": ""})

    plain = text_of(read(written(make_message(told))), "plain")

    for line in text.splitlines():
        assert line.strip() in plain
