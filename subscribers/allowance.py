"""How often one network may use a public form: counted in Postgres, so that all web processes agree.

An IPv6 subscriber has a whole /64 to write from, so that is what counts as one.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from django.db import connection

from subscribers.hops import hops_of
from subscribers.models import Allowance

WINDOW = timedelta(hours=1)
LIMIT = 60

# One use of a form for each row of `typed (network)`; nobody's network counts for nothing.
SPEND = """
INSERT INTO subscribers_allowance AS a (key, since, count)
SELECT network, %(now)s, count(*) FROM typed WHERE network <> '' GROUP BY network ORDER BY network
ON CONFLICT (key) DO UPDATE SET
    since = CASE WHEN a.since <= %(start)s THEN excluded.since ELSE a.since END,
    count = CASE WHEN a.since <= %(start)s THEN excluded.count ELSE a.count + excluded.count END
RETURNING key, count
"""


class Exhausted(Exception):
    """A network has had its share of this hour."""


def network_of(remote: str, forwarded: str, proxies: int) -> str:
    """The client's IPv4 address or IPv6 /64.

    `forwarded` is X-Forwarded-For, of which only what our own `proxies` wrote counts: the client's
    address is that many entries from the right.
    """
    hops = hops_of(forwarded)
    written = hops[-proxies] if 0 < proxies <= len(hops) else remote
    try:
        address = ip_address(written)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(getattr(address, "ipv4_mapped", None) or address)


_SPEND_ONE = f"WITH typed AS (SELECT %(network)s::text AS network) {SPEND}"


def spend(network: str, now: datetime, limit: int = LIMIT) -> bool:
    """Count one use of the forms by a network. False: it has had its share of this hour, `limit` uses."""
    with connection.cursor() as cursor:
        cursor.execute(_SPEND_ONE, {"network": network, "now": now, "start": now - WINDOW})
        return bool(cursor.fetchone()[1] <= limit)


def forget(now: datetime) -> int:
    """Drop what no longer counts. Returns how many."""
    return Allowance.objects.filter(since__lte=now - WINDOW).delete()[0]
