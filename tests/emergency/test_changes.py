"""What persons say of a snapshot, against the rules of an incident's life."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.lifecycle import CLOSED, IncidentStatus, NotAllowed, incident_may_become
from monitors.status import IMPACTS, Status
from statuspage.document import as_json, snapshot_from
from statuspage.emergency import changes, documents
from statuspage.emergency.changes import NoSuch, Said
from statuspage.emergency.joining import joined
from statuspage.snapshot import Snapshot, Text
from tests.render.make import NOW, make_component, make_incident, make_snapshot, make_update
from tests.render.strategies import snapshots

LATER = NOW + timedelta(minutes=30)
UNTIL = LATER + timedelta(hours=4)


def make_said(**values: object) -> Said:
    defaults = {
        "id": "emergency001",
        "status": IncidentStatus.INVESTIGATING,
        "body": Text("We know."),
        "components": {},
        "at": LATER,
    }
    return Said(**{**defaults, **values})  # type: ignore[arg-type]


def post(snapshot: Snapshot, **values: object) -> Snapshot:
    return changes.posted(snapshot, "incident0new", Text("Down"), "major", make_said(**values))


def frame(snapshot: Snapshot, now: datetime = LATER) -> Snapshot:
    return changes.framed(snapshot, sequence=snapshot.sequence + 1, now=now, until=now + timedelta(hours=4))


def status_of(snapshot: Snapshot, component_id: str) -> Status:
    return next(each.status for each in snapshot.components if each.id == component_id)


def test_a_new_incident_is_the_first_and_marked_as_an_emergency() -> None:
    made = frame(post(make_snapshot(months=("2026-10",))))
    incident = made.incidents[0]
    assert (incident.id, incident.status, incident.updates[0].emergency) == (
        "incident0new",
        "investigating",
        True,
    )
    assert made.months == ("2026-11", "2026-10")
    assert made.emergency is not None
    assert (made.emergency.since, made.emergency.until, made.good_until) == (LATER, UNTIL, UNTIL)


def test_what_monitors_watched_becomes_unknown_since_they_last_looked() -> None:
    made = frame(make_snapshot())
    component = made.components[0]
    assert (component.status, component.since) == (Status.UNKNOWN, NOW - timedelta(seconds=10))


def test_what_no_monitor_watches_stays_as_staff_said() -> None:
    made = frame(make_snapshot(components=(make_component(declared=True, checked_at=None),)))
    assert made.components[0].status == Status.OPERATIONAL


@pytest.mark.parametrize("status", IMPACTS)
def test_what_an_incident_says_of_a_component_is_shown(status: Status) -> None:
    snapshot = make_snapshot()
    id_ = snapshot.components[0].id
    made = frame(post(snapshot, components={id_: status}))
    assert status_of(made, id_) == status
    assert made.incidents[0].updates[0].changes[0].old_status == Status.OPERATIONAL


def test_a_resolved_incident_releases_what_it_said_and_the_person_s_word_holds() -> None:
    snapshot = make_snapshot()
    id_ = snapshot.components[0].id
    first = frame(post(snapshot, components={id_: Status.MAJOR_OUTAGE}))
    said = make_said(id="emergency002", status=IncidentStatus.RESOLVED, at=LATER + timedelta(hours=1))
    made = frame(changes.updated(first, "incident0new", said), LATER + timedelta(hours=1))
    assert status_of(made, id_) == Status.OPERATIONAL
    assert made.incidents[0].resolved_at == LATER + timedelta(hours=1)
    assert made.incidents[0].next_update_at is None


def test_an_incident_resolved_by_the_application_makes_nothing_green() -> None:
    snapshot = make_snapshot()
    component = snapshot.components[0]
    released = make_update(status="resolved", changes=())
    resolved = make_incident(status="resolved", updates=(released,), component_ids=(component.id,))
    assert status_of(frame(replace(snapshot, incidents=(resolved,))), component.id) == Status.UNKNOWN


def test_a_declaration_outside_incidents_stands_until_the_next_one() -> None:
    snapshot = make_snapshot()
    id_ = snapshot.components[0].id
    first = frame(changes.declared(snapshot, id_, Status.PARTIAL_OUTAGE, LATER))
    assert status_of(first, id_) == Status.PARTIAL_OUTAGE
    assert status_of(frame(first, LATER + timedelta(hours=3)), id_) == Status.PARTIAL_OUTAGE
    second = changes.declared(first, id_, Status.OPERATIONAL, LATER + timedelta(hours=3))
    assert status_of(frame(second, LATER + timedelta(hours=3)), id_) == Status.OPERATIONAL


def test_an_unmonitored_component_goes_back_to_what_it_was_before_the_incident() -> None:
    component = make_component(declared=True, checked_at=None, status=Status.DEGRADED_PERFORMANCE)
    snapshot = make_snapshot(components=(component,))
    first = frame(post(snapshot, components={component.id: Status.MAJOR_OUTAGE}))
    said = make_said(
        id="emergency002", components={component.id: Status.DEGRADED_PERFORMANCE}, at=LATER + timedelta(1)
    )
    second = frame(changes.updated(first, "incident0new", said), LATER + timedelta(1))
    assert status_of(second, component.id) == Status.DEGRADED_PERFORMANCE


@pytest.mark.parametrize("status", [Status.MAJOR_OUTAGE, Status.UNKNOWN])
def test_what_is_over_leaves_nothing_broken_and_nobody_declares_unknown(status: Status) -> None:
    snapshot = make_snapshot()
    with pytest.raises(ValueError, match=r"resolved|unknown"):
        post(snapshot, status=IncidentStatus.RESOLVED, components={snapshot.components[0].id: status})


def test_a_component_or_incident_that_is_not_there_is_refused() -> None:
    with pytest.raises(NoSuch):
        post(make_snapshot(), components={"nobody": Status.MAJOR_OUTAGE})
    with pytest.raises(NoSuch):
        changes.updated(make_snapshot(), "nobody", make_said())


def test_doing_the_same_twice_changes_nothing_more() -> None:
    once = post(make_snapshot())
    assert post(once) == once


def test_the_page_of_a_month_that_is_not_wholly_known_is_left_alone() -> None:
    old = [make_incident(f"Old {n}", started_at=NOW - timedelta(days=70)) for n in range(50)]
    before = make_snapshot(incidents=tuple(old), months=("2026-09",))
    said = make_said(id="emergency009")
    after = changes.updated(before, old[0].id, replace(said, status=IncidentStatus.MONITORING))
    assert documents.difference(before, after).months == ()
    assert documents.difference(replace(before, incidents=before.incidents[:3]), after).months != ()


def test_two_posts_that_reached_different_targets_are_united() -> None:
    before = frame(make_snapshot())
    ours = frame(post(before), LATER + timedelta(seconds=1))
    theirs = frame(
        changes.posted(before, "incident0two", Text("Down too"), "minor", make_said(id="emergency002")),
        LATER + timedelta(seconds=2),
    )
    both = joined(ours, [ours, theirs])
    assert {each.id for each in both.incidents} == {"incident0new", "incident0two"}
    assert joined(both, [ours, theirs]) == both


def test_an_old_emergency_is_not_raised_from_the_dead() -> None:
    old = frame(post(make_snapshot()))
    now = frame(make_snapshot(), LATER + timedelta(days=9))
    assert joined(now, [old]) == now


statuses = st.sampled_from(list(IncidentStatus))


@given(snapshots(), st.data())
def test_any_update_keeps_the_rules_of_an_incident_s_life(snapshot: Snapshot, data: st.DataObject) -> None:
    if not snapshot.incidents:
        return
    incident = data.draw(st.sampled_from(snapshot.incidents))
    after = data.draw(statuses)
    said = make_said(status=after, at=NOW)
    if after not in incident_may_become(IncidentStatus(incident.status)):
        with pytest.raises(NotAllowed):
            changes.updated(snapshot, incident.id, said)
        return
    made = changes.incident_of(frame(changes.updated(snapshot, incident.id, said)), incident.id)
    assert made.status == after
    assert (made.resolved_at is None) == (after not in CLOSED) or incident.resolved_at is not None
    times = [update.display_at for update in made.updates]
    assert times[0] == max(times)
    assert len(made.updates) == len(incident.updates) + 1


@given(snapshots())
def test_silence_is_never_green_and_a_release_can_be_read_back(snapshot: Snapshot) -> None:
    made = frame(snapshot)
    heard = {c.id: c.checked_at for c in snapshot.components}
    for component in made.components:
        last = heard[component.id]
        silent = last is None or last < snapshot.good_until
        if component.status == Status.OPERATIONAL:
            assert component.declared or not silent
    assert snapshot_from(as_json(made)) == made
    assert frame(made).components == made.components
