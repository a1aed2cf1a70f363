import pytest

from monitors.network.guard import NOTHING
from subscribers.channels import CHANNELS
from subscribers.channels.base import AddressError
from tests.subscribers.make import make_means

MEANS = make_means(webhook_allow=NOTHING)


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("reader@example.com", "reader@example.com"),
        ("  Reader+Tag@Example.COM ", "reader+tag@example.com"),
        ("lecteur@café.example", "lecteur@xn--caf-dma.example"),
        ("o'neil@example.com", "o'neil@example.com"),
        # A valid local part; what opens a spreadsheet escapes it.
        ("=cmd|x@example.com", "=cmd|x@example.com"),
    ],
)
def test_an_email_address_has_one_normal_form(typed: str, normal: str) -> None:
    assert CHANNELS["email"].clean(typed, MEANS) == normal


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "@",
        "reader",
        "reader@localhost",
        "reader@[169.254.169.254]",
        "reader@169.254.169.254",
        "reader@127.1",
        "reader@①②⑦.⓪.⓪.①",
        "reader@example.com\r\nBcc: everyone@example.com",
        "reader\n@example.com",
        "reader@exa\tmple.com",
        "reader@example.com\0",
        "reader@example..com",
        "reader@-example.com",
        "Reader <reader@example.com>",
        "reader@example.com, other@example.com",
        '"a\r\nb"@example.com',
        "a" * 65 + "@example.com",
        "a@" + "b" * 64 + ".com",
        "a@" + ".".join(["b" * 60] * 5) + ".com",
        "читатель@example.com",
        "x" * 1_000_000 + "@example.com",
        "javascript:alert(1)",
    ],
)
def test_what_mail_cannot_be_sent_to_is_refused(typed: str) -> None:
    with pytest.raises(AddressError):
        CHANNELS["email"].clean(typed, MEANS)


def test_a_webhook_address_has_one_normal_form() -> None:
    assert CHANNELS["webhook"].clean(" https://Hooks.Example.com ", MEANS) == "https://hooks.example.com"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "hooks.example.com",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://example.com/",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:8000/",
        "http://127.1/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://①②⑦.⓪.⓪.①/",
        "https://user:password@example.com/",
        "https://example.com/\r\nX-Injected: 1",
        "https://exa mple.com/",
        "https://example.com:99999/",
        "https://example.com/" + "a" * 2_000,
    ],
)
def test_a_webhook_address_that_is_no_public_one_is_refused(typed: str) -> None:
    with pytest.raises(AddressError):
        CHANNELS["webhook"].clean(typed, MEANS)
