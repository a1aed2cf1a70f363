"""What monitors say of components just now: read from spans that are open, nothing else.

Silence is never well: a component that nobody has heard of is neither failing nor well.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection
from django.db.models import Max, Q

from incidents.lifecycle import OPEN
from incidents.models import ComponentChange
from monitors.models import Component, Page, Span
from monitors.status import IMPACTS, Source, Status, worst

# Pages on which something fails that monitoring may act about, or on which it acts already.
_DUE = """
SELECT c.page_id FROM monitors_component c JOIN monitors_page p ON p.id = c.page_id
WHERE c.policy <> 'observe' AND c.visible AND NOT p.hidden AND EXISTS (
    SELECT FROM monitors_span s WHERE s.component_id = c.id AND upper_inf(s.during)
    AND lower(s.during) <= %s AND s.source LIKE 'monitor:%%' AND s.status = ANY(%s))
UNION SELECT page_id FROM incidents_outbreak WHERE ended_at IS NULL
ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What monitors make of a component (None: nothing), since when, and since when anything is wrong.

    `planned`: it is being worked on, whatever they see; what went wrong during such work is wrong since it
    ended. `monitors` are those that fail, by primary key.
    """

    status: Status | None
    since: datetime | None = None
    first: datetime | None = None
    planned: bool = False
    monitors: tuple[int, ...] = ()

    @property
    def failing(self) -> bool:
        """Whether something is wrong that nobody planned."""
        return self.status in IMPACTS and not self.planned

    @property
    def well(self) -> bool:
        """Whether nothing is wrong, for sure; what is wrong during planned work is nobody's news."""
        return self.planned or self.status == Status.OPERATIONAL

    @property
    def calm(self) -> bool:
        """Whether nothing is wrong, for sure, not even where work would explain it."""
        return self.status == Status.OPERATIONAL


@dataclass(frozen=True, slots=True)
class _Said:
    source: str
    status: Status
    since: datetime


def due(now: datetime) -> list[int]:
    """The pages (primary keys) that want a look; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [now, [status.value for status in IMPACTS]])
        return [page for (page,) in cursor]


def looks(component_ids: Collection[int], now: datetime) -> dict[int, Look]:
    """How each of these components looks now."""
    said: dict[int, list[_Said]] = defaultdict(list)
    spans = Span.objects.filter(
        component__in=component_ids, during__upper_inf=True, during__startswith__lte=now
    )
    for id_, source, status, during in spans.values_list("component_id", "source", "status", "during"):
        said[id_].append(_Said(source, Status(status), during.lower))
    return _after_work({id_: _look(said[id_]) for id_ in component_ids}, now)


def _after_work(found: Mapping[int, Look], now: datetime) -> dict[int, Look]:
    """The same, but what fails unplanned does so since planned work ended."""
    first = {id_: look.first for id_, look in found.items() if look.failing and look.first}
    ended: dict[int, datetime] = {}
    if first:
        work = Span.objects.filter(
            component__in=first,
            status=Status.UNDER_MAINTENANCE.value,
            during__endswith__gt=min(first.values()),
            during__endswith__lte=now,
        )
        ended = dict(work.values_list("component").annotate(Max("during__endswith")))
    return {id_: _since(look, ended.get(id_)) for id_, look in found.items()}


def _since(look: Look, ended: datetime | None) -> Look:
    if ended is None or look.since is None or look.first is None:
        return look
    return replace(look, since=max(look.since, ended), first=max(look.first, ended))


def left(component_ids: Collection[int]) -> dict[int, datetime]:
    """When the last monitor of each of these components ceased to say anything of it."""
    spans = Span.objects.filter(
        component__in=component_ids, source__startswith=f"{Source.MONITOR}:", during__upper_inf=False
    )
    return dict(spans.values_list("component").annotate(Max("during__endswith")))


def _look(said: Iterable[_Said]) -> Look:
    said = list(said)
    planned = [each for each in said if each.status == Status.UNDER_MAINTENANCE]
    observed = [each for each in said if each.source.startswith(f"{Source.MONITOR}:")]
    status = worst(each.status for each in observed)
    bad = [each for each in observed if each.status in IMPACTS]
    alike = [each.since for each in observed if each.status == status]
    since = min(alike, default=None) if bad else max(alike, default=None)
    if planned:
        calm = alike if status == Status.OPERATIONAL else []
        since = max([*calm, *(each.since for each in planned)])
    return Look(
        status,
        since,
        min((each.since for each in bad), default=None),
        bool(planned),
        tuple(sorted(int(each.source.partition(":")[2]) for each in bad)),
    )


def failing(page: Page, now: datetime) -> dict[Component, Look]:
    """The components of a page that fail and that monitoring may act about."""
    acting = Component.objects.filter(page=page, visible=True).exclude(policy="observe")
    components = {component.pk: component for component in acting}
    found = looks(components, now)
    return {components[id_]: look for id_, look in found.items() if look.failing}


def covered(failing: Mapping[int, Look], but: int | None = None) -> set[int]:
    """Those of which an incident (any `but` this) tells: it is open and says that they are affected.

    Or, open or over by now, that they are not, later than they failed: then a person knows better than
    monitors.
    """
    first = min((look.first for look in failing.values() if look.first is not None), default=None)
    lately = Q() if first is None else Q(update__incident__resolved_at__gte=first)
    changes = ComponentChange.objects.filter(
        lately | Q(update__incident__status__in=[status.value for status in OPEN]),
        component__in=failing,
        update__withdrawn_at=None,
        update__incident__withdrawn_at=None,
    ).exclude(update__incident=but)
    last: dict[tuple[int, int], tuple[bool, datetime]] = {}
    told = changes.order_by("update__pk").values_list(
        "update__incident_id",
        "component_id",
        "new_status",
        "update__incident__status",
        "update__display_at",
    )
    for incident, component, status, stage, at in told:
        last[incident, component] = (status != Status.OPERATIONAL and stage in OPEN, at)
    return {
        component
        for (_incident, component), (affected, at) in last.items()
        if affected or _before(failing[component].first, at)
    }


def _before(failed: datetime | None, said: datetime) -> bool:
    return failed is None or failed <= said
