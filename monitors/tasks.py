"""The edges of monitoring: what beat asks for, what regional workers do, what the core records.

`probe_batch` is all that a regional worker runs: it needs the broker, PROBE_ALLOW and, for secrets, a
PROBE_KEY of its own; no database and none of our keys. Whatever is run twice or late changes nothing.
"""

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from celery import current_app, shared_task
from django.conf import settings
from django.utils import timezone

from monitors import bell, heartbeats, metrics, partitions, pausing, regions, schedule
from monitors import record as recording
from monitors.essentials import resting
from monitors.latency import rollups
from monitors.network.guard import Allow
from monitors.probes.doubt import witnesses
from monitors.probing import Prober
from monitors.proving import months
from monitors.seen import Seen

logger = logging.getLogger(__name__)

# A check that waited longer than this (seconds) would be recorded at a time that is not its own.
PROBE_EXPIRES = 10
# Results stay true while they wait for the core.
RECORD_EXPIRES = 3600
WITNESSES, MOST_WITNESSES = "witnesses", 1_000


@shared_task(name="monitors.tasks.tick")
def tick() -> None:
    """Sends what is due to the regions and judges the jobs that call us, unless the rest rests."""
    if resting():
        return
    now = timezone.now()
    try:
        for batch in schedule.claim(now):
            current_app.send_task(
                "monitors.tasks.probe_batch",
                args=[batch.region, batch.items],
                queue=f"probe.{batch.region}",
                expires=PROBE_EXPIRES,
            )
    finally:
        # Whether jobs called is in the database: that needs no broker.
        heartbeats.judge_due(now)


@shared_task(name="monitors.tasks.probe_batch")
def probe_batch(region: str, items: Sequence[Mapping[str, object]]) -> None:
    """Starts the checks of one batch; their results go to `record` as they come."""
    _prober().submit(region, items)


@shared_task(name="monitors.tasks.record", bind=True)
def record(self: Any, region: str, results: Sequence[object]) -> None:
    """Records the results of one region; what still comes while the rest rests is dropped."""
    if resting():
        return
    seen, now = list(_readable(results)), timezone.now()
    recorded = recording.record_batch(region, seen, now)
    regions.heard(region, now, _witnesses(self.request.headers))
    metrics.count(region, seen, now)
    if recorded.skipped:
        logger.info("%d of %d results from %s were skipped", recorded.skipped, len(results), region)


@shared_task(name="monitors.tasks.sweep")
def sweep() -> None:
    """Makes unknown what is silent, all while the rest rests; else ends pauses too, and looks at regions."""
    now = timezone.now()
    if resting():
        recording.rest(now)
        return
    recording.sweep(now)
    regions.silent(now)
    regions.doubting(now)
    pausing.resume_due(now)


@shared_task(name="monitors.tasks.roll")
def roll() -> None:
    """Adds new observations to the hours and days of latency, unless the rest rests."""
    if not resting():
        rollups.roll(timezone.now())


@shared_task(name="monitors.tasks.maintain")
def maintain() -> None:
    """Makes the next days' partitions and drops what is old, unless the rest rests."""
    if resting():
        return
    partitions.maintain(timezone.now())
    rollups.tidy(timezone.now())
    recording.forget(timezone.now())


@shared_task(name="monitors.tasks.freeze")
def freeze() -> None:
    """Freezes the months that have closed, unless the rest rests: nothing is lost by doing it later."""
    if resting():
        return
    frozen = months.freeze(timezone.now())
    if frozen:
        logger.info("%d closed months of components were frozen", frozen)
        bell.ring("statuspage.tasks.publish")


def _witnesses(headers: Mapping[str, object] | None) -> int | None:
    """How many a worker says that it has; in a header, which a core of before does not mind."""
    said = (headers or {}).get(WITNESSES)
    return said if isinstance(said, int) and 0 <= said <= MOST_WITNESSES else None


def _readable(results: Iterable[object]) -> Iterable[Seen]:
    for result in results:
        try:
            yield Seen.from_json(result)
        except ValueError:
            logger.error("A result could not be read.")


def _deliver(region: str, results: list[dict[str, object]]) -> None:
    """The queue is the core's own, which declares it: a region may only put something there."""
    current_app.send_task(
        "monitors.tasks.record",
        args=[region, results],
        queue="core",
        expires=RECORD_EXPIRES,
        retry=False,
        declare=[],
        headers={WITNESSES: len(settings.PROBE_WITNESSES.split())},
    )


_one: Prober | None = None
_guard = threading.Lock()


def _prober() -> Prober:
    """The prober of this process: a thread does not survive a fork."""
    global _one
    with _guard:
        if _one is None or not _one.mine:
            allow = Allow.parse(settings.PROBE_ALLOW)
            seen = witnesses(settings.PROBE_WITNESSES, allow)
            _one = Prober(allow, _deliver, regions.keys(), seen)
        return _one
