"""What a page may have of its own: pictures that are pictures, links that are links, nothing that runs."""

import struct
import zlib
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from monitors.branding import (
    clean_colour,
    clean_contact,
    clean_links,
    clean_picture,
    clean_sender,
    clean_tags,
    written_links,
)
from monitors.models import Access, Component, Page
from tests.make import make_component, make_page
from tests.monitors.admin_pages import Staff


def make_png(width: int = 2, height: int = 2) -> bytes:
    """A picture that browsers show."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _row in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "value", ["red", "#12345", "#1234567", "#12345g", "#1f5fbf;}*{display:none", "url(x)"]
)
def test_a_colour_is_six_digits_and_nothing_more(value: str) -> None:
    assert clean_colour(" #1F5FBF ") == "#1f5fbf"
    with pytest.raises(ValidationError):
        clean_colour(value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + bytes(50),
        b"\x89PNG\r\n\x1a\n",
        make_png(width=3_000),
        b"RIFF\0\0\0\0WEBPVP8X" + bytes(3),
        make_png() + bytes(100_000),
    ],
)
def test_a_picture_is_png_or_webp_and_of_a_sane_size(content: bytes) -> None:
    assert clean_picture(make_png(), 100_000) == make_png()
    with pytest.raises(ValidationError):
        clean_picture(content, 100_000)


def test_a_webp_of_each_kind_is_taken() -> None:
    extended = b"RIFF" + bytes(4) + b"WEBPVP8X" + bytes(8) + b"\x0f\0\0" + b"\x0f\0\0"
    lossless = (
        b"RIFF"
        + bytes(4)
        + b"WEBPVP8L"
        + bytes(4)
        + b"\x2f"
        + (15 | 15 << 14).to_bytes(4, "little")
        + bytes(9)
    )
    lossy = b"RIFF" + bytes(4) + b"WEBPVP8 " + bytes(10) + b"\x10\0\x10\0"
    for content in (extended, lossless, lossy):
        assert clean_picture(content, 100_000) == content


def test_links_read_as_they_are_written() -> None:
    text = "Terms | Conditions | https://acme.example/terms\nHelp | mailto:help@acme.example"
    links = clean_links(text)
    assert links == [
        {"en": "Terms", "fr": "Conditions", "url": "https://acme.example/terms"},
        {"en": "Help", "fr": "Help", "url": "mailto:help@acme.example"},
    ]
    assert clean_links(written_links(links)) == links


@pytest.mark.parametrize(
    "line",
    [
        "Terms",
        "Terms | javascript:alert(1)",
        "Terms | https://user:secret@acme.example/",
        "| https://acme.example/",
        "a | b | c | https://acme.example/",
        "Help | mailto:help@acme.example?bcc=all@acme.example",
        "\u202eTerms | https://acme.example/",
    ],
)
def test_a_line_that_is_no_link_is_refused(line: str) -> None:
    with pytest.raises(ValidationError):
        clean_links(line)


@pytest.mark.parametrize("value", ["http://acme.example/", "tel:1", "mailto:nobody", "security@acme.example"])
def test_a_security_contact_is_a_mailto_or_https_address(value: str) -> None:
    assert clean_contact("mailto:security@acme.example") == "mailto:security@acme.example"
    assert clean_contact("https://acme.example/security/") == "https://acme.example/security"
    with pytest.raises(ValidationError):
        clean_contact(value)


@pytest.mark.parametrize(
    "value", ["Acme", "a@localhost", "Acme <x@y.example>, z@y.example", "a@b.example\nBcc: c@d.example"]
)
def test_a_sender_is_one_address(value: str) -> None:
    assert clean_sender("Acme <status@acme.example>") == "Acme <status@acme.example>"
    assert clean_sender("status@acme.example") == "status@acme.example"
    with pytest.raises(ValidationError):
        clean_sender(value)


def test_tags_are_kept_once_and_are_lines() -> None:
    assert clean_tags([" eu ", "eu", "", "Pro plan"]) == ["eu", "Pro plan"]
    with pytest.raises(ValidationError):
        clean_tags(["a\u202eb"])
    with pytest.raises(ValidationError):
        clean_tags([str(number) for number in range(21)])


@pytest.mark.django_db
def test_staff_give_a_page_its_looks_and_take_them_away() -> None:
    page, staff = make_page(), Staff()
    answer = staff.send(
        "page",
        page.pk,
        accent="#1F5FBF",
        logo_file=SimpleUploadedFile("logo.png", make_png()),
        favicon_file=SimpleUploadedFile("icon.png", make_png(4, 4)),
        written_links="Terms | Conditions | https://acme.example/terms",
        legal_en="Acme *Ltd*\n\nParis",
        sender="Acme <status@acme.example>",
        dead_man_url="https://hc.example/ping/secret",
    )
    assert answer.status_code == 302, answer.context["errors"]
    page.refresh_from_db()
    assert (page.accent, page.sender) == ("#1f5fbf", "Acme <status@acme.example>")
    assert bytes(page.logo) == make_png()
    assert bytes(page.favicon) == make_png(4, 4)
    assert page.links[0]["fr"] == "Conditions"
    assert page.dead_man_url == "https://hc.example/ping/secret"
    # What is not said again stays.
    staff.send("page", page.pk, name="Acme")
    page.refresh_from_db()
    assert page.logo is not None
    assert page.links != []
    staff.send("page", page.pk, no_logo="on", no_favicon="on")
    page.refresh_from_db()
    assert (page.logo, page.favicon) == (None, None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("accent", "red"),
        ("written_links", "x | javascript:alert(1)"),
        ("sender", "nobody"),
        ("security_contact", "http://acme.example/"),
        ("dead_man_url", "file:///etc/passwd"),
        ("logo_file", SimpleUploadedFile("logo.svg", b"<svg/>")),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(field: str, value: Any) -> None:
    page = make_page()
    answer = Staff().send("page", page.pk, **{field: value})
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]


@pytest.mark.django_db
def test_the_help_on_senders_shows_its_angle_brackets() -> None:
    assert b"Name &lt;address&gt;" in Staff().open("page", make_page().pk).content


@pytest.mark.django_db
def test_a_page_with_a_password_needs_one() -> None:
    page, staff = make_page(), Staff()
    answer = staff.send("page", page.pk, access=Access.PASSWORD.value)
    assert list(answer.context["adminform"].form.errors) == ["new_password"]
    answer = staff.send("page", page.pk, access=Access.PASSWORD.value, new_password="guessed")
    assert list(answer.context["adminform"].form.errors) == ["new_password"]
    staff.send("page", page.pk, access=Access.PASSWORD.value, new_password="tell nobody")
    page.refresh_from_db()
    assert check_password("tell nobody", page.password)
    # A password that is not typed again stays, and is never shown.
    answer = staff.send("page", page.pk, name="Acme")
    assert answer.status_code == 302
    assert Page.objects.get(pk=page.pk).password == page.password
    assert page.password.encode() not in staff.open("page", page.pk).content


@pytest.mark.django_db
def test_staff_tag_a_component() -> None:
    component = make_component()
    Staff().send("component", component.pk, tags="eu, Pro plan, eu")
    assert Component.objects.get(pk=component.pk).tags == ["eu", "Pro plan"]
