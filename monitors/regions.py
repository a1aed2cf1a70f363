"""Where checks run from: each has a row, a number in observations, a key, and a time when it was last heard.

A region is silent where nothing came from it for three slots of a monitor that it checks. That monitor is
unknown there by then; staff are told a minute later, so that a core which starts again tells nobody. Of one
that doubts its own network they are told at once: nobody else would tell them that all may be down.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from monitors import sealing
from monitors.models import Region, RegionVerdict, default_regions
from monitors.probes.doubt import SEVERAL
from monitors.reasons import Reason
from monitors.sealing import Keys, SealError
from monitors.state import GRACE, SILENT_SLOTS

# Not written more often than this.
HEARD_EVERY = timedelta(seconds=10)
# How long a region is quiet before it is called silent.
SETTLED = timedelta(seconds=60)
# What a check says that doubts its own network; and for how long after the last one its region is in doubt.
DOUBTS = (Reason.OFFLINE, Reason.UNWITNESSED)
CALM = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Changes:
    """Regions, by name, that are silent since this very look, and those that are heard again."""

    fell: tuple[str, ...]
    back: tuple[str, ...]


def number(name: str) -> int:
    """The number of a region, which is given one if it has none yet."""
    return Region.objects.get_or_create(name=name)[0].pk


def keys() -> Keys:
    """What this process has to seal and open secrets with."""
    return Keys(tuple(settings.DATA_KEYS), settings.PROBE_KEY)


def recipients() -> dict[str, str]:
    """The public key of each region that has one.

    The application's own region has that of PROBE_KEY where the core is given it too, as in one .env for all.
    """
    found = dict(Region.objects.exclude(recipient="").values_list("name", "recipient"))
    own = _own()
    return {**dict.fromkeys(default_regions(), own), **found} if own else found


def _own() -> str:
    try:
        return sealing.public_key(settings.PROBE_KEY)
    except SealError:
        return ""


def heard(name: str, now: datetime, witnesses: int | None = None) -> None:
    """Something came from a region, whose worker has so many witnesses."""
    heard_lately = Region.objects.filter(name=name).exclude(heard_at__gt=now - HEARD_EVERY)
    heard_lately.update(heard_at=now, witnesses=witnesses)


def silent(now: datetime) -> Changes:
    """Looks which regions say nothing any more, and which do again."""
    with connection.cursor() as cursor:
        cursor.execute(
            _LOOK,
            {
                "now": now,
                "slots": SILENT_SLOTS,
                "grace": GRACE.total_seconds(),
                "told": now - SETTLED,
            },
        )
        rows = cursor.fetchall()
    return Changes(
        fell=tuple(name for name, before, after in rows if after and not before),
        back=tuple(name for name, before, after in rows if before and not after),
    )


def doubting(now: datetime) -> None:
    """Looks which regions doubt their own network, and which no longer do."""
    with connection.cursor() as cursor:
        cursor.execute(_DOUBT, {"now": now, "calm": now - CALM, "doubts": [each.value for each in DOUBTS]})


def unwitnessed(region: Region) -> bool:
    """Whether a region in doubt has no witness: what it takes for its own network may be everybody else's."""
    doubted = RegionVerdict.objects.filter(region=region.name, monitor__enabled=True)
    return doubted.filter(reason=Reason.UNWITNESSED.value).exists()


def without_witnesses() -> list[str]:
    """The names of regions that could not tell an outage of all that they check from one of their own."""
    with connection.cursor() as cursor:
        cursor.execute(_ALONE, [SEVERAL])
        return [name for (name,) in cursor]


_ALONE = """
SELECT r.name FROM monitors_region r WHERE r.witnesses = 0 AND %s <= (
    SELECT count(*) FROM monitors_monitor m
    WHERE m.enabled AND m.kind <> 'heartbeat' AND r.name = ANY(m.regions)
) ORDER BY r.name
"""
# What was last seen of a monitor that is checked seldom says nothing of now. One in doubt that falls silent
# stays so: nothing says that it is over.
_DOUBT = """
WITH doubt AS (
    SELECT r.id, (
        SELECT max(v.last_slot) FROM monitors_regionverdict v JOIN monitors_monitor m ON m.id = v.monitor_id
        WHERE v.region = r.name AND v.reason = ANY(%(doubts)s) AND v.last_slot > %(calm)s AND m.enabled
    ) AS last
    FROM monitors_region r
)
UPDATE monitors_region r SET
    offline_since = CASE WHEN d.last IS NOT NULL THEN coalesce(r.offline_since, %(now)s) END,
    offline_at = d.last
FROM doubt d
WHERE d.id = r.id AND (
    d.last > coalesce(r.offline_at, '-infinity') OR r.offline_at <= %(calm)s AND r.quiet_since IS NULL
)
"""
# A heartbeat is called by what it watches: no region is asked.
_LOOK = """
WITH quiet AS (
    SELECT r.id, r.silent_since AS before, EXISTS (
        SELECT FROM monitors_monitor m
        WHERE m.enabled AND m.kind <> 'heartbeat' AND r.name = ANY(m.regions)
        AND greatest(r.heard_at, r.created_at, m.changed_at)
            + (%(slots)s * m.interval + m.timeout + %(grace)s) * interval '1 second' < %(now)s
    ) AS is_quiet
    FROM monitors_region r
)
UPDATE monitors_region r SET
    quiet_since = CASE WHEN q.is_quiet THEN coalesce(r.quiet_since, %(now)s) END,
    silent_since = CASE
        WHEN q.is_quiet AND r.quiet_since <= %(told)s THEN coalesce(r.silent_since, %(now)s)
    END
FROM quiet q
WHERE q.id = r.id AND (
    q.is_quiet <> (r.quiet_since IS NOT NULL)
    OR (q.is_quiet AND r.silent_since IS NULL AND r.quiet_since <= %(told)s)
)
RETURNING r.name, q.before, r.silent_since
"""
