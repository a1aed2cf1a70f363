"""What stands behind one update: the whole incident and the whole page, as its notice keeps them.

Reads rows that the update just wrote; hidden components are named nowhere.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db.models import Max, Prefetch

from incidents.lifecycle import CLOSED
from incidents.models import ComponentChange, Incident, Maintenance, Update
from monitors.models import EPOCH, Component, Page, RegionVerdict, Span
from monitors.status import Status, merge
from subscribers import overall
from subscribers.background import Background, Changed, Part, Said

# Together they are no longer than anybody is sent.
UPDATES = 50
CHARACTERS = 20_000


def background(about: Incident | Maintenance, components: Collection[Component]) -> Background:
    """What stands behind the newest update of something; `components` are those concerned."""
    incident = about if isinstance(about, Incident) else None
    page = Standing(about.page, incident)
    over = about.resolved_at if isinstance(about, Incident) else about.completed_at
    return Background(
        indicator=page.indicator,
        description=page.description,
        parts=[page.part(each.pk) for each in components if each.pk in page],
        said=_said(about),
        created_at=about.created_at.isoformat(),
        monitoring_at=_iso(incident.monitoring_at) if incident else None,
        resolved_at=_iso(over),
    )


class Standing:
    """How a page stands at present: every visible component, and the whole of them.

    With an incident as it is about to be written.
    """

    def __init__(self, page: Page, unwritten: Incident | None = None) -> None:
        self._language = page.default_language
        rows = Component.objects.filter(page=page, visible=True).select_related("group")
        self.components = {row.pk: row for row in rows}
        self._said: dict[int, list[tuple[str, Status]]] = defaultdict(list)
        self._since: dict[int, datetime] = {}
        for span in Span.objects.filter(component__in=self.components, during__upper_inf=True):
            self._said[span.component_id].append((span.source, Status(span.status)))
            since = self._since.get(span.component_id, EPOCH)
            self._since[span.component_id] = max(since, span.during.lower or EPOCH)
        others = Incident.objects.filter(page=page).exclude(status__in=CLOSED)
        if unwritten is not None:
            others = others.exclude(pk=unwritten.pk)
        self._impacts = list(others.values_list("impact", flat=True))
        if unwritten is not None and unwritten.status not in CLOSED:
            self._impacts.append(unwritten.impact)

    def __contains__(self, component_id: int) -> bool:
        return component_id in self.components

    def status(self, component_id: int) -> Status:
        """What customers see of a component."""
        return merge(self._said[component_id])

    @property
    def _statuses(self) -> list[Status]:
        return [self.status(id_) for id_ in self.components]

    @property
    def indicator(self) -> str:
        """The page's, in Statuspage's words."""
        return overall.indicator(self._impacts, self._statuses).value

    @property
    def description(self) -> str:
        """The same as a sentence."""
        unknown = [id_ for id_ in self.components if self.status(id_) == Status.UNKNOWN]
        seen = _seen(unknown) if unknown else {}
        since = [seen.get(id_) or self._since.get(id_) for id_ in unknown]
        return overall.description(self._impacts, self._statuses, since)

    def part(self, component_id: int) -> Part:
        """A component as the page shows it."""
        row, status = self.components[component_id], self.status(component_id)
        since = self._since.get(component_id)
        return Part(
            id=row.public_id,
            name=name(row, self._language),
            status=status.value,
            created_at=row.created_at.isoformat(),
            updated_at=max(row.updated_at, since or row.updated_at).isoformat(),
            position=row.position,
            description=_in(self._language, row.description_en, row.description_fr)
            if status != Status.UNKNOWN
            else overall.unseen([_seen([component_id]).get(component_id) or since]),
            group_id=row.group.public_id if row.group else None,
        )


def _seen(component_ids: Collection[int]) -> dict[int, datetime]:
    """When a monitor last looked at each of these."""
    verdicts = RegionVerdict.objects.filter(
        monitor__feeds__component__in=component_ids, monitor__enabled=True, last_slot__gt=EPOCH
    )
    found = verdicts.values_list("monitor__feeds__component").annotate(last=Max("last_slot"))
    return dict(found)


def _said(about: Incident | Maintenance) -> list[Said]:
    """Its updates, newest first: as many as anybody is sent."""
    visible = ComponentChange.objects.filter(component__visible=True).select_related("component__group")
    updates = about.updates.order_by("-display_at", "-id").prefetch_related(
        Prefetch("changes", queryset=visible)
    )
    told: list[Said] = []
    room = CHARACTERS
    for update in updates[:UPDATES]:
        told.append(_one(update, about.page.default_language))
        room -= len(told[-1]["body"])
        if room < 0:
            break
    return told


def _one(update: Update, language: str) -> Said:
    return Said(
        id=update.public_id,
        status=update.status,
        body=_in(language, update.body_en, update.body_fr),
        created_at=update.created_at.isoformat(),
        at=update.display_at.isoformat(),
        notified=update.notify,
        changes=[_changed(change, language) for change in update.changes.all()],
    )


def _changed(change: ComponentChange, language: str) -> Changed:
    component, group = change.component, change.component.group
    before = f"{_in(language, group.name_en, group.name_fr)} - " if group else ""
    return Changed(
        id=component.public_id,
        name=before + name(component, language),
        old_status=change.old_status,
        new_status=change.new_status,
    )


def name(component: Component, language: str) -> str:
    """A component's name in one language, else in the other."""
    return _in(language, component.name_en, component.name_fr)


def _in(language: str, english: str, french: str) -> str:
    return (french or english) if language == "fr" else (english or french)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
