"""Snapshots of every kind that a page can be in, for property tests."""

from datetime import UTC, datetime, timedelta
from functools import partial

from hypothesis import strategies as st

from monitors.status import Status
from statuspage.snapshot import (
    Change,
    ComponentState,
    Declaration,
    Emergency,
    GroupState,
    History,
    IncidentState,
    MaintenanceState,
    Run,
    Snapshot,
    Text,
    TurnState,
    UpdateState,
)
from tests.render.make import NOW, make_page

letters = st.characters(exclude_categories=["Cs"])
words = st.text(letters, min_size=1, max_size=30)
ids = st.text("0123456789abcdefghijklmnopqrstuvwxyz", min_size=12, max_size=12)
times = st.integers(0, 365 * 86_400_000).map(
    lambda ms: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
statuses = st.sampled_from(list(Status))
texts = st.one_of(st.builds(Text, words), st.builds(Text, words, words), st.builds(partial(Text, ""), words))
ZONES = ("Etc/UTC", "UTC", "Europe/Paris", "America/Denver", "Asia/Kathmandu", "Australia/Lord_Howe")


@st.composite
def histories(draw: st.DrawFn) -> History:
    """90 days in runs."""
    runs: list[Run] = []
    left = 90
    while left:
        status = draw(statuses)
        days = draw(st.integers(1, left))
        seconds = () if status == Status.OPERATIONAL else ((status, draw(st.integers(1, 86_400))),)
        runs.append(Run(days, status, seconds))
        left -= days
    return History(
        first_day=(NOW - timedelta(days=89)).date(),
        until=NOW.replace(minute=0, second=0),
        runs=tuple(runs),
        uptime_millis=draw(st.none() | st.integers(0, 100_000)),
        coverage_millis=draw(st.integers(0, 100_000)),
        since=draw(st.none() | times),
    )


def components(groups: list[str]) -> st.SearchStrategy[ComponentState]:
    """A component, perhaps in one of the groups."""
    return st.builds(
        ComponentState,
        id=ids,
        slug=ids,
        name=texts,
        description=st.just(Text("")) | texts,
        group_id=st.none() | st.sampled_from(groups) if groups else st.none(),
        position=st.integers(0, 9),
        status=statuses,
        since=st.none() | times,
        declared=st.booleans(),
        checked_at=st.none() | times,
        only_show_if_degraded=st.booleans(),
        tags=st.lists(st.sampled_from(("eu", "us", "pro plan", "Région")), unique=True, max_size=3).map(
            tuple
        ),
        created_at=times,
        updated_at=times,
        history=histories(),
    )


def updates(steps: list[str], components: list[ComponentState]) -> st.SearchStrategy[tuple[UpdateState, ...]]:
    """Some updates, newest first."""
    change = st.builds(
        lambda component, old, new: Change(component.id, component.name, old, new),
        st.sampled_from(components) if components else st.nothing(),
        statuses,
        statuses,
    )
    update = st.builds(
        UpdateState,
        id=ids,
        status=st.sampled_from(steps),
        body=st.just(Text("")) | texts,
        created_at=times,
        display_at=times,
        notified=st.booleans(),
        emergency=st.booleans(),
        changes=st.lists(change, max_size=2).map(tuple) if components else st.just(()),
        edited_at=st.none() | times,
    )
    newest_first = partial(sorted, key=lambda update: update.display_at, reverse=True)
    return st.lists(update, max_size=4).map(newest_first).map(tuple)


@st.composite
def incidents(draw: st.DrawFn, known: list[ComponentState]) -> IncidentState:
    """An incident at any step of its life."""
    steps = ["investigating", "identified", "monitoring", "resolved", "postmortem"]
    status = draw(st.sampled_from(steps))
    started = draw(times)
    closed = status in ("resolved", "postmortem")
    return IncidentState(
        id=draw(ids),
        title=draw(texts),
        impact=draw(st.sampled_from(["none", "minor", "major", "critical"])),
        status=status,
        started_at=started,
        created_at=started,
        updated_at=draw(times),
        monitoring_at=draw(st.none() | times),
        resolved_at=draw(times) if closed else None,
        next_update_at=draw(st.none() | times),
        component_ids=tuple(component.id for component in draw(_some(known))),
        updates=draw(updates(steps[:4], known)),
        workaround=draw(st.just(Text("")) | texts),
        scope=draw(st.just(Text("")) | texts),
    )


@st.composite
def maintenances(draw: st.DrawFn, known: list[ComponentState]) -> MaintenanceState:
    """A maintenance at any step of its life."""
    steps = ["scheduled", "in_progress", "verifying", "completed", "cancelled"]
    status = draw(st.sampled_from(steps))
    start = draw(times)
    return MaintenanceState(
        id=draw(ids),
        title=draw(texts),
        status=status,
        scheduled_for=start,
        scheduled_until=start + timedelta(minutes=draw(st.integers(1, 5000))),
        started_at=draw(st.none() | times),
        completed_at=draw(times) if status == "completed" else None,
        created_at=draw(times),
        updated_at=draw(times),
        component_ids=tuple(component.id for component in draw(_some(known))),
        updates=draw(updates(steps[:4], known)),
    )


def emergencies(known: list[ComponentState]) -> st.SearchStrategy[Emergency | None]:
    """Nobody's, or what a person published in one."""
    ids_known = st.sampled_from([component.id for component in known]) if known else st.nothing()
    declared = st.lists(st.builds(Declaration, ids_known, statuses, times), max_size=2).map(tuple)
    return st.none() | st.builds(Emergency, times, times, declared if known else st.just(()))


def turns(known: list[ComponentState]) -> st.SearchStrategy[tuple[TurnState, ...]]:
    """What software was told of components, newest first; of one that is gone, too."""
    about = st.sampled_from([component.id for component in known] + ["gonegonegone"])
    made = st.builds(
        TurnState, id=ids, component_id=about, old_status=statuses, new_status=statuses, at=times
    )
    return st.lists(made, max_size=4, unique_by=lambda turn: turn.id).map(
        lambda found: tuple(sorted(found, key=lambda turn: turn.at, reverse=True))
    )


def _some(known: list[ComponentState]) -> st.SearchStrategy[list[ComponentState]]:
    if not known:
        return st.just([])
    return st.lists(st.sampled_from(known), max_size=3, unique_by=lambda component: component.id)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """A whole page in any state."""
    unique = partial(st.lists, unique_by=lambda thing: thing.id)
    groups = draw(
        unique(
            st.builds(
                GroupState,
                id=ids,
                name=texts,
                position=st.integers(0, 9),
                created_at=times,
                updated_at=times,
            ),
            max_size=2,
        )
    )
    parts = draw(unique(components([group.id for group in groups]), max_size=4))
    found = draw(unique(incidents(parts), max_size=3))
    planned = draw(unique(maintenances(parts), max_size=3))
    return Snapshot(
        sequence=draw(st.integers(1, 2**40)),
        generated_at=NOW,
        good_until=NOW + timedelta(seconds=150),
        page=make_page(
            name=draw(words),
            time_zone=draw(st.sampled_from(ZONES)),
            default_language=draw(st.sampled_from(["en", "fr"])),
            demo=draw(st.booleans()),
        ),
        groups=tuple(groups),
        components=tuple(parts),
        incidents=tuple(sorted(found, key=lambda incident: incident.started_at, reverse=True)),
        maintenances=tuple(sorted(planned, key=lambda work: work.scheduled_for, reverse=True)),
        months=("2026-11", "2026-10"),
        emergency=draw(emergencies(parts)),
        turns=draw(turns(parts)),
    )
