"""Secrets of monitors: split from the other settings, kept, refused to strangers, taken out of what came."""

import json
from base64 import b64encode
from collections.abc import Callable
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from monitors.masks import MASK, masked
from monitors.probes import PROBES, ConfigError
from monitors.secrets import Settings, split
from tests.monitors.kinds import SECRET

HTTP = PROBES["http"]
URL = "https://example.com/health"
BEFORE = Settings({"url": URL, "username": "ada"}, {"password": "kept", "secret_headers": "X-Key: kept"})


def test_what_is_secret_is_apart_and_defaults_are_left_out() -> None:
    typed = {"url": URL, "method": "GET", "username": "ada", "password": "p", "body": "", "redirects": "none"}
    halves = split(HTTP, typed)
    assert halves.config == {"url": URL, "username": "ada", "redirects": "none"}
    assert halves.secrets == {"password": "p"}
    assert halves.whole == {**halves.config, "password": "p"}
    assert json.loads(halves.secret_text) == {"password": "p"}
    assert Settings.kept(halves.config, halves.secret_text) == halves


def test_without_a_secret_nothing_is_kept() -> None:
    assert split(HTTP, {"url": URL}).secret_text == ""
    assert Settings.kept({"url": URL}, "") == Settings({"url": URL})


@pytest.mark.parametrize("text", ["{", "[]", '"x"', '{"a": 1}', '{"a": null}'])
def test_secrets_that_nobody_wrote_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be read|JSON|Expecting"):
        Settings.kept({}, text)


def test_an_empty_secret_is_the_one_that_was_kept() -> None:
    halves = split(
        HTTP, {"url": URL, "username": "ada", "password": "", "secret_headers": "X-Key: new"}, BEFORE
    )
    assert halves.secrets == {"password": "kept", "secret_headers": "X-Key: new"}


def test_a_secret_goes_when_that_is_said() -> None:
    halves = split(HTTP, {"url": URL}, BEFORE, forget=["password"])
    assert halves.secrets == {"secret_headers": "X-Key: kept"}


def test_what_the_kind_no_longer_knows_goes() -> None:
    before = Settings({"url": URL}, {"formerly": "x"})
    assert split(HTTP, {"url": URL}, before).secrets == {}


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/health",
        "http://example.com/health",
        "https://example.com:8443/health",
        "https://example.com.evil.example/",
        "not an address",
        "",
    ],
)
def test_another_address_gets_no_secret_that_was_kept(url: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        split(HTTP, {"url": url, "username": "ada", "secret_headers": "X-Key: new"}, BEFORE)
    assert refusal.value.field == "password"
    typed = {"url": url, "password": "new", "secret_headers": "X-Key: new"}
    assert split(HTTP, typed, BEFORE).secrets == {"password": "new", "secret_headers": "X-Key: new"}
    assert split(HTTP, {"url": url}, BEFORE, forget=["password", "secret_headers"]).secrets == {}


@pytest.mark.parametrize("url", ["https://EXAMPLE.com:443/other?x=1", " https://example.com ", URL])
def test_the_same_site_keeps_it(url: str) -> None:
    assert split(HTTP, {"url": url}, BEFORE).secrets == BEFORE.secrets


# Masks

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="•"), min_size=4, max_size=40)


@example("b00:", "\\", "")
@example('n"00', "\\", "")
@given(TEXTS, st.text(max_size=20), st.text(max_size=20))
def test_no_secret_is_left_wherever_it_stands(secret: str, before: str, after: str) -> None:
    secret = secret.strip()
    assume(len(secret) >= 4)
    for form in (secret, quote(secret, safe=""), json.dumps(secret)[1:-1], secret.encode().hex()):
        assert form not in masked(f"{before}{form}{after}", [secret])


@given(TEXTS, st.binary(max_size=5), st.binary(max_size=5))
def test_nor_in_base64_whatever_stands_before_and_after(secret: str, before: bytes, after: bytes) -> None:
    secret = secret.strip()
    assume(len(secret) >= 4)
    text = b64encode(before + secret.encode() + after).decode()
    assert masked(text, [secret]) != text


@given(st.text("abc", min_size=6, max_size=12), st.text("abc", max_size=12))
def test_nor_half_of_one_where_the_text_ends(secret: str, before: str) -> None:
    for kept in range(6, len(secret)):
        told = masked(before + secret[:kept], [secret])
        assert told.endswith(MASK)
        assert secret[:6] not in told.rpartition(MASK)[2]


def test_the_values_and_the_words_of_secret_headers_are_secret_too() -> None:
    headers = "X-Api-Key: k3y-one\nAuthorization: Bearer eyJhbGciOi.J9\nCookie: session=abcdef123; theme=dark"
    told = masked('{"key": "k3y-one", "jwt": "eyJhbGciOi.J9", "sid": "abcdef123", "on": "dark"}', [headers])
    assert told == f'{{"key": "{MASK}", "jwt": "{MASK}", "sid": "{MASK}", "on": "dark"}}'


def escaped(write: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: "".join(each if each.isalnum() else write(each) for each in text)


WRITTEN: dict[str, Callable[[str], str]] = {
    "Go": lambda text: json.dumps(text).replace("&", r"\u0026").replace("<", r"\u003c"),
    ".NET": escaped(lambda each: f"\\u{ord(each):04X}"),
    "PHP": lambda text: json.dumps(text).replace("/", r"\/"),
    "JavaScript": escaped(lambda each: f"\\x{ord(each):02x}"),
    "Python": repr,
    "HTML": escaped(lambda each: f"&#{ord(each)};"),
    "HTML in hexadecimal": escaped(lambda each: f"&#x{ord(each):X};"),
    "XML": lambda text: escape(text).replace("&#x27;", "&apos;"),
    "form": quote_plus,
    "address in an address": lambda text: quote(quote(text, safe=""), safe=""),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "JSON in HTML": lambda text: escape(json.dumps(text)),
}


@pytest.mark.parametrize("write", WRITTEN.values(), ids=WRITTEN)
def test_none_is_left_whatever_writes_it(write: Callable[[str], str]) -> None:
    for secret in (SECRET, "&amp;%41&#65; 'x'"):
        told = masked(f"before&amp;{write(secret)}<after>", [secret])
        quotes = told.removeprefix("before&amp;").removesuffix("<after>").split(MASK)
        assert quotes in (["", ""], ['"', '"'], ["'", "'"], ['"\\"', '\\""'], ["&quot;", "&quot;"])


def test_what_only_looks_escaped_stays_as_it_came() -> None:
    text = r"100% &amp; \u0041 %zz &#0; %C3%28 \ud800 \\ end\ "
    assert masked(text, ["not in there"]) == text
    assert masked(f"{text}s3cret!{text}", ["s3cret!"]) == f"{text}{MASK}{text}"


def test_without_secrets_a_text_stays_as_it_is() -> None:
    assert masked("all of it", []) == "all of it"
    assert masked("all of it", ["", " \n"]) == "all of it"


def test_a_secret_of_ten_thousand_words_takes_no_time() -> None:
    secret = " ".join(f"word{number:05}" for number in range(1_000))
    text = "word00999 " * 6_000
    assert "word00999" in secret
    assert len(masked(text, [secret])) <= len(text)
