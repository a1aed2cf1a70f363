from datetime import timedelta

import pytest

from subscribers import allowance
from subscribers.models import Allowance
from tests.subscribers.make import NOW


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "expected"),
    [
        ("198.51.100.7", "", 0, "198.51.100.7"),
        # Whatever a client writes into the header counts for nothing.
        ("198.51.100.7", "203.0.113.9", 0, "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9", 2, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "", 0, "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "", 0, "198.51.100.7"),
        ("fe80::1%eth0", "", 0, "fe80::/64"),
        ("", "", 0, "unknown"),
        ("10.0.0.1", "<script>", 1, "unknown"),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_64(
    remote: str, forwarded: str, proxies: int, expected: str
) -> None:
    assert allowance.network_of(remote, forwarded, proxies) == expected


@pytest.mark.django_db
def test_a_network_has_a_share_per_hour() -> None:
    allowed = [allowance.spend("198.51.100.7", NOW) for _ in range(allowance.LIMIT + 2)]

    assert allowed == [True] * allowance.LIMIT + [False] * 2
    assert allowance.spend("198.51.100.8", NOW)
    assert not allowance.spend("198.51.100.7", NOW + timedelta(minutes=59))
    assert allowance.spend("198.51.100.7", NOW + timedelta(hours=1))


@pytest.mark.django_db
def test_who_used_the_forms_is_forgotten_after_the_hour() -> None:
    allowance.spend("198.51.100.7", NOW)
    allowance.spend("198.51.100.8", NOW + timedelta(minutes=30))

    assert allowance.forget(NOW + timedelta(hours=1)) == 1
    assert Allowance.objects.get().key == "198.51.100.8"
