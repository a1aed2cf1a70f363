"""The table of addresses, the forms that hide one in another, and what an operator allows."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.network.guard import NAT64, NOTHING, Allow, permits

BAD = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.1.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::169.254.169.254",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:100.64.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:10.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "100:0:0:1::1",
    "2001::1",
    "2001:0:a00:1::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2002:a00:1::1",
    "2620:4f:8000::1",
    "2a00:1450::5efe:10.0.0.1",
    "2a00:1450::200:5efe:127.0.0.1",
    "3ffe::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "8000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ff0e::1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
]
GOOD = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2002:808:808::1",
    "2606:4700:4700::1111",
    "2a00:1450::5efe:8.8.8.8",
    "3fef::1",
]


@pytest.mark.parametrize("address", BAD)
def test_it_refuses_what_is_not_public(address: str) -> None:
    assert not permits(ip_address(address), 443, NOTHING)


@pytest.mark.parametrize("address", GOOD)
def test_it_permits_what_is_public(address: str) -> None:
    assert permits(ip_address(address), 443, NOTHING)


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_in_every_form(inner: IPv4Address) -> None:
    bits = int(inner)
    forms = [
        IPv6Address((0xFFFF << 32) | bits),
        IPv6Address((0x64FF9B << 96) | bits),
        IPv6Address((0x2002 << 112) | (bits << 80) | 1),
        IPv6Address((0x2A001450 << 96) | (0x5EFE << 32) | bits),
    ]
    verdict = permits(inner, 80, NOTHING)
    assert {permits(form, 80, NOTHING) for form in forms} == {verdict}


@given(st.one_of(st.ip_addresses(), st.integers(0, 2**128 - 1).map(IPv6Address)))
def test_nothing_passes_that_the_standard_library_calls_special(address: IPv4Address | IPv6Address) -> None:
    # Newer libraries call no 6to4 address global, whomever it leads to.
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    seen = inner or address
    if permits(address, 80, NOTHING) and seen not in NAT64:
        assert seen.is_global
        assert not any((seen.is_multicast, seen.is_reserved, seen.is_link_local, seen.is_unspecified))


@given(st.ip_addresses(v=4))
def test_little_is_refused_that_the_standard_library_calls_global(address: IPv4Address) -> None:
    ours = ("168.63.129.16", "192.0.0.", "192.31.196.", "192.52.193.", "192.88.99.", "192.175.48.")
    if address.is_global and not address.is_multicast and not str(address).startswith(ours):
        assert permits(address, 80, NOTHING)


def test_an_operator_allows_exact_networks() -> None:
    allow = Allow.parse("10.0.0.0/8  fd00::/8\n127.0.0.1/32:8000 [::1]/128:8001")
    assert permits(ip_address("10.1.2.3"), 5432, allow)
    assert permits(ip_address("fd00::7"), 5432, allow)
    assert permits(ip_address("127.0.0.1"), 8000, allow)
    assert permits(ip_address("::1"), 8001, allow)
    assert not permits(ip_address("127.0.0.1"), 8001, allow)
    assert not permits(ip_address("::1"), 8000, allow)
    assert not permits(ip_address("127.0.0.2"), 8000, allow)
    assert not permits(ip_address("192.168.0.1"), 80, allow)


def test_a_mapped_address_is_the_ipv4_address_that_is_allowed() -> None:
    allow = Allow.parse("127.0.0.1/32:8000")
    assert permits(ip_address("::ffff:127.0.0.1"), 8000, allow)
    assert not permits(ip_address("::ffff:127.0.0.1"), 8001, allow)


def test_allowing_the_wrapper_does_not_allow_what_is_in_it() -> None:
    allow = Allow.parse("64:ff9b:1::/48 2001::/32")
    assert permits(ip_address("64:ff9b:1::8.8.8.8"), 80, allow)
    assert not permits(ip_address("64:ff9b:1::169.254.169.254"), 80, allow)
    assert not permits(ip_address("2001:0:a00:1::1"), 80, allow)


def test_no_text_allows_nothing() -> None:
    assert Allow.parse("") == Allow.parse("  \n") == NOTHING


@pytest.mark.parametrize(
    "entry",
    [
        "10.0.0.0",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/8:",
        "10.0.0.0/8:0",
        "10.0.0.0/8:65536",
        "10.0.0.0/8:http",
        "10.0.0/8",
        "300.0.0.0/8",
        "::1",
        "[::1]",
        "[::1/128",
        "[::1]:80",
        "[::1]/129",
        "fe80::1/10",
        "[10.0.0.0/8]",
        "localhost",
        "localhost/32",
        "*/8",
        "10.0.0.0/8,127.0.0.1/32",
        "10.0.0.0/255.0.0.0",
        "https://10.0.0.0/8",
        "/8",
        "10.0.0.0/-1",
        "10.0.0.0/٨",
    ],
)
def test_a_malformed_entry_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="is refused") as refusal:
        Allow.parse(f"192.168.0.0/16 {entry}")
    assert repr(entry) in str(refusal.value)
