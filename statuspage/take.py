"""The one reader of every table for the page: one snapshot in few queries.

All of it in one REPEATABLE READ, READ ONLY transaction, so that the parts agree with each other.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Max, Q, QuerySet

from incidents.lifecycle import CLOSED, OVER
from incidents.models import Incident, Maintenance, Update
from monitors.history import HistoryValue, history
from monitors.models import EPOCH, Component, Group, Page, RegionVerdict
from monitors.status import Status
from statuspage.snapshot import (
    Change,
    ComponentState,
    Documents,
    GroupState,
    History,
    IncidentState,
    MaintenanceState,
    Month,
    PageInfo,
    Run,
    Snapshot,
    Text,
    UpdateState,
    Weights,
)

GOOD_FOR = timedelta(seconds=150)
RECENT = timedelta(days=15)
# The Statuspage API lists this many.
LISTED = 50


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot, the documents that changed, and which changes of the page it saw."""

    snapshot: Snapshot
    documents: Documents
    touched_at: datetime
    whole: bool


def take(page_id: int, *, now: datetime, sequence: int, newer_than: datetime | None, app_url: str) -> Taken:
    """The page as of `now`; documents are those changed after `newer_than` (None: all).

    Must not run inside another transaction. Raises Page.DoesNotExist.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        page = Page.objects.get(pk=page_id)
        reader = _Reader(page, now)
        snapshot = Snapshot(
            sequence=sequence,
            generated_at=now,
            good_until=now + GOOD_FOR,
            page=_page(page, app_url),
            groups=tuple(_group(group) for group in Group.objects.filter(page=page)),
            components=reader.components(),
            incidents=reader.incidents(_listed_incidents(page, now)),
            maintenances=reader.maintenances(_listed_maintenances(page, now)),
            months=reader.months(),
        )
        documents = reader.documents(newer_than)
    return Taken(snapshot, documents, page.touched_at, whole=newer_than is None)


def _page(page: Page, app_url: str) -> PageInfo:
    return PageInfo(
        id=page.public_id,
        name=page.name,
        url=page.url.rstrip("/"),
        app_url=app_url,
        time_zone=page.time_zone,
        languages=tuple(page.languages),
        default_language=page.default_language,
        support_url=page.support_url,
        demo=page.demo,
        created_at=page.created_at,
        updated_at=max(page.touched_at, page.created_at),
        weights=Weights(
            *(
                f"{weight.normalize():f}"
                for weight in (page.weight_major, page.weight_partial, page.weight_degraded)
            )
        ),
    )


def _group(group: Group) -> GroupState:
    return GroupState(
        id=group.public_id,
        name=Text(group.name_en, group.name_fr),
        position=group.position,
        created_at=group.created_at,
        updated_at=group.updated_at,
    )


def _listed_incidents(page: Page, now: datetime) -> list[Incident]:
    incidents = Incident.objects.filter(page=page)
    newest = incidents.order_by("-started_at", "-id")[:LISTED].values("pk")
    still_open = ~Q(status__in=CLOSED)
    return list(incidents.filter(still_open | Q(started_at__gte=now - RECENT) | Q(pk__in=newest)))


def _listed_maintenances(page: Page, now: datetime) -> list[Maintenance]:
    maintenances = Maintenance.objects.filter(page=page)
    newest = maintenances.order_by("-scheduled_for", "-id")[:LISTED].values("pk")
    live = ~Q(status__in=OVER)
    return list(maintenances.filter(live | Q(scheduled_for__gte=now - RECENT) | Q(pk__in=newest)))


class _Reader:
    """Turns rows of one page into snapshot values."""

    def __init__(self, page: Page, now: datetime) -> None:
        self.page = page
        self.now = now
        self.zone = ZoneInfo(page.time_zone)

    def components(self) -> tuple[ComponentState, ...]:
        rows = Component.objects.filter(page=self.page, visible=True).select_related("group")
        histories = history(self.page, self.now)
        checked = self._checked()
        return tuple(_component(row, histories[row.pk], checked.get(row.pk)) for row in rows)

    def _checked(self) -> dict[int, datetime]:
        verdicts = RegionVerdict.objects.filter(
            monitor__page=self.page, monitor__enabled=True, last_slot__gt=EPOCH
        )
        seen = verdicts.values("monitor__feeds__component").annotate(last=Max("last_slot"))
        return {row["monitor__feeds__component"]: row["last"] for row in seen}

    def incidents(self, rows: Iterable[Incident]) -> tuple[IncidentState, ...]:
        rows = list(rows)
        updates = self._updates("incident", [row.pk for row in rows])
        return tuple(_incident(row, updates[row.pk]) for row in rows)

    def maintenances(self, rows: Iterable[Maintenance]) -> tuple[MaintenanceState, ...]:
        rows = list(rows)
        updates = self._updates("maintenance", [row.pk for row in rows])
        through = Maintenance.components.through.objects.filter(maintenance__in=[row.pk for row in rows])
        affected = defaultdict(list)
        for key, component in through.order_by("component__position", "component_id").values_list(
            "maintenance_id", "component__public_id"
        ):
            affected[key].append(component)
        return tuple(_maintenance(row, updates[row.pk], tuple(affected[row.pk])) for row in rows)

    def _updates(self, of: str, keys: list[int]) -> dict[int, list[Update]]:
        rows = Update.objects.filter(**{f"{of}__in": keys}).prefetch_related("changes__component")
        found: dict[int, list[Update]] = defaultdict(list)
        for row in rows:
            found[getattr(row, f"{of}_id")].append(row)
        return found

    def months(self) -> tuple[str, ...]:
        """Every month of the history, newest first, from the times alone."""
        found = set()
        for model, field in ((Incident, "started_at"), (Maintenance, "scheduled_for")):
            times: QuerySet[Incident] | QuerySet[Maintenance] = model.objects.filter(page=self.page)
            found |= {f"{day:%Y-%m}" for day in times.datetimes(field, "month", tzinfo=self.zone)}
        return tuple(sorted(found, reverse=True))

    def documents(self, newer_than: datetime | None) -> Documents:
        changed = {} if newer_than is None else {"updated_at__gt": newer_than}
        incidents = list(Incident.objects.filter(page=self.page, **changed))
        maintenances = list(Maintenance.objects.filter(page=self.page, **changed))
        times = [row.started_at for row in incidents] + [row.scheduled_for for row in maintenances]
        months = sorted({time.astimezone(self.zone).strftime("%Y-%m") for time in times}, reverse=True)
        return Documents(
            incidents=self.incidents(incidents),
            maintenances=self.maintenances(maintenances),
            months=tuple(self._month(month) for month in months),
        )

    def _month(self, month: str) -> Month:
        start = datetime.strptime(month, "%Y-%m").replace(tzinfo=self.zone)
        end = (start + timedelta(days=32)).replace(day=1)
        return Month(
            month=month,
            incidents=self.incidents(
                Incident.objects.filter(page=self.page, started_at__gte=start, started_at__lt=end)
            ),
            maintenances=self.maintenances(
                Maintenance.objects.filter(page=self.page, scheduled_for__gte=start, scheduled_for__lt=end)
            ),
        )


def _component(row: Component, past: HistoryValue, checked_at: datetime | None) -> ComponentState:
    return ComponentState(
        id=row.public_id,
        slug=row.slug,
        name=Text(row.name_en, row.name_fr),
        description=Text(row.description_en, row.description_fr),
        group_id=row.group.public_id if row.group else None,
        position=row.position,
        status=past.status,
        since=past.status_since,
        declared=past.declared,
        checked_at=checked_at,
        only_show_if_degraded=row.only_show_if_degraded,
        created_at=row.created_at,
        updated_at=max(row.updated_at, past.status_since or row.updated_at),
        history=History(
            first_day=past.first_day,
            until=past.until,
            runs=tuple(Run(run.days, run.status, run.seconds) for run in past.runs),
            uptime_millis=past.uptime_millis,
            coverage_millis=past.coverage_millis,
            since=past.since,
        ),
    )


def _incident(row: Incident, updates: list[Update]) -> IncidentState:
    touched = {
        change.component.public_id: None for update in reversed(updates) for change in update.changes.all()
    }
    return IncidentState(
        id=row.public_id,
        title=Text(row.title_en, row.title_fr),
        impact=row.impact,
        status=row.status,
        started_at=row.started_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        monitoring_at=row.monitoring_at,
        resolved_at=row.resolved_at,
        next_update_at=row.next_update_at,
        component_ids=tuple(touched),
        updates=tuple(_update(update) for update in updates),
    )


def _maintenance(row: Maintenance, updates: list[Update], component_ids: tuple[str, ...]) -> MaintenanceState:
    return MaintenanceState(
        id=row.public_id,
        title=Text(row.title_en, row.title_fr),
        status=row.status,
        scheduled_for=row.scheduled_for,
        scheduled_until=row.scheduled_until,
        started_at=row.started_at,
        completed_at=row.completed_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        component_ids=component_ids,
        updates=tuple(_update(update) for update in updates),
    )


def _update(row: Update) -> UpdateState:
    return UpdateState(
        id=row.public_id,
        status=row.status,
        body=Text(row.body_en, row.body_fr),
        created_at=row.created_at,
        display_at=row.display_at,
        notified=row.notify,
        changes=tuple(
            Change(
                component_id=change.component.public_id,
                name=Text(change.component.name_en, change.component.name_fr),
                old_status=Status(change.old_status),
                new_status=Status(change.new_status),
            )
            for change in row.changes.all()
        ),
    )
