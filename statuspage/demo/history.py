"""What components went through outside of incidents: short troubles, and hours nobody watched.

Pseudo-random from each component's own name: the same `now` gives the same history.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from monitors import ledger
from monitors.ledger import Entry
from monitors.status import Source, Status
from statuspage.demo.story import Part

STAFF = Source.STAFF.value
SHOWN = timedelta(days=90)
# The newest day and a half stay calm: what goes on now is the open incident alone.
CALM = timedelta(hours=36)
DEGRADED = (Status.DEGRADED_PERFORMANCE, (4, 45))
PARTIAL = (Status.PARTIAL_OUTAGE, (3, 20))
UNWATCHED = (None, (60, 300))
KINDS = (DEGRADED, DEGRADED, DEGRADED, PARTIAL, UNWATCHED)


def recall(parts: Mapping[int, Part], now: datetime) -> None:
    """Writes the history of components (by primary key) from their first day on.

    The one place beside `record` that writes spans: it invents, where `record` records.
    """
    with transaction.atomic():
        ledger.write([entry for key, part in parts.items() for entry in _history(key, part, now)])


def _history(key: int, part: Part, now: datetime) -> Iterator[Entry]:
    yield Entry(key, STAFF, part.since, Status.OPERATIONAL)
    chance = random.Random(part.slug)  # noqa: S311 (nothing secret)
    first = max(part.since, now - SHOWN)
    minutes = (now - CALM - first) // timedelta(minutes=1)
    for _blip in range(part.blips):
        status, lengths = chance.choice(KINDS)
        start = first.replace(second=0, microsecond=0) + timedelta(minutes=chance.randint(1, minutes))
        yield Entry(key, STAFF, start, status)
        yield Entry(key, STAFF, start + timedelta(minutes=chance.randint(*lengths)), Status.OPERATIONAL)
