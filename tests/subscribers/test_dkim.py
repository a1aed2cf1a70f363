"""Signed mail verifies with another implementation, and whatever is changed or added breaks it."""

from base64 import b64decode
from collections.abc import Callable
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.core.checks import run_checks
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers.dkim import Signer
from subscribers.means import means
from tests.subscribers.letters import KINDS, read, written
from tests.subscribers.make import make_message


def pem(key: Any, encryption: Any = None, form: Any = PrivateFormat.PKCS8) -> str:
    return str(key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode())


RSA = rsa.generate_private_key(65537, 2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
SIGNERS = {kind: Signer.parse(pem(key), "s1", "example.com") for kind, key in (("rsa", RSA), ("ed", ED25519))}
both_keys = pytest.mark.parametrize("kind_of_key", SIGNERS)


def dns(signer: Signer) -> Callable[..., bytes | None]:
    """A DNS that holds what the signer says belongs there."""
    name, value = signer.record
    return lambda asked, timeout=5: value.encode() if asked.decode().rstrip(".") == name else None


def verifies(mail: bytes, signer: Signer) -> bool:
    return bool(dkim.verify(mail, dnsfunc=dns(signer), minkey=1024))


def signed_names(mail: bytes) -> list[str]:
    fields = dict(part.strip().split("=", 1) for part in read(mail)["DKIM-Signature"].split(";"))
    assert (fields["c"], fields["d"], fields["s"]) == ("relaxed/relaxed", "example.com", "s1")
    return ["".join(name.split()) for name in fields["h"].split(":")]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("kind", KINDS)
@both_keys
def test_every_mail_verifies_and_all_that_matters_is_signed(
    kind_of_key: str, kind: str, language: str
) -> None:
    signer = SIGNERS[kind_of_key]
    mail = written(make_message(KINDS[kind](), language=language), dkim=signer, mailbox="bounces@example.com")

    assert verifies(mail, signer)
    names = signed_names(mail)
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(names)
    expected = {"from", "to", "subject", "date", "message-id", "mime-version", "content-type"}
    assert expected | {"in-reply-to", "references"} <= set(names)
    # Named once more than it is there: nobody can add one.
    present = [name.lower() for name in read(mail)]
    assert all(names.count(name) == present.count(name) + 1 for name in names)
    assert all(len(line) <= 78 for line in mail.partition(b"To:")[0].split(b"\r\n"))


@both_keys
def test_what_is_changed_or_added_breaks_it(kind_of_key: str) -> None:
    signer = SIGNERS[kind_of_key]
    mail = written(make_message(), dkim=signer)

    assert verifies(mail, signer)
    assert not verifies(mail.replace(b"looking", b"cooking"), signer)
    assert not verifies(mail.replace(b"One-Click", b"Two-Click"), signer)
    for header in (b"From: x@evil.example", b"Subject: Other", b"List-Unsubscribe: <https://evil.example>"):
        assert not verifies(header + b"\r\n" + mail, signer)
    assert not verifies(mail.replace(b"\r\nTo:", b"\r\n" + header + b"\r\nTo:"), signer)


@settings(max_examples=100, deadline=None)
@given(st.text(" \t=aé\r\n.", max_size=80), st.text(" \tab", max_size=40), st.sampled_from(sorted(SIGNERS)))
def test_white_space_and_empty_lines_are_as_others_count_them(body: str, subject: str, kind: str) -> None:
    lines = body.replace("\r", "").replace("\n", "\r\n").encode("ascii", "replace")
    head = f"From: a@example.com\r\nSubject:  {subject}x\r\n\tfolded \r\nTo: b@example.com\r\n\r\n"
    assert verifies(SIGNERS[kind].signed(head.encode() + lines), SIGNERS[kind])


def test_only_mail_of_its_domain_and_below_is_signed() -> None:
    signer = SIGNERS["ed"]

    below = written(make_message(), dkim=signer, mail_from="Acme <status@mail.example.com>")
    assert verifies(below, signer)
    for other in ("status@other.example", "status@notexample.com"):
        assert b"DKIM-Signature" not in written(make_message(), dkim=signer, mail_from=other)


def test_a_key_in_one_line_or_in_the_older_form_is_read() -> None:
    older = pem(RSA, form=PrivateFormat.TraditionalOpenSSL)
    assert Signer.parse(older, "s1", "Example.COM").record == SIGNERS["rsa"].record
    assert Signer.parse(pem(RSA).replace("\n", "\\n"), "S1", "example.com").record == SIGNERS["rsa"].record


def test_the_record_for_dns_holds_the_public_key_alone() -> None:
    name, value = SIGNERS["ed"].record
    assert name == "s1._domainkey.example.com"
    assert value.startswith("v=DKIM1; k=ed25519; p=")
    assert b64decode(value.rpartition("p=")[2]) == ED25519.public_key().public_bytes_raw()
    assert SIGNERS["rsa"].record[1].startswith("v=DKIM1; k=rsa; p=MII")


@pytest.mark.parametrize(
    ("key", "selector", "domain", "sentence"),
    [
        ("nothing", "s1", "example.com", "DKIM_KEY is no private key"),
        (pem(RSA, BestAvailableEncryption(b"secret")), "s1", "example.com", "DKIM_KEY is no private key"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "s1", "example.com", "neither an RSA nor"),
        (pem(ED25519), "", "example.com", "DKIM_SELECTOR is no name"),
        (pem(ED25519), "s1", "example.com;\r\n x", "DKIM_DOMAIN is no name"),
        (pem(ED25519), "s1 x", "example.com", "DKIM_SELECTOR is no name"),
    ],
    ids=["text", "password", "curve", "no selector", "header", "space"],
)
def test_what_cannot_sign_is_refused_without_repeating_it(
    key: str, selector: str, domain: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence) as refused:
        Signer.parse(key, selector, domain)
    assert key not in str(refused.value)


def test_the_settings_make_the_signer_and_a_bad_key_is_told_before_anything_starts(settings: Any) -> None:
    settings.EMAIL_FROM = "Acme <status@example.com>"
    assert means(settings).dkim is None
    settings.DKIM_KEY, settings.DKIM_SELECTOR = pem(ED25519), "s1"
    signer = means(settings).dkim
    assert signer is not None
    assert signer.record == SIGNERS["ed"].record
    assert run_checks() == []
    settings.DKIM_KEY = "-----BEGIN PRIVATE KEY-----\nSECRETSECRET\n-----END PRIVATE KEY-----"
    (error,) = [found for found in run_checks() if found.id == "subscribers.E001"]
    assert "DKIM_KEY is no private key" in str(error)
    assert "SECRETSECRET" not in str(error)


def test_nothing_shows_the_key() -> None:
    assert "key" not in repr(SIGNERS["rsa"])
