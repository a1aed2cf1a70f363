"""Who may read what is measured."""

from ipaddress import ip_address

import pytest

from statuspage.scraping import LOOPBACK, address_of, check_token, has_token, is_listed, parse

ALLOW = parse(f"{LOOPBACK} 10.20.0.0/16, 2001:db8::/32")


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "listed"),
    [
        ("127.0.0.1", "", 0, True),
        ("::1", "", 0, True),
        ("::ffff:127.0.0.1", "", 0, True),
        ("10.20.3.4", "", 0, True),
        ("2001:db8::7", "", 0, True),
        ("10.21.0.1", "", 0, False),
        ("203.0.113.5", "", 0, False),
        # A proxy on this machine that nobody told us of.
        ("127.0.0.1", "203.0.113.5", 0, False),
        ("127.0.0.1", "127.0.0.1", 0, False),
        # One that we know of: what the client wrote before it does not count.
        ("127.0.0.1", "203.0.113.5", 1, False),
        ("127.0.0.1", "127.0.0.1, 203.0.113.5", 1, False),
        ("127.0.0.1", "10.20.3.4", 1, True),
        ("127.0.0.1", "203.0.113.5, 10.20.3.4", 1, True),
        # Straight, past the proxies.
        ("127.0.0.1", "", 1, True),
        ("203.0.113.5", "", 2, False),
        # Past one of two.
        ("127.0.0.1", "10.20.3.4", 2, False),
        ("127.0.0.1", "10.20.3.4, 192.0.2.1", 2, True),
        ("", "", 0, False),
        ("127.0.0.1", "nonsense", 1, False),
        ("127.0.0.1", "127.0.0.1:80", 1, False),
    ],
)
def test_an_address_counts_only_where_it_is_known(
    remote: str, forwarded: str, proxies: int, listed: bool
) -> None:
    assert is_listed(address_of(remote, forwarded, proxies), ALLOW) is listed


def test_nothing_is_listed_where_nothing_is_allowed() -> None:
    assert parse("") == ()
    assert not is_listed(ip_address("127.0.0.1"), ())


@pytest.mark.parametrize("text", ["10.0.0.1/8", "localhost", "10.0.0.0/33", "*"])
def test_what_is_no_network_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="METRICS_ALLOW") as raised:
        parse(f"127.0.0.0/8 {text}")
    assert text in str(raised.value)


@pytest.mark.parametrize(
    ("authorization", "right"),
    [
        ("Bearer a token of some length", True),
        ("bearer a token of some length", True),
        ("Bearer a token of some lengt", False),
        ("Bearer a token of some lengthy", False),
        ("Basic a token of some length", False),
        ("a token of some length", False),
        ("Bearer é", False),
        ("Bearer", False),
        ("", False),
    ],
)
def test_only_the_whole_token_opens(authorization: str, right: bool) -> None:
    assert has_token(authorization, "a token of some length") is right


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer"])
def test_no_token_opens_nothing(authorization: str) -> None:
    assert not has_token(authorization, "")


def test_a_token_that_can_be_guessed_is_refused() -> None:
    assert check_token("") == ""
    assert check_token(" 0123456789abcdef\n") == "0123456789abcdef"
    with pytest.raises(ValueError, match="METRICS_TOKEN") as raised:
        check_token("hunter2")
    assert "hunter2" not in str(raised.value)
