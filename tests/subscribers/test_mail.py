from dataclasses import replace

import pytest
from django.utils import translation

from subscribers import mail
from tests.subscribers.letters import KINDS, read, text_of, written
from tests.subscribers.make import NOW, make_means, make_message, make_told


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
    assert "[Acme] " in parsed["Subject"]
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


def test_all_steps_of_one_incident_hang_from_one_root() -> None:
    first = read(written(make_message()))
    other = read(written(make_message(make_told("incident.resolved", status="resolved"), id="other")))

    assert first["References"] == first["In-Reply-To"] == "<incident.incident0001@example.com>"
    assert other["References"] == first["References"]
    assert other["Message-ID"] != first["Message-ID"]
    assert read(written(make_message(KINDS["question"]())))["References"] is None


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
