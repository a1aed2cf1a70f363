"""90 days of 1,000 components, from spans: what the public page asks for, and all the figures of each.

The reference is what the database and its driver take to hand over the same spans, in the same run.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from statuspage.embedded.postgres import Postgres
from tests import services

if TYPE_CHECKING:
    from monitors.models import Page

COMPONENTS = 1_000
ROUNDS = 9
# Of a year back; in each quarter six outages seen, two incidents declared, one maintenance.
FILL = """
WITH component AS (
    INSERT INTO monitors_component (page_id, public_id, slug, name_en, name_fr, description_en,
        description_fr, position, visible, only_show_if_degraded, created_at, updated_at)
    SELECT %(page)s, lpad(n::text, 12, '0'), 'c' || n, 'Component ' || n, '', '',
        '', n, true, false, now(), now()
    FROM generate_series(1, %(components)s) n RETURNING id
), outage AS (
    SELECT id, k, now() - interval '1 year' + k * interval '15 days' + random() * interval '14 days' AS at,
        (2 + random() * 40) * interval '1 minute' AS length
    FROM component, generate_series(0, 23) k
), edge AS (
    SELECT id, at, 'major_outage' AS status FROM outage
    UNION ALL SELECT id, at + length, 'operational' FROM outage
    UNION ALL SELECT id, now() - interval '370 days', 'operational' FROM component
)
INSERT INTO monitors_span (component_id, source, status, during)
SELECT id, 'monitor:' || id, status, tstzrange(at, lead(at) OVER (PARTITION BY id ORDER BY at)) FROM edge
UNION ALL
SELECT id, 'incident:' || k || 'x' || id, 'partial_outage', tstzrange(at + length / 2, at + length * 2)
FROM outage WHERE k %% 3 = 0
UNION ALL
SELECT id, 'maintenance:' || k || 'x' || id, 'under_maintenance',
    tstzrange(at - interval '9 h', at - interval '8 h')
FROM outage WHERE k %% 6 = 0
"""
SPANS = """
SELECT s.component_id, s.source, s.status, lower(s.during), upper(s.during) FROM monitors_span s
WHERE coalesce(upper(s.during), 'infinity') > now() - interval '92 days'
"""
HEAD = """\
## 90 days of history

{components:,} components with a year of {spans:,} spans, {recent:,} of them within 90 days; medians of
{rounds} calls in one process. The reference is the query of those spans alone. Goal: history ≤ 100 ms.

| what | ms | ratio | CPU ms |
|---|---:|---:|---:|"""


@contextmanager
def page() -> Iterator["Page"]:
    """Django on a database of its own, with a page whose components have a year behind them."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        postgres = Postgres(Path(name) / "postgres")
        os.environ["DATABASE_URL"] = postgres.start()
        try:
            services.start()
            yield _filled()
        finally:
            _close()
            postgres.stop()


def _filled() -> "Page":
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from monitors.models import Page

    call_command("migrate", verbosity=0)
    made = Page.objects.create(
        name="Acme", domain="status.example.com", url="https://status.example.com", time_zone="Europe/Paris"
    )
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"page": made.pk, "components": COMPONENTS})
        cursor.execute("VACUUM ANALYZE")
    return made


def _close() -> None:
    from django.db import connection

    connection.close()


def milliseconds(work: Callable[[], object]) -> tuple[float, float]:
    """The median time of one call, and its own CPU time."""
    work()
    walls, cpus = [], []
    for _round in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
    return statistics.median(walls), statistics.median(cpus)


def _rows() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(SPANS)
        return len(cursor.fetchall())


def main() -> None:
    """Measures and prints."""
    with page() as made:
        from django.utils import timezone

        from monitors.history import history
        from monitors.models import Component, Span
        from monitors.proving import months, windows

        now = timezone.now()
        months.freeze(now)
        few = list(Component.objects.values_list("pk", flat=True)[:20])
        cases: dict[str, Callable[[], object]] = {
            "reference: those spans, nothing made of them": _rows,
            "history: days and figure of every component": lambda: history(made, now),
            "proof: five windows, twelve months of every component": lambda: windows.proof(made, now),
            "the same of 20 components": lambda: windows.proof(made, now, few),
        }
        spans, recent = Span.objects.count(), _rows()
        print(HEAD.format(components=COMPONENTS, spans=spans, recent=recent, rounds=ROUNDS))
        base = None
        for name, work in cases.items():
            wall, cpu = milliseconds(work)
            base = base or wall
            print(f"| {name} | {wall:.0f} | {wall / base:.1f} | {cpu:.0f} |")
        print()


if __name__ == "__main__":
    main()
