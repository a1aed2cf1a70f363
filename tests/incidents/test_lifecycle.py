"""Which status may follow which, as tables; and any sequence of updates against a plain model."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from incidents import post
from incidents.lifecycle import (
    CLOSED,
    Impact,
    IncidentStatus,
    MaintenanceStatus,
    NotAllowed,
    check_incident,
    check_maintenance,
)
from incidents.models import Incident
from incidents.post import PostError
from monitors.models import Span
from monitors.status import Status
from tests.incidents.make import NOW, open_incident, update_incident
from tests.make import make_component, make_page

INCIDENT = {
    None: "investigating identified monitoring resolved",
    "investigating": "investigating identified monitoring resolved",
    "identified": "investigating identified monitoring resolved",
    "monitoring": "investigating identified monitoring resolved",
    "resolved": "investigating identified monitoring resolved postmortem",
    "postmortem": "postmortem",
}
MAINTENANCE = {
    None: "scheduled in_progress",
    "scheduled": "scheduled in_progress cancelled",
    "in_progress": "in_progress verifying completed",
    "verifying": "in_progress verifying completed",
    "completed": "",
    "cancelled": "",
}


@pytest.mark.parametrize("after", IncidentStatus)
@pytest.mark.parametrize("before", INCIDENT)
def test_an_incident_goes_only_where_the_table_says(before: str | None, after: IncidentStatus) -> None:
    try:
        check_incident(before and IncidentStatus(before), after)
    except NotAllowed:
        assert after not in INCIDENT[before].split()
    else:
        assert after in INCIDENT[before].split()


@pytest.mark.parametrize("after", MaintenanceStatus)
@pytest.mark.parametrize("before", MAINTENANCE)
def test_a_maintenance_goes_only_where_the_table_says(before: str | None, after: MaintenanceStatus) -> None:
    try:
        check_maintenance(before and MaintenanceStatus(before), after)
    except NotAllowed:
        assert after not in MAINTENANCE[before].split()
    else:
        assert after in MAINTENANCE[before].split()


SAYABLE = [status for status in Status if status != Status.UNKNOWN]
NUMBERS = st.integers(0, 2)


class AnyIncident(RuleBasedStateMachine):
    """Posts whatever comes, and keeps a plain account of what should stand."""

    @initialize(
        said=st.dictionaries(NUMBERS, st.sampled_from(SAYABLE)),
        status=st.sampled_from([status for status in IncidentStatus if status not in CLOSED]),
    )
    def begin(self, said: dict[int, Status], status: IncidentStatus) -> None:
        self.page = make_page()
        self.components = [make_component(self.page, now=NOW) for _number in range(3)]
        self.now = NOW
        self.ada = User.objects.get_or_create(username="ada")[0]
        # Longer than any of this takes.
        self.hold = timedelta(hours=3)
        self.before: list[Any] = []
        self.incident = open_incident(self.page, self.rows(said), status=status)
        self.status: IncidentStatus = status
        self.standing: dict[int, Status] = {}
        self.updates = 1
        self.steps: list[tuple[dict[int, Status], datetime]] = []
        self.stand(said)

    def rows(self, said: dict[int, Status]) -> dict:
        return {self.components[number]: status for number, status in said.items()}

    def stand(self, said: dict[int, Status]) -> None:
        self.standing |= said
        self.standing = {
            number: status for number, status in self.standing.items() if status != Status.OPERATIONAL
        }
        self.steps.append((dict(self.standing), self.now))

    @rule(
        said=st.dictionaries(NUMBERS, st.sampled_from(list(Status))),
        after=st.sampled_from(IncidentStatus),
        seconds=st.integers(0, 600),
        impact=st.sampled_from(Impact),
    )
    def update(self, said: dict[int, Status], after: IncidentStatus, seconds: int, impact: Impact) -> None:
        self.now += timedelta(seconds=seconds)
        kept = self.kept()
        closing = after in CLOSED
        allowed = after in INCIDENT[self.status].split() and Status.UNKNOWN not in said.values()
        allowed = allowed and not (closing and set(said.values()) - {Status.OPERATIONAL})
        try:
            self.incident = update_incident(
                self.incident, after, self.rows(said), now=self.now, hold=self.hold, impact=impact
            )
        except PostError:
            assert not allowed
            return
        assert allowed
        self.status = after
        self.updates += 1
        self.stand(dict.fromkeys(range(3), Status.OPERATIONAL) if closing else said)
        self.before.append(kept)

    def kept(self) -> Any:
        """All that an undone update leaves as it was."""
        incident = Incident.objects.filter(pk=self.incident.pk).values().get()
        del incident["updated_at"]
        spans = sorted(Span.objects.values_list("component", "source", "status", "during"), key=str)
        return incident, spans, self.status, dict(self.standing)

    @rule()
    def undo(self) -> None:
        """The latest update is taken back, as if it had never been said; then perhaps the one before it."""
        update = self.incident.updates.first()
        assert update is not None
        if not self.before:
            return
        post.undo(update, self.now, self.ada)
        *_kept, self.status, self.standing = kept = self.before.pop()
        self.steps.pop()
        self.updates -= 1
        assert self.kept() == kept

    @invariant()
    def only_what_stands_is_declared(self) -> None:
        source = f"incident:{self.incident.public_id}"
        spans = Span.objects.filter(source=source, during__upper_inf=True)
        numbers = {component.pk: number for number, component in enumerate(self.components)}
        assert {numbers[span.component_id]: span.status for span in spans} == self.standing

    @invariant()
    def it_is_resolved_exactly_when_it_is_closed(self) -> None:
        self.incident.refresh_from_db()
        assert self.incident.status == self.status
        assert (self.incident.resolved_at is not None) == (self.status in CLOSED)
        assert self.incident.updates.count() == self.updates
        if self.status in CLOSED:
            assert not self.standing

    @invariant()
    def the_past_is_what_stood_then(self) -> None:
        source = f"incident:{self.incident.public_id}"
        spans = list(Span.objects.filter(source=source))
        for index, (standing, at) in enumerate(self.steps):
            later = self.steps[index + 1][1] if index + 1 < len(self.steps) else None
            if later == at:
                continue
            covering = {s.component_id: s.status for s in spans if _holds(s, at)}
            wanted = {self.components[number].pk: status for number, status in standing.items()}
            assert covering == wanted


def _holds(span: Span, at: datetime) -> bool:
    return span.during.lower <= at and (span.during.upper is None or at < span.during.upper)


@pytest.mark.django_db
def test_any_sequence_of_updates_leaves_what_a_plain_account_says() -> None:
    run_state_machine_as_test(
        AnyIncident,
        settings=settings(max_examples=40, stateful_step_count=12, deadline=None),
    )
