"""What failed checks met, read for staff: of the newest in each region, and one by one.

The excerpts are large: whoever only wants the facts never reads one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db.models import Max

from monitors.models import Evidence, Monitor
from monitors.probes.base import Outcome

Facts = dict[str, tuple[str, Mapping[str, str]]]


def facts_of(monitor_ids: Collection[int]) -> dict[int, Facts]:
    """By monitor and region: the reason and the facts of the newest failure that was kept."""
    newest = (
        Evidence.objects.filter(monitor__in=monitor_ids)
        .order_by()
        .values("monitor", "region")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    found: dict[int, Facts] = defaultdict(dict)
    rows = Evidence.objects.filter(pk__in=newest).values_list(
        "monitor_id", "region", "outcome__reason", "outcome__facts"
    )
    for monitor_id, region, reason, facts in rows:
        found[monitor_id][region] = (str(reason or ""), facts if isinstance(facts, dict) else {})
    return found


def attach(monitors: Iterable[Monitor]) -> None:
    """Gives monitors their `facts`, in one query."""
    rows = list(monitors)
    found = facts_of([monitor.pk for monitor in rows])
    for monitor in rows:
        monitor.facts = found.get(monitor.pk, {})  # type: ignore[attr-defined]


def kept(monitor: Monitor) -> list[tuple[Evidence, Outcome]]:
    """What was kept of a monitor, the newest first; rows that no version wrote are left out."""
    found = []
    for row in monitor.evidence.order_by("-slot", "-pk"):
        try:
            found.append((row, Outcome.from_json(row.outcome)))
        except ValueError:
            continue
    return found
