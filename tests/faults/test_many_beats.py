"""F7: two and five of each process at once: one result per slot, one notice, and sequences that only grow."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from incidents.models import Incident
from incidents.watching import ticking
from monitors import record, schedule
from monitors.models import Monitor, Observation, Region
from monitors.narrow import unpack
from monitors.probes import Outcome
from monitors.seen import Seen
from monitors.status import Status
from statuspage import changes, releases
from statuspage.installation import installation
from statuspage.models import Release
from subscribers.models import Delivery, Notice
from tests.incidents.make import make_subscriber as make_reader
from tests.make import make_component, make_monitor, make_page
from tests.monitors.scenes import DOWN, UP, spans
from tests.subscribers.make import make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REGIONS = ["ams", "nyc"]


@pytest.fixture(autouse=True)
def _no_observations(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        # Not a model's table: the test runner does not empty it.
        cursor.execute("TRUNCATE monitors_observed")


def at_once(count: int, work: Callable[[], object]) -> None:
    """So many threads, each on a connection of its own, begin at the same moment."""
    start = threading.Barrier(count)

    def run() -> None:
        try:
            start.wait()
            work()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        for future in [pool.submit(run) for _ in range(count)]:
            future.result()


def seconds(minutes: int) -> Iterator[datetime]:
    """Every ten seconds for so many minutes."""
    for step in range(6 * minutes):
        yield START + step * timedelta(seconds=10)


@pytest.mark.parametrize("count", [2, 5])
def test_however_many_there_are_everything_happens_once(count: int) -> None:
    page = make_page()
    component = make_component(page, now=START - MINUTE, policy="open")
    reader = make_reader(page)
    make_subscriber(page, channel="webhook")
    rule = {"interval": 60, "recheck": 10, "regions": REGIONS}
    root = make_monitor(page=page, now=START - MINUTE, **rule)
    monitors = [
        make_monitor(
            {component: Status.MAJOR_OUTAGE} if number == 0 else {}, page=page, now=START - MINUTE, **rule
        )
        for number in range(12)
    ]
    Monitor.objects.filter(pk__in=[each.pk for each in monitors[6:]]).update(behind=root)
    sequences: list[int] = []

    def everything(now: datetime, outcome: Outcome) -> None:
        for batch in schedule.claim(now):
            seen = [
                Seen(int(str(item["monitor"])), datetime.fromisoformat(str(item["slot"])), outcome)
                for item in batch.items
            ]
            # A broker that delivers twice.
            for _ in range(2):
                record.record_batch(batch.region, seen, now)
        record.sweep(now)
        ticking.tick(now)
        if (release := releases.make(page, now, installation())) is not None:
            sequences.append(release.sequence)
            changes.tell()

    # What fails together is gathered for a minute from the first failure on, which comes within the second.
    for now in seconds(4):
        outcome = UP if now < START + MINUTE else DOWN
        at_once(count, lambda now=now, outcome=outcome: everything(now, outcome))  # type: ignore[misc]

    names = dict(Region.objects.values_list("pk", "name"))
    rows = Observation.objects.values_list("monitor_id", "slot", "seen")
    times = Counter((monitor, names[unpack(packed).region], slot) for monitor, slot, packed in rows)
    assert set(times.values()) == {1}
    assert {monitor for monitor, _region, _slot in times} == {root.pk, *(each.pk for each in monitors)}
    # Both regions see every slot of a monitor, and nobody more.
    slots = Counter((monitor, slot) for monitor, _region, slot in times)
    assert set(slots.values()) == {len(REGIONS)}
    said = [status for _kind, status, _start, _end in spans(component, "monitor")]
    assert said == [Status.OPERATIONAL, Status.MAJOR_OUTAGE]
    assert {each.verdict.root_id for each in Monitor.objects.filter(behind=root)} == {root.pk}
    assert Incident.objects.count() == 1
    assert Delivery.objects.filter(subscriber=reader).count() == 1
    assert len(set(Notice.objects.values_list("event", "created_at"))) == Notice.objects.count()
    stored = list(Release.objects.filter(page=page).order_by("pk").values_list("sequence", flat=True))
    assert stored == sorted(set(stored))
    assert len(sequences) == len(set(sequences))
