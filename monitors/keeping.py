"""What failed checks met, kept: the first failure of each run, and the one that turned its region.

Only `record` calls it. The newest few of each monitor are kept, for as long as its observations.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from monitors.models import Evidence
from monitors.seen import KEPT, Seen

PER_MONITOR = 20
# What is there does not see what is given yet: both are counted together, what is given as the newer.
_KEEP = """
WITH given AS (
    SELECT * FROM unnest(
        %(monitors)s::bigint[], %(regions)s::text[], %(slots)s::timestamptz[], %(outcomes)s::text[]
    ) WITH ORDINALITY AS given (monitor_id, region, slot, outcome, number)
), placed AS (
    SELECT id, number,
        row_number() OVER (PARTITION BY monitor_id ORDER BY slot DESC, id DESC, number DESC) AS place
    FROM (
        SELECT id, NULL::bigint AS number, monitor_id, slot FROM monitors_evidence
        WHERE monitor_id = ANY(%(monitors)s)
        UNION ALL SELECT NULL, number, monitor_id, slot FROM given
    ) AS each
), dropped AS (
    DELETE FROM monitors_evidence WHERE id IN (SELECT id FROM placed WHERE place > %(most)s)
)
INSERT INTO monitors_evidence (monitor_id, region, slot, outcome)
SELECT monitor_id, region, slot, outcome::jsonb FROM given JOIN placed USING (number)
WHERE place <= %(most)s ORDER BY number
"""


def keep(failures: Sequence[tuple[str, Seen]]) -> None:
    """Keeps failures of regions, and of each of their monitors the newest alone."""
    if failures:
        with connection.cursor() as cursor:
            cursor.execute(
                _KEEP,
                {
                    "monitors": [seen.monitor_id for _region, seen in failures],
                    "regions": [region for region, _seen in failures],
                    "slots": [seen.slot for _region, seen in failures],
                    "outcomes": [json.dumps(_storable(seen)) for _region, seen in failures],
                    "most": PER_MONITOR,
                },
            )


def _storable(seen: Seen) -> dict[str, object]:
    """As `seen.outcome` says it, with no reason that this version does not know."""
    return {**seen.outcome.to_json(), "reason": seen.reason or None}


def forget(now: datetime) -> int:
    """Deletes what is older than observations are kept; returns how much."""
    return Evidence.objects.filter(slot__lt=now - KEPT).delete()[0]
