"""What failed checks met, kept: the first failure of each run, and the one that turned its region.

Only `record` calls it. The newest few of each monitor are kept, for as long as its observations.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection

from monitors.models import Evidence
from monitors.seen import KEPT, Seen

PER_MONITOR = 20


def keep(failures: Sequence[tuple[str, Seen]]) -> None:
    """Keeps failures of regions, and of each of their monitors the newest alone."""
    if not failures:
        return
    Evidence.objects.bulk_create(
        Evidence(monitor_id=seen.monitor_id, region=region, slot=seen.slot, outcome=_storable(seen))
        for region, seen in failures
    )
    _trim({seen.monitor_id for _region, seen in failures})


def _storable(seen: Seen) -> dict[str, object]:
    """As `seen.outcome` says it, with no reason that this version does not know."""
    return {**seen.outcome.to_json(), "reason": seen.reason or None}


def _trim(monitor_ids: Collection[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM monitors_evidence WHERE id IN (
                SELECT id FROM (
                    SELECT id,
                        row_number() OVER (PARTITION BY monitor_id ORDER BY slot DESC, id DESC) AS place
                    FROM monitors_evidence WHERE monitor_id = ANY(%s)
                ) AS placed WHERE place > %s
            )""",
            [list(monitor_ids), PER_MONITOR],
        )


def forget(now: datetime) -> int:
    """Deletes what is older than observations are kept; returns how much."""
    return Evidence.objects.filter(slot__lt=now - KEPT).delete()[0]
