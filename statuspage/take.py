"""The one reader of every table for the page: one snapshot in few queries.

All of it in one REPEATABLE READ, READ ONLY transaction, so that the parts agree with each other.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Max, Prefetch, Q

from incidents.lifecycle import CLOSED
from incidents.models import ComponentChange, Incident, Maintenance, Update
from monitors.history import history
from monitors.models import EPOCH, Component, Group, Page, RegionVerdict
from statuspage import listed, own_pages
from statuspage.installation import Installation
from statuspage.models import Turn
from statuspage.snapshot import (
    TURNS,
    ComponentState,
    Documents,
    IncidentState,
    Lead,
    MaintenanceState,
    Month,
    Snapshot,
    TurnState,
    WithdrawnState,
)
from statuspage.values import (
    assets,
    component_state,
    group_state,
    incident_state,
    maintenance_state,
    page_info,
    turn_state,
    withdrawn_state,
)

GOOD_FOR = timedelta(seconds=150)


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot, the documents that changed, and which changes of the page it saw."""

    snapshot: Snapshot
    documents: Documents
    touched_at: datetime
    whole: bool


def take(
    page_id: int, *, now: datetime, sequence: int, newer_than: datetime | None, by: Installation
) -> Taken:
    """The page as of `now`; documents are those changed after `newer_than` (None: all), made
    `by` this installation.

    Must not run inside another transaction. Raises Page.DoesNotExist.
    """
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        page = Page.every.get(pk=page_id)
        reader = _Reader(page, now)
        snapshot = _read(reader, sequence, by)
        shown = own_pages.concerned(snapshot, page, newer_than)
        documents = own_pages.added(
            reader.documents(newer_than), snapshot, page, newer_than, shown, reader.rows
        )
    return Taken(snapshot, documents, page.touched_at, whole=newer_than is None)


def read(page: Page, *, now: datetime, sequence: int, by: Installation) -> Snapshot:
    """The page as of `now`, in the transaction that is open: whoever calls this decides what it sees."""
    return _read(_Reader(page, now), sequence, by)


def _read(reader: "_Reader", sequence: int, by: Installation) -> Snapshot:
    page, now = reader.page, reader.now
    return Snapshot(
        sequence=sequence,
        generated_at=now,
        good_until=now + GOOD_FOR,
        page=page_info(page, by.app_url, by.signer.public),
        groups=tuple(group_state(group) for group in Group.objects.filter(page=page)),
        components=reader.components(),
        incidents=reader.incidents(listed.incidents(page, now)),
        maintenances=reader.maintenances(listed.maintenances(page, now)),
        months=reader.months(),
        turns=reader.turns(),
        withdrawn=reader.withdrawn(),
    )


def _began(row: Incident | Maintenance) -> datetime:
    """Which month of the history it stands in."""
    return row.started_at if isinstance(row, Incident) else row.scheduled_for


def _led(gone: Iterable[Incident | Maintenance]) -> tuple[Lead, ...]:
    """Those of what is shown no more that lead to another incident."""
    incidents = (row for row in gone if isinstance(row, Incident))
    return tuple(Lead(row.public_id, row.merged_into.public_id) for row in incidents if row.merged_into)


class _Reader:
    """Turns rows of one page into snapshot values. Hidden components are named nowhere."""

    def __init__(self, page: Page, now: datetime) -> None:
        self.page = page
        self.now = now
        self.zone = ZoneInfo(page.time_zone)
        self.rows: dict[str, Component] = {}

    def components(self) -> tuple[ComponentState, ...]:
        rows = Component.objects.filter(page=self.page, visible=True).select_related("group")
        self.rows = {row.public_id: row for row in rows}
        histories = history(self.page, self.now)
        checked = self._checked()
        return tuple(component_state(row, histories[row.pk], checked.get(row.pk)) for row in rows)

    def _checked(self) -> dict[int, datetime]:
        verdicts = RegionVerdict.objects.filter(
            monitor__page=self.page, monitor__enabled=True, last_slot__gt=EPOCH
        )
        seen = verdicts.values("monitor__feeds__component").annotate(last=Max("last_slot"))
        return {row["monitor__feeds__component"]: row["last"] for row in seen}

    def incidents(self, rows: Iterable[Incident]) -> tuple[IncidentState, ...]:
        rows = list(rows)
        updates = self._updates("incident", [row.pk for row in rows])
        return tuple(incident_state(row, updates[row.pk]) for row in rows)

    def maintenances(self, rows: Iterable[Maintenance]) -> tuple[MaintenanceState, ...]:
        rows = list(rows)
        updates = self._updates("maintenance", [row.pk for row in rows])
        through = Maintenance.components.through.objects.filter(
            maintenance__in=[row.pk for row in rows], component__visible=True
        )
        affected = defaultdict(list)
        for key, component in through.order_by("component__position", "component_id").values_list(
            "maintenance_id", "component__public_id"
        ):
            affected[key].append(component)
        return tuple(maintenance_state(row, updates[row.pk], tuple(affected[row.pk])) for row in rows)

    def _updates(self, of: str, keys: list[int]) -> dict[int, list[Update]]:
        shown = ComponentChange.objects.filter(component__visible=True).select_related("component")
        changes = Prefetch("changes", queryset=shown)
        rows = Update.objects.filter(**{f"{of}__in": keys}).prefetch_related(changes)
        found: dict[int, list[Update]] = defaultdict(list)
        for row in rows:
            found[getattr(row, f"{of}_id")].append(row)
        return found

    def turns(self) -> tuple[TurnState, ...]:
        rows = Turn.objects.filter(page=self.page, component__visible=True, at__gte=self.now - listed.RECENT)
        newest = rows.select_related("component").order_by("-at", "-pk")[:TURNS]
        return tuple(turn_state(row) for row in newest)

    def withdrawn(self) -> tuple[WithdrawnState, ...]:
        about = Q(incident__page=self.page) | Q(maintenance__page=self.page)
        rows = Update.everything.filter(about, withdrawn_at__gte=self.now - listed.RECENT)
        newest = rows.select_related("incident", "maintenance").order_by("-withdrawn_at", "-pk")[:TURNS]
        return tuple(withdrawn_state(row) for row in newest)

    def months(self) -> tuple[str, ...]:
        """Every month of the history, newest first, from the times alone."""
        incidents = Incident.objects.filter(page=self.page)
        maintenances = Maintenance.objects.filter(page=self.page)
        began = incidents.datetimes("started_at", "month", tzinfo=self.zone).order_by()
        planned = maintenances.datetimes("scheduled_for", "month", tzinfo=self.zone).order_by()
        found = {f"{day.astimezone(self.zone):%Y-%m}" for day in began.union(planned)}
        return tuple(sorted(found, reverse=True))

    def documents(self, newer_than: datetime | None) -> Documents:
        changed = {} if newer_than is None else {"updated_at__gt": newer_than}
        incidents = list(Incident.objects.filter(self._told_anew(newer_than), page=self.page))
        maintenances = list(Maintenance.objects.filter(page=self.page, **changed))
        gone = self._gone(newer_than)
        happenings = [*incidents, *maintenances, *gone]
        names = {_began(row).astimezone(self.zone).strftime("%Y-%m") for row in happenings}
        months = [self._month(name) for name in sorted(names, reverse=True)]
        return Documents(
            incidents=self.incidents(incidents),
            maintenances=self.maintenances(maintenances),
            months=tuple(month for month in months if month.incidents or month.maintenances),
            assets=assets(self.page) if newer_than is None else (),
            gone=tuple(row.public_id for row in gone),
            empty=tuple(month.month for month in months if not (month.incidents or month.maintenances)),
            leads=self._leads() if newer_than is None else _led(gone),
        )

    def _told_anew(self, newer_than: datetime | None) -> Q:
        """Which incidents: those that changed, and those whose promise ran out since then."""
        if newer_than is None:
            return Q()
        late = Q(next_update_at__gt=newer_than, next_update_at__lte=self.now)
        return Q(updated_at__gt=newer_than) | late & ~Q(status__in=CLOSED)

    def _gone(self, newer_than: datetime | None) -> list[Incident | Maintenance]:
        """What is shown no more since then; of what was never there, nothing is left either."""
        if newer_than is None:
            return []
        changed = {"page": self.page, "withdrawn_at__isnull": False, "updated_at__gt": newer_than}
        incidents = Incident.everything.filter(**changed).select_related("merged_into")
        return [*incidents, *Maintenance.everything.filter(**changed)]

    def _leads(self) -> tuple[Lead, ...]:
        merged = Incident.everything.filter(page=self.page, merged_into__isnull=False)
        return tuple(Lead(*ids) for ids in merged.values_list("public_id", "merged_into__public_id"))

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
