"""A whole release of 1,000 components with their proofs, sums and charts, and one update after it.

A year of spans and frozen months, and 90 days of latency from one region, stand behind each component.
"""

import gzip
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import TYPE_CHECKING, Any

from bench.history import COMPONENTS, page
from monitors.status import Status

if TYPE_CHECKING:
    from incidents.models import Incident
    from monitors.models import Page

ROUNDS = 3
UPDATES = 9
# Of each monitor 90 days of a check every 30 s: forty steps of 4 % around 100 ms.
FILL = """
INSERT INTO monitors_latencyday (start, monitor_id, region_id, count, bad, slowest_ms, histogram)
SELECT day, m.id, %(region)s, 2880, 1, 300, (
    SELECT array_agg(step << 22 | (2 + (m.id * step + extract(doy FROM day)::int) %% 140) ORDER BY step)
    FROM generate_series(215 + m.id %% 9, 254 + m.id %% 9) step
)
FROM monitors_monitor m,
    generate_series(date_trunc('day', now(), 'UTC') - interval '91 days', now(), interval '1 day') day
"""
HEAD = """\
## A whole release

{components:,} components in two languages; medians of {rounds} rounds in one process, of {updates} updates.
Everything is {files:,} files of {size:.0f} MB. Under gzip -6 the page of a component weighs {weight:.1f} KB,
{chart:.1f} KB of them its chart. The process took {memory:.0f} MB at most. Shares are of everything, read,
rendered and stored.

| what | s | CPU s | queries | share |
|---|---:|---:|---:|---:|"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one step costs; `result` is what the last round gave."""

    seconds: float
    cpu: float
    queries: int
    result: Any

    def row(self, what: str, whole: float) -> str:
        """One line of the table."""
        share = f"{100 * self.seconds / whole:.0f} %"
        return f"| {what} | {self.seconds:.2f} | {self.cpu:.2f} | {self.queries} | {share} |"


def cost(
    work: Callable[[], Any], rounds: int = ROUNDS, *, before: Callable[[], object] = lambda: None
) -> Cost:
    """The medians of some rounds; what comes `before` each is not counted."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    walls, cpus = [], []
    for _round in range(rounds):
        before()
        with CaptureQueriesContext(connection) as captured:
            wall, cpu = time.perf_counter(), time.process_time()
            result = work()
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
    return Cost(statistics.median(walls), statistics.median(cpus), len(captured), result)


def watch(of: "Page", now: datetime) -> None:
    """A monitor for each component, which spoke all the time."""
    from django.db import connection

    from monitors import regions
    from monitors.models import Component, Feed, Monitor, Rolled
    from monitors.proving import months

    ids = list(Component.objects.values_list("pk", flat=True))
    config = {"url": "https://example.com/"}
    Monitor.objects.bulk_create(
        Monitor(pk=id_, page=of, name=f"Monitor {id_}", kind="http", config=config) for id_ in ids
    )
    Feed.objects.bulk_create(Feed(monitor_id=id_, component_id=id_) for id_ in ids)
    Rolled.objects.create(pk=1, added=now, until=now)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"region": regions.number("default")})
        cursor.execute("VACUUM ANALYZE")
    # Yesterday: what is frozen just now is part of the next release, too.
    months.freeze(now - timedelta(days=1))


def troubled(of: "Page", now: datetime) -> "Incident":
    """An open incident of one component."""
    from incidents.post import open_incident
    from monitors.models import Component

    return open_incident(
        of,
        title_en="Searches are slow",
        title_fr="",
        impact="minor",
        status="investigating",
        body_en="We look into it.",
        body_fr="",
        components={Component.objects.earliest("pk"): Status.DEGRADED_PERFORMANCE},
        now=now,
    )


def steps(of: "Page", now: datetime) -> dict[str, Cost]:
    """What is measured, in this order; the third is all of the first two, and stored."""
    from incidents.post import update_incident
    from monitors.latency import charts
    from monitors.models import Component
    from monitors.proving import windows
    from statuspage import releases
    from statuspage.installation import installation
    from statuspage.render import render
    from statuspage.take import take

    by, later = installation(), now + timedelta(days=1)
    ids = list(Component.objects.values_list("pk", flat=True))
    reading = cost(lambda: take(of.pk, now=now, sequence=1, newer_than=None, by=by))
    taken = reading.result
    found = {
        "reading everything": reading,
        "– of it five windows, twelve months": cost(lambda: windows.proof(of, now)),
        "– of it latency": cost(lambda: charts.whole_days(ids, now)),
        "rendering everything": cost(lambda: render(taken.snapshot, taken.documents)),
        "all of it, and storing it": cost(lambda: releases.make(of, now, by), 1),
    }
    incident = troubled(of, now)

    status = cycle(("identified", "monitoring"))

    def say() -> None:
        update_incident(incident, status=next(status), components={}, body_en="On it.", body_fr="", now=now)

    found["one update: reading, rendering, storing"] = cost(
        lambda: releases.make(of, now, by), UPDATES, before=say
    )
    found["a day later: every component’s page"] = cost(lambda: releases.make(of, later, by), 1)
    return found


def main() -> None:
    """Measures and prints."""
    with page() as of:
        from django.utils import timezone

        watch(of, timezone.now())
        measured = steps(of, timezone.now())
    files = measured["rendering everything"].result
    whole = measured["all of it, and storing it"].seconds
    print(
        HEAD.format(
            components=COMPONENTS,
            rounds=ROUNDS,
            updates=UPDATES,
            files=len(files),
            size=sum(map(len, files.values())) / 1e6,
            **weights(files),
            memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
        )
    )
    for what, each in measured.items():
        print(each.row(what, whole))
    print()


def weights(files: Mapping[str, bytes]) -> dict[str, float]:
    """Kilobytes of the page of a component, and how many of them its chart is."""
    content = files["components/c1/index.html"]
    start = content.index(b'<section aria-labelledby="latency">')
    end = content.index(b"</section>", start)
    weight, without = (
        len(gzip.compress(each, 6)) / 1000 for each in (content, content[:start] + content[end:])
    )
    return {"weight": weight, "chart": weight - without}


if __name__ == "__main__":
    main()
