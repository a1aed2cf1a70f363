"""`events.json`: what webhooks told in the last 30 days, each update and each turn of a component. Pure.

Oldest first, so that whoever remembers the last id goes on behind it. The list ends where the page
does: an update that is no longer on the page is not in it either.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from incidents.events import derived, incident_event, maintenance_event
from incidents.lifecycle import ACTIVE
from monitors.markdown import clean
from monitors.status import Status
from statuspage import turned
from statuspage.render.documents import compact
from statuspage.render.timeline import Happening, link
from statuspage.render.trim import MOST, text
from statuspage.snapshot import (
    TURNS,
    ComponentState,
    IncidentState,
    MaintenanceState,
    Snapshot,
    Text,
    TurnState,
    UpdateState,
    WithdrawnState,
)
from subscribers.events import COMPONENT, EDITED, WITHDRAWN
from subscribers.fitting import fitting
from subscribers.payload import Affected, NoticePayload, PageName

VERSION = 1
DAYS = timedelta(days=30)
LIMIT = 500
# Nobody posts longer texts; an event is cut to 20 kB in any case.
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class _Step:
    """One update of one incident or maintenance, its event, and what it leaves of components."""

    about: Happening
    update: UpdateState
    event: str
    standing: dict[str, Status]
    id: str
    at: datetime

    @property
    def place(self) -> tuple[datetime, str]:
        """When it was, and its id: its place among all events."""
        return self.at, self.id


@dataclass(frozen=True, slots=True)
class _Turn:
    """That a component turned."""

    turn: TurnState
    component: ComponentState

    @property
    def place(self) -> tuple[datetime, str]:
        """When it was, and its id."""
        return self.turn.at, self.turn.id


@dataclass(frozen=True, slots=True)
class _Withdrawal:
    """That an update was taken back: whoever read it here in the meantime is told so here."""

    state: WithdrawnState

    @property
    def place(self) -> tuple[datetime, str]:
        """When it was, and its id."""
        return self.state.at, derived(self.state.id, WITHDRAWN)


Told = _Step | _Turn | _Withdrawal


def events(snapshot: Snapshot) -> bytes:
    """The document."""
    # From midnight on, so that it changes with what was said and once a day, not every minute.
    since = snapshot.generated_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - DAYS
    if len(snapshot.turns) >= TURNS:
        since = max(since, snapshot.turns[-1].at)
    said: list[Told] = [*_steps(snapshot), *_turns(snapshot), *map(_Withdrawal, snapshot.withdrawn)]
    steps = [step for step in said if step.place[0] >= since]
    steps.sort(key=lambda step: step.place)
    told, whole = _newest(steps, snapshot)
    if not whole:
        since = steps[-len(told)].place[0] if told else since
    head = {
        "version": VERSION,
        "page": _page(snapshot),
        "since": since.isoformat(),
        "cursor": steps[-1].place[1] if told else None,
    }
    return compact(head)[:-1] + b',"events":[' + b",".join(told) + b"]}"


def _newest(steps: list[Told], snapshot: Snapshot) -> tuple[list[bytes], bool]:
    """The newest events that fit, oldest first, and whether these are all."""
    names = {component.id: component.name for component in snapshot.components}
    told: list[bytes] = []
    size = 0
    for step in reversed(steps[-LIMIT:]):
        event = compact(fitting(_made(step, snapshot, names)))
        size += len(event) + 1
        if size > MOST:
            break
        told.append(event)
    return told[::-1], len(told) == len(steps)


def _made(step: Told, snapshot: Snapshot, names: dict[str, Text]) -> dict[str, Any]:
    if isinstance(step, _Turn):
        return _turned(step, snapshot)
    return _withdrawn(step, snapshot) if isinstance(step, _Withdrawal) else _event(step, snapshot, names)


def _withdrawn(step: _Withdrawal, snapshot: Snapshot) -> dict[str, Any]:
    """Nothing of what it said."""
    state = step.state
    data = {
        "kind": state.kind,
        "public_id": state.about_id,
        "update_id": state.id,
        "at": state.at.isoformat(),
        "page": _page(snapshot),
    }
    return {"id": step.place[1], "type": WITHDRAWN, "timestamp": state.at.isoformat(), "data": data}


def _steps(snapshot: Snapshot) -> Iterator[_Step]:
    for incident in snapshot.incidents:
        yield from _told(incident)
    for maintenance in snapshot.maintenances:
        yield from _told(maintenance)


def _turns(snapshot: Snapshot) -> Iterator[_Turn]:
    shown = {component.id: component for component in snapshot.components}
    for turn in snapshot.turns:
        if turn.component_id in shown:
            yield _Turn(turn, shown[turn.component_id])


def _turned(step: _Turn, snapshot: Snapshot) -> dict[str, Any]:
    turn, component = step.turn, step.component
    words = turned.Turned(
        id=turn.id,
        component_id=component.id,
        slug=component.slug,
        name=_texts(component.name),
        old_status=turn.old_status,
        new_status=turn.new_status,
        at=turn.at,
    )
    data = turned.told(words, _page(snapshot)).as_json()
    return {"id": turn.id, "type": COMPONENT, "timestamp": turn.at.isoformat(), "data": data}


def _told(about: Happening) -> Iterator[_Step]:
    before: str | None = None
    standing = dict.fromkeys(
        about.component_ids if isinstance(about, MaintenanceState) else (), Status.OPERATIONAL
    )
    for update in reversed(about.updates):
        standing = standing | {change.component_id: change.new_status for change in update.changes}
        if isinstance(about, MaintenanceState):
            standing = dict.fromkeys(standing, _maintained(update.status))
        name = _name(about, before, update.status)
        yield _Step(about, update, name, standing, update.id, update.display_at)
        if update.edited_at is not None:
            id_ = derived(update.id, f"{EDITED} {update.edited_at:%Y-%m-%dT%H:%M:%S.%f}")
            yield _Step(about, update, EDITED, standing, id_, update.edited_at)
        before = update.status


def _maintained(status: str) -> Status:
    return Status.UNDER_MAINTENANCE if status in ACTIVE else Status.OPERATIONAL


def _name(about: Happening, before: str | None, after: str) -> str:
    name = incident_event if isinstance(about, IncidentState) else maintenance_event
    return name(before, after)


def _event(step: _Step, snapshot: Snapshot, names: dict[str, Text]) -> dict[str, Any]:
    return {
        "id": step.id,
        "type": step.event,
        "timestamp": (step.at if step.event == EDITED else step.update.created_at).isoformat(),
        "data": _data(step, snapshot, names).as_json(),
    }


def _data(step: _Step, snapshot: Snapshot, names: dict[str, Text]) -> NoticePayload:
    about, update = step.about, step.update
    incident = about if isinstance(about, IncidentState) else None
    planned = about if isinstance(about, MaintenanceState) else None
    newest = update.id == about.updates[0].id
    return NoticePayload(
        kind="incident" if incident else "maintenance",
        public_id=about.id,
        title=_texts(about.title),
        status=update.status,
        impact=incident.impact if incident else "maintenance",
        body=_texts(update.body),
        at=update.display_at.isoformat(),
        started_at=_iso(about.started_at) if incident or update.status != "scheduled" else None,
        url=f"{snapshot.page.url}/{link(about)}",
        update_id=update.id,
        page=_page(snapshot),
        components=tuple(
            Affected(id=key, name=_texts(names[key]), status=status.value)
            for key, status in step.standing.items()
            if key in names
        ),
        scope=_texts(incident.concerns) if incident and newest and incident.concerns != Text("") else {},
        workaround=_texts(incident.advice) if incident and newest and incident.advice != Text("") else {},
        next_update_at=_iso(incident.next_update_at) if incident and newest else None,
        scheduled_for=_iso(planned.scheduled_for) if planned else None,
        scheduled_until=_iso(planned.scheduled_until) if planned else None,
        edited_at=_iso(update.edited_at) if step.event == EDITED else None,
    )


def _page(snapshot: Snapshot) -> PageName:
    return PageName(id=snapshot.page.id, name=snapshot.page.name, url=snapshot.page.url)


def _texts(whole: Text) -> dict[str, str]:
    short = text(whole, _LONGEST)
    return {"en": clean(short.en), "fr": clean(short.fr)}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
