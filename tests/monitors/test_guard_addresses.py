"""Addresses as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.network.addresses import check_host_port, check_url
from monitors.network.guard import Allow
from monitors.reasons import SENTENCES, Reason, UrlRefused

REFUSED = [
    ("", Reason.SCHEME),
    ("example.com", Reason.SCHEME),
    ("//example.com/", Reason.SCHEME),
    ("javascript:alert(1)", Reason.SCHEME),
    ("data:text/html,x", Reason.SCHEME),
    ("file:///etc/passwd", Reason.SCHEME),
    ("file://host/etc/passwd", Reason.SCHEME),
    ("ftp://example.com/", Reason.SCHEME),
    ("gopher://example.com/", Reason.SCHEME),
    ("ws://example.com/", Reason.SCHEME),
    ("http:/example.com/", Reason.SCHEME),
    ("http:///path", Reason.HOST),
    ("http://", Reason.HOST),
    ("http://?q", Reason.HOST),
    ("http://.example.com/", Reason.HOST),
    ("http://a..b/", Reason.HOST),
    ("http://-a.example/", Reason.HOST),
    ("http://ex%41mple.com/", Reason.HOST),
    ("http://a,b/", Reason.HOST),
    (f"http://{'a' * 64}.example/", Reason.HOST),
    ("http://" + "a." * 127 + "aa/", Reason.HOST),
    ("http://①②⑦.⓪.⓪.①/", Reason.HOST),
    ("http://256.256.256.256/", Reason.HOST),
    ("http://[zz::1]/", Reason.HOST),
    ("http://[fe80::1%25eth0]/", Reason.HOST),
    ("http://user@example.com/", Reason.USERINFO),
    ("http://user:secret@example.com/", Reason.USERINFO),
    ("http://@example.com/", Reason.USERINFO),
    ("http://example.com@169.254.169.254/", Reason.USERINFO),
    ("http://example.com:0/", Reason.PORT),
    ("http://example.com:65536/", Reason.PORT),
    ("http://example.com:http/", Reason.PORT),
    ("http://example.com:-1/", Reason.PORT),
    ("http://example.com/a b", Reason.CHARACTERS),
    (" http://example.com/", Reason.CHARACTERS),
    ("http://example.com/\r\nHost: evil", Reason.CHARACTERS),
    ("http://example.com/\0", Reason.CHARACTERS),
    ("http://example.com\t/", Reason.CHARACTERS),
    ("http://example.com/\u00a0", Reason.CHARACTERS),
    ("http://exam\u200bple.com/", Reason.CHARACTERS),
    ("http://example.com/\u202egpj", Reason.CHARACTERS),
    ("http://example.com/\ud800", Reason.CHARACTERS),
    ("http://example.com\\@evil.example/", Reason.CHARACTERS),
    ("http://example.com/" + "a" * 2000, Reason.LENGTH),
    ("http://" + "a" * 1_000_000, Reason.LENGTH),
    ("http://127.0.0.1/", Reason.FORBIDDEN),
    ("http://127.1/", Reason.FORBIDDEN),
    ("http://0x7f.1/", Reason.FORBIDDEN),
    ("http://0177.0.0.1/", Reason.HOST),
    ("http://2130706433/", Reason.FORBIDDEN),
    ("http://0x7f000001/", Reason.FORBIDDEN),
    ("http://127.0.0.1./", Reason.FORBIDDEN),
    ("http://127。0。0。1/", Reason.FORBIDDEN),
    ("http://0/", Reason.FORBIDDEN),
    ("http://localhost/", Reason.FORBIDDEN),
    ("http://LOCALHOST./", Reason.FORBIDDEN),
    ("http://app.localhost/", Reason.FORBIDDEN),
    ("http://169.254.169.254/latest/meta-data/", Reason.FORBIDDEN),
    ("http://[::1]/", Reason.FORBIDDEN),
    ("http://[::ffff:169.254.169.254]/", Reason.FORBIDDEN),
    ("http://[::ffff:a9fe:a9fe]/", Reason.FORBIDDEN),
    ("http://[64:ff9b::a00:1]/", Reason.FORBIDDEN),
    ("https://10.0.0.1:8443/", Reason.FORBIDDEN),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED, ids=[repr(text)[:40] for text, _ in REFUSED])
def test_it_refuses_for_one_reason(text: str, reason: Reason) -> None:
    with pytest.raises(UrlRefused) as refusal:
        check_url(text)
    assert refusal.value.reason is reason
    assert refusal.value.sentence == SENTENCES[reason]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("http://example.com", "http://example.com"),
        ("HTTPS://Example.COM/Path?q=1#part", "https://example.com/Path?q=1#part"),
        ("https://example.com:8443/health", "https://example.com:8443/health"),
        ("https://bücher.example/é", "https://xn--bcher-kva.example/%C3%A9"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:4700::1111]:8080/", "http://[2606:4700::1111]:8080/"),
        ("http://my_host.example./", "http://my_host.example./"),
        ("http://example.com/@user:80/", "http://example.com/@user:80/"),
    ],
)
def test_it_gives_the_canonical_form(text: str, canonical: str) -> None:
    assert check_url(text) == canonical


@given(
    st.one_of(
        st.text(), st.builds("http://{}".format, st.text()), st.builds("https://a.b{}".format, st.text())
    )
)
def test_any_text_is_either_refused_or_canonical(text: str) -> None:
    try:
        canonical = check_url(text)
    except UrlRefused:
        return
    assert canonical.isascii()
    assert check_url(canonical) == canonical


def test_an_allowed_literal_is_accepted_at_its_port_only() -> None:
    allow = Allow.parse("127.0.0.1/32:8000")
    assert check_url("http://127.0.0.1:8000/health", allow) == "http://127.0.0.1:8000/health"
    with pytest.raises(UrlRefused):
        check_url("http://127.0.0.1/health", allow)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("db.example.com:5432", ("db.example.com", 5432)),
        ("DB.example.com:80", ("db.example.com", 80)),
        ("bücher.example:443", ("xn--bcher-kva.example", 443)),
        ("8.8.8.8:53", ("8.8.8.8", 53)),
        ("[2606:4700::1111]:53", ("2606:4700::1111", 53)),
    ],
)
def test_it_reads_host_and_port(text: str, expected: tuple[str, int]) -> None:
    assert check_host_port(text) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.HOST),
        ("example.com", Reason.PORT),
        (":80", Reason.HOST),
        ("example.com:", Reason.PORT),
        ("example.com:0", Reason.PORT),
        ("example.com:70000", Reason.PORT),
        ("example.com:x", Reason.PORT),
        ("example.com:80/path", Reason.HOST),
        ("http://example.com:80", Reason.HOST),
        ("example.com:80?q", Reason.HOST),
        ("user@example.com:80", Reason.USERINFO),
        ("example.com :80", Reason.CHARACTERS),
        ("a" * 3000 + ":80", Reason.LENGTH),
        ("127.0.0.1:5432", Reason.FORBIDDEN),
        ("[::1]:5432", Reason.FORBIDDEN),
        ("localhost:6379", Reason.FORBIDDEN),
    ],
)
def test_it_refuses_what_is_not_host_and_port(text: str, reason: Reason) -> None:
    with pytest.raises(UrlRefused) as refusal:
        check_host_port(text)
    assert refusal.value.reason is reason


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
