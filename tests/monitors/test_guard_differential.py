"""The guard beside two others, on 100,000 addresses: a second table of our own, and ssrfguard from PyPI.

The second table is written from the IANA registries with prefixes and integers alone; it shares no line
and no data with monitors/network/guard.py. Where ssrfguard judges otherwise, the difference is named with
its reason.
"""

import random
import socket
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from ssrfguard import DEFAULT_DENIED

from monitors.network.addresses import check_url, literal
from monitors.network.guard import NOTHING, Address, permits
from monitors.reasons import UrlRefused

HOW_MANY = 100_000

# IANA IPv4 Special-Purpose Address Registry, the multicast registry, and what clouds keep to themselves,
# as first address and length of prefix.
V4 = (
    *((0x00000000, 8), (0x0A000000, 8), (0x64400000, 10), (0x7F000000, 8), (0xA9FE0000, 16)),
    *((0xAC100000, 12), (0xC0000000, 24), (0xC0000200, 24), (0xC01FC400, 24), (0xC034C100, 24)),
    *((0xC0586300, 24), (0xC0A80000, 16), (0xC0AF3000, 24), (0xC6120000, 15), (0xC6336400, 24)),
    *((0xCB007100, 24), (0xE0000000, 4), (0xF0000000, 4), (0xA83F8110, 32)),
)
# Of IANA's IPv6 global unicast space (2000::/3), what its special-purpose registry takes out again.
V6 = (
    *((0x2001 << 112, 23), (0x20010DB8 << 96, 32), (0x2620004F8000 << 80, 48)),
    *((0x3FFE << 112, 16), (0x3FFF << 112, 20)),
)
MAPPED, NAT64, SIX_TO_FOUR = 0xFFFF, 0x0064FF9B << 64, 0x2002


def inside(number: int, bits: int, table: tuple[tuple[int, int], ...]) -> bool:
    return any(number >> (bits - length) == first >> (bits - length) for first, length in table)


def is_good_v4(number: int) -> bool:
    return not inside(number, 32, V4)


def is_good_v6(number: int) -> bool:
    last = number & 0xFFFFFFFF
    if number >> 32 == MAPPED:
        return is_good_v4(last)
    if (number >> 32) & 0xFFFFFFFF in (0x00005EFE, 0x02005EFE) and not is_good_v4(last):
        return False  # ISATAP, under whatever prefix
    if number >> 32 == NAT64:
        return is_good_v4(last)
    if number >> 112 == SIX_TO_FOUR:
        return is_good_v4((number >> 80) & 0xFFFFFFFF)
    return number >> 125 == 1 and not inside(number, 128, V6)


def second(address: Address) -> bool:
    """Whether a connection may be made, by the second table."""
    number = int(address)
    return is_good_v4(number) if address.version == 4 else is_good_v6(number)


def edges(first: int, bits: int, length: int) -> Iterator[int]:
    """The addresses around both ends of a network."""
    last = first + (1 << (bits - length)) - 1
    for number in (first - 1, first, first + 1, last - 1, last, last + 1):
        yield number % (1 << bits)


def wrapped(v4: int, rng: random.Random) -> Iterator[int]:
    """The forms of IPv6 that carry an IPv4 address."""
    other = rng.getrandbits(32)
    yield (0xFFFF << 32) | v4  # mapped
    yield v4  # compatible
    yield (0xFFFF << 48) | v4  # translated (RFC 2765)
    yield (0x0064FF9B << 96) | v4  # NAT64
    yield (0x0064FF9B0001 << 80) | (rng.getrandbits(48) << 32) | v4  # NAT64 of one's own
    yield (0x2002 << 112) | (v4 << 80) | rng.getrandbits(80)  # 6to4
    yield (
        (0x20010000 << 96) | (v4 << 64) | (rng.getrandbits(32) << 32) | (other ^ 0xFFFFFFFF)
    )  # Teredo's server
    yield (
        (0x20010000 << 96) | (other << 64) | (rng.getrandbits(32) << 32) | (v4 ^ 0xFFFFFFFF)
    )  # Teredo's client
    for mark in (0x00005EFE, 0x02005EFE):  # ISATAP
        yield (0x2A001450 << 96) | (rng.getrandbits(32) << 64) | (mark << 32) | v4
        yield (rng.getrandbits(64) << 64) | (mark << 32) | v4


def addresses() -> Iterator[Address]:
    """The same ones at every run: edges of every network, in every form, then at random near and far."""
    rng = random.Random(20261122)
    networks = [
        (net.network_address, net.prefixlen) for net in (block.network for block in DEFAULT_DENIED.blocks)
    ]
    v4 = [number for first, length in V4 for number in edges(first, 32, length)]
    v4 += [n for net, length in networks if net.version == 4 for n in edges(int(net), 32, length)]
    v6 = [number for first, length in V6 for number in edges(first, 128, length)]
    v6 += [n for net, length in networks if net.version == 6 for n in edges(int(net), 128, length)]
    for number in v4:
        yield IPv4Address(number)
        yield from map(IPv6Address, wrapped(number, rng))
    yield from map(IPv6Address, v6)
    while True:
        near = rng.choice(V4)
        number = near[0] ^ rng.getrandbits(32 - near[1] + rng.randrange(4)) & 0xFFFFFFFF
        number = rng.choice((number, rng.getrandbits(32)))
        yield IPv4Address(number)
        yield from map(IPv6Address, wrapped(number, rng))
        first, length = rng.choice(
            [*V6, (0x2000 << 112, 3), (0xFC00 << 112, 7), (0xFE80 << 112, 10), (0, 96)]
        )
        yield IPv6Address((first ^ rng.getrandbits(min(128, 128 - length + rng.randrange(4)))) % (1 << 128))
        yield IPv6Address(rng.getrandbits(128))


@pytest.fixture(scope="module")
def generated() -> list[Address]:
    source = addresses()
    return [next(source) for _number in range(HOW_MANY)]


def test_two_tables_judge_100_000_addresses_alike(generated: list[Address]) -> None:
    differing = [str(each) for each in generated if permits(each, 443, NOTHING) != second(each)]
    assert differing == []
    verdicts = Counter(second(each) for each in generated)
    assert min(verdicts.values()) > HOW_MANY // 10
    assert sum(each.version == 6 for each in generated) > HOW_MANY // 2


def difference(address: Address) -> str:
    """Why we refuse what ssrfguard permits; "" for a reason that nobody knows."""
    number = int(address)
    if address.version == 4:
        blocks = {
            (0xA83F8110, 32): "Azure's host agent, which is no special-purpose address",
            (0xC0000009, 32): "PCP anycast: globally reachable to IANA, nobody's site",
            (0xC000000A, 32): "TURN anycast: the same",
            (0xC01FC400, 24): "AS112: the same",
            (0xC034C100, 24): "AMT: the same",
            (0xC0AF3000, 24): "AS112: the same",
        }
        return next((why for block, why in blocks.items() if inside(number, 32, (block,))), "")
    last, high = number & 0xFFFFFFFF, number >> 96
    if number >> 32 in (MAPPED, NAT64) or number >> 112 == SIX_TO_FOUR:
        inner = last if number >> 32 in (MAPPED, NAT64) else (number >> 80) & 0xFFFFFFFF
        return difference(IPv4Address(inner)) or _isatap(number)
    if not number >> 32:
        return "IPv4-compatible addresses are routed nowhere"
    if high == 0x20010000:
        return "Teredo has no servers left, and its clients are not sites"
    if number >> 105 == 0x2001 << 7:
        return (
            "IETF protocol assignments that IANA calls globally reachable: anycast, AMT, AS112, identifiers"
        )
    if inside(number, 128, ((0x2620004F8000 << 80, 48),)):
        return "AS112"
    if inside(number, 128, ((0x3FFE << 112, 16),)):
        return "6bone: returned to IANA"
    if number >> 125 != 1:
        return "outside of what IANA hands out as global unicast"
    return _isatap(number)


def _isatap(number: int) -> str:
    marked = (number >> 32) & 0xFFFFFFFF in (0x00005EFE, 0x02005EFE)
    return "ISATAP: carries an IPv4 address that is refused" if marked else ""


def test_it_permits_nothing_that_ssrfguard_refuses(generated: list[Address]) -> None:
    wrong = [
        str(each)
        for each in generated
        if permits(each, 443, NOTHING) and DEFAULT_DENIED.classify(each).blocked
    ]
    assert wrong == []


def test_what_it_refuses_beyond_ssrfguard_has_a_known_reason(generated: list[Address]) -> None:
    beyond = [
        each
        for each in generated
        if not permits(each, 443, NOTHING) and not DEFAULT_DENIED.classify(each).blocked
    ]
    assert [str(each) for each in beyond if not difference(each)] == []
    assert beyond


# How the C library, a browser or an old parser may write 127.0.0.1, 169.254.169.254 and 10.0.0.1.
ODD = [
    *("127.1", "127.0.1", "0x7f.1", "0x7f.0.0.1", "0x7f000001", "0X7F000001", "2130706433", "017700000001"),
    *("0177.0.0.1", "0177.1", "127.0.0.1.", "0x7f.1.", "0x00000000000000007f.1", "000000127.0.0.1"),
    *("①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "𝟏𝟐𝟕.𝟎.𝟎.𝟏"),
    *("127%2e0%2e0%2e1", "%31%32%37.0.0.1", "127.0.0.1%00", "127.0.0.1%20", "127.0.0.1%23"),
    *(
        "localhost",
        "LOCALHOST",
        "localhost.",
        "ⓛocalhost",
        "ｌｏｃａｌｈｏｓｔ",
        "local\u00adhost",
        "app.localhost",
    ),
    *(
        "169.254.43518",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "169.254.169.254.",
        "0xA9.254.0xa9fe",
    ),
    *(
        "10.1",
        "012.1",
        "167772161",
        "0xa.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:0:0:1]",
    ),
    *(
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
        "[::]",
    ),
    *("0", "0.0.0.0", "0x0", "00", "4294967295", "255.255.255.255", "256.256.256.256", "1.2.3.4.5"),
    *(
        "127.0.0.1:80@example.com",
        "example.com@127.0.0.1",
        "example.com#@127.0.0.1",
        "127.0.0.1\\@example.com",
    ),
    *("xn--127-0-0-1.", "127.0.0.1\u200b", "127.0.0.1\u3002", "\u2488.0.0.1", "127.0.0\u20241"),
]


@pytest.mark.parametrize("number", range(len(ODD)))
def test_no_notation_hides_an_address(number: int) -> None:
    """Refused as it is written, or a name that the resolver's answers decide about, never a private one."""
    host = ODD[number]
    try:
        accepted = check_url(f"http://{host}/")
    except UrlRefused:
        return
    name = accepted.removeprefix("http://").partition("/")[0].partition("#")[0]
    assert literal(name) is None
    try:
        answers = socket.getaddrinfo(name, 80, flags=socket.AI_NUMERICHOST)
    except OSError:
        return  # no number to the C library either
    assert all(permits(ip_address(answer[4][0]), 80, NOTHING) for answer in answers)
