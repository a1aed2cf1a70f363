"""Lines of text and names of hosts."""

import pytest
from django.core.exceptions import ValidationError

from monitors.text import check_line, clean_host


@pytest.mark.parametrize(
    "line",
    [
        "",
        "API",
        "Base de données — Paris",
        "支払い",
        "مدفوعات",
        "👩‍💻 Développeurs",
        "50 % « prêt »",
        "a<b>&\"c'",
    ],
)
def test_any_visible_line_is_welcome(line: str) -> None:
    check_line(line)


@pytest.mark.parametrize(
    "line",
    ["a\x00b", "a\nb", "a\rb", "a\tb", "\x1b[31m", "a\u2028b", "a\u202eb", "a\u2066b", "\ud800", "\ufeffa"],
)
def test_control_characters_and_turned_text_are_refused(line: str) -> None:
    with pytest.raises(ValidationError, match="control characters"):
        check_line(line)


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("status.example.com", "status.example.com"),
        (" Status.Example.COM. ", "status.example.com"),
        ("localhost", "localhost"),
        ("état.example.fr", "xn--tat-9la.example.fr"),
    ],
)
def test_a_host_is_kept_as_browsers_send_it(typed: str, host: str) -> None:
    assert clean_host(typed) == host


@pytest.mark.parametrize(
    "typed",
    [
        "https://status.example.com",
        "status.example.com/",
        "status.example.com:8000",
        "user@example.com",
        "a b.example.com",
        "-a.example.com",
        "a..example.com",
        "",
        ".",
        "a" * 64 + ".example.com",
        ".".join(["abcdefgh"] * 30),
        "x" * 1_000_000,
        "a\x00b.example.com",
        "<script>.example.com",
    ],
)
def test_what_is_no_host_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError, match="host alone"):
        clean_host(typed)
