"""Every kind of mail in both languages, as a mail program and a person read it."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from subscribers import mail, tokens
from subscribers.channels.base import Told
from tests.node import html_errors
from tests.subscribers.letters import CONFIRM, KINDS, mail_of, read, text_of, written
from tests.subscribers.make import make_means, make_message, make_told

both = pytest.mark.parametrize("language", ["en", "fr"])
every = pytest.mark.parametrize("kind", KINDS)

SHARED = {
    "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Language",
    "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "X-Auto-Response-Suppress",
    "Precedence",
}  # fmt: skip
ALONE = ("question", "last word")


@both
@every
def test_the_headers_are_complete_once_each_and_nothing_else_is_there(kind: str, language: str) -> None:
    parsed = mail_of(kind, language)
    threading = set() if kind in ALONE else {"In-Reply-To", "References"}

    assert sorted(parsed.keys()) == sorted(SHARED | threading)
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert parsed["Content-Language"] == language
    for part in parsed.walk():
        assert part.defects == []
        assert all(header.defects == () for header in part.values())


@both
@every
def test_one_https_link_to_leave_stands_in_the_header_and_in_both_parts(kind: str, language: str) -> None:
    parsed = mail_of(kind, language)

    link = re.fullmatch(r"<(https://app\.example\.com/unsubscribe/[^<>\s,]+)>", parsed["List-Unsubscribe"])
    assert link
    assert link[1] in text_of(parsed, "plain").splitlines()
    assert f'href="{link[1]}"' in text_of(parsed, "html")


@both
@every
def test_both_parts_link_the_page_where_it_is_changed_but_not_before_it_is_confirmed(
    kind: str, language: str
) -> None:
    parsed = mail_of(kind, language)
    link = make_means().manage("subscriber01")

    assert (link in text_of(parsed, "plain").splitlines()) == (kind != "question")
    assert (f'href="{link}"' in text_of(parsed, "html")) == (kind != "question")


@every
def test_a_mailbox_that_is_read_is_the_second_way_to_leave(kind: str) -> None:
    ways = str(mail_of(kind, "en", mailbox="bounces+x@example.com")["List-Unsubscribe"]).split(", ")

    assert [urlsplit(way.strip("<>")).scheme for way in ways] == ["https", "mailto"]
    address = urlsplit(ways[1].strip("<>"))
    assert unquote(address.path) == "bounces+x@example.com"
    subject = unquote(address.query.removeprefix("subject="))
    assert tokens.read_leaving(subject.removeprefix("unsubscribe ")) == "subscriber01"


@both
@every
def test_lines_are_legal(kind: str, language: str) -> None:
    raw = written(make_message(KINDS[kind](), language=language), mailbox="bounces@example.com")

    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\0" not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert max(map(len, raw.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76


@both
@every
def test_the_text_says_all_that_the_html_says(kind: str, language: str) -> None:
    parsed = mail_of(kind, language)
    html, plain = text_of(parsed, "html"), text_of(parsed, "plain")

    seen = re.sub(r"(?s)<(style|title|!--).*?(</\1>|-->)|<div class=\"preview\".*?</div>", " ", html)
    shown = re.split(r"\s+", unescape(re.sub(r"<[^>]*>", " ", seen)))
    assert [word for word in shown if word not in plain] == []
    for link in re.findall(r'href="([^"]*)"', html):
        assert unescape(link) in plain


@both
@every
def test_nothing_is_loaded_from_elsewhere_and_nobody_is_followed(kind: str, language: str) -> None:
    html = text_of(mail_of(kind, language), "html")

    assert not re.search(r"(?i)<(img|link|script|iframe|object|video|audio|form|base)\b|url\(|@import", html)
    assert not re.search(r"(?i)\b(src|srcset|background|poster|ping)\s*=", html)
    hosts = {urlsplit(unescape(link)).hostname for link in re.findall(r'href="([^"]*)"', html)}
    assert hosts <= {"app.example.com", "status.example.com", "acme.example"}


@both
@every
def test_it_is_in_its_language_light_and_dark_and_begins_with_what_matters(kind: str, language: str) -> None:
    html = text_of(mail_of(kind, language), "html")

    assert f'<html lang="{language}" dir="ltr">' in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html
    preview = re.search(r'(?s)<div class="preview"[^>]*>(.*?)</div>', html)
    assert preview
    assert preview[1].strip() or kind == "bare"


@pytest.mark.slow
def test_the_html_is_valid(tmp_path: Path) -> None:
    for kind in KINDS:
        for language in ("en", "fr"):
            (tmp_path / f"{kind}.{language}.html").write_text(text_of(mail_of(kind, language), "html"))
    assert html_errors(sorted(tmp_path.iterdir())) == []


def test_the_promise_and_the_workaround_come_before_the_update_which_comes_before_the_components() -> None:
    parsed = mail_of("workaround", "en")
    for text in (text_of(parsed, "plain"), text_of(parsed, "html").partition("<h1")[2]):
        order = [
            "Next update before",
            "Cards of one bank",
            "Workaround",
            "or by phone",
            "looking",
            "Affected",
            "Search",
            "All upd",
        ]
        places = [text.index(words) for words in order]
        assert places == sorted(places)


def test_an_alarm_in_english() -> None:
    parsed = read(written(make_message(make_told(title={"en": "Checkout fails", "fr": ""}))))

    assert parsed["Subject"] == "[Acme] Investigating: Checkout fails"
    assert text_of(parsed, "plain").startswith(
        "Acme\nInvestigating · Major impact\nCheckout fails\n22 November 2026, 15:00 CET\n\n"
        "Next update before 22 November 2026, 15:30 CET.\n\nWe are looking into it.\n\n"
        "Affected components\n- Checkout: major outage\n\n"
        "All updates\nhttps://status.example.com/en/incidents/incident0001/\n\n-- \n"
    )
    assert "<strong>looking</strong>" in text_of(parsed, "html")


def test_an_alarm_in_french() -> None:
    told = make_told(title={"en": "", "fr": "Le paiement échoue"})
    parsed = read(written(make_message(told, language="fr")))

    assert parsed["Subject"] == "[Acme] Enquête en cours\u00a0: Le paiement échoue"
    assert text_of(parsed, "plain").startswith(
        "Acme\nEnquête en cours · Impact majeur\nLe paiement échoue\n"
        "22 novembre 2026 à 15\u00a0h\u00a000 CET\n\n"
        "Prochaine mise à jour avant le 22 novembre 2026 à 15\u00a0h\u00a030 CET.\n\n"
        "Nous cherchons ; merci de votre patience.\n\n"
        "Composants touchés\n- Paiement\u00a0: panne majeure\n\n"
        "Toutes les mises à jour\nhttps://status.example.com/fr/incidents/incident0001/\n\n-- \n"
    )


def test_the_end_reads_differently_from_an_alarm() -> None:
    parsed = mail_of("resolved", "en")
    plain, html = text_of(parsed, "plain"), text_of(parsed, "html")

    assert parsed["Subject"].startswith("[Acme] Resolved: ")
    assert "It is over: it lasted 38 min and began on 22 November 2026, 14:22 CET." in plain
    assert "impact" not in plain
    assert "#1a7f4b" in html
    assert "#b4470b" not in html
    assert "- Checkout: operational" in plain


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Planned from 25 November 2026, 23:00 CET until 26 November 2026, 01:30 CET."),
        ("fr", "Prévue du 25 novembre 2026 à 23\xa0h\xa000 CET au 26 novembre 2026 à 1\xa0h\xa030 CET."),
    ],
)
def test_a_maintenance_says_from_when_until_when(language: str, sentence: str) -> None:
    assert sentence in text_of(mail_of("maintenance", language), "plain")


@pytest.mark.parametrize(
    ("zone", "language", "sentence"),
    [
        ("America/New_York", "en", "Planned on 25 November 2026 from 17:00 to 19:30 EST."),
        ("America/New_York", "fr", "Prévue le 25 novembre 2026 de 17\xa0h\xa000 à 19\xa0h\xa030 EST."),
        ("America/Sao_Paulo", "en", "Planned on 25 November 2026 from 19:00 to 21:30 UTC-03."),
        ("Nowhere/Gone", "en", "Planned from 25 November 2026, 23:00 CET until 26 November 2026, 01:30 CET."),
    ],
)
def test_times_are_the_readers(zone: str, language: str, sentence: str) -> None:
    message = make_message(KINDS["maintenance"](), language=language, time_zone=zone)
    assert sentence in text_of(read(written(message)), "plain")


def test_french_counts_the_first_day_of_a_month_and_no_zero_before_an_hour() -> None:
    told = make_told(next_update_at="2026-12-01T08:05:00+00:00")
    plain = text_of(read(written(make_message(told, language="fr"))), "plain")
    assert "avant le 1er décembre 2026 à 9\xa0h\xa005 CET." in plain


def test_what_is_only_planned_is_named_without_a_status() -> None:
    assert "Affected components\n- Checkout\n" in text_of(mail_of("maintenance", "en"), "plain")
    assert "Affected components\n- Checkout: major outage" in text_of(mail_of("started", "en"), "plain")
    assert "\nComponents\n- Checkout: operational" in text_of(mail_of("completed", "en"), "plain")


def test_a_test_says_so_before_anything_else() -> None:
    parsed = mail_of("test", "en")

    assert parsed["Subject"].startswith("Test: [Acme] Investigating: ")
    assert text_of(parsed, "plain").startswith("*** This is a test: nothing of this has happened")
    html = text_of(parsed, "html")
    assert html.index("This is a test") < html.index("<h1")
    assert "Test" not in mail_of("incident", "en")["Subject"]


def test_the_last_word_says_what_is_unreachable_since_when_and_where_to_switch_it_on() -> None:
    plain = text_of(mail_of("last word", "en"), "plain")

    assert plain.startswith("Acme\nWe can no longer reach hooks.example.com\n\n")
    assert "has arrived since 22 November 2026, 15:00 CET. We have switched" in plain
    assert "The last answer: The receiver answered 500." in plain


def test_a_text_in_another_language_says_so_to_voices() -> None:
    told = make_told(title={"en": "Checkout fails", "fr": ""}, body={"en": "Only English.", "fr": ""})
    html = text_of(read(written(make_message(told, language="fr"))), "html")

    assert 'dir="auto" lang="en">Checkout fails</h1>' in html
    assert 'dir="auto" lang="en"><p>Only English.</p></div>' in html


def test_without_the_application_nobody_is_sent_to_a_page_of_it() -> None:
    told, means = KINDS["workaround"](), make_means(app_url="")

    letter = mail.compose(told, "en", means, told.created_at)
    assert b"pause it" not in mail.copy(letter, make_message(told), means)


# A megabyte would shrink for minutes.
FIELDS = settings(deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
MARKS = "\u202e\u2066\u200f\u061c"
NASTY = [
    "x\r\nBcc: everyone@example.com\r\n\r\nbody",
    "\n.\n",
    "a\0b",
    "=?utf-8?q?=0D=0ABcc:_x@example.com?=",
    f"{MARKS}evil",
    "é" * 1_000_000,
    "<script>alert(1)</script><img src=x onerror=y>",
    "[x](javascript:alert(1)) ![y](https://evil.example/z.png)",
    "\ud800\u2028\u2029\x85",
    "{{ page }}{% include 'x' %}",
    "=\r\n=20",
    '"><b>',
]
nasty = st.sampled_from(NASTY) | st.text(max_size=60)
both_languages = st.fixed_dictionaries({"en": nasty, "fr": nasty})


def check(raw: bytes, like: str = "incident") -> None:
    """It is still one mail of ours, to one person, with nothing of it run or fetched."""
    parsed = read(raw)
    assert sorted(parsed.keys()) == sorted(mail_of(like, "en").keys())
    assert [part.defects for part in parsed.walk()] == [[], [], []]
    assert [address.addr_spec for address in parsed["To"].addresses] == ["reader@example.com"]
    assert [address.addr_spec for address in parsed["From"].addresses] == ["status@example.com"]
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert len(parsed["Subject"]) <= 260
    assert not set(MARKS) & set(parsed["Subject"] + text_of(parsed, "plain") + text_of(parsed, "html"))
    html = text_of(parsed, "html")
    assert not re.search(r"(?i)<(img|script|b)\b|href=\"javascript:", html)


@settings(FIELDS, max_examples=60)
@given(st.data(), st.sampled_from(["en", "fr"]))
def test_no_field_of_a_step_gets_out_of_its_place(data: st.DataObject, language: str) -> None:
    component = {
        "id": data.draw(nasty),
        "name": data.draw(both_languages),
        "status": data.draw(st.sampled_from(["operational", "major_outage"])),
    }
    fields = {name: data.draw(nasty) for name in ("kind", "status", "impact", "public_id", "update_id")}
    texts = {name: data.draw(both_languages) for name in ("title", "body", "workaround")}
    told = make_told(**fields, **texts, components=(component,))
    check(written(make_message(_named(told, data.draw(nasty)), language=language)))


@settings(FIELDS, max_examples=30)
@given(nasty, nasty, nasty, st.sampled_from(["en", "fr"]))
def test_no_field_of_a_last_word_or_a_question_gets_out_of_its_place(
    page: str, host: str, why: str, language: str
) -> None:
    word = KINDS["last word"]()
    word = _named(word, page, payload=word.payload | {"host": host, "why": why})
    check(written(make_message(word, language=language)), "last word")
    asked = _named(KINDS["question"](), page, payload=CONFIRM)
    check(written(make_message(asked, language=language)), "question")


@settings(FIELDS, max_examples=60)
@given(nasty)
def test_the_name_of_a_sender_stays_a_name(name: str) -> None:
    raw = written(make_message(_named(make_told(), name)))
    parsed = read(raw)
    assert [address.addr_spec for address in parsed["From"].addresses] == ["status@example.com"]
    assert parsed["Bcc"] is None


@settings(FIELDS, max_examples=60)
@given(nasty)
def test_an_address_is_one_word_or_no_mail_is_made(address: str) -> None:
    try:
        raw = written(make_message(address=address))
    except ValueError:
        return
    assert raw.count(f"To: {address}\r\n".encode()) == 1


def _named(told: Told, page: str, **values: Any) -> Told:
    return replace(told, page_name=page, **values)
